"""The one place where the operating system's errors become `Unavailable`."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filmgate.domain.errors import Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large")
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

_FREE_SPACE = "Free some space on that disk, then start again."
_OTHER_FOLDER = (
    "Start as the user who owns it, name a folder this user may write in FILMGATE_DATA, "
    "or a PostgreSQL server in FILMGATE_DATABASE_URL."
)
_SEE_REASON = "Mend that, then start again; nothing was removed."


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """Turn every `OSError` of the block into a sentence about `folder` that says what to do.

    Raises:
        Unavailable: from the `OSError`.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        reason = f"{error.strerror or error}{where}"
        raise refusal(folder, reason=reason, number=error.errno) from error


def refusal(folder: Path, *, reason: str, number: int | None = None) -> Unavailable:
    """Return the error for a database in `folder` that failed for `reason`, with advice to match.

    `number` is an errno where one is known; without it the words of PostgreSQL are looked at.
    """
    if number in _FULL or any(words in reason for words in _FULL_WORDS):
        advice = _FREE_SPACE
    elif number in _CLOSED or "Permission denied" in reason:
        advice = _OTHER_FOLDER
    else:
        advice = _SEE_REASON
    return Unavailable(f"The embedded database in {folder} cannot be used: {reason}. {advice}")
