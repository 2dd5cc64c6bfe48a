"""The compiled kernels where there are any, else their NumPy twins: the one place that chooses."""

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from filmgate.engines.animatic.ocean_reference import OceanView, Textures
from filmgate.engines.animatic.ocean_reference import draw_rows as draw_rows_in_numpy
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels

_WITHOUT = (
    "Filmgate was installed without a C compiler, so NumPy draws the scenes of the animatic engine, about "
    "30 times slower. Install gcc or clang and install Filmgate again."
)


class OceanRows(Protocol):
    """Draws rows of an ocean."""

    def __call__(
        self, frame: RGBFrame, view: OceanView, textures: Textures, *, first_row: int, n_rows: int
    ) -> None:
        """Fill `n_rows` of the frame from `first_row` on; other threads may draw other rows meanwhile."""
        ...


def ocean_rows() -> OceanRows:
    """Return the fastest way to draw that this installation has; warns where that is the slow one."""
    try:
        module = import_module("filmgate.engines.animatic._kernels")
    except ImportError:
        warnings.warn(_WITHOUT, RuntimeWarning, stacklevel=2)
        return draw_rows_in_numpy
    return CompiledOceanRows(module)


class CompiledOceanRows:
    """`OceanRows` in C; the interpreter's lock is free while it draws."""

    def __init__(self, module: Any) -> None:
        self._ffi = module.ffi
        self._lib = module.lib

    def __call__(
        self, frame: RGBFrame, view: OceanView, textures: Textures, *, first_row: int, n_rows: int
    ) -> None:
        """See `OceanRows`."""
        width = frame.shape[1]
        assert width <= self._lib.MAX_WIDTH, "the kernels keep a row of this length at most"
        pixels = self._ffi.from_buffer("uint8_t[]", frame, require_writable=True)
        # The structure holds bare addresses; this keeps what they point to alive.
        arrays = {name: self._array(texture) for name, texture in textures._asdict().items()}
        looks = self._struct("ocean_view", view)
        self._lib.ocean_rows(pixels, width, first_row, n_rows, looks, self._struct("ocean_textures", arrays))

    def _struct(self, kind: str, values: Mapping[str, object]) -> Any:
        struct = self._ffi.new(f"{kind} *")
        for name, value in values.items():
            setattr(struct, name, value)
        return struct

    def _array(self, texture: Floats | Texels) -> Any:
        assert texture.flags.c_contiguous, "the kernels read rows one after the other"
        return self._ffi.from_buffer("uint32_t[]" if texture.dtype == np.uint32 else "float[]", texture)
