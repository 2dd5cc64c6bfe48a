"""What falls or flies before a picture: rain, snow and dust, as tiles that move."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2, sin, tau

import cv2
import numpy as np

from filmgate.engines.animatic.kernels.warp import Bytes, WarpFall
from filmgate.engines.animatic.prompts.mood import Mood, Weather

# A tile looks the same in frames of all sizes; sizes in pixels are for this height.
_HEIGHT = 720
# The sides of tiles: smaller ones would be seen to repeat, larger ones cost more memory than they are worth.
_LEAST_SIDE, _LARGEST_SIDE = 128, 2048


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Things at one distance: how many in a square of 1000 pixels, their radius and length in pixels.

    `across` and `down` are frame heights a second; `share` is how much of the picture they hide.
    """

    count: float
    radius: float
    length: float
    across: float
    down: float
    share: float


@dataclass(frozen=True, kw_only=True)
class _Kind:
    layers: tuple[Layer, Layer, Layer]
    light: tuple[float, float, float]
    sway: float = 0.0


_RAIN = (
    Layer(count=750, radius=0.55, length=26, across=0.16, down=1.7, share=0.30),
    Layer(count=260, radius=0.8, length=46, across=0.26, down=2.5, share=0.34),
    Layer(count=60, radius=1.3, length=84, across=0.4, down=3.6, share=0.26),
)
_KINDS: Mapping[Weather, _Kind] = {
    Weather.RAIN: _Kind(layers=_RAIN, light=(208, 216, 228)),
    Weather.STORM: _Kind(
        layers=(
            Layer(count=1000, radius=0.55, length=30, across=0.7, down=1.8, share=0.34),
            Layer(count=420, radius=0.8, length=56, across=1.1, down=2.7, share=0.36),
            Layer(count=110, radius=1.3, length=96, across=1.6, down=3.9, share=0.28),
        ),
        light=(196, 206, 222),
    ),
    Weather.SNOW: _Kind(
        layers=(
            Layer(count=700, radius=1.2, length=0, across=0.02, down=0.10, share=0.85),
            Layer(count=210, radius=2.3, length=0, across=0.035, down=0.17, share=0.90),
            Layer(count=34, radius=5.0, length=0, across=0.06, down=0.30, share=0.62),
        ),
        light=(246, 249, 255),
        sway=0.012,
    ),
    Weather.DUST: _Kind(
        layers=(
            Layer(count=500, radius=0.7, length=0, across=0.30, down=0.02, share=0.34),
            Layer(count=120, radius=1.1, length=0, across=0.55, down=0.035, share=0.34),
            Layer(count=14, radius=3.0, length=0, across=0.9, down=0.05, share=0.16),
        ),
        light=(238, 206, 158),
        sway=0.006,
    ),
}
"""Layers from far to near, and the light of what falls by day."""


class Falling:
    """What a mood's weather lets fall before pictures.

    `height` is that of the frames in pixels; `brightness` is 1 by day.
    """

    def __init__(self, mood: Mood, *, height: int, brightness: float, random: np.random.Generator) -> None:
        kind = _KINDS[mood.weather]
        self._height = height
        self._gust = 0.35 + 1.3 * mood.wind
        self._share = mood.literal * (1 + 0.25 * mood.emphasis)
        self._layers, self._sway = kind.layers, kind.sway
        self._light = [level * brightness for level in kind.light]
        self._side = min(max(1 << ceil(log2(1.3 * height)), _LEAST_SIDE), _LARGEST_SIDE)
        self._phases = random.random(len(kind.layers)) * tau
        self._starts = random.integers(0, self._side, (len(kind.layers), 2))
        self._tiles = np.stack([self._tile(layer, random) for layer in kind.layers])

    @staticmethod
    def is_of(weather: Weather) -> bool:
        """Say whether anything falls in this weather."""
        return weather in _KINDS

    def at(self, time: float, *, share: float) -> WarpFall:
        """Return what falls at a moment, in seconds; `share` from 0 to 1 is how much of it is there yet."""
        return WarpFall(
            tiles=self._tiles,
            n=len(self._layers),
            side=self._side,
            x=[self._shift(time, n)[0] for n in range(len(self._layers))],
            y=[self._shift(time, n)[1] for n in range(len(self._layers))],
            share=[layer.share * self._share * share for layer in self._layers],
            light=self._light,
        )

    def _shift(self, time: float, n: int) -> tuple[int, int]:
        layer = self._layers[n]
        swing = self._sway * (n + 1) * sin(1.3 * time + self._phases[n])
        across = (layer.across * self._gust * time + swing) * self._height
        down = layer.down * time * self._height
        # A tile that is looked at further left and further up moves to the right and down.
        x, y = self._starts[n] - (round(across), round(down))
        return int(x) % self._side, int(y) % self._side

    def _tile(self, layer: Layer, random: np.random.Generator) -> Bytes:
        """Draw one layer; it repeats at its edges."""
        scale, side = self._height / _HEIGHT, self._side
        count = max(3, round(layer.count * (side / (1000 * scale)) ** 2))
        slant = layer.across * self._gust / layer.down if layer.length else 0.0
        tile = np.zeros((side, side), np.uint8)
        places, sizes = random.random((count, 2)) * side, 0.6 + 0.8 * random.random((count, 2))
        for (x, y), (longer, brighter) in zip(places, sizes, strict=True):
            length = layer.length * scale * longer
            radius = max(0.5, layer.radius * scale * (0.75 + 0.25 * longer))
            level = int(255 * min(1.0, 0.35 + 0.5 * brighter))
            for left, top in _repeated(x, y, reach=length + 2 * radius, side=side):
                _draw(tile, (left, top), (left + slant * length, top + length), radius=radius, level=level)
        sigma = max(0.45, 0.4 * layer.radius * scale)
        wide = cv2.copyMakeBorder(tile, 32, 32, 32, 32, cv2.BORDER_WRAP)
        return np.ascontiguousarray(cv2.GaussianBlur(wide, (0, 0), sigma)[32:-32, 32:-32])


def _repeated(x: float, y: float, *, reach: float, side: int) -> list[tuple[float, float]]:
    """Return where a thing is drawn so that what stands over one edge comes in at the opposite one."""
    across = [x, x - side] if x + reach > side else [x, x + side] if x < reach else [x]
    down = [y, y - side] if y + reach > side else [y, y + side] if y < reach else [y]
    return [(left, top) for left in across for top in down]


def _draw(
    tile: Bytes, start: tuple[float, float], end: tuple[float, float], *, radius: float, level: int
) -> None:
    fraction = 4
    first, last = (tuple(round(part * (1 << fraction)) for part in point) for point in (start, end))
    if first == last:
        cv2.circle(tile, first, round(radius * (1 << fraction)), level, -1, cv2.LINE_AA, fraction)
    else:
        cv2.line(tile, first, last, level, max(1, round(2 * radius)), cv2.LINE_AA, fraction)
