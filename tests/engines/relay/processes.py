"""Upstreams as processes of their own, which are ended for sure."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_REPOSITORY = Path(__file__).parents[3]


@dataclass(frozen=True)
class Upstream:
    """A running upstream; `/control` is a door that only tests use."""

    url: str
    process: asyncio.subprocess.Process

    async def script(self, **changes: Any) -> None:
        """Say what it should do from now on."""
        await self._control(changes)

    async def seen(self) -> dict[str, Any]:
        """Return what it was asked."""
        return await self._control({})

    async def _control(self, changes: dict[str, Any]) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, verify=False) as client:
            answer = await client.post("/control", json=changes)
        told: dict[str, Any] = answer.json()
        return told


@asynccontextmanager
async def an_upstream(module: str, *arguments: str) -> AsyncIterator[Upstream]:
    """Run a module that prints its port and ends with its standard input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env={**os.environ, "PYTHONPATH": f"{_REPOSITORY / 'src'}{os.pathsep}{_REPOSITORY}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield Upstream(f"http://127.0.0.1:{port}", process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
