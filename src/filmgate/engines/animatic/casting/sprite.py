"""A transparent picture that is drawn into frames at any size and slant."""

from math import log2

import cv2
import numpy as np

from filmgate.engines.animatic.pictures.lens import Matrix
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import RGBAPicture

_LEAST_SIDE = 8


class Sprite:
    """Half, a quarter and so on of a picture are kept, so that nothing flickers where it is drawn small.

    `picture` holds colours that are multiplied by their opacity.
    """

    def __init__(self, picture: RGBAPicture) -> None:
        rows, columns = picture.shape[:2]
        # A clear margin lets edges be mixed with what is behind them.
        self._levels = [cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))]
        self._margin = 1
        while min(self._levels[-1].shape[:2]) >= 2 * _LEAST_SIDE:
            above = self._levels[-1]
            size = (above.shape[1] // 2, above.shape[0] // 2)
            self._levels.append(cv2.resize(above, size, interpolation=cv2.INTER_AREA))
        self._rows, self._columns = rows, columns

    def seen(self, to_view: Matrix, *, size: tuple[int, int]) -> "Layer | None":
        """Return what is seen of it in a frame of `size` (width, height), or None where that is nothing.

        `to_view` maps (x, y, 1), the picture's width and height counted from 0 to 1, y downwards, to pixels.
        """
        corners = to_view @ np.array([[0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]], np.float64)
        if np.any(corners[2] <= 0):
            return None
        x, y = corners[0] / corners[2], corners[1] / corners[2]
        left, top = max(int(np.floor(x.min())) - 1, 0), max(int(np.floor(y.min())) - 1, 0)
        right, bottom = min(int(np.ceil(x.max())) + 2, size[0]), min(int(np.ceil(y.max())) + 2, size[1])
        if left >= right or top >= bottom:
            return None
        shift = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]])
        box = (right - left, bottom - top)
        pixels = self._mixed(shift @ to_view, box, finer=self._finer(x, y))
        return Layer(pixels, left=left, top=top)

    def _finer(self, x: Floats, y: Floats) -> float:
        """Return how many times finer than the frame the picture is, as a power of 2."""
        area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
        return 0.5 * log2(max(self._rows * self._columns / max(area, 1e-3), 1e-6))

    def _mixed(self, to_box: Matrix, box: tuple[int, int], *, finer: float) -> RGBAPicture:
        level = min(max(finer, 0.0), len(self._levels) - 1)
        first = int(level)
        share = level - first
        pixels = self._warped(first, to_box, box)
        if share < 0.02 or first + 1 >= len(self._levels):
            return pixels
        coarser = self._warped(first + 1, to_box, box)
        return np.asarray(cv2.addWeighted(pixels, 1 - share, coarser, share, 0), np.uint8)

    def _warped(self, level: int, to_box: Matrix, box: tuple[int, int]) -> RGBAPicture:
        texels = self._levels[level]
        # Pixels and texels are at the middles of their squares; the margin belongs to the first level.
        across, down = self._levels[0].shape[1] / texels.shape[1], self._levels[0].shape[0] / texels.shape[0]
        to_share = np.array(
            [
                [across / self._columns, 0.0, (0.5 * across - self._margin) / self._columns],
                [0.0, down / self._rows, (0.5 * down - self._margin) / self._rows],
                [0.0, 0.0, 1.0],
            ]
        )
        return np.asarray(
            cv2.warpPerspective(
                texels, to_box @ to_share, box, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
            ),
            np.uint8,
        )


class Layer:
    """Part of a frame from `left`, `top` on, with colours that are multiplied by their opacity."""

    def __init__(self, pixels: RGBAPicture, *, left: int, top: int) -> None:
        self.pixels, self.left, self.top = pixels, left, top

    def over(self, frame: RGBFrame, *, share: float = 1.0) -> None:
        """Lay it over the frame; a `share` below 1 lets the frame shine through."""
        pixels = self.pixels if share >= 1 else cv2.convertScaleAbs(self.pixels, alpha=share)
        rows, columns = pixels.shape[:2]
        box = frame[self.top : self.top + rows, self.left : self.left + columns]
        clear = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(pixels, 3)), cv2.COLOR_GRAY2RGB)
        behind = cv2.multiply(np.ascontiguousarray(box), clear, scale=1 / 255)
        box[:] = cv2.add(behind, cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB))
