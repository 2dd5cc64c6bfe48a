"""How sounds swell and fade: curves over the time of a scene, the same wherever a piece of them starts."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.sounds.tiles import Tile
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples

Times = npt.NDArray[np.float64]
"""Seconds since the scene began; shape (n,)."""

Strength = Callable[[Times], npt.NDArray[np.float64]]
"""From times to amplitudes: shape (n,) for both ears, or (2, n) for each."""

_STEP = 480
_POINTS = 4096


class Layer(Protocol):
    """One thing that is heard."""

    def piece(self, start: int, length: int) -> Samples:
        """Return `length` samples from the `start`th of the scene on, whatever was asked for before."""
        ...


class Strand:
    """A tile whose strength follows a curve."""

    def __init__(self, tile: Tile, strength: Strength) -> None:
        self._tile, self._strength = tile, strength

    def piece(self, start: int, length: int) -> Samples:
        """See `Layer`."""
        strength = sampled(self._strength, start, length)
        return np.asarray(self._tile.piece(start, length) * strength, dtype=np.float32)


class Bundle:
    """Several layers that are one."""

    def __init__(self, *parts: Layer) -> None:
        self._parts = parts

    def piece(self, start: int, length: int) -> Samples:
        """See `Layer`."""
        heard = np.zeros((2, length), dtype=np.float32)
        for part in self._parts:
            heard += part.piece(start, length)
        return heard


def sampled(strength: Strength, start: int, length: int) -> npt.NDArray[np.float32]:
    """Return a curve at every sample; it is asked for once in ten milliseconds."""
    first = start // _STEP
    points = np.arange(first, (start + length - 1) // _STEP + 2, dtype=np.float64) * (_STEP / SAMPLE_RATE)
    values = strength(points).astype(np.float32)
    rise = np.diff(values)[..., np.newaxis] * np.linspace(0, 1, _STEP, endpoint=False, dtype=np.float32)
    fine = (values[..., :-1, np.newaxis] + rise).reshape(*values.shape[:-1], -1)
    return np.asarray(fine[..., start - first * _STEP :][..., :length], dtype=np.float32)


class Wander:
    """A smooth curve in [0, 1] that changes its mind `per_second` times."""

    def __init__(self, random: np.random.Generator, per_second: float) -> None:
        self._points, self._rate = random.random(_POINTS), per_second

    def __call__(self, times: Times) -> npt.NDArray[np.float64]:
        """Return the curve at these times; shape (n,)."""
        position = times * self._rate
        whole = np.floor(position)
        share = position - whole
        share = share * share * (3 - 2 * share)
        place = whole.astype(np.int64) % _POINTS
        left, right = self._points[place], self._points[(place + 1) % _POINTS]
        return np.asarray(left + (right - left) * share)


class Breaths:
    """A curve in [0, 1] for each ear: the same gusts, of which each ear hears its own share."""

    def __init__(self, random: np.random.Generator, per_second: float) -> None:
        self._both = Wander(random, per_second)
        self._each = [Wander(random, 1.3 * per_second) for _ in range(2)]

    def __call__(self, times: Times) -> npt.NDArray[np.float64]:
        """Return the curve at these times; shape (2, n)."""
        both = self._both(times)
        return np.stack([0.65 * both + 0.35 * own(times) for own in self._each])


class Comings:
    """Things that come and go: one about every `every` seconds, each as loud as it likes.

    `shape` gives the strength by the time since it came (negative: before it comes), in seconds; `passes`
    is the time in which it crosses from one ear to the other, None for what stays where it is.
    """

    def __init__(
        self,
        random: np.random.Generator,
        shape: Callable[[Times], npt.NDArray[np.float64]],
        *,
        every: float,
        passes: float | None = None,
        reach: int = 2,
    ) -> None:
        self._shape, self._every, self._passes, self._reach = shape, every, passes, reach
        self._delays, self._strengths, self._sides = random.random((3, _POINTS))

    def __call__(self, times: Times) -> npt.NDArray[np.float64]:
        """Return the curve at these times; shape (2, n)."""
        near = np.floor(times / self._every).astype(np.int64)
        heard = np.zeros((2, len(times)))
        for number in range(-self._reach, self._reach + 1):
            place = (near + number) % _POINTS
            age = times - (near + number + 0.8 * self._delays[place]) * self._every
            strength = (0.35 + 0.65 * self._strengths[place]) * self._shape(age)
            side = self._sides[place] - 0.5
            if self._passes is not None:
                side = np.sign(side) * 0.5 * np.tanh(age / self._passes)
            heard += strength * np.sqrt(np.stack([0.5 - 0.8 * side, 0.5 + 0.8 * side]) * 2)
        return heard


def swell(rise: float, fall: float, *, after: float = 0.0) -> Callable[[Times], npt.NDArray[np.float64]]:
    """Return the shape of what grows for `rise` seconds and dies away over `fall`, and comes `after`."""

    def shape(age: Times) -> npt.NDArray[np.float64]:
        late = age - after
        growing = np.exp(-((np.minimum(late, 0) / rise) ** 2))
        return np.asarray(growing * np.exp(-np.maximum(late, 0) / fall))

    return shape


def strong(gusts: Strength, *, power: float, share: float) -> Strength:
    """Return a curve that follows gusts only where they are strong."""
    return lambda times: share * gusts(times) ** power


def steady(level: float) -> Strength:
    """Return a curve that stays where it is."""
    return lambda times: np.full(len(times), level)


def mixed(parts: Sequence[tuple[float, Strength]], *, floor: float = 0.0) -> Strength:
    """Return the sum of curves, each by its share, above a floor."""

    def strength(times: Times) -> npt.NDArray[np.float64]:
        heard = np.full((1, len(times)), floor)
        for share, part in parts:
            heard = heard + share * part(times)
        return heard

    return strength
