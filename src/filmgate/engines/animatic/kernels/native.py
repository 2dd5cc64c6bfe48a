"""The compiled kernels where there are any, else their NumPy twins: the one place that chooses."""

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol

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

    def held(self, *arguments: Any) -> tuple[Any, ...]:
        """Return the last arguments of calls in the form that calls take fastest.

        That is for what the bands of a frame share, and lasts as long as nothing in it changes.
        """
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
        return _NumPyKernel(getattr(import_module(f"{_PACKAGE}.{family}"), name))


class _NumPyKernel:
    """A function of NumPy, which takes everything as it is."""

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> None:
        """See `Kernel`."""
        self._function(*arguments)

    def held(self, *arguments: Any) -> tuple[Any, ...]:
        """See `Kernel`."""
        return arguments


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


class _Held(NamedTuple):
    """What C takes, and what must live as long as it."""

    passed: Any
    kept: list[object]


class _CompiledKernel:
    """A function of C that takes arrays and mappings."""

    def __init__(self, ffi: Any, function: Any) -> None:
        self._ffi = ffi
        self._function = function
        self._kinds = ffi.typeof(function).args
        self._fields: dict[Any, dict[str, Any]] = {}
        for kind in self._kinds:
            self._learn(kind)

    def __call__(self, *arguments: Any) -> None:
        """See `Kernel`."""
        # Structures hold bare addresses; this keeps what they point to alive until the call returns.
        kept: list[object] = []
        passed = (self._passed(kind, value, kept) for kind, value in zip(self._kinds, arguments, strict=True))
        self._function(*passed)

    def held(self, *arguments: Any) -> tuple[_Held, ...]:
        """See `Kernel`."""
        kept: list[object] = []
        kinds = self._kinds[len(self._kinds) - len(arguments) :]
        passed = (self._passed(kind, value, kept) for kind, value in zip(kinds, arguments, strict=True))
        return tuple(_Held(each, kept) for each in passed)

    def _learn(self, kind: Any) -> None:
        """Note the fields of a structure, of what a pointer leads to, and of the structures within."""
        if kind.kind == "pointer":
            self._learn(kind.item)
        elif kind.kind == "struct" and kind not in self._fields:
            self._fields[kind] = {name: field.type for name, field in kind.fields}
            for inner in self._fields[kind].values():
                self._learn(inner)

    def _passed(self, kind: Any, value: Any, kept: list[object]) -> Any:
        if isinstance(value, _Held):
            return value.passed
        if isinstance(value, np.ndarray):
            return self._address(kind, value, kept)
        if isinstance(value, Mapping):
            struct = self._ffi.new(kind, self._filled(kind.item, value, kept))
            kept.append(struct)
            return struct
        return value

    def _filled(self, kind: Any, values: Mapping[str, Any], kept: list[object]) -> dict[str, Any]:
        """Return what the fields of a structure become, in the form that cffi fills them all from."""
        kinds = self._fields[kind]
        assert kinds.keys() == values.keys(), f"{kinds.keys() ^ values.keys()} differ from the structure's"
        return {name: self._field(kinds[name], value, kept) for name, value in values.items()}

    def _field(self, kind: Any, value: Any, kept: list[object]) -> Any:
        # Most are numbers or lists of them; asking about the rest takes longer, and bands ask for each frame.
        if isinstance(value, float | int | list):
            return value
        if isinstance(value, np.ndarray) and kind.kind == "pointer":
            return self._address(kind, value, kept)
        return self._filled(kind, value, kept) if isinstance(value, Mapping) else value

    def _address(self, kind: Any, array: np.ndarray[Any, Any], kept: list[object]) -> Any:
        assert array.flags.c_contiguous, "the kernels read rows one after the other"
        assert array.itemsize == self._ffi.sizeof(kind.item), f"{array.dtype} is not what {kind} points to"
        address = self._ffi.cast(kind, self._ffi.from_buffer(array))
        kept.append(array)
        return address
