"""The compiled kernels where there are any, else their NumPy twins: the one place that chooses."""

import warnings
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from filmgate.engines.animatic.ocean_reference import OceanView, Textures
from filmgate.engines.animatic.ocean_reference import draw_rows as draw_rows_in_numpy
from filmgate.engines.animatic.scene import RGBFrame

_WITHOUT = (
    "Filmgate was installed without a C compiler, so NumPy draws the scenes of the animatic engine, about "
    "20 times slower. Install gcc or clang and install Filmgate again."
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
        self._draw = module.lib.ocean_rows

    def __call__(
        self, frame: RGBFrame, view: OceanView, textures: Textures, *, first_row: int, n_rows: int
    ) -> None:
        """See `OceanRows`."""
        height, width, _ = frame.shape
        packed = self._ffi.new("ocean_view *")
        for name, value in view.items():
            setattr(packed, name, value)
        pointers = [self._floats(texture) for texture in textures]
        pixels = self._ffi.from_buffer("uint8_t[]", frame, require_writable=True)
        self._draw(pixels, width, height, first_row, n_rows, packed, *pointers)

    def _floats(self, texture: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
        assert texture.dtype == np.float32, "the kernels read float32"
        assert texture.flags.c_contiguous, "the kernels read rows one after the other"
        return self._ffi.from_buffer("float[]", texture)
