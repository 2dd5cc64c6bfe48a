"""A picture in the light and weather that a prompt asks for, and in no other."""

from itertools import pairwise

import numpy as np
import pytest

from filmgate.engines.animatic.camera import CameraPath
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame
from tests.engines.filming import psnr, texture

WIDTH, HEIGHT = 320, 180
PICTURE = texture(width=WIDTH, height=HEIGHT, grain=30)


def shown(prompt: str, *, time: float = 3.0, cfg_scale: float = 0.5, picture: RGBFrame = PICTURE) -> RGBFrame:
    """Draw the picture at rest as the prompt asks for it."""
    mood = read(prompt, cfg_scale=cfg_scale).mood
    still = Still(picture, width=picture.shape[1], height=picture.shape[0], mood=mood, seed=7)
    frame = np.empty_like(picture)
    still.draw(frame, time=time, pose=Pose())
    return frame


def changed(prompt: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return how much redder, greener and bluer the picture becomes on the whole."""
    return np.asarray((shown(prompt).astype(float) - shown("a house")).mean(axis=(0, 1)))


@pytest.mark.parametrize(
    "prompt", ["a house", "heavy rain", "snow", "fog", "a storm", "dust", "night", "sunset"]
)
def test_the_first_frame_is_the_picture_whatever_the_prompt(prompt: str) -> None:
    assert np.array_equal(shown(prompt, time=0), PICTURE)


@pytest.mark.parametrize(
    "prompt", ["heavy rain at night", "falling snow", "thick fog", "dust storm", "sunset"]
)
def test_what_a_prompt_asks_for_comes_about_without_a_jump(prompt: str) -> None:
    frames = [shown(prompt, time=n / 16) for n in range(20)]

    changes = [float(np.abs(other.astype(int) - one).mean()) for one, other in pairwise(frames)]

    assert max(changes) < 10
    assert np.abs(frames[-1].astype(int) - frames[0]).mean() > 6


def test_a_prompt_that_asks_for_nothing_leaves_light_and_colours_as_they_are() -> None:
    plain = shown("a house by a road")

    assert psnr(plain, PICTURE) > 32
    assert plain.mean() == pytest.approx(PICTURE.mean(), rel=0.02)


def test_light_is_never_quite_still() -> None:
    assert not np.array_equal(shown("a house", time=2), shown("a house", time=4))


def test_times_of_day_have_their_colours() -> None:
    night, sunset, dawn = changed("night"), changed("sunset"), changed("dawn")

    assert night.max() < -20
    assert night[2] > night[0]
    assert sunset[0] > sunset[2] + 15
    assert dawn[0] > dawn[1]


def test_a_dark_picture_is_not_darkened_more() -> None:
    dark = (PICTURE * 0.2).astype(np.uint8)

    assert shown("night", picture=dark).mean() > 0.8 * dark.mean()


def test_fog_hides_what_is_far_more_than_what_is_near() -> None:
    foggy, far, near = shown("thick fog").astype(float), slice(15, 60), slice(120, 165)

    left_far, left_near = (foggy[rows].std() / PICTURE[rows].std() for rows in (far, near))

    assert left_far < 0.75
    assert left_far < left_near - 0.05


@pytest.mark.parametrize("prompt", ["heavy rain", "snow", "a storm"])
def test_what_falls_moves_down(prompt: str) -> None:
    dark = np.full((HEIGHT, WIDTH, 3), 20, dtype=np.uint8)

    one, other = (
        shown(prompt, time=time, picture=dark)[:, :, 1].astype(float) for time in (3.0, 3.0 + 1 / 96)
    )
    matches = [float((one[40:100] * other[40 + down : 100 + down]).mean()) for down in range(-8, 9)]

    assert one.std() > 2
    assert int(np.argmax(matches)) - 8 >= 0
    assert not np.array_equal(one, other)


def test_dust_is_warm_and_snow_is_not() -> None:
    dust, snow = changed("dust storm"), changed("snow")

    assert dust[0] > dust[2] + 20
    assert abs(snow[0] - snow[2]) < 20


def test_a_lower_cfg_scale_asks_for_less() -> None:
    little, much = (shown("night", cfg_scale=scale).mean() for scale in (0.1, 0.5))

    assert much + 10 < little < PICTURE.mean()


def test_the_same_seed_gives_the_same_weather() -> None:
    assert np.array_equal(shown("heavy rain"), shown("heavy rain"))


def test_a_storm_flashes_but_not_at_once() -> None:
    levels = [float(shown("thunderstorm", time=n / 8).mean()) for n in range(8, 48)]
    calm = float(np.median(levels))

    assert max(levels) > 1.15 * calm
    assert max(levels[:4]) < 1.4 * calm


def test_weather_is_filmed_by_a_moving_camera_as_well() -> None:
    still = Still(PICTURE, width=WIDTH, height=HEIGHT, mood=read("snow").mood)
    frame = np.empty_like(PICTURE)

    still.draw(frame, time=2, pose=CameraPath(duration=3).pose(2))

    assert frame.mean() != pytest.approx(PICTURE.mean(), rel=0.01)
