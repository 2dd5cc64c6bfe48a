"""Pictures as scenes: whole at rest, without edges when the camera moves."""

from itertools import pairwise, product

import numpy as np
import pytest

from filmgate.domain.requests import CameraMove
from filmgate.engines.animatic.camera import CameraPath, way_of
from filmgate.engines.animatic.pictures.lens import Lens
from filmgate.engines.animatic.pictures.relief import relief_of
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.pictures.surroundings import with_surroundings
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.picture import fit
from tests.engines.filming import motion, psnr, texture

SIZES = [(160, 90), (90, 160), (120, 120)]


def view(scene: Scene, pose: Pose, *, time: float = 0.0, size: tuple[int, int] = (160, 90)) -> RGBFrame:
    """Draw one frame into a buffer that still holds another."""
    frame = np.full((size[1], size[0], 3), 255, dtype=np.uint8)
    scene.draw(frame, time=time, pose=pose)
    return frame


@pytest.mark.parametrize("size", SIZES)
def test_at_rest_the_frame_is_the_fitted_picture(size: tuple[int, int]) -> None:
    picture = texture(width=400, height=300)

    at_rest = view(Still(picture, width=size[0], height=size[1]), Pose(), size=size)

    assert np.array_equal(at_rest, fit(picture, width=size[0], height=size[1]))


def test_a_hair_off_rest_the_frame_is_hardly_another() -> None:
    still = Still(texture(width=400, height=300), width=160, height=90)

    assert psnr(view(still, Pose()), view(still, Pose(right=1e-4))) > 36


@pytest.mark.parametrize("size", SIZES)
def test_no_single_move_without_looking_wider_shows_more_than_the_picture(size: tuple[int, int]) -> None:
    lens = Lens(width=size[0], height=size[1])

    for axis, share in product(("horizontal", "vertical", "pan", "tilt", "roll"), (-1, -0.3, 0.6, 1)):
        pose = way_of(CameraMove(**{axis: share}))  # type: ignore[arg-type]

        assert lens.shows_only_picture(lens.homography(lens.covering(pose))), (axis, share)


def test_the_camera_comes_no_closer_than_it_must() -> None:
    lens = Lens(width=160, height=90)
    pose = lens.covering(Pose(right=4, roll=0.2))

    slightly_wider = Pose(right=4, roll=0.2, focal=pose.focal * 0.96)

    assert not lens.shows_only_picture(lens.homography(slightly_wider))


def test_a_wider_view_never_shows_a_black_or_empty_edge() -> None:
    bright = np.full((90, 160, 3), 200, dtype=np.uint8)
    still = Still(bright, width=160, height=90)

    for axes in product((-0.35, 0.35), (-0.22, 0.22), (0.0, 0.35)):
        yaw, pitch, roll = axes
        frame = view(still, Pose(yaw=yaw, pitch=pitch, roll=roll, focal=1 / 1.5))

        assert frame.min() >= 0.5 * 200
        assert frame.max() <= 200
        assert np.all(frame[30:60, 60:100] == 200)


def test_surroundings_leave_the_picture_itself_alone() -> None:
    picture = texture(width=160, height=90)

    wide = with_surroundings(picture)

    assert wide.shape == (90 + 2 * 36, 160 + 2 * 64, 3)
    assert np.array_equal(wide[36:126, 64:224], picture)
    # Just outside, the mirror image goes on without a seam.
    seam = np.abs(wide[36:126, 63].astype(int) - wide[36:126, 64]).mean()
    inside = np.abs(wide[36:126, 64].astype(int) - wide[36:126, 65]).mean()
    assert seam < 2 * inside + 2


def test_surroundings_go_out_of_focus_and_into_the_dark() -> None:
    wide = with_surroundings(texture(width=320, height=180, grain=4)).astype(float)

    beside, far = wide[72:252, 108:127], wide[72:252, :19]

    assert far.std(axis=0).mean() < beside.std(axis=0).mean() / 2
    assert far.mean() < 0.8 * beside.mean()


@pytest.mark.parametrize("size", SIZES)
def test_a_swaying_picture_begins_as_the_picture_and_moves_on_smoothly(size: tuple[int, int]) -> None:
    picture = texture(width=320, height=320)
    still = Still(picture, width=size[0], height=size[1], mood=Mood(), sways=True)
    path = CameraPath(duration=5)

    frames = [view(still, path.pose(n / 12), time=n / 12, size=size) for n in range(30)]

    assert np.array_equal(frames[0], fit(picture, width=size[0], height=size[1]))
    assert min(psnr(one, other) for one, other in pairwise(frames)) > 24
    assert psnr(frames[0], frames[-1]) < 30


def test_what_is_low_in_a_picture_is_guessed_nearer_than_what_is_high() -> None:
    relief = relief_of(texture(width=320, height=180))

    assert relief[-30:-15].mean() > relief[15:30].mean() + 0.3


@pytest.mark.parametrize("size", SIZES)
def test_the_relief_dies_away_at_the_edges_and_never_folds(size: tuple[int, int]) -> None:
    relief = relief_of(texture(width=size[0], height=size[1]))

    edges = np.concatenate([relief[0], relief[-1], relief[:, 0], relief[:, -1]])
    steps = max(np.abs(np.diff(relief, axis=axis)).max() for axis in (0, 1))

    assert np.abs(edges).max() == 0
    # The camera's longest way moves what is nearest by a fortieth of the picture; at 1 it would fold.
    assert steps * max(relief.shape) / 40 < 0.4


def test_near_things_pass_faster_than_far_ones() -> None:
    picture = texture(width=640, height=360)
    still = Still(picture, width=320, height=180)
    before, after = view(still, Pose(), size=(320, 180)), view(still, Pose(right=0.6), size=(320, 180))

    far, near = (motion(before[rows], after[rows])[0] for rows in (slice(20, 70), slice(110, 160)))

    assert near < far < 0
