"""The real server as a process of its own, and a receiver for its callbacks."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import psutil
import pytest_asyncio

_REPOSITORY = Path(__file__).parents[2]
_SCRIPTED = """
[engines.scripted]
kind = "renderer"
renderer = "tests.engines.scripted:ScriptedRenderer"

[[routes]]
models = ["*"]
engines = ["scripted"]
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Filmgate:
    """A Filmgate on a data folder, which can be killed and started again."""

    data: Path
    config: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=_free_port)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the server and wait until it serves."""
        settings = {
            "PYTHONPATH": f"{_REPOSITORY / 'src'}{os.pathsep}{_REPOSITORY}",
            "FILMGATE_WORKER_LOST_AFTER_SECONDS": "2",
            "FILMGATE_DRAIN_SECONDS": "0",
            **self.settings,
        }
        if self.config is not None:
            settings["FILMGATE_CONFIG"] = str(self.config)
        with (self.data / "stderr.log").open("ab") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "filmgate", "serve", "--dev"),
                *("--port", str(self.port), "--data", str(self.data)),
                env={**os.environ, **settings},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
            )
        while self._announced() is None:
            assert self.process.returncode is None, (self.data / "stderr.log").read_text()[-2000:]
            await asyncio.sleep(0.05)

    def _announced(self) -> dict[str, Any] | None:
        assert self.process is not None
        try:
            announced: dict[str, Any] = json.loads((self.data / "server.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return announced if announced["pid"] == self.process.pid else None

    @property
    def url(self) -> str:
        """Where it serves, before and after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """The local key."""
        return (self.data / "local.key").read_text().strip()

    @property
    def headers(self) -> dict[str, str]:
        """What every request needs."""
        return {"authorization": f"Bearer {self.key}"}

    def client(self) -> httpx.AsyncClient:
        """A client that waits as long as a clip may take."""
        return httpx.AsyncClient(base_url=self.url, headers=self.headers, timeout=90)

    async def end(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()

    def children(self) -> list[psutil.Process]:
        """Every process it has started, renderers and database alike."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)


async def ended(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    """Return the record of a task once it has ended, well or badly."""
    async with asyncio.timeout(60):
        while True:
            record: dict[str, Any] = (await client.post("/kling/tasks", json={"id": task_id})).json()
            if record["data"]["state"] in ("succeed", "failed"):
                return record
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture
async def start_filmgate() -> AsyncIterator[Callable[..., Any]]:
    """Start servers that are ended with the test; `scripted=True` renders by the prompt's script."""
    async with AsyncExitStack() as stack:

        async def start(*, scripted: bool = False, config: str = _SCRIPTED, **settings: str) -> Filmgate:
            filmgate = _on_new_folder(config=config if scripted else None, settings=settings)
            stack.push_async_callback(_remove, filmgate)
            await filmgate.start()
            return filmgate

        yield start


def _on_new_folder(*, config: str | None, settings: dict[str, str]) -> Filmgate:
    # As root the database's own user must be able to reach its folder.
    data = Path(mkdtemp(prefix="filmgate-acceptance-"))
    data.chmod(0o755)
    if config is None:
        return Filmgate(data=data, settings=settings)
    path = data / "engines.toml"
    path.write_text(config)
    return Filmgate(data=data, config=path, settings=settings)


async def _remove(filmgate: Filmgate) -> None:
    await filmgate.end(signal.SIGTERM)
    removal = await asyncio.create_subprocess_exec("rm", "-rf", str(filmgate.data))
    await removal.wait()


@dataclass
class Receiver:
    """A small server that writes down what is posted to it, and answers as told."""

    url: str
    answers: list[int]
    received: asyncio.Queue[tuple[dict[str, str], bytes]]


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on loopback; each post takes the next of its answers, and 200 when none is left."""
    received: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
    answers: list[int] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        received.put_nowait((headers, body))
        status = answers.pop(0) if answers else 200
        writer.write(f"HTTP/1.1 {status} Noted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Receiver(f"http://127.0.0.1:{port}/callback", answers, received)
