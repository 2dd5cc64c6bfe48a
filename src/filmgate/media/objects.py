"""Files by key, in a local folder or in any object store that obstore speaks to."""

import asyncio
import re
import shutil
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store, from_url

from filmgate.domain.errors import FileGone, Unavailable
from filmgate.media.files import place_whole, whole_or_nothing

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_MAX_KEY_CHARACTERS = 512
_CHUNK_BYTES = 5 * 1024 * 1024
_PARALLEL_CHUNKS = 4
_TASKS = "tasks"
_LISTED_AT_ONCE = 500

_Store = LocalStore | MemoryStore | S3Store | GCSStore | AzureStore


class ObstoreObjects:
    """An `ObjectStore` in a cloud's bucket, or in memory for tests.

    Keys are segments of letters, digits, `.`, `_` and `-`, none starting with a dot or dash; any other
    key is a `ValueError`.
    """

    def __init__(self, store: _Store) -> None:
        self._store = store

    async def put(self, key: str, source: Path | bytes, *, content_type: str) -> int:
        """As the port says; a path is read in chunks and must exist."""
        n_bytes = len(source) if isinstance(source, bytes) else (await asyncio.to_thread(source.stat)).st_size
        with _errors_of_ours(checked(key)):
            await obstore.put_async(
                self._store,
                key,
                source,
                attributes=self._attributes(content_type),
                chunk_size=_CHUNK_BYTES,
                max_concurrency=_PARALLEL_CHUNKS,
            )
        return n_bytes

    async def fetch(self, key: str, target: Path) -> None:
        """As the port says; the target's folder must exist, and holds no part of a file that broke off."""
        with _errors_of_ours(checked(key)):
            found = await obstore.get_async(self._store, key)
        with _errors_of_ours(key), whole_or_nothing(target) as file:
            async for chunk in found.stream(min_chunk_size=_CHUNK_BYTES):
                await asyncio.to_thread(file.write, chunk)

    async def delete_all(self, prefix: str) -> None:
        """As the port says; a file that somebody else removes meanwhile is no error either."""
        with _errors_of_ours(checked(prefix)):
            found = await obstore.list(self._store, prefix).collect_async()
            for entry in found:
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, entry["path"])

    async def older_than(self, age: timedelta, *, now: datetime) -> AsyncIterator[Sequence[str]]:
        """As the port says."""
        with _errors_of_ours(_TASKS):
            async for entries in obstore.list(self._store, _TASKS, chunk_size=_LISTED_AT_ONCE):
                yield [entry["path"] for entry in entries if entry["last_modified"] < now - age]

    async def delete(self, keys: Sequence[str]) -> None:
        """As the port says."""
        for key in keys:
            with suppress(FileGone), _errors_of_ours(key):
                await obstore.delete_async(self._store, checked(key))

    def local_path(self, key: str) -> Path | None:
        """Return None: these files are not on this machine."""
        checked(key)
        return None

    async def check(self) -> None:
        """As the port says; a few bytes are written, read and removed under a name used once."""
        key = f"_check-{uuid4().hex}"
        try:
            with _errors_of_ours(key):
                await obstore.put_async(self._store, key, b"written")
                await (await obstore.get_async(self._store, key)).bytes_async()
                await obstore.delete_async(self._store, key)
        except FileGone as error:
            raise Unavailable("The object store lost a file that it had just taken.") from error

    async def signed_url(self, key: str, *, lifetime: timedelta) -> str:
        """As the port says; raises `Unavailable` where the store gives out no URLs."""
        if not isinstance(self._store, S3Store | GCSStore | AzureStore):
            raise Unavailable("This object store gives out no URLs.")
        with _errors_of_ours(checked(key)):
            return await obstore.sign_async(self._store, "GET", key, lifetime)

    def _attributes(self, content_type: str) -> dict[str, str] | None:
        return {"Content-Type": content_type}


class LocalObjects(ObstoreObjects):
    """An `ObjectStore` in a folder of this machine, open to this user alone.

    A file is on the disk, not only in its cache, when `put` returns.
    """

    def __init__(self, root: Path) -> None:
        """Create the folder, and those above it that are missing, with mode 0700.

        Raises:
            Unavailable: it cannot be created or opened.
        """
        self._root = root.absolute()
        with _errors_of_ours(""):
            _make_folders(self._root)
            super().__init__(LocalStore(self._root))

    async def put(self, key: str, source: Path | bytes, *, content_type: str) -> int:
        """As the port says; the type is not kept, a folder has no place for it."""
        del content_type
        path, is_given_up = self._root / checked(key), threading.Event()

        def place() -> int:
            _make_folders(path.parent)
            return place_whole(source, path, is_wanted=lambda: not is_given_up.is_set())

        try:
            with _errors_of_ours(key):
                return await asyncio.to_thread(place)
        except FileGone as error:
            raise Unavailable("The folder was removed while a file was put there; try again.") from error
        finally:
            # A thread cannot be cancelled; what it still writes must not appear after all.
            is_given_up.set()

    async def delete_all(self, prefix: str) -> None:
        """As the port says; the folder goes with what a killed process left half-written in it."""
        folder = self._root / checked(prefix)
        with _errors_of_ours(prefix), suppress(FileNotFoundError):
            await asyncio.to_thread(shutil.rmtree, folder)

    async def older_than(self, age: timedelta, *, now: datetime) -> AsyncIterator[Sequence[str]]:
        """As the port says. Drafts that killed processes left, which have no key, are removed on the way."""
        with _errors_of_ours(_TASKS):
            folders = await asyncio.to_thread(_folders, self._root / _TASKS)
            for folder in folders:
                found = await asyncio.to_thread(_old_files, folder, (now - age).timestamp())
                yield [str(path.relative_to(self._root)) for path in found]

    async def delete(self, keys: Sequence[str]) -> None:
        """As the port says; a folder goes with the last file in it."""
        await super().delete(keys)
        for folder in {(self._root / key).parent for key in keys}:
            # It may have got another file meanwhile, which keeps it.
            with suppress(OSError):
                folder.rmdir()
                folder.parent.rmdir()

    def local_path(self, key: str) -> Path | None:
        """Return where the file lies, whether it is there or not."""
        return self._root / checked(key)

    def _attributes(self, content_type: str) -> dict[str, str] | None:
        # The local store refuses every attribute; the database remembers the type anyway.
        del content_type
        return None


def open_objects(url: str) -> ObstoreObjects:
    """Return the store at `file:///folder`, `memory:///`, or a cloud's URL such as `s3://bucket/prefix`.

    Clouds take their credentials from their own usual environment variables.

    Raises:
        ValueError: the URL is none of these, or lacks something its cloud needs.
        Unavailable: the folder cannot be created or opened.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or parts.query or not parts.path.startswith("/"):
            raise ValueError(f"{url!r} does not name a folder; write file:///absolute/folder.")
        return LocalObjects(Path(unquote(parts.path)))
    try:
        store = from_url(url)
    except (BaseError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"The storage URL {parts.scheme}://… cannot be used: {reason}") from error
    if not isinstance(store, MemoryStore | S3Store | GCSStore | AzureStore):
        raise ValueError(f"{parts.scheme}:// is no storage to write to; use file, s3, gs or az.")
    return ObstoreObjects(store)


def checked(key: str) -> str:
    """Return the key as it is.

    Raises:
        ValueError: it could leave the store, or be spelled differently by some stores.
    """
    if len(key) > _MAX_KEY_CHARACTERS or not _KEY.fullmatch(key):
        raise ValueError(f"{key[:_MAX_KEY_CHARACTERS]!r} cannot be the key of an object.")
    return key


@contextmanager
def _errors_of_ours(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileGone(f"There is no stored file {key}.") from error
    except (BaseError, OSError) as error:
        # The store's own words name folders, buckets and hosts; they stay in the cause, for the log.
        raise Unavailable("The object store cannot be reached or written; try again.") from error


def _make_folders(folder: Path) -> None:
    # The mode of pathlib's own `parents=True` applies to the last folder only.
    missing = [candidate for candidate in (folder, *folder.parents) if not candidate.exists()]
    for candidate in reversed(missing):
        candidate.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(folder)


def _folders(tasks: Path) -> list[Path]:
    return sorted(tasks.iterdir()) if tasks.is_dir() else []


def _old_files(folder: Path, written_before: float) -> list[Path]:
    """Return the old files of one task, and remove its old drafts."""
    found = []
    # Others delete meanwhile; what is left of a folder that goes is found the next time.
    with suppress(FileNotFoundError):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_mtime < written_before:
                if path.name.startswith("."):
                    path.unlink()
                else:
                    found.append(path)
    return found
