"""Sheets that show one room's worth of a front: what its wall is made of, and where it has glass."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from filmgate.engines.animatic.kernels.street_view import SHEET_LEVELS, SHEET_SIDE
from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.textures import Floats, Texels

SIDE, LEVELS = SHEET_SIDE, SHEET_LEVELS
TEXELS = 4 * SIDE * SIDE
"""Texels of a sheet with all its levels."""

_SNOW: Colour = (0.80, 0.83, 0.88)
_SAND = np.array((0.50, 0.38, 0.24), np.float32)
_DUSTY = 0.35

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, as shares of the sheet."""


@dataclass(frozen=True)
class Sheet:
    """Albedo, shape (256, 256, 3), and glass, shape (256, 256), 0 to 1; the first row is the lowest."""

    albedo: Floats
    glass: Floats
    snow: float

    def fill(self, box: Box, colour: Colour, *, shade: float = 1.0) -> None:
        """Cover a box by something opaque."""
        where = _within(box)
        self.albedo[where] = np.array(colour, np.float32) * shade
        self.glass[where] = 0.0

    def shade(self, box: Box, by: float) -> None:
        """Darken or lighten a box."""
        self.albedo[_within(box)] *= by

    def glaze(self, box: Box) -> None:
        """Put glass into a box."""
        self.glass[_within(box)] = 1.0

    def lay_snow(self, left: float, right: float, at: float, *, high: float = 0.02) -> None:
        """Lay snow upon an edge, if there is any."""
        if self.snow > 0:
            self.fill((left, at, right, at + high), _SNOW)

    def draw(self, strokes: list[list[tuple[float, float]]], colour: Colour, *, thick: float) -> None:
        """Draw lines through points, given as shares of the sheet."""
        mask = np.zeros((SIDE, SIDE), np.uint8)
        for stroke in strokes:
            points = (np.array(stroke) * SIDE * 16).astype(np.int32)
            cv2.polylines(mask, [points], False, 255, max(1, round(thick * SIDE)), cv2.LINE_AA, shift=4)
        self.cover((mask / 255).astype(np.float32), colour)

    def cover(self, mask: Floats, colour: Colour) -> None:
        """Cover what a mask of shares shows by something opaque."""
        self.albedo[...] += mask[..., None] * (np.array(colour, np.float32) - self.albedo)
        self.glass[...] *= 1 - mask


def blank(wall: Floats, *, snow: float) -> Sheet:
    """Return a sheet of bare wall."""
    return Sheet(wall.copy(), np.zeros((SIDE, SIDE), np.float32), snow)


def _within(box: Box) -> tuple[slice, slice]:
    left, bottom, right, top = (round(min(max(edge, 0.0), 1.0) * SIDE) for edge in box)
    return slice(bottom, top), slice(left, right)


def noise(random: np.random.Generator, *, blur: float) -> Floats:
    """Return soft noise about 0, deviation 1, whose edges meet."""
    white = random.standard_normal((SIDE, SIDE)).astype(np.float32)
    soft = scipy.ndimage.gaussian_filter(white, blur, mode="wrap")
    return np.asarray(soft / soft.std(), np.float32)


def courses(random: np.random.Generator, *, rows: int, columns: int, joint: float, uneven: float) -> Floats:
    """Return the shade of stones laid in courses, each second one shifted by half a stone; edges meet."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE
    row = np.floor(y * rows).astype(int)
    across = (x * columns + 0.5 * (row % 2)) % columns
    tone = 1 + uneven * random.standard_normal((rows, columns))[row, np.floor(across).astype(int)]
    # Joints are as thick as these shares of a stone's height and length.
    thin, wide = joint, joint * columns / rows
    in_joint = (y * rows % 1 < thin) | (across % 1 < wide)
    return np.asarray(np.where(in_joint, 1.0, tone) * np.where(in_joint, 0.78, 1.0), np.float32)


def packed_sheets(sheets: list[Sheet], *, dust: float) -> Texels:
    """Return all sheets, shape (n, 262144): square roots of albedo in bytes, and glass in the fourth.

    Of each there are levels of halved columns after one another, and of each of them levels of halved rows:
    walls are seen short in either way.
    """
    texels = np.zeros((len(sheets), TEXELS, 4), np.uint8)
    for sheet, page in zip(sheets, texels, strict=True):
        albedo = sheet.albedo * (1 - _DUSTY * dust) + _SAND * (_DUSTY * dust)
        roots = np.sqrt(np.clip(albedo, 0, 1))
        narrow = (np.dstack([roots, sheet.glass]) * 255 + 0.5).astype(np.uint8)
        for across in range(LEVELS):
            level = narrow
            for up in range(LEVELS):
                start = _start(across, up)
                page[start : start + level.shape[0] * level.shape[1]] = level.reshape(-1, 4)
                level = _halved(level, 1, 2)
            narrow = _halved(narrow, 2, 1)
    return texels.view("<u4")[..., 0].astype(np.uint32, copy=False)


def _halved(level: npt.NDArray[np.uint8], across: int, up: int) -> npt.NDArray[np.uint8]:
    size = (level.shape[1] // across, level.shape[0] // up)
    return np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)


def _start(across: int, up: int) -> int:
    """Return where a level begins among the texels of its sheet."""
    before, below = (2 * SIDE - (2 * SIDE >> level) for level in (across, up))
    return before * 2 * SIDE + below * (SIDE >> across)


def means_of(texels: Texels) -> Floats:
    """Return the albedo and the share of glass of each of packed sheets; shape (n, 4)."""
    start = _start(LEVELS - 1, LEVELS - 1)
    smallest = texels[:, start : start + 4, None] >> np.arange(0, 32, 8, dtype=np.uint32) & 255
    means = (smallest / 255).mean(axis=1)
    means[:, :3] **= 2
    return np.asarray(means, np.float32)
