"""The C kernels; all else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup

_KERNELS = Path("src/filmgate/engines/animatic/kernels")

setup(cffi_modules=[f"{_KERNELS}/build.py:{source.stem}" for source in sorted(_KERNELS.glob("*.c"))])
