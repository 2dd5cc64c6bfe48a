"""Running Filmgate as a server, as a worker, or both in one process."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from starlette.types import ASGIApp

from filmgate.app import Filmgate, open_filmgate
from filmgate.domain.errors import InvalidSettings
from filmgate.settings import Settings

_DRAIN_SECONDS = 20


@dataclass(frozen=True)
class Address:
    """Where to listen; port 0 takes any free one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Say whether only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@asynccontextmanager
async def serving(
    settings: Settings, address: Address, *, is_dev: bool, with_worker: bool
) -> AsyncIterator[tuple[Filmgate, str, asyncio.Task[None]]]:
    """Serve while the block runs; yields Filmgate, its URL, and a task that ends when it stops serving.

    At the end held requests are answered 503, and renders go back to the queue.

    Raises:
        InvalidSettings: `is_dev` on an address that others can reach, or an address in use.
    """
    if is_dev and not address.is_loopback:
        raise InvalidSettings(
            f"--dev opens this machine's own addresses to every caller, so it listens on loopback only, "
            f"not on {address.host}."
        )
    listener = _listener(address)
    port = listener.getsockname()[1]
    host = f"[{address.host}]" if ":" in address.host else address.host
    url = f"http://{host}:{port}"
    async with open_filmgate(settings, is_dev=is_dev) as filmgate:
        server = _Server(_config(filmgate.http), on_stop=filmgate.store.news.dismiss)
        running: list[Coroutine[Any, Any, None]] = [server.serve(sockets=[listener])]
        if with_worker:
            running += [filmgate.work(), filmgate.chores()]
        serving_task = asyncio.create_task(_until_first_ends(running), name="serve")
        try:
            await server.wait_until_started(serving_task)
            with _announced(settings.data / "server.json", url):
                yield filmgate, settings.public_url or url, serving_task
        finally:
            server.stop()
            await asyncio.gather(serving_task, return_exceptions=True)


async def work(
    settings: Settings, *, engines: frozenset[str] | None, slots: int | None, is_dev: bool
) -> None:
    """Work until cancelled, then hand back what is not finished."""
    async with open_filmgate(settings, is_dev=is_dev, only_engines=engines, slots=slots) as filmgate:
        await _until_first_ends([filmgate.work(), filmgate.chores()])


def running_url(data: Path) -> str | None:
    """Return the URL of the server that runs on this data folder, if there is one."""
    try:
        announced = json.loads((data / "server.json").read_text())
    except (OSError, ValueError):
        return None
    try:
        started = psutil.Process(announced["pid"]).create_time()
    except psutil.NoSuchProcess:
        return None
    return str(announced["url"]) if started == announced["started"] else None


class _Server(uvicorn.Server):
    """Uvicorn, telling when it has started, and letting held requests go before it drains."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._has_started = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals cancel the main task instead: the database must outlive the last request.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._has_started.set()

    async def wait_until_started(self, serving_task: asyncio.Task[None]) -> None:
        started = asyncio.create_task(self._has_started.wait())
        await asyncio.wait({started, serving_task}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            await serving_task

    def stop(self) -> None:
        self._on_stop()
        self.should_exit = True


def _config(http: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        http,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )


async def _until_first_ends(running: list[Coroutine[Any, Any, None]]) -> None:
    """Run all until one of them ends, well or badly; then stop the others and wait for them."""
    tasks = [asyncio.create_task(each) for each in running]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _listener(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A held request is silent for minutes; the kernel's probes keep proxies and NATs from forgetting it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
    try:
        listener.bind((address.host, address.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise InvalidSettings(
            f"Cannot listen on {address.host}:{address.port}: {error.strerror or error}. "
            "Choose another --port."
        ) from error
    listener.setblocking(False)
    return listener


@contextmanager
def _announced(path: Path, url: str) -> Iterator[None]:
    """While this lasts, others on this machine find the server through a file."""
    started = psutil.Process().create_time()
    path.write_text(json.dumps({"url": url, "pid": os.getpid(), "started": started}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
