"""Height maps: noise that repeats at its edges, ridges, and what the sun and the sky see of them."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

_SHADOW_STEPS = 40
# Sizes of texels of finer ground as shares of a land's side, how much of it is seen from anywhere, and how
# far it stands out: the finest would only flicker afar, but without the others far rock would be smooth.
_GRIT = ((1.6e-5, 0.0, 1.0), (7e-5, 0.6, 0.8), (3e-4, 1.0, 0.4))
# Texels a side by the least height of the frame.
_SIDES = ((1000, 2048), (500, 1536), (200, 1024), (0, 512))


@dataclass(frozen=True, kw_only=True)
class Land:
    """Heights in metres on a square grid of `spacing` metres around the resting eye; repeats at its edges.

    Row and column of (x, z) are z and x over the spacing, counted from the middle. Shape (n, n) each:
    `slopes` has the slopes along x and z, `sunlit` the share of the sun's light that arrives, and
    `open_sky` the share of the sky's. `grit` is a tile of finer ground: its slopes along x and z, and its
    heights of deviation 1; shape (m, m, 3).
    """

    heights: Floats
    spacing: float
    slopes: tuple[Floats, Floats]
    sunlit: Floats
    open_sky: Floats
    grit: Floats

    def roughened(
        self, along_x: Floats, along_z: Floats, *, x: Floats, z: Floats, foot: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return slopes with what is smaller than the grid, and how far each spot stands out of it, around 0.

        Steep land is rougher, and less is seen of it where a pixel covers a `foot` of many metres.
        """
        strength = 0.25 + 0.75 * np.minimum(np.hypot(along_x, along_z), 3.0)
        out = np.zeros_like(x)
        for share, least, stands in _GRIT:
            step = len(self.heights) * self.spacing * share
            near = np.clip(2.5 - foot / np.float32(step), least, 1)
            fine = tiled(self.grit, x / step, z / step) * near[:, None]
            along_x = np.asarray(along_x + strength * fine[:, 0], np.float32)
            along_z = np.asarray(along_z + strength * fine[:, 1], np.float32)
            out += stands * fine[:, 2]
        return along_x, along_z, out

    def sunlit_around(self, *, nearest: float, farthest: float) -> float:
        """Return the share of the sun's light that arrives between so many metres from the middle."""
        x, z = metres(len(self.heights), self.spacing)
        away = np.hypot(x, z)
        return float(self.sunlit[(away > nearest) & (away < farthest)].mean())

    def at(self, grid: Floats, x: Floats, z: Floats) -> Floats:
        """Return a grid's values at places of any shape, in metres from the middle."""
        middle = len(grid) / 2
        column, row = (_in_lines(side / self.spacing + middle) for side in (x, z))
        found = cv2.remap(grid, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(found.ravel()[: x.size].reshape(x.shape), np.float32)


Places = npt.NDArray[np.floating[Any]]
"""One coordinate of places; of any shape."""


def lit_land(
    heights: Floats,
    *,
    spacing: float,
    sun: tuple[float, float, float],
    grit: Floats,
) -> Land:
    """Return the land with its slopes and what the sun, in the direction right, up, forward, reaches.

    `grit` is a tile of finer ground, of heights in texels.
    """
    wrapped = np.pad(grit, 1, mode="wrap")
    grit_x, grit_z = wrapped[1:-1, 2:] - wrapped[1:-1, :-2], wrapped[2:, 1:-1] - wrapped[:-2, 1:-1]
    along_z, along_x = np.gradient(heights, spacing)
    broad = len(heights) / 128
    wide = cv2.GaussianBlur(heights, (0, 0), broad, borderType=cv2.BORDER_REFLECT)
    hollow = np.clip((wide - heights) / (spacing * broad * 0.6), -0.6, 1)
    return Land(
        heights=heights,
        spacing=spacing,
        slopes=(np.asarray(along_x, np.float32), np.asarray(along_z, np.float32)),
        sunlit=_sunlit(heights, spacing=spacing, sun=sun),
        open_sky=np.asarray(1 - 0.65 * np.maximum(hollow, 0), np.float32),
        grit=np.dstack([grit_x / 2, grit_z / 2, grit / grit.std()]).astype(np.float32),
    )


def tiled(tile: Floats, column: Places, row: Places) -> Floats:
    """Return what a repeated tile has between its texels at places of shape (n,): (n,), or (n, channels)."""
    columns, rows = (_in_lines(np.mod(place, np.float32(len(tile)))) for place in (column, row))
    found = cv2.remap(tile, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(found.reshape(-1, *tile.shape[2:])[: column.size], np.float32)


def laid_flat(x: Floats, z: Floats, *, height: Floats, far: Floats) -> tuple[Floats, Floats]:
    """Return places moved away from the middle, `far` metres off, by half of their height.

    There tiles are hardly stretched on slopes that rise away from the eye, which are those that are seen.
    """
    outwards = 1 + np.float32(0.5) * np.maximum(height, 0) / far
    return np.asarray(x * outwards, np.float32), np.asarray(z * outwards, np.float32)


def _in_lines(places: Places) -> Floats:
    """Return places in lines of 1024; OpenCV looks up no more than 32766 in a line."""
    padded = np.zeros(-(-places.size // 1024) * 1024, np.float32)
    padded[: places.size] = places.ravel()
    return padded.reshape(-1, 1024)


def noise(random: np.random.Generator, *, side: int, cells: int) -> Floats:
    """Return smooth noise of `cells` bumps a side, which repeats; deviation 1, shape (side, side)."""
    grid = random.standard_normal((cells, cells)).astype(np.float32)
    edge = 3
    wrapped = np.pad(grid, edge, mode="wrap")
    scale = side / cells
    position = (np.arange(side, dtype=np.float32) + 0.5) / scale - 0.5 + edge
    columns, rows = np.meshgrid(position, position)
    smooth = cv2.remap(wrapped, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), np.float32)


def billows(random: np.random.Generator, *, side: int, cells: int, octaves: int) -> Floats:
    """Return noise of several sizes, each half as large and half as high as the one before; deviation 1."""
    random = _apart(random)
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        if cells << octave > side:
            break
        total += noise(random, side=side, cells=cells << octave) * np.float32(0.5**octave)
    return np.asarray(total / total.std(), np.float32)


def _apart(random: np.random.Generator) -> np.random.Generator:
    """Return numbers of their own, so that lands of every fineness draw the same ones after this."""
    return np.random.default_rng(int(random.integers(2**62)))


def ridges(random: np.random.Generator, *, side: int, cells: int, octaves: int) -> Floats:
    """Return sharp ridges with side ridges, and smooth valleys between; 0 to about 1.

    A ridged multifractal (Musgrave, in Ebert et al., Texturing and Modeling, chapter 16): each octave is
    rough where the one before was high. Valleys are smoothed as erosion does, by what has sloped so far.
    """
    random = _apart(random)
    total = np.zeros((side, side), np.float32)
    weight = np.ones((side, side), np.float32)
    amplitude, reached = np.float32(1), 0.0
    for octave in range(octaves):
        if cells << octave > side:
            break
        ridge = 1 - np.abs(noise(random, side=side, cells=cells << octave)) * np.float32(0.8)
        ridge = np.maximum(ridge, 0) ** 2 * weight
        total += ridge * amplitude
        reached += float(amplitude)
        weight = np.clip(ridge * np.float32(2.2), 0, 1)
        amplitude *= np.float32(0.54)
    return np.asarray(total / reached * 1.6, np.float32)


def crags(random: np.random.Generator) -> Floats:
    """Return a tile of broken rock, in heights of its texels; shape (512, 512)."""
    side = 512
    edges = sum(
        np.float32(0.85**octave) * (1 - np.abs(noise(random, side=side, cells=11 << octave)))
        for octave in range(6)
    )
    gullies = ridges(random, side=side, cells=18, octaves=4)
    return bent(np.asarray(1.1 * edges + 5.0 * gullies, np.float32), random, by=2.5, cells=24)


def land_side(setting: Setting) -> int:
    """Return how many texels a side a land needs for the frames of a setting, all of the same country."""
    return next(side for least, side in _SIDES if setting.height >= least)


def metres(side: int, spacing: float) -> tuple[Floats, Floats]:
    """Return x and z of the grid points of a land; shape (side, side)."""
    position = (np.arange(side, dtype=np.float32) - side / 2) * np.float32(spacing)
    x, z = np.meshgrid(position, position)
    return x, z


def smooth(start: float | Floats, end: float | Floats, value: Floats) -> Floats:
    """Go smoothly from 0 at `start` to 1 at `end`, whichever is larger."""
    share = np.clip((value - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def bent(field: Floats, random: np.random.Generator, *, by: float, cells: int) -> Floats:
    """Return the field with its places moved about by `by` texels, so that no grid shows."""
    side = len(field)
    columns, rows = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    moved = [noise(random, side=side, cells=cells) * np.float32(by) for _ in range(2)]
    bent_field = cv2.remap(
        field, columns + moved[0], rows + moved[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    return np.asarray(bent_field, np.float32)


def _sunlit(heights: Floats, *, spacing: float, sun: tuple[float, float, float]) -> Floats:
    """March from every texel of a grid of half the size towards the sun, with steps that grow."""
    small = cv2.resize(heights, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    right, up, forward = sun
    flat = max(float(np.hypot(right, forward)), 1e-3)
    rise = up / flat
    worst = np.full_like(small, -10.0)
    # Steps are as long in metres however fine the land is.
    step = reach = 1.5 * len(heights) / 1536
    for _ in range(_SHADOW_STEPS):
        # A positive shift of the picture brings what lies towards the sun to the texel that looks there.
        shift: npt.NDArray[np.float64] = np.array(
            [[1, 0, -right / flat * reach], [0, 1, -forward / flat * reach]], np.float64
        )
        ahead = cv2.warpAffine(
            small, shift, small.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )
        away = reach * spacing * 2
        # Penumbras are as wide as the sun, and wider by the haze around it.
        np.maximum(worst, (ahead - small) / np.float32(away) - np.float32(rise), out=worst)
        step *= 1.06
        reach += step
    lit = np.clip(0.5 - worst / 0.035, 0, 1)
    lit = cv2.resize(lit, heights.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(lit, np.float32)
