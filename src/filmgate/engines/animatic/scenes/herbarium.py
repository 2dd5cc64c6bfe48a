"""Pictures of plants, all levels of all of them in one row of texels, as the kernel reads them."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.plants import (
    GROUND_LEVELS,
    GROUND_SIDE,
    GROUND_WIDTHS,
    N_BANDS,
    N_CELLS,
    PICTURE,
    Pictures,
)
from filmgate.engines.animatic.textures import Floats, Quads, Texels, packed, rows_halved

Canvas = npt.NDArray[np.uint8]
"""A picture on its way; shape (rows, columns, 3): light times cover, nothing, cover."""

_LEAST_SIDE = 4


class Herbarium:
    """Collects pictures; the number of each is what `add` returned."""

    def __init__(self) -> None:
        self._levels: list[Quads] = []
        self._pictures: list[tuple[int, int, int, int]] = []
        self._extents: list[Floats] = []
        self._leafy: list[Quads] = []
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
        self._leafy.append(_leafy(canvas))
        self._pictures.append((start, columns, rows, n_levels))
        return len(self._pictures) - 1

    def texels(self) -> Quads:
        """Return the texels of all pictures, one after the other, and keep none; to be called once."""
        bound = np.empty(self._n_texels, np.uint64)
        end = self._n_texels
        # Copied one by one from the last: at 2160 rows two copies of them all would take half a gigabyte.
        while self._levels:
            level = self._levels.pop()
            bound[end - level.size : end] = level
            end -= level.size
        return bound

    def pictures(self) -> Pictures:
        """Return where each picture lies among them."""
        return np.array(self._pictures, PICTURE)

    def extents(self) -> Floats:
        """Return the outermost leaves of each picture, as shares of its width; shape (n, N_BANDS, 2)."""
        return np.stack(self._extents)

    def leafy(self) -> Quads:
        """Return where each picture has leaves, a bit for each of `N_CELLS` columns; shape (n, N_BANDS)."""
        return np.stack(self._leafy)


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
    """Return where the leaves begin and end in each band of rows; shape (N_BANDS, 2)."""
    covered = np.any((canvas[:, :, 2] > 0).reshape(N_BANDS, -1, canvas.shape[1]), axis=1)
    n_columns = covered.shape[1]
    first, last = covered.argmax(axis=1), n_columns - covered[:, ::-1].argmax(axis=1)
    extents = np.stack([first / n_columns - 0.02, last / n_columns + 0.02], axis=1)
    extents[~np.any(covered, axis=1)] = (0.5, 0.5)
    return extents.astype(np.float32)


def _leafy(canvas: Canvas) -> Quads:
    """Return a bit for each of `N_CELLS` columns, the first in the lowest, in each of `N_BANDS` rows."""
    rows, columns = canvas.shape[:2]
    cells = (canvas[:, :, 2] > 0).reshape(N_BANDS, rows // N_BANDS, N_CELLS, columns // N_CELLS)
    bits = np.uint64(1) << np.arange(N_CELLS, dtype=np.uint64)
    return np.asarray((np.any(cells, axis=(1, 3)) * bits).sum(axis=1, dtype=np.uint64))


def _texels(level: Floats) -> Quads:
    codes = (level + np.float32(0.5)).astype(np.uint32)
    pairs = codes[:, :, 0] | codes[:, :, 1] << 8
    fours = (pairs | np.roll(pairs, -1, axis=1) << 16).astype(np.uint64)
    return np.asarray(fours | np.roll(fours, -1, axis=0) << np.uint64(32)).ravel()


def _halved(level: Floats) -> Floats:
    rows = level[::2] + level[1::2]
    return np.asarray((rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25))
