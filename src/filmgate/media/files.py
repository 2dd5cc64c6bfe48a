"""Writing a local file so that no part of it stays behind when something breaks off."""

import io
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 2**20


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[BinaryIO]:
    """Open the file for writing; remove it again when the block ends by any exception, cancellation too.

    Blocks for the opening and closing only, which are quick on a local disk.

    Raises:
        OSError: the file cannot be created.
    """
    file = target.open("wb")
    try:
        yield file
        file.close()
    except BaseException:
        file.close()
        target.unlink(missing_ok=True)
        raise


def place_whole(source: Path | bytes, target: Path, *, is_wanted: Callable[[], bool]) -> int:
    """Write the file beside its place, bring it to the disk, give it its name in one step; return its bytes.

    It is open to this user alone. The draft's name starts with a dot; a killed process leaves it behind.
    Blocks; it gives up between two chunks, and returns 0, once the file `is_wanted` no more.

    Raises:
        OSError: it cannot be written; no part of it is left.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file, _opened(source) as content:
            while is_wanted() and (chunk := content.read(_CHUNK_BYTES)):
                _write_all(file, chunk)
            n_bytes = file.tell()
            os.fsync(descriptor)
        # The last read may have waited for its end long after the file was given up.
        if not is_wanted():
            draft.unlink()
            return 0
        draft.rename(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    # The name is on the disk only when its folder is.
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return n_bytes


def _opened(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _write_all(file: io.RawIOBase, chunk: bytes) -> None:
    # A disk that is nearly full takes a part of it, and says only at the next write that there is no more.
    left = memoryview(chunk)
    while left:
        left = left[file.write(left) :]
