"""The compiled kernels where there are any, else their NumPy twins: the one place that chooses."""

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

import numpy as np

_PACKAGE = "filmgate.engines.animatic.kernels"
_WITHOUT = (
    "Filmgate was installed without a C compiler, so NumPy draws the scenes of the animatic engine, about "
    "30 times slower. Install gcc or clang and install Filmgate again."
)


class Kernel(Protocol):
    """A function that fills arrays; other threads may run it on other rows meanwhile."""

    def __call__(self, *arguments: Any) -> None:
        """Take what the C function of its name takes: numbers, arrays, and structures as mappings."""
        ...


class Kernels(Protocol):
    """Where scenes get their kernels from."""

    def named(self, family: str, name: str) -> Kernel:
        """Return the kernel `name`, which `<family>.c` and `<family>.py` both define."""
        ...


def kernels() -> Kernels:
    """Return the fastest kernels that this installation has; warns where those are the slow ones."""
    try:
        import_module(f"{_PACKAGE}._ocean")
    except ImportError:
        warnings.warn(_WITHOUT, RuntimeWarning, stacklevel=2)
        return NumPyKernels()
    return CompiledKernels()


class NumPyKernels:
    """The kernels as NumPy says them: readable, and slow."""

    def named(self, family: str, name: str) -> Kernel:
        """See `Kernels`."""
        kernel: Kernel = getattr(import_module(f"{_PACKAGE}.{family}"), name)
        return kernel


class CompiledKernels:
    """The kernels in C; the interpreter's lock is free while they run."""

    def named(self, family: str, name: str) -> Kernel:
        """See `Kernels`; where a compiler gave up on one file, NumPy stands in for that one alone."""
        try:
            module = import_module(f"{_PACKAGE}._{family}")
        except ImportError:
            warnings.warn(_WITHOUT, RuntimeWarning, stacklevel=2)
            return NumPyKernels().named(family, name)
        return _CompiledKernel(module.ffi, getattr(module.lib, name))


class _CompiledKernel:
    """A function of C that takes arrays and mappings."""

    def __init__(self, ffi: Any, function: Any) -> None:
        self._ffi = ffi
        self._function = function
        self._kinds = ffi.typeof(function).args

    def __call__(self, *arguments: Any) -> None:
        """See `Kernel`."""
        # Structures hold bare addresses; this keeps what they point to alive until the call returns.
        kept: list[object] = []
        passed = (self._passed(kind, value, kept) for kind, value in zip(self._kinds, arguments, strict=True))
        self._function(*passed)

    def _passed(self, kind: Any, value: Any, kept: list[object]) -> Any:
        if isinstance(value, np.ndarray):
            return self._address(kind, value, kept)
        if isinstance(value, Mapping):
            struct = self._ffi.new(kind)
            self._fill(struct, value, kept)
            kept.append(struct)
            return struct
        return value

    def _fill(self, struct: Any, values: Mapping[str, Any], kept: list[object]) -> None:
        kinds = {name: field.type for name, field in self._ffi.typeof(struct[0]).fields}
        assert kinds.keys() == values.keys(), f"{kinds.keys() ^ values.keys()} differ from the structure's"
        for name, value in values.items():
            if isinstance(value, Mapping):
                self._fill(self._ffi.addressof(struct, name), value, kept)
            elif isinstance(value, np.ndarray) and kinds[name].kind == "pointer":
                setattr(struct, name, self._address(kinds[name], value, kept))
            else:
                setattr(struct, name, value)

    def _address(self, kind: Any, array: np.ndarray[Any, Any], kept: list[object]) -> Any:
        assert array.flags.c_contiguous, "the kernels read rows one after the other"
        assert array.itemsize == self._ffi.sizeof(kind.item), f"{array.dtype} is not what {kind} points to"
        address = self._ffi.cast(kind, self._ffi.from_buffer(array))
        kept.append(array)
        return address
