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
