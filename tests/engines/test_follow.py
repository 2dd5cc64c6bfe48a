"""The motion of a given video's camera becomes that of ours."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmgate.engines.animatic import camera
from filmgate.engines.animatic.pictures.follow import FollowedPath, track_of
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.clip_shape import ClipShape
from tests.engines.filming import a_clip, motion, texture

SHAPE = ClipShape(width=192, height=108, fps=Fraction(12))
# What the camera does in each frame: pixels to the right and down, degrees clockwise, growth of the picture.
MOVES = {
    "right": (2.0, 0.0, 0.0, 1.0),
    "left": (-2.0, 0.0, 0.0, 1.0),
    "up": (0.0, -1.5, 0.0, 1.0),
    "down": (0.0, 1.5, 0.0, 1.0),
    "clockwise": (0.0, 0.0, 0.8, 1.0),
    "counter-clockwise": (0.0, 0.0, -0.8, 1.0),
    "closer": (0.0, 0.0, 0.0, 1.012),
    "wider": (0.0, 0.0, 0.0, 1 / 1.012),
}


def filmed(path: Path, move: str, *, n_frames: int = 24) -> Path:
    """Film a wall with a camera that moves evenly."""
    right, down, turned, scale = MOVES[move]
    wall = texture(width=700, height=600, grain=11)

    def draw(frame: RGBFrame, number: int) -> None:
        x, y = 350 + right * number, 300 + down * number
        # A camera that turns clockwise sees the picture turn the other way.
        view = cv2.getRotationMatrix2D((x, y), turned * number, scale**number)
        view[:, 2] += (frame.shape[1] / 2 - x, frame.shape[0] / 2 - y)
        frame[:] = cv2.warpAffine(wall, view, frame.shape[1::-1])

    return a_clip(path, n_frames=n_frames, draw=draw, shape=SHAPE)


@pytest.mark.parametrize("move", MOVES)
def test_our_picture_moves_as_the_videos_does(tmp_path: Path, move: str) -> None:
    path = FollowedPath(track=track_of(filmed(tmp_path / "video.mp4", move), field="video"), duration=1.0)
    scene = Still(texture(width=640, height=360, seed=3), width=320, height=180)

    first, last = (np.empty((180, 320, 3), np.uint8) for _ in range(2))
    for frame, share in ((first, 0.0), (last, 0.6)):
        scene.draw(frame, time=0.0, pose=path.pose(share))

    right, down, turned, scale = MOVES[move]
    moved_right, moved_down, moved_turned, moved_scale = motion(first, last)
    if right:
        assert moved_right * right < -4
    if down:
        assert moved_down * down < -3
    if turned:
        assert moved_turned * turned < -0.02
    if scale != 1:
        assert (moved_scale - 1) * (scale - 1) > 0


def test_a_pan_is_followed_by_the_angle_that_it_was(tmp_path: Path) -> None:
    track = track_of(filmed(tmp_path / "video.mp4", "right", n_frames=13), field="video")

    # 12 steps of 2 pixels before a lens of 0.95 of the height.
    assert track[-1, 0] == pytest.approx(24 / (0.95 * 108), rel=0.2)
    assert np.abs(track[:, 1:]).max() < 0.02
    assert np.all(np.diff(track[:, 0]) > -1e-3)


def test_a_long_way_is_brought_down_to_what_our_camera_can_do(tmp_path: Path) -> None:
    track = track_of(filmed(tmp_path / "video.mp4", "right", n_frames=60), field="video")

    assert track[-1, 0] == pytest.approx(camera.YAW_RADIANS)


def test_a_path_is_stretched_over_the_clip_and_rests_at_its_ends() -> None:
    track = np.zeros((11, 4))
    track[:, 0] = np.linspace(0, 0.2, 11)
    path = FollowedPath(track=track, duration=4.0, start=Pose(right=1))

    assert path.pose(0) == path.pose(-1) == Pose(right=1)
    assert path.pose(2).yaw == pytest.approx(0.1)
    assert path.pose(4) == path.pose(9) == Pose(right=1, yaw=0.2)
    assert path.standpoint(4).pose == path.pose(4)


def test_a_cut_and_a_blank_video_are_no_motion(tmp_path: Path) -> None:
    def cut(frame: RGBFrame, number: int) -> None:
        frame[:] = texture(width=192, height=108, seed=1 + number // 6)

    def blank(frame: RGBFrame, _: int) -> None:
        frame[:] = 90

    for draw in (cut, blank):
        clip = a_clip(tmp_path / f"{draw.__name__}.mp4", n_frames=12, draw=draw, shape=SHAPE)

        assert np.abs(track_of(clip, field="video")).max() < 0.02
