"""Running Filmgate as a server, as a worker, or both in one process."""

import asyncio
import errno
import math
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from filmgate.announcement import announced, running_url
from filmgate.app.whole import Filmgate, open_filmgate
from filmgate.domain.errors import InvalidSettings
from filmgate.http.connection import Connection
from filmgate.ports import Engine
from filmgate.settings import Settings

# Whoever is let go still has to be answered.
_ANSWER_SECONDS = 20


def no_grace() -> timedelta:
    """Return the grace of one who is in a hurry."""
    return timedelta(0)


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
    grace: Callable[[], timedelta] = no_grace,
) -> AsyncIterator[tuple[Filmgate, str, asyncio.Task[None]]]:
    """Serve while the block runs; yields Filmgate, its URL, and a task that ends when it stops serving.

    The URL leads there from this machine. While it `is_announced`, `running_url` returns it to others. At
    the end nothing more is accepted, and renders have the `grace` to end and to be answered; then those
    who still wait are answered 503, and renders go back to the queue. See `open_filmgate` for `engines`.

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
            _served(filmgate, listener, with_worker=with_worker, grace=grace) as ended,
        ):
            if not is_announced:
                filmgate.work.insist()
            with announced(settings.data, url) if is_announced else nullcontext():
                yield filmgate, url, ended


@asynccontextmanager
async def _served(
    filmgate: Filmgate, listener: socket.socket, *, with_worker: bool, grace: Callable[[], timedelta]
) -> AsyncIterator[asyncio.Task[None]]:
    longest = filmgate.settings.drain_seconds + _ANSWER_SECONDS
    server = _Server(_config(filmgate.http, drain_seconds=longest), on_stop=filmgate.store.news.dismiss)
    running: list[Coroutine[Any, Any, None]] = [server.serve_and_linger(listener)]
    if with_worker:
        running += [filmgate.work(), filmgate.chores()]
    ended = asyncio.create_task(_until_first_ends(running), name="serve")
    try:
        await server.wait_until_started(ended)
        yield ended
    finally:
        draining = [server.drain()] + ([filmgate.work.drain()] if with_worker else [])
        await _within(grace(), draining, unless=ended)
        server.stop()
        await asyncio.gather(ended, return_exceptions=True)


async def _within(
    limit: timedelta, draining: Sequence[Coroutine[Any, Any, None]], *, unless: asyncio.Task[None]
) -> None:
    """Wait for all of them, for so long at most, and no longer than there is something that runs."""
    tasks = [asyncio.create_task(each) for each in draining]
    loop = asyncio.get_running_loop()
    # Not by `asyncio.timeout`, which in early releases of 3.11 cancels a task again that is being cancelled.
    deadline = loop.time() + limit.total_seconds()
    for task in tasks:
        left = max(0.0, deadline - loop.time())
        await asyncio.wait({task, unless}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def working(
    settings: Settings,
    *,
    engines: frozenset[str],
    slots: int | None,
    is_dev: bool,
    watched_at: Address | None = None,
    grace: Callable[[], timedelta] = no_grace,
) -> AsyncIterator[asyncio.Task[None]]:
    """Work while the block runs; yields a task that ends with the work.

    In the end nothing more is claimed, renders have the `grace` to end, and the others go back to the queue.
    Where an address is given to be `watched_at`, health and metrics are served there.

    Raises:
        InvalidSettings: the data folder cannot be written, or the address is in use.
        Unavailable: the database or the object store cannot be used.
    """
    _check_folder(settings.data)
    with ExitStack() as stack:
        listener = None
        if watched_at is not None:
            listener = stack.enter_context(
                closing(_listener(watched_at, data=settings.data, options="--metrics-"))
            )
        opened = open_filmgate(settings, is_dev=is_dev, only_engines=engines, slots=slots)
        async with opened as filmgate, _at_work(filmgate, listener, grace=grace) as ended:
            yield ended


@asynccontextmanager
async def _at_work(
    filmgate: Filmgate, listener: socket.socket | None, *, grace: Callable[[], timedelta]
) -> AsyncIterator[asyncio.Task[None]]:
    running = [filmgate.work(), filmgate.chores()]
    if listener is not None:
        server = _Server(_config(filmgate.health, drain_seconds=1), on_stop=lambda: None)
        running.append(server.serve(sockets=[listener]))
    ended = asyncio.create_task(_until_first_ends(running), name="work")
    try:
        yield ended
    finally:
        await _within(grace(), [filmgate.work.drain()], unless=ended)
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)


class _Server(uvicorn.Server):
    """Uvicorn, telling when it has started, and letting held requests go before it drains."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._has_started = asyncio.Event()
        self._has_drained = asyncio.Event()
        self._may_end = asyncio.Event()
        self._is_draining = False

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

    async def serve_and_linger(self, listener: socket.socket) -> None:
        """Serve, and after the last answer of a drain wait for `stop`: what ends first ends the others."""
        await self.serve(sockets=[listener])
        self._has_drained.set()
        if self._is_draining:
            await self._may_end.wait()

    async def drain(self) -> None:
        """Accept nothing more, and return once everybody who waits has been answered."""
        self._is_draining = self.should_exit = True
        await self._has_drained.wait()

    def stop(self) -> None:
        self._on_stop()
        self.should_exit = True
        self._may_end.set()


def _config(http: ASGIApp, *, drain_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        http,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(drain_seconds),
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


def _listener(address: Address, *, data: Path, options: str = "--") -> socket.socket:
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
        is_elsewhere = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        wrong = "host" if is_elsewhere else "port"
        serves = f" A Filmgate already serves this data folder at {other}." if other else ""
        raise InvalidSettings(
            f"Cannot listen on {address.host}:{address.port}: {error.strerror or error}.{serves} "
            f"Choose another {options}{wrong}."
        ) from error
    listener.setblocking(False)
    return listener
