"""Points of light: what `points.h` does, in NumPy. A change belongs into both."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.shading import Rays, Vectors, decay, unit
from filmgate.engines.animatic.textures import Floats

POINT_SIZE = 8
"""Right and down in pixels, reach in pixels, fading by squared pixel, red, green, blue, share of rays."""
_RAY_FADE = 0.012
_LARGE = 6.0


class Points(NamedTuple):
    """Points as kernels take them: large ones first, the rest from top to bottom.

    `ends` has for each row the first point that may reach it and the one after the last; shape (rows, 2).
    """

    points: Floats
    ends: npt.NDArray[np.int32]
    n_large: int


def sorted_points(points: Floats, *, width: int, height: int) -> Points:
    """Sort points, shape (n, 8), for frames of this size, and leave out those that reach none of it."""
    x, y, reach = points[:, :3].T
    seen = (x > -reach) & (x < width + reach) & (y > -reach) & (y < height + reach)
    points = points[seen]
    small = points[:, 2] <= _LARGE * max(1.0, min(width, height) / 720)
    large, rest = points[~small], points[small]
    rest = rest[np.argsort(rest[:, 1], kind="stable")]
    farthest = rest[:, 2].max(initial=0.0)
    rows = np.arange(height)
    first, last = (np.searchsorted(rest[:, 1], rows + sign * farthest) for sign in (-1, 1))
    ends = np.stack([first, last], axis=1) + len(large)
    return Points(np.ascontiguousarray(np.vstack([large, rest])), ends.astype(np.int32), len(large))


def add_points(light: Vectors, seen: Rays, *, width: int, points: Floats) -> None:
    """Add points, shape (n, 8), to the light of the rays through some rows."""
    first, last = int(seen.y[0]), int(seen.y[-1])
    frame = light.reshape(last - first + 1, width, 3)
    for x, y, reach, fade, red, green, blue, rays in points:
        rows = np.arange(max(first, int(np.ceil(y - reach))), min(last, int(np.floor(y + reach))) + 1)
        columns = np.arange(max(0, int(np.ceil(x - reach))), min(width - 1, int(np.floor(x + reach))) + 1)
        if not len(rows) or not len(columns):
            continue
        along, across = ((rows - y) ** 2 * fade)[:, None], (columns - x) ** 2 * fade
        spot = decay(-across - along) + rays * (
            decay(-along) / (1 + _RAY_FADE * across) ** 2 + decay(-across) / (1 + _RAY_FADE * along) ** 2
        )
        spot = spot * unit(2 - 2 * (across + along) / (fade * reach**2))
        window = np.s_[rows[0] - first : rows[-1] - first + 1, columns[0] : columns[-1] + 1]
        frame[window] += spot[:, :, None] * np.array([red, green, blue], np.float32)
