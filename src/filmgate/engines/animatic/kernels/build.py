"""How the C kernels are compiled; setuptools runs this, and installs without them where it cannot.

Every `.c` file of this folder becomes a module of its own, so that all cores compile and a change compiles
one again. What the `.h` file of its name declares can be called; `common.h` declares what they share.
"""

from pathlib import Path

import cffi

_FOLDER = Path(__file__).parent


def _builder(source: Path) -> cffi.FFI:
    declared = [_FOLDER / "common.h", source.with_suffix(".h")]
    builder = cffi.FFI()
    builder.cdef("\n".join(header.read_text() for header in declared))
    builder.set_source(
        f"filmgate.engines.animatic.kernels._{source.stem}",
        "#include <stdint.h>\n" + "\n".join(f'#include "{header.name}"' for header in declared),
        sources=[str(source)],
        include_dirs=[str(_FOLDER)],
        depends=[str(header) for header in _FOLDER.glob("*.h")],
        # Python's own flags let indices wrap around, which keeps loops from reading neighbours side by side.
        extra_compile_args=["-O3", "-ffast-math", "-fopenmp-simd", "-fno-wrapv"],
        libraries=["m"],
        optional=True,
    )
    return builder


BUILDERS = {source.stem: _builder(source) for source in sorted(_FOLDER.glob("*.c"))}
# `setup.py` names each builder by a name of this module.
globals().update(BUILDERS)
