"""A disk of a few MiB for tests that fill it, where this machine's user may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.ports import ObjectStore


@contextmanager
def small_disk(folder: Path, *, mib: int = 4) -> Iterator[Path]:
    """Mount a memory disk of so many MiB on a new folder; skips the test where that is not permitted."""
    folder.mkdir()
    options = f"size={mib}m,mode=700"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk to its last byte, and return the file to remove when there shall be room again."""
    filler = folder / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        for n_bytes in (2**16, 1):
            while True:
                try:
                    os.write(descriptor, b"x" * n_bytes)
                except OSError:
                    break
    finally:
        os.close(descriptor)
    return filler


async def is_refused(objects: ObjectStore, key: str, content: bytes) -> bool:
    """Say whether the store cannot take the file now."""
    try:
        await objects.put(key, content, content_type="video/mp4")
    except Unavailable:
        return True
    return False
