"""Colour between what engines draw and what clips store.

Frames are full-range RGB with BT.709 primaries; clips are YUV 4:2:0 in BT.709, limited range. The two
need the matrix of ITU-R BT.709-6 (Kr = 0.2126, Kb = 0.0722), which most converters do not use unasked.
"""

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

RGBFrame = npt.NDArray[np.uint8]
"""Shape (height, width, 3), dtype uint8, full range 0-255, BT.709 primaries, sRGB-like transfer."""

# Pixels of an untagged clip: the usual guess is by height, as its makers also guess when they convert.
_HIGH_DEFINITION_HEIGHT = 720

# Averaging the four pixels of each chroma sample was measured at half a code of rounding error and
# costs no more than the default filter, which is off by twice as much.
_TO_CLIP = Interpolation.AREA
_TO_FRAME = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def tag(target: av.VideoFrame | av.VideoCodecContext) -> None:
    """Say on a frame or an encoder that its pixels are BT.709 in limited range."""
    target.colorspace = Colorspace.ITU709
    target.color_range = ColorRange.MPEG
    target.color_primaries = ColorPrimaries.BT709
    target.color_trc = ColorTrc.BT709


class ClipColours:
    """Converts one frame after another; it keeps its tables between them, which saves 2 ms a frame."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def convert(self, frame: RGBFrame) -> av.VideoFrame:
        """Return the frame as tagged yuv420p, chroma sited in the middle of its four pixels."""
        converted = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(frame, format="rgb24"),
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_TO_CLIP,
            threads=1,
        )
        tag(converted)
        return converted


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
