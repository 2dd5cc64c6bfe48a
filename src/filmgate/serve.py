"""Running Filmgate as a server, as a worker, or both in one process."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from filmgate.announcement import announced, running_url
from filmgate.app import Filmgate, open_filmgate
from filmgate.domain.errors import InvalidSettings
from filmgate.ports import Engine
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

    def url(self, *, port: int) -> str:
        """Return the URL that leads to `port` there, from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared with, never bound.
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(
    settings: Settings,
    address: Address,
    *,
    is_dev: bool,
    with_worker: bool,
    is_announced: bool = True,
    engines: Sequence[Engine] | None = None,
) -> AsyncIterator[tuple[Filmgate, str, asyncio.Task[None]]]:
    """Serve while the block runs; yields Filmgate, its URL, and a task that ends when it stops serving.

    The URL leads there from this machine. While it `is_announced`, `running_url` returns it to others. At
    the end held requests are answered 503, and renders go back to the queue. See `open_filmgate` for
    `engines`.

    Raises:
        InvalidSettings: `is_dev` on an address that others can reach, an address in use, or a data folder
            that cannot be written.
        Unavailable: the database or the object store cannot be used.
    """
    if is_dev and not address.is_loopback:
        raise InvalidSettings(
            f"--dev opens this machine's own addresses to every caller, so it listens on loopback only, "
            f"not on {address.host}."
        )
    _check_folder(settings.data)
    with closing(_listener(address, data=settings.data)) as listener:
        url = address.url(port=listener.getsockname()[1])
        async with (
            open_filmgate(settings, is_dev=is_dev, engines=engines) as filmgate,
            _served(filmgate, listener, with_worker=with_worker) as ended,
        ):
            with announced(settings.data, url) if is_announced else nullcontext():
                yield filmgate, url, ended


@asynccontextmanager
async def _served(
    filmgate: Filmgate, listener: socket.socket, *, with_worker: bool
) -> AsyncIterator[asyncio.Task[None]]:
    server = _Server(_config(filmgate.http), on_stop=filmgate.store.news.dismiss)
    running: list[Coroutine[Any, Any, None]] = [server.serve(sockets=[listener])]
    if with_worker:
        running += [filmgate.work(), filmgate.chores()]
    ended = asyncio.create_task(_until_first_ends(running), name="serve")
    try:
        await server.wait_until_started(ended)
        yield ended
    finally:
        server.stop()
        await asyncio.gather(ended, return_exceptions=True)


@asynccontextmanager
async def working(
    settings: Settings, *, engines: frozenset[str], slots: int | None, is_dev: bool
) -> AsyncIterator[asyncio.Task[None]]:
    """Work while the block runs, then hand back what is not finished; yields a task that ends with the work.

    Raises:
        InvalidSettings: the data folder cannot be written.
        Unavailable: the database or the object store cannot be used.
    """
    _check_folder(settings.data)
    async with open_filmgate(settings, is_dev=is_dev, only_engines=engines, slots=slots) as filmgate:
        ended = asyncio.create_task(_until_first_ends([filmgate.work(), filmgate.chores()]), name="work")
        try:
            yield ended
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)


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


def _check_folder(data: Path) -> None:
    # A start has many steps that write; whichever came first would tell it in words of its own.
    try:
        nearest = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
        is_usable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    except PermissionError as error:
        raise _unusable(data, f"{error.filename} is closed to this user") from error
    if not is_usable:
        reason = "cannot be written by this user" if nearest.is_dir() else "is not a folder"
        raise _unusable(data, f"{nearest} {reason}")


def _unusable(data: Path, reason: str) -> InvalidSettings:
    return InvalidSettings(f"The data folder {data} cannot be used: {reason}. Choose another with --data.")


def _listener(address: Address, *, data: Path) -> socket.socket:
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
        other = running_url(data)
        serves = f" A Filmgate already serves this data folder at {other}." if other else ""
        raise InvalidSettings(
            f"Cannot listen on {address.host}:{address.port}: {error.strerror or error}.{serves} "
            "Choose another --port."
        ) from error
    listener.setblocking(False)
    return listener
