"""Bringing pictures and videos from callers' URLs, without being led astray, held up or filled up."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import httpx

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileGone, FileUnknown, InvalidRequest, Objection, Unavailable
from filmgate.domain.wording import shown
from filmgate.media.content import N_HEAD_BYTES, content_type_of
from filmgate.media.files import whole_or_nothing
from filmgate.media.guarded_http import LOCATION
from filmgate.media.web_urls import NO_URL
from filmgate.ports import Fetched, ObjectStore, OwnFiles

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READ_BYTES = 256 * 1024


class _Unacceptable(Exception):
    """Why a URL is refused, as a predicate about it: "answered 404"."""


class GuardedFetcher:
    """A `Fetcher` on a guarded client; redirects are followed by hand, each one checked like the first."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        objects: ObjectStore,
        own_files: OwnFiles,
        time_limit: timedelta = timedelta(seconds=60),
        max_redirects: int = 3,
    ) -> None:
        """Take a client that the caller closes; `time_limit` covers one whole fetch, redirects included."""
        self._client = client
        self._objects = objects
        self._own_files = own_files
        self._time_limit = time_limit
        self._max_redirects = max_redirects

    async def fetch(
        self, url: str, target: Path, *, max_bytes: int, field: str, account_id: AccountId
    ) -> Fetched:
        """As the port says; raises `Unavailable` where our own disk or store is at fault."""
        try:
            async with asyncio.timeout(self._time_limit.total_seconds()):
                return await self._follow(url, target, max_bytes, account_id)
        except TimeoutError as error:
            raise _refusal(field, url, f"took more than {self._time_limit.total_seconds():g} s") from error
        except _Unacceptable as error:
            raise _refusal(field, url, str(error)) from error
        except httpx.UnsupportedProtocol as error:
            raise _refusal(field, url, NO_URL) from error
        except httpx.HTTPError as error:
            raise _refusal(field, url, _in_words(error)) from error

    async def _follow(self, url: str, target: Path, max_bytes: int, account_id: AccountId) -> Fetched:
        here = _parsed(url)
        for n_redirects in range(self._max_redirects + 1):
            try:
                key = await self._own_key(here, account_id)
                if key is not None:
                    return await self._copy_own(key, target, max_bytes)
                following = await self._download(here, target, max_bytes)
            except (_Unacceptable, httpx.ConnectError, httpx.UnsupportedProtocol) as error:
                if n_redirects == 0:
                    raise
                raise _Unacceptable(f"redirects to {shown(str(here))}, which {error}") from error
            if isinstance(following, Fetched):
                return following
            here = following
        raise _Unacceptable(f"redirects more than {self._max_redirects} times")

    async def _own_key(self, url: httpx.URL, account_id: AccountId) -> str | None:
        try:
            return await self._own_files(str(url), account_id=account_id)
        except FileGone as error:
            raise _Unacceptable("is a file of this server that was deleted") from error
        except FileUnknown as error:
            raise _Unacceptable("is no file of this server") from error

    async def _copy_own(self, key: str, target: Path, max_bytes: int) -> Fetched:
        try:
            await self._objects.fetch(key, target)
        except FileGone as error:
            raise _Unacceptable("is a file of this server that was deleted") from error
        try:
            return await asyncio.to_thread(_measured, target, max_bytes)
        except _Unacceptable:
            await asyncio.to_thread(target.unlink)
            raise

    async def _download(self, url: httpx.URL, target: Path, max_bytes: int) -> Fetched | httpx.URL:
        """Return the file that the URL serves, or the URL that it redirects to."""
        async with self._client.stream("GET", url, follow_redirects=False) as response:
            if response.status_code in _REDIRECTS:
                return _next_url(response)
            _check_head(response, max_bytes)
            with whole_or_nothing(target) as file:
                writing = _Writing(file, max_bytes)
                # Raw bytes: nobody asked for compression, and an unpacked bomb knows no limit.
                async for chunk in response.aiter_raw(_READ_BYTES):
                    await asyncio.to_thread(writing.add, chunk)
                return writing.fetched(target)


class _Writing:
    """A file on its way in: counted, hashed, and refused as soon as its size or its type is wrong."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._head = b""
        self._sha256 = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        self._n_bytes += len(chunk)
        if self._n_bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        if len(self._head) < N_HEAD_BYTES:
            self._head += chunk[: N_HEAD_BYTES - len(self._head)]
            if len(self._head) == N_HEAD_BYTES:
                _acceptable_type(self._head)
        self._sha256.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            raise Unavailable("No room to keep a fetched file; try again later.") from error

    def fetched(self, target: Path) -> Fetched:
        return Fetched(
            path=target,
            content_type=_acceptable_type(self._head),
            n_bytes=self._n_bytes,
            sha256=self._sha256.hexdigest(),
        )


def _measured(path: Path, max_bytes: int) -> Fetched:
    """Return the facts of a local file, which is read once."""
    n_bytes = path.stat().st_size
    if n_bytes > max_bytes:
        raise _too_large(max_bytes)
    with path.open("rb") as file:
        content_type = _acceptable_type(file.read(N_HEAD_BYTES))
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Fetched(path=path, content_type=content_type, n_bytes=n_bytes, sha256=sha256)


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError) as error:
        # JSON can carry half a surrogate pair, which no URL can.
        raise _Unacceptable(NO_URL) from error


def _next_url(response: httpx.Response) -> httpx.URL:
    location = response.extensions[LOCATION]
    if not location:
        raise _Unacceptable(f"answered {response.status_code} without saying where to go")
    try:
        return response.url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise _Unacceptable("redirects to something that is no URL") from error


def _check_head(response: httpx.Response, max_bytes: int) -> None:
    if response.status_code != 200:
        raise _Unacceptable(f"answered {response.status_code}")
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise _Unacceptable("sent the file compressed, which was not asked for")
    length = response.headers.get("content-length", "")
    # Twelve digits are a terabyte; more are no length of a file, and Python would refuse to read them.
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > max_bytes):
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> _Unacceptable:
    return _Unacceptable(f"serves more than the {max_bytes:,} bytes that are accepted")


def _acceptable_type(head: bytes) -> str:
    content_type = content_type_of(head)
    if content_type is not None:
        return content_type
    if not head:
        raise _Unacceptable("serves an empty file")
    if head.lstrip()[:5].lower() in (b"<!doc", b"<html"):
        raise _Unacceptable("serves a web page, not a picture or video")
    raise _Unacceptable("serves neither a JPEG, PNG or WebP picture nor an MP4 video")


def _in_words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return "did not accept a connection in time"
    if isinstance(error, httpx.RemoteProtocolError):
        return "broke off, or answered something that is not HTTP"
    return "broke off while it was being read"


def _refusal(field: str, url: str, reason: str) -> InvalidRequest:
    where = shown(url)
    return InvalidRequest([Objection(field, where, f"{field}: {where} {reason}.")])
