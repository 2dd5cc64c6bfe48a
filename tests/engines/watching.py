"""Sees whether anybody opens a file, by the kernel's own word (Linux's inotify)."""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_OPEN = 0x20


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Watch an existing file; yields what says whether it was opened since it was last asked."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert watch >= 0, os.strerror(ctypes.get_errno())
    assert libc.inotify_add_watch(watch, os.fsencode(path), _IN_OPEN) >= 0, os.strerror(ctypes.get_errno())

    def was_opened() -> bool:
        try:
            return bool(os.read(watch, 65536))
        except BlockingIOError:
            return False

    try:
        yield was_opened
    finally:
        os.close(watch)
