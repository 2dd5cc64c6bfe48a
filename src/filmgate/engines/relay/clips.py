"""Bringing a clip home from an upstream's link, and examining it where it can do no harm."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx

from filmgate.domain.errors import EngineFailed, LinkClosed
from filmgate.domain.tasks import ClipFacts, FileKind
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.pauses import pause
from filmgate.engines.relay.wanted import EXAMINED, WANTED, Examined, Wanted
from filmgate.ports import RenderedFile

_N_DOWNLOADS = 4
_N_DEAD_LINKS = 3
_EXAMINE_SECONDS = 900
# Each may use a core and hundreds of megabytes, and hundreds of clips may come home at once.
_EXAMINED_AT_ONCE = 2
_DEAD = (401, 403, 404, 410)
_GONE = (404, 410)


async def measured_in_child(path: Path) -> ClipFacts:
    """Return what the clip is, found out in a process with limits and without our environment.

    Raises:
        EngineFailed: it is no clip that can be used.
    """
    return (await _in_child(str(path))).facts


async def conformed_in_child(path: Path, target: Path, *, wanted: Wanted) -> Examined:
    """Return what the clip is and what was changed; where anything was, `target` is the clip.

    Raises:
        EngineFailed: it is no clip that can be used, or cannot be made into what is wanted.
    """
    return await _in_child(str(path), str(target), WANTED.dump_json(wanted).decode())


async def _in_child(*arguments: str) -> Examined:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "filmgate.engines.relay.measuring", *arguments),
        # Whatever the file makes of this process, the keys in our environment are not in it.
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_EXAMINE_SECONDS):
            said, complaint = await child.communicate()
    except TimeoutError as error:
        raise EngineFailed("The upstream's clip could not be examined in time.") from error
    finally:
        if child.returncode is None:
            child.kill()
            # The job's folder is free only when nothing writes to it any more.
            await child.wait()
    if child.returncode != 0:
        words = short_reason(complaint.decode(errors="replace").strip().rpartition("\n")[2])
        raise EngineFailed(f"The upstream's clip cannot be used: {words or 'it cannot be read.'}")
    return EXAMINED.validate_json(said)


Measure = Callable[[Path], Awaitable[ClipFacts]]


class Conform(Protocol):
    """See `conformed_in_child`."""

    async def __call__(self, path: Path, target: Path, *, wanted: Wanted) -> Examined:
        """Return what was found."""
        ...


class LinkDead(Exception):
    """The link leads nowhere any more; a fresh one may, unless the clip itself `is_gone`."""

    def __init__(self, message: str, *, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_gone = is_gone


class ClipUnfetched(EngineFailed):
    """No link led to the clip; `is_gone` where the last one said that there is none."""

    def __init__(self, last: LinkDead) -> None:
        super().__init__(f"The clip could not be fetched: {last}.")
        self.is_gone = last.is_gone


async def by_fresh_links(
    bring: Callable[[int], Awaitable[RenderedFile]], *, pause_seconds: float
) -> RenderedFile:
    """Return what `bring` brings; it asks for the link anew each time, and is told how many were dead.

    Raises:
        ClipUnfetched: three links in a row were dead.
    """
    n_dead = 0
    while True:
        try:
            return await bring(n_dead)
        except LinkDead as error:
            n_dead += 1
            if n_dead == _N_DEAD_LINKS:
                raise ClipUnfetched(error) from error
        await pause(pause_seconds)


class Clips:
    """Downloads over a client of its own, which carries no key that is not given with a link.

    An upstream may be careless, or in somebody else's hands: the client it is given judges every link.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        open_client: Callable[[], httpx.AsyncClient],
        measure: Measure = measured_in_child,
        conform: Conform = conformed_in_child,
        pause_seconds: float = 1.0,
        download_within: timedelta = timedelta(minutes=15),
    ) -> None:
        """Nothing is opened yet. `download_within` bounds one download, however it drips."""
        self.measure = measure
        self._conform = conform
        self._open_client = open_client
        self._max_bytes = max_bytes
        self._pause_seconds = pause_seconds
        self._download_seconds = download_within.total_seconds()
        self._examining = asyncio.Semaphore(_EXAMINED_AT_ONCE)
        self._client: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Get ready."""
        self._client = self._open_client()

    async def close(self) -> None:
        """Safe to call twice."""
        if self._client is not None:
            await self._client.aclose()

    async def bring(self, url: str, *, folder: Path, making: Mapping[str, Any]) -> RenderedFile:
        """Return the measured clip, whole, in the folder; of its `making`, what is None is left out.

        Raises:
            LinkDead: the link has run out, or breaks off every time.
            EngineFailed: what it leads to is no clip, or too large.
        """
        path = folder / "clip.mp4"
        await self._fetch(url, path, headers={})
        async with self._examining:
            facts = await self.measure(path)
        return _clip(path, facts, making=making)

    async def bring_wanted(
        self,
        url: str,
        *,
        folder: Path,
        making: Mapping[str, Any],
        wanted: Wanted,
        headers: Mapping[str, str],
    ) -> RenderedFile:
        """Return the clip as it is wanted, and say in its `making` what was done to it.

        The headers go to the link's own host, and to no other that it redirects to.

        Raises:
            LinkDead, EngineFailed: as `bring`, or it cannot be made into what is wanted.
        """
        delivered, path = folder / "delivered.mp4", folder / "clip.mp4"
        await self._fetch(url, delivered, headers=headers)
        async with self._examining:
            found = await self._conform(delivered, path, wanted=wanted)
        if found.changes:
            delivered.unlink()
        else:
            delivered.replace(path)
        told = {**making, "delivered": found.delivered, "changes": list(found.changes)}
        return _clip(path, found.facts, making=told)

    async def _fetch(self, url: str, path: Path, *, headers: Mapping[str, str]) -> None:
        for number in range(1, _N_DOWNLOADS + 1):
            try:
                async with asyncio.timeout(self._download_seconds):
                    return await self._download(url, path, headers=headers)
            except (httpx.InvalidURL, UnicodeError) as error:
                raise EngineFailed("The upstream's link to the clip is no URL.") from error
            except LinkClosed as error:
                sentence = "The upstream's link to the clip leads to where this server fetches nothing from."
                raise EngineFailed(sentence).quoting("link", f"It {error}.") from error
            except (httpx.HTTPError, TimeoutError) as error:
                if number == _N_DOWNLOADS:
                    raise LinkDead(type(error).__name__) from error
                await pause(self._pause_seconds * number)
        return None

    async def _download(self, url: str, path: Path, *, headers: Mapping[str, str]) -> None:
        assert self._client is not None, "it was opened"
        n_bytes = 0
        async with self._client.stream("GET", url, headers=headers) as response:
            if response.status_code in _DEAD:
                raise LinkDead(f"HTTP {response.status_code}", is_gone=response.status_code in _GONE)
            response.raise_for_status()
            with path.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    n_bytes += len(chunk)
                    if n_bytes > self._max_bytes:
                        raise EngineFailed(f"The upstream's clip has more than {self._max_bytes:,} bytes.")
                    file.write(chunk)


def _clip(path: Path, facts: ClipFacts, *, making: Mapping[str, Any]) -> RenderedFile:
    told = {name: value for name, value in making.items() if value is not None}
    return RenderedFile(kind=FileKind.CLIP, path=path, content_type="video/mp4", clip=facts, making=told)
