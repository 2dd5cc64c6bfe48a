"""What land looks like: its near slopes, its lakes in mist, its sand and its snow."""

import cv2
import numpy as np
import pytest

from filmgate.engines.animatic.prompts.family import Family
from tests.engines.staging import Image, Staged, grey

_LARGE = (960, 540)
_HORIZON = 280


def _fine_detail(picture: Image) -> float:
    """Return how much neighbouring pixels differ from what is smooth, as a share of the picture's light."""
    return float(np.abs(picture - cv2.GaussianBlur(picture, (0, 0), 1.5)).mean() / picture.mean())


def test_a_near_cliff_is_as_fine_as_the_frame() -> None:
    cliff = grey(Staged(Family.MOUNTAINS, "clear day", size=_LARGE).at())[:140, 780:]

    assert _fine_detail(cliff) > 0.02


def test_mist_on_a_lake_shows_no_line_where_it_mirrors_a_slope() -> None:
    lake = grey(Staged(Family.MOUNTAINS, "mist, calm lake, morning", size=_LARGE, seed=6).at())

    # From the mirrored foot of the slope on, water only darkens towards the camera.
    down = np.convolve(lake[365:, :60].mean(axis=1), np.ones(5) / 5, mode="valid")
    assert np.diff(down[::4]).max() < 2


@pytest.mark.parametrize("seed", [3, 6, 7])
def test_dunes_have_a_shaded_side_at_noon(seed: int) -> None:
    land = grey(Staged(Family.DUNES, "noon, clear", size=_LARGE, seed=seed).at())[200:_HORIZON]

    dark, bright = np.quantile(land, [0.03, 0.9])
    assert bright > 1.35 * dark


def test_a_sandstorm_blows_sand_over_the_ground_and_through_the_air() -> None:
    storm, calm = (Staged(Family.DUNES, f"day, {weather}", size=_LARGE) for weather in ("sandstorm", "fog"))

    for part in (slice(0, 150), slice(_HORIZON, 480)):
        blown, still = (np.abs(grey(scene.at(3.1)) - grey(scene.at(3.0)))[part] for scene in (storm, calm))
        assert blown.mean() > 2 * still.mean()


def test_crusts_of_snow_lie_along_the_wind() -> None:
    """They once ran in rings, which look like loops."""
    snow = grey(Staged(Family.SNOWFIELD, "golden hour, clear", size=_LARGE).at())[380:]

    across, down = (np.abs(np.diff(snow, axis=axis)).mean() for axis in (1, 0))
    assert down > 2.5 * across


@pytest.mark.parametrize("weather", ["snowfall", "fog", "storm"])
def test_mountains_behind_a_snowfield_are_seen_in_any_weather(weather: str) -> None:
    distance = grey(Staged(Family.SNOWFIELD, f"day, {weather}", size=_LARGE).at())[190:275]
    far_shapes = cv2.GaussianBlur(distance, (0, 0), 3)

    assert np.abs(np.diff(far_shapes, axis=1)).mean() > 0.28


def test_fog_hides_an_aurora_near_the_ground() -> None:
    low = Staged(Family.SNOWFIELD, "foggy night", size=_LARGE, seed=13).at().astype(int)[230:270]

    assert (low[..., 1] - low[..., 2]).max() < 6
