"""Colour between what engines draw and what clips store.

Frames are full-range RGB with BT.709 primaries; clips are YUV 4:2:0 in BT.709, limited range. The two
need the matrix of ITU-R BT.709-6 (Kr = 0.2126, Kb = 0.0722), which most converters do not use unasked.
"""

from collections.abc import Sequence
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

RGBFrame = npt.NDArray[np.uint8]
"""Shape (height, width, 3), dtype uint8, full range 0-255, BT.709 primaries, sRGB-like transfer."""

# Pixels of an untagged clip: the usual guess is by height, as its makers also guess when they convert.
_HIGH_DEFINITION_HEIGHT = 720

Weights = tuple[float, float, float]

_RED, _BLUE = 0.2126, 0.0722
_GREEN = 1 - _RED - _BLUE


def _differences(red: float, green: float, blue: float) -> Weights:
    """Scale a difference of colours to chroma: at most half of 224 codes to either side."""
    most = 112 / 255 / max(red, blue)
    return red * most, green * most, blue * most


# What a level of red, green and blue adds to luma, and to the two planes of chroma. OpenCV's own
# conversion is of BT.601; FFmpeg's takes twice as long as these sums.
_LUMA: Weights = (_RED * 219 / 255, _GREEN * 219 / 255, _BLUE * 219 / 255)
_CHROMA = (_differences(-_RED, -_GREEN, 1 - _BLUE), _differences(1 - _RED, -_GREEN, -_BLUE))

_TO_FRAME = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def tag(target: av.VideoFrame | av.VideoCodecContext) -> None:
    """Say on a frame or an encoder that its pixels are BT.709 in limited range."""
    target.colorspace = Colorspace.ITU709
    target.color_range = ColorRange.MPEG
    target.color_primaries = ColorPrimaries.BT709
    target.color_trc = ColorTrc.BT709


class ClipColours:
    """Converts one frame after another into the same memory."""

    def __init__(self) -> None:
        self._pixels: npt.NDArray[np.uint8] | None = None

    def convert(self, frame: RGBFrame) -> av.VideoFrame:
        """Return a frame of even size as tagged yuv420p, chroma sited in the middle of its four pixels."""
        height, width = frame.shape[:2]
        if self._pixels is None or self._pixels.shape != (height * 3 // 2, width):
            self._pixels = np.empty((height * 3 // 2, width), np.uint8)
        luma, chroma = self._pixels[:height], self._pixels[height:].reshape(2, height // 2, width // 2)
        channels = cv2.split(frame)
        _mix(channels, _LUMA, 16, into=luma)
        quarters = [cv2.resize(each, chroma.shape[:0:-1], interpolation=cv2.INTER_AREA) for each in channels]
        for weights, plane in zip(_CHROMA, chroma, strict=True):
            _mix(quarters, weights, 128, into=plane)
        converted = av.VideoFrame.from_ndarray(self._pixels, format="yuv420p")
        tag(converted)
        return converted


def _mix(
    channels: Sequence[npt.NDArray[Any]], weights: Weights, offset: int, *, into: npt.NDArray[np.uint8]
) -> None:
    # The greatest weight first: what is between two steps is rounded to a byte and must not fall below 0.
    one, two, three = sorted(range(3), key=lambda channel: -weights[channel])
    cv2.addWeighted(channels[one], weights[one], channels[two], weights[two], offset, dst=into)
    cv2.addWeighted(into, 1, channels[three], weights[three], 0, dst=into)


def to_rgb(frame: av.VideoFrame) -> RGBFrame:
    """Return a decoded frame as RGB, by the matrix and range its tags name.

    Where the matrix is not tagged it is BT.709 from 720 lines on, and BT.601 below.
    """
    matrix = frame.colorspace
    if matrix in (0, 2):
        tall = frame.height >= _HIGH_DEFINITION_HEIGHT
        matrix = Colorspace.ITU709 if tall else Colorspace.ITU601
    in_range = ColorRange.JPEG if frame.color_range == ColorRange.JPEG else ColorRange.MPEG
    converted = frame.reformat(
        format="rgb24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=in_range,
        dst_color_range=ColorRange.JPEG,
        interpolation=_TO_FRAME,
        threads=1,
    )
    return np.ascontiguousarray(converted.to_ndarray(), dtype=np.uint8)
