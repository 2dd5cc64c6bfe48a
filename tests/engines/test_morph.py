"""Two pictures become each other: moving where they are alike, dissolving where they are not."""

import cv2
import numpy as np
import pytest

from filmgate.engines.animatic.pictures.morph import Morph
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.picture import fit
from tests.engines.filming import motion, psnr, texture

WIDTH, HEIGHT = 320, 180
SIZES = [(160, 90), (90, 160), (120, 120)]


def shifted(picture: RGBFrame, *, right: float = 0, closer: float = 1, brighter: float = 1) -> RGBFrame:
    """Take the picture again with the camera a little elsewhere."""
    rows, columns = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), 0, closer)
    matrix[0, 2] += right
    moved = cv2.warpAffine(picture, matrix, (columns, rows), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(moved * brighter, 0, 255), np.uint8)


def at(morph: Morph, time: float, size: tuple[int, int] = (WIDTH, HEIGHT)) -> RGBFrame:
    """Draw one frame into a buffer that still holds another."""
    frame = np.full((size[1], size[0], 3), 255, dtype=np.uint8)
    morph.draw(frame, time=time, pose=Pose())
    return frame


def a_morph(start: RGBFrame, end: RGBFrame, *, prompt: str | None = None) -> Morph:
    """Go from one to the other in a second."""
    mood = None if prompt is None else read(prompt).mood
    return Morph(start, end, width=WIDTH, height=HEIGHT, seconds=1, mood=mood)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("prompt", ["a street", "heavy rain at night"])
def test_it_begins_with_one_picture_and_ends_with_the_other(size: tuple[int, int], prompt: str) -> None:
    first, second = (texture(width=400, height=300, seed=seed) for seed in (1, 2))
    morph = Morph(first, second, width=size[0], height=size[1], seconds=11 / 12, mood=read(prompt).mood)

    start, end = at(morph, 0, size), at(morph, 11 / 12, size)

    assert np.array_equal(start, fit(first, width=size[0], height=size[1]))
    assert np.array_equal(end, fit(second, width=size[0], height=size[1]))


@pytest.mark.parametrize("change", [{"right": 12.0}, {"closer": 1.1}, {"right": 6.0, "brighter": 0.7}])
def test_pictures_of_one_thing_move_into_each_other(change: dict[str, float]) -> None:
    picture = texture(width=WIDTH, height=HEIGHT)

    assert not a_morph(picture, shifted(picture, **change)).is_dissolve


def test_pictures_of_different_things_dissolve() -> None:
    first, second = (texture(width=WIDTH, height=HEIGHT, seed=seed) for seed in (1, 2))

    assert a_morph(first, second).is_dissolve


def test_half_way_a_moved_thing_is_half_way() -> None:
    picture = texture(width=WIDTH, height=HEIGHT)

    middle = at(a_morph(picture, shifted(picture, right=12)), 0.5)

    assert motion(picture, middle)[0] == pytest.approx(6, abs=0.7)
    # A dissolve would show everything twice, and so half as clearly.
    assert psnr(middle[:, 40:-40], shifted(picture, right=6)[:, 40:-40]) > 30


def test_the_middle_of_a_dissolve_has_something_of_both() -> None:
    dark, bright = (np.full((HEIGHT, WIDTH, 3), level, dtype=np.uint8) for level in (0, 200))
    bright[::2] = 190
    dissolve = a_morph(dark, bright)

    levels = [int(at(dissolve, time).mean()) for time in (0.1, 0.3, 0.5, 0.7, 0.9)]

    assert levels == sorted(levels)
    assert levels[0] == 0
    assert 80 < levels[2] < 120
    assert levels[4] > 190


def test_both_pictures_of_a_dissolve_move_a_little() -> None:
    first, second = (texture(width=WIDTH, height=HEIGHT, seed=seed) for seed in (1, 2))
    dissolve = a_morph(first, second)

    assert psnr(at(dissolve, 0.19), first) < 45
    assert psnr(at(dissolve, 0.81), second) < 45


def test_weather_comes_and_goes_between_the_two_pictures() -> None:
    picture = texture(width=WIDTH, height=HEIGHT)
    end = shifted(picture, right=4)

    levels = [float(at(a_morph(picture, end, prompt="night"), time).mean()) for time in (0.05, 0.5, 0.95)]

    assert levels[1] < 0.9 * min(levels[0], levels[2])
