"""What land looks like: its near slopes, its lakes in mist, its sand and its snow."""

import cv2
import numpy as np

from filmgate.engines.animatic.prompts.family import Family
from tests.engines.staging import Image, Staged, grey

_LARGE = (960, 540)


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
