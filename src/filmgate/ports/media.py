"""Files: stored, fetched from callers' URLs, and looked into."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from filmgate.domain.accounts import (
    AccountId,
)
from filmgate.domain.pictures import PictureFacts
from filmgate.domain.tasks import (
    TaskId,
)


class ObjectStore(Protocol):
    """Files by key. A key holds a whole file or nothing.

    All raise `Unavailable` when the store cannot be reached or written.
    """

    async def put(self, key: str, source: Path | bytes, *, content_type: str) -> int:
        """Store a file and return its size in bytes; readers never see it half-written."""
        ...

    async def fetch(self, key: str, target: Path) -> None:
        """Write the file to a local path; raises `FileGone` when there is none."""
        ...

    async def delete_all(self, prefix: str) -> None:
        """Remove every file whose key starts with `prefix/`; no error when there is none."""
        ...

    def older_than(self, age: timedelta, *, now: datetime) -> AsyncIterator[Sequence[str]]:
        """Yield, in batches, the keys of the files below `tasks/` that were last written so long ago."""
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove these files; no error where one is gone already."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return where the file lies on this machine, or None for a remote store."""
        ...

    async def check(self) -> None:
        """Return when files can be written and read."""
        ...

    async def signed_url(self, key: str, *, lifetime: timedelta) -> str:
        """Return a fresh URL of the remote store for reading the file."""
        ...


class Scratch(Protocol):
    """Room on this machine for the files of attempts while they are made."""

    def folder(self, task_id: TaskId) -> AbstractContextManager[Path]:
        """Return a new folder, with empty folders `inputs` and `output` in it, which goes with the block.

        Raises:
            Unavailable: there is no room for it.
        """
        ...

    def has_room(self) -> bool:
        """Say whether another attempt may begin; quick, and never raises."""
        ...

    def free_bytes(self) -> int | None:
        """Return how much the disk has left, or None where it cannot be asked; quick, and never raises."""
        ...


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file brought from a caller's URL, its type told by its content."""

    path: Path
    content_type: str
    n_bytes: int
    sha256: str


class Fetcher(Protocol):
    """Brings pictures and videos from callers' URLs without being led astray."""

    async def fetch(
        self, url: str, target: Path, *, max_bytes: int, field: str, account_id: AccountId
    ) -> Fetched:
        """Download to `target`; a URL of our own must lead to a file of the account.

        Raises:
            InvalidRequest: the URL, its host, or what it serves is not acceptable; names `field`.
            Unavailable: our own disk or store is at fault.
        """
        ...


class OwnFiles(Protocol):
    """Knows which URLs are our own, so that they are never fetched over the network."""

    async def __call__(self, url: str, /, *, account_id: AccountId) -> str | None:
        """Return the object key behind a URL of our public origin, or None for anybody else's URL.

        Raises:
            FileUnknown, FileGone: the URL is ours, and leads to no file that this account may use.
        """
        ...


class URLCheck(Protocol):
    """Knows which URLs can never be reached, by their text alone."""

    def __call__(self, url: str, /) -> str | None:
        """Say why in words, as a predicate about the URL, or return None; pure and immediate."""
        ...


class PictureReader(Protocol):
    """Reads what a picture is and whether it is whole, without decoding it; blocks meanwhile."""

    def __call__(self, content: bytes | Path, *, field: str) -> PictureFacts:
        """Return type and size; raises `InvalidRequest` naming `field` for what is not a picture."""
        ...
