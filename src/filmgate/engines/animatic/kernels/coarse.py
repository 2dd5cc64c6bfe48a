"""Soft things drawn on a coarse grid: what `coarse.h` does, in NumPy. A change belongs into both."""

import numpy as np

from filmgate.engines.animatic.kernels.shading import (
    CameraView,
    Levels,
    Scalars,
    Vectors,
    across,
    bilinear,
    vector,
)
from filmgate.engines.animatic.textures import Floats, Texels


def coarse_width(width: int, every: int) -> int:
    """Return the number of rays in a coarse row, which reaches past the last pixel of a fine one."""
    return (width - 1) // every + 2


def smoothed(
    plane: Floats, *, first_row: int, n_rows: int, width: int, every: int, every_row: int | None = None
) -> Floats:
    """Return what lies at some fine rows of one plane of a coarse picture; one value for each ray of them.

    Its rows may lie apart by another number of pixels, `every_row`, than its columns.
    """
    every_row = every_row or every
    rows = np.arange(first_row, first_row + n_rows)
    columns = np.arange(width)
    down = ((rows % every_row) / every_row).astype(np.float32)[:, None]
    right = ((columns % every) / every).astype(np.float32)
    above, below = plane[rows // every_row], plane[rows // every_row + 1]
    mixed = above + (below - above) * down
    left = columns // every
    return np.asarray(mixed[:, left] + (mixed[:, left + 1] - mixed[:, left]) * right).ravel()


def sampled(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a texture of `levels_of`, each ray at its own level; 0 to 255.

    A texel stands for the middle of those it was made from, so that what is seen does not move where levels
    meet.
    """
    shrink = np.float32(1) / (1 << level)
    half = np.float32(0.5)
    return bilinear(
        texture, level, texture.shape[1] >> level, (u + half) * shrink - half, (v + half) * shrink - half
    )


def quadruple(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> Scalars:
    """Sample a texture of `quadrupled`, each ray at its own level; 0 to 255."""
    side = texture.shape[1]
    shrink, half = np.float32(1) / (1 << level), np.float32(0.5)
    x, y = (u + half) * shrink - half, (v + half) * shrink - half
    left, upper = np.floor(x), np.floor(y)
    last, top = (side >> level) - 1, 2 * side - ((2 * side) >> level)
    texels = texture[top + (upper.astype(np.int64) & last), left.astype(np.int64) & last]
    here, right = across(texels, y - upper)
    return np.asarray(here + (right - here) * (x - left))


def coarse_rays(
    n: int, *, first_row: int, n_rows: int, camera: CameraView, every: int, every_row: int | None = None
) -> Vectors:
    """Return the unit directions of `n_rows` coarse rows of `n` rays, row by row; shape (n_rows * n, 3)."""
    rows, columns = np.meshgrid(np.arange(first_row, first_row + n_rows), np.arange(n), indexing="ij")
    y, x = rows.ravel() * (every_row or every), columns.ravel() * every
    corner, up, right = (vector(values) for values in (camera["corner"], camera["up"], camera["right"]))
    toward = (corner - np.outer(y, up) + np.outer(x, right)).astype(np.float32)
    return np.asarray(toward / np.linalg.norm(toward, axis=1, keepdims=True))
