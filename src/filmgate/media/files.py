"""Writing a local file so that no part of it stays behind when something breaks off."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
