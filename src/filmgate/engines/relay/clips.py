"""Bringing a clip home from an upstream's link, and measuring it where it can do no harm."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import ClipFacts, FileKind
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.pauses import pause
from filmgate.ports import RenderedFile

_N_DOWNLOADS = 4
_MEASURE_SECONDS = 60


async def measured_in_child(path: Path) -> ClipFacts:
    """Return what the clip is, found out in a process with limits and without our environment.

    Raises:
        EngineFailed: it is no clip that can be used.
    """
    command = [sys.executable, "-m", "filmgate.engines.relay.measuring", str(path)]
    child = await asyncio.create_subprocess_exec(
        *command,
        # Whatever the file makes of this process, the keys in our environment are not in it.
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_MEASURE_SECONDS):
            said, complaint = await child.communicate()
    except TimeoutError as error:
        raise EngineFailed("The upstream's clip could not be measured in time.") from error
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        words = short_reason(complaint.decode(errors="replace").strip().rpartition("\n")[2])
        raise EngineFailed(f"The upstream's clip cannot be used: {words or 'it cannot be read.'}")
    told = json.loads(said)
    return ClipFacts(
        width=told["width"],
        height=told["height"],
        fps=Fraction(told["fps"]),
        duration=Fraction(told["duration"]),
        has_audio=told["has_audio"],
    )


Measure = Callable[[Path], Awaitable[ClipFacts]]


class LinkDead(Exception):
    """The link leads nowhere any more; a fresh one may."""


class Clips:
    """Downloads over a client of its own, which carries no key."""

    def __init__(
        self, *, max_bytes: int, measure: Measure = measured_in_child, pause_seconds: float = 1.0
    ) -> None:
        self._measure = measure
        self._max_bytes = max_bytes
        self._pause_seconds = pause_seconds
        self._client: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Get ready."""
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(60, connect=10), follow_redirects=True)

    async def close(self) -> None:
        """Safe to call twice."""
        if self._client is not None:
            await self._client.aclose()

    async def bring(self, url: str, *, folder: Path, making: Mapping[str, Any]) -> RenderedFile:
        """Return the measured clip, whole, in the folder.

        Raises:
            LinkDead: the link has run out, or breaks off every time.
            EngineFailed: what it leads to is no clip, or too large.
        """
        path = folder / "clip.mp4"
        for number in range(1, _N_DOWNLOADS + 1):
            try:
                await self._download(url, path)
                break
            except httpx.HTTPError as error:
                if number == _N_DOWNLOADS:
                    raise LinkDead(type(error).__name__) from error
                await pause(self._pause_seconds * number)
        facts = await self._measure(path)
        return RenderedFile(
            kind=FileKind.CLIP, path=path, content_type="video/mp4", clip=facts, making=making
        )

    async def _download(self, url: str, path: Path) -> None:
        assert self._client is not None, "it was opened"
        n_bytes = 0
        async with self._client.stream("GET", url) as response:
            if response.status_code in (401, 403, 404, 410):
                raise LinkDead(f"HTTP {response.status_code}")
            response.raise_for_status()
            with path.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    n_bytes += len(chunk)
                    if n_bytes > self._max_bytes:
                        raise EngineFailed(f"The upstream's clip has more than {self._max_bytes:,} bytes.")
                    file.write(chunk)
