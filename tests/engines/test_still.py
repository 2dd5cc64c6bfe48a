"""Pictures as scenes: whole at rest, without edges when the camera moves."""

from itertools import product

import numpy as np
import pytest

from filmgate.domain.requests import CameraMove
from filmgate.engines.animatic.camera import way_of
from filmgate.engines.animatic.lens import Lens
from filmgate.engines.animatic.picture import fit
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.animatic.still import Dissolve, Still, with_surroundings
from tests.engines.filming import psnr, texture

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

        assert np.all(frame == 200)


def test_surroundings_leave_the_picture_itself_alone() -> None:
    picture = texture(width=160, height=90)

    wide = with_surroundings(picture)

    assert wide.shape == (90 + 2 * 36, 160 + 2 * 64, 3)
    assert np.array_equal(wide[36:126, 64:224], picture)
    # Just outside, the mirror image goes on without a seam.
    seam = np.abs(wide[36:126, 63].astype(int) - wide[36:126, 64]).mean()
    inside = np.abs(wide[36:126, 64].astype(int) - wide[36:126, 65]).mean()
    assert seam < 2 * inside + 2


def test_a_dissolve_begins_with_one_picture_and_ends_with_the_other() -> None:
    first, second = (texture(width=160, height=90, seed=seed) for seed in (1, 2))
    dissolve = Dissolve(
        Still(first, width=160, height=90), Still(second, width=160, height=90), seconds=11 / 12
    )

    assert np.array_equal(view(dissolve, Pose(), time=0), first)
    assert np.array_equal(view(dissolve, Pose(), time=11 / 12), second)


def test_the_middle_of_a_dissolve_has_something_of_both() -> None:
    dark, bright = (np.full((90, 160, 3), level, dtype=np.uint8) for level in (0, 200))
    dissolve = Dissolve(Still(dark, width=160, height=90), Still(bright, width=160, height=90), seconds=1)

    levels = [int(view(dissolve, Pose(), time=time).mean()) for time in (0.1, 0.3, 0.5, 0.7, 0.9)]

    assert levels == sorted(levels)
    assert (levels[0], levels[2], levels[4]) == (0, 100, 200)


def test_both_pictures_of_a_dissolve_move_a_little() -> None:
    picture = texture(width=160, height=90)
    still = Still(picture, width=160, height=90)
    dissolve = Dissolve(still, still, seconds=1)

    assert psnr(view(dissolve, Pose(), time=0.19), picture) < 45
    assert psnr(view(dissolve, Pose(), time=0.81), picture) < 45
