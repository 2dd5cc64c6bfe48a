"""Clips store the colours that were drawn, by the standard's own matrix."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from filmgate.engines.colour import ClipColours, to_rgb

# ITU-R BT.709-6, 3.2 to 3.5: luma, and the differences of blue and red from it, of levels from 0 to 1.
LUMA = np.array([0.2126, 0.7152, 0.0722])
BLUE_DIFFERENCE = (np.array([0, 0, 1]) - LUMA) / 1.8556
RED_DIFFERENCE = (np.array([1, 0, 0]) - LUMA) / 1.5748


def planes(frame: av.VideoFrame) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the codes of luma, blue and red difference."""
    codes = frame.to_ndarray().astype(np.uint8)
    height, width = frame.height, frame.width
    blue, red = codes[height:].reshape(2, height // 2, width // 2)
    return codes[:height], blue, red


levels = st.integers(0, 255)


@given(colour=st.tuples(levels, levels, levels))
def test_a_colour_becomes_the_codes_of_the_standard(colour: tuple[int, int, int]) -> None:
    frame = np.full((4, 6, 3), colour, np.uint8)

    luma, blue, red = planes(ClipColours().convert(frame))

    level = np.array(colour) / 255
    assert np.abs(luma - (16 + 219 * LUMA @ level)).max() <= 1
    assert np.abs(blue - (128 + 224 * BLUE_DIFFERENCE @ level)).max() <= 1
    assert np.abs(red - (128 + 224 * RED_DIFFERENCE @ level)).max() <= 1


@given(colour=st.tuples(levels, levels, levels))
def test_a_colour_comes_back_as_it_was(colour: tuple[int, int, int]) -> None:
    frame = np.full((16, 16, 3), colour, np.uint8)

    back = to_rgb(ClipColours().convert(frame))

    assert np.abs(back.astype(int) - frame).max() <= 4


def test_chroma_is_the_mean_of_its_four_pixels() -> None:
    frame = np.zeros((2, 2, 3), np.uint8)
    frame[0, 0] = frame[1, 1] = 255, 0, 0

    _, blue, red = planes(ClipColours().convert(frame))

    assert red[0, 0] == pytest.approx(128 + 224 * RED_DIFFERENCE[0] / 2, abs=1)
    assert blue[0, 0] == pytest.approx(128 + 224 * BLUE_DIFFERENCE[0] / 2, abs=1)


def test_a_frame_stays_as_it_is_when_another_follows() -> None:
    colours = ClipColours()
    dark = colours.convert(np.zeros((4, 4, 3), np.uint8))

    colours.convert(np.full((4, 4, 3), 255, np.uint8))

    assert set(planes(dark)[0].flat) == {16}


def test_frames_of_another_size_may_follow() -> None:
    colours = ClipColours()

    sizes = [
        (frame.width, frame.height)
        for frame in (colours.convert(np.zeros(shape, np.uint8)) for shape in ((4, 6, 3), (8, 2, 3)))
    ]

    assert sizes == [(6, 4), (2, 8)]
