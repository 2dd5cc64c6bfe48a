"""How the C kernels are compiled; setuptools runs this, and installs without them where it cannot."""

from pathlib import Path

import cffi

_FOLDER = Path(__file__).parent

ffibuilder = cffi.FFI()
ffibuilder.cdef((_FOLDER / "ocean_kernels.h").read_text())
ffibuilder.set_source(
    "filmgate.engines.animatic._kernels",
    (_FOLDER / "ocean_kernels.c").read_text(),
    include_dirs=[str(_FOLDER)],
    depends=[str(_FOLDER / "ocean_kernels.h")],
    extra_compile_args=["-O3", "-ffast-math", "-fopenmp-simd"],
    libraries=["m"],
    optional=True,
)
