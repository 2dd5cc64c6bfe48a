"""The C kernels; all else is in pyproject.toml."""

from setuptools import setup

setup(cffi_modules=["src/filmgate/engines/animatic/kernels/build.py:ffibuilder"])
