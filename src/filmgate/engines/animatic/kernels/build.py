"""How the C kernels are compiled; setuptools runs this, and installs without them where it cannot.

Every `.c` file of this folder is part of the module, and what the `.h` file of its name declares can be
called. `common.h` declares the structures they share.
"""

from pathlib import Path

import cffi

_FOLDER = Path(__file__).parent
_SOURCES = sorted(_FOLDER.glob("*.c"))
_DECLARED = [_FOLDER / "common.h", *(source.with_suffix(".h") for source in _SOURCES)]

ffibuilder = cffi.FFI()
ffibuilder.cdef("\n".join(header.read_text() for header in _DECLARED))
ffibuilder.set_source(
    "filmgate.engines.animatic.kernels._compiled",
    "#include <stdint.h>\n" + "\n".join(f'#include "{header.name}"' for header in _DECLARED),
    sources=[str(source) for source in _SOURCES],
    include_dirs=[str(_FOLDER)],
    depends=[str(header) for header in _FOLDER.glob("*.h")],
    # Python's own flags let indices wrap around, which keeps loops from reading neighbours side by side.
    extra_compile_args=["-O3", "-ffast-math", "-fopenmp-simd", "-fno-wrapv"],
    libraries=["m"],
    optional=True,
)
