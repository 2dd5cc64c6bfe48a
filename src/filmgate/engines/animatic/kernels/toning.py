"""The kernel of colours in NumPy: what `toning.c` does, said plainly. A change belongs into both.

Each new colour is a polynomial of the second degree in the old one.
"""

from typing import TypedDict

import numpy as np

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

N_TERMS = 10


class ToningView(TypedDict):
    """The ten weights of `terms` for each colour, in levels, and the grain that hides steps."""

    of_red: Floats
    of_green: Floats
    of_blue: Floats
    dither: Floats
    dither_row: int
    dither_column: int


def terms(colours: Floats) -> Floats:
    """Return 1, r, g, b, r², g², b², rg, rb and gb of colours; shape (..., 3) becomes (..., 10)."""
    red, green, blue = colours[..., 0], colours[..., 1], colours[..., 2]
    squares = (red * red, green * green, blue * blue, red * green, red * blue, green * blue)
    return np.stack([np.ones_like(red), red, green, blue, *squares], axis=-1)


def tone_rows(frame: RGBFrame, width: int, first_row: int, n_rows: int, view: ToningView) -> None:
    """Change the colours of `n_rows` of the frame from `first_row` on."""
    rows, columns = np.arange(first_row, first_row + n_rows), np.arange(width)
    weights = np.stack([view["of_red"], view["of_green"], view["of_blue"]], axis=1)
    changed = terms(frame[first_row : first_row + n_rows].astype(np.float32)) @ weights
    grain_rows, grain_columns = rows + view["dither_row"], columns + view["dither_column"]
    changed += view["dither"][np.ix_(grain_rows % DITHER_SIDE, grain_columns % DITHER_SIDE)][:, :, None]
    frame[first_row : first_row + n_rows] = np.clip(changed + 0.5, 0, 255)
