"""Pictures of plants, all levels of all of them in one row of texels, as the kernel reads them."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.plants_view import (
    BESIDE,
    GROUND_LEVELS,
    GROUND_SIDE,
    GROUND_WIDTHS,
    N_BANDS,
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
        self._leafy: list[npt.NDArray[np.uint64]] = []
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
        self._leafy.append(_leafy(canvas))
        self._pictures.append((start, columns, rows, n_levels))
        return len(self._pictures) - 1

    def texels(self) -> Texels:
        """Return the texels of all pictures, one after the other."""
        return np.concatenate(self._levels)

    def pictures(self) -> Pictures:
        """Return where each picture lies among them."""
        return np.array(self._pictures, PICTURE)

    def leafy(self) -> npt.NDArray[np.uint64]:
        """Return where each picture has leaves, as bits; shape (n, N_BANDS)."""
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


def _leafy(canvas: Canvas) -> npt.NDArray[np.uint64]:
    """Return a bit for each 64th of the columns, the lowest for the first, in each band of rows."""
    rows, columns = canvas.shape[:2]
    cells = (canvas[:, :, 2] > 0).reshape(N_BANDS, rows // N_BANDS, 64, columns // 64).any(axis=(1, 3))
    return np.packbits(cells, axis=1, bitorder="little").view("<u8").ravel().astype(np.uint64)


def _texels(level: Floats) -> Texels:
    codes = (level + np.float32(0.5)).astype(np.uint32)
    pairs = codes[:, :, 0] | codes[:, :, 1] << 8
    texels = pairs | np.roll(pairs, -1, axis=1) << 16
    return np.asarray(np.pad(texels, ((0, 0), (0, BESIDE)), mode="wrap")).ravel()


def _halved(level: Floats) -> Floats:
    rows = level[::2] + level[1::2]
    return np.asarray((rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25))
