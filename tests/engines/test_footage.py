"""Given videos are shown upright, at the clip's size, and only asked for what they have."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.engines.animatic.pictures.footage import Footage, ratio_of_video
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.clip_shape import ClipShape
from tests.engines.filming import SHAPE, a_clip, frames_of, psnr


def turned(source: Path, target: Path, *, degrees: int) -> Path:
    """Copy a clip, with a note that its frames are to be turned counter-clockwise before they are shown."""
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in before.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                after.mux(packet)
    return target


def footage(path: Path, *, shape: ClipShape = SHAPE, n_frames: int = 12) -> Footage:
    """Show a video as it is."""
    return Footage(path, field="video", shape=shape, n_frames=n_frames, mood=Mood())


def shown(scene: Footage, time: float, *, shape: ClipShape = SHAPE) -> RGBFrame:
    """Draw one frame."""
    frame = np.empty((shape.height, shape.width, 3), np.uint8)
    scene.draw(frame, time=time, pose=Pose())
    return frame


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (-90, 3), (180, 2)])
def test_a_video_of_a_turned_camera_is_shown_upright(tmp_path: Path, degrees: int, quarters: int) -> None:
    source = a_clip(tmp_path / "source.mp4")
    path = turned(source, tmp_path / "turned.mp4", degrees=degrees)
    upright = np.rot90(frames_of(source)[0], quarters)
    shape = ClipShape(width=upright.shape[1], height=upright.shape[0], fps=Fraction(12))

    frame = shown(footage(path, shape=shape), 0.0, shape=shape)

    assert ratio_of_video(path, field="video") == Fraction(shape.width, shape.height)
    assert psnr(frame, np.ascontiguousarray(upright)) > 45


def test_the_same_moment_can_be_drawn_again(tmp_path: Path) -> None:
    scene = footage(a_clip(tmp_path / "source.mp4"))

    assert np.array_equal(shown(scene, 0.25), shown(scene, 0.25))
    assert not np.array_equal(shown(scene, 0.25), shown(scene, 0.5))


def test_after_its_end_the_last_picture_stays(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=10)
    scene = footage(source)

    assert psnr(shown(scene, 1.0), frames_of(source)[-1]) > 45


def test_a_band_of_film_is_refused(tmp_path: Path) -> None:
    strip = ClipShape(width=320, height=80, fps=Fraction(12))
    path = a_clip(tmp_path / "strip.mp4", n_frames=2, shape=strip)

    with pytest.raises(InvalidRequest, match="its size 320x80 is too narrow"):
        ratio_of_video(path, field="video")
