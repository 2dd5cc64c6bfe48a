"""Pictures of plants, all levels of all of them in one row of texels, as the kernel reads them."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.plants import (
    BESIDE,
    GROUND_LEVELS,
    GROUND_SIDE,
    GROUND_WIDTHS,
    N_EXTENTS,
    PICTURE,
    Pictures,
)
from filmgate.engines.animatic.textures import Floats, Texels, packed, rows_halved

Canvas = npt.NDArray[np.uint8]
"""A picture on its way; shape (rows, columns, 3): light times cover, nothing, cover."""

_LEAST_SIDE = 4


class Herbarium:
    """Collects pictures; the number of each is what `add` returned."""

    def __init__(self) -> None:
        self._levels: list[Texels] = []
        self._pictures: list[tuple[int, int, int, int]] = []
        self._extents: list[Floats] = []
        self._n_texels = 0

    def add(self, canvas: Canvas) -> int:
        """Store a picture whose sides are powers of two; its columns repeat, its rows do not."""
        level = np.ascontiguousarray(canvas[:, :, ::2]).astype(np.float32)
        rows, columns = level.shape[:2]
        start, n_levels = self._n_texels, 0
        while True:
            texels = _texels(level)
            self._levels.append(texels)
            self._n_texels += texels.size
            n_levels += 1
            if min(level.shape[:2]) <= _LEAST_SIDE:
                break
            level = _halved(level)
        self._extents.append(_outermost(canvas))
        self._pictures.append((start, columns, rows, n_levels))
        return len(self._pictures) - 1

    def texels(self) -> Texels:
        """Return the texels of all pictures, one after the other."""
        return np.concatenate(self._levels)

    def pictures(self) -> Pictures:
        """Return where each picture lies among them."""
        return np.array(self._pictures, PICTURE)

    def extents(self) -> Floats:
        """Return the outermost leaves of each picture, as shares of its width; shape (n, N_EXTENTS, 2)."""
        return np.stack(self._extents)


def ground_texture(finest: Floats) -> Texels:
    """Return all levels of two fields, 0 to 1, shape (512, 512, 2), halved across and along by themselves."""
    stacks = []
    field = finest
    for _ in range(GROUND_WIDTHS):
        levels = [
            np.pad(level, ((0, 0), (0, GROUND_SIDE - level.shape[1]), (0, 0)))
            for level in rows_halved(field, n_levels=GROUND_LEVELS)
        ]
        stack = packed(levels, zero=0, step=1 / 255)
        # The column beside a level's last is its first; `packed` knows only full levels.
        n_columns = field.shape[1]
        stack[:, n_columns - 1] = stack[:, n_columns - 1] & 0xFFFF | (stack[:, 0] & 0xFFFF) << 16
        stacks.append(stack)
        field = (field[:, ::2] + field[:, 1::2]) * np.float32(0.5)
    return np.stack(stacks)


def _outermost(canvas: Canvas) -> Floats:
    """Return where the leaves begin and end in each band of rows; shape (N_EXTENTS, 2)."""
    covered = np.any((canvas[:, :, 2] > 0).reshape(N_EXTENTS, -1, canvas.shape[1]), axis=1)
    n_columns = covered.shape[1]
    first, last = covered.argmax(axis=1), n_columns - covered[:, ::-1].argmax(axis=1)
    extents = np.stack([first / n_columns - 0.02, last / n_columns + 0.02], axis=1)
    extents[~np.any(covered, axis=1)] = (0.5, 0.5)
    return extents.astype(np.float32)


def _texels(level: Floats) -> Texels:
    codes = (level + np.float32(0.5)).astype(np.uint32)
    pairs = codes[:, :, 0] | codes[:, :, 1] << 8
    texels = pairs | np.roll(pairs, -1, axis=1) << 16
    return np.asarray(np.pad(texels, ((0, 0), (0, BESIDE)), mode="wrap")).ravel()


def _halved(level: Floats) -> Floats:
    rows = level[::2] + level[1::2]
    return np.asarray((rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25))
