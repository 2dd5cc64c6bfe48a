"""The supervisor: one owner for each database, a server that comes back, and no server left behind."""

import asyncio
import atexit
import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import structlog

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded.binaries import Binaries, runnable, wheel_binaries
from filmgate.store.embedded.cluster import check_version, make_cluster, read_password
from filmgate.store.embedded.placement import (
    SHELTER,
    Placement,
    is_own_temporary,
    make_socket_folder,
    open_private,
    place,
    restore_socket_folder,
)
from filmgate.store.embedded.postmaster import (
    PidFile,
    Postmaster,
    clear_remains,
    find,
    launch,
    prune_logs,
    read_pid_file,
)
from filmgate.store.embedded.refusals import refusal, refusals
from filmgate.store.embedded.upgrade import NAME

_log = structlog.get_logger(__name__)

_GLANCE_SECONDS = 0.02
_WATCH_SECONDS = 0.1
_PRUNE_EVERY = 600
_LONGEST_PAUSE_SECONDS = 10.0
_JOIN_SECONDS = 120.0
_DYING_SECONDS = 5.0


class EmbeddedPostgres:
    """A private PostgreSQL server in `folder`, shared by all of our processes that name the same folder.

    The first of them owns the server: it starts it, restarts it when it dies and stops it in `close`, or at
    the end of the interpreter. Later ones attach. When the owner has gone, one of those still there, or
    else the next to start, becomes the owner of the running server. The role may create databases.

    `shelter` is where the database goes when we are root and the server's user cannot reach `folder`;
    `sheltered` tells whether it did, `location` where it is.
    """

    def __init__(self, folder: Path, *, shelter: Path = SHELTER) -> None:
        self._wanted = folder
        self._shelter = shelter
        self._placement: Placement | None = None
        self._binaries: Binaries | None = None
        self._lock: IO[bytes] | None = None
        self._password = ""
        self._socket_folder: Path | None = None
        self._postmaster: Postmaster | None = None
        self._supervision: asyncio.Task[None] | None = None
        self._starter_pid = os.getpid()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def location(self) -> Path:
        """Return the folder that the database is in, known after `start`."""
        return self._placed.folder

    @property
    def sheltered(self) -> bool:
        """Say whether the database lies under the shelter, not in the folder that was asked for."""
        return self._placed.sheltered

    @property
    def owns_server(self) -> bool:
        """Say whether closing this one stops the server."""
        return self._lock is not None

    @property
    def pid(self) -> int | None:
        """Return the server's process id, None while none runs."""
        found = find(self._placed)
        return found.pid if found is not None else None

    @property
    def url(self) -> str:
        """Return the address, valid until `close`, also across restarts of the server.

        It reads `postgresql://filmgate:<password>@/filmgate?host=<socket folder>&port=5432`, which asyncpg
        takes as it is and SQLAlchemy as `postgresql+asyncpg://`.
        """
        if self._socket_folder is None:
            raise Unavailable("The embedded database has not been started.")
        host = quote(str(self._socket_folder), safe="/")
        return f"postgresql://{NAME}:{self._password}@/{NAME}?host={host}&port=5432"

    async def start(self) -> str:
        """Start the server, or attach to the one that runs, and return its `url` once it answers.

        Raises:
            Unavailable: the folder cannot be used, holds another major version, or the server does not
                start; the message says why and what to do.
        """
        with refusals(self._wanted):
            try:
                self._placement = place(self._wanted, shelter=self._shelter)
                self._binaries = await asyncio.to_thread(
                    runnable, wheel_binaries(), user=self._placement.user, shelter=self._shelter
                )
                await self._join()
            except BaseException:
                await self.close()
                raise
        if self.sheltered:
            _log.warning("database sheltered", wanted=str(self._wanted), location=str(self.location))
        self._supervision = asyncio.create_task(self._supervise(), name="embedded-postgres")
        atexit.register(self._stop_at_exit)
        return self.url

    async def close(self) -> None:
        """Stop watching and, as the owner, the server too; return when it has ended. May be called twice."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])
            self._supervision = None
        atexit.unregister(self._stop_at_exit)
        if self._lock is None:
            return
        if self._postmaster is not None:
            await self._postmaster.stop()
        self._leave()

    @property
    def _placed(self) -> Placement:
        if self._placement is None:
            raise Unavailable("The embedded database has not been started.")
        return self._placement

    async def _join(self) -> None:
        deadline = time.monotonic() + _JOIN_SECONDS
        while not self._take_lock():
            said = read_pid_file(self._placed)
            if said is not None and said.status == "ready" and said.answers():
                self._password = read_password(self._placed)
                self._socket_folder = said.socket_folder
                return
            if time.monotonic() > deadline:
                raise refusal(self.location, reason="another process holds its lock, but no server runs")
            await asyncio.sleep(_GLANCE_SECONDS)
        await self._own()

    def _take_lock(self) -> bool:
        opened = open_private(self._placed.lock)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            opened.close()
            return False
        self._lock = opened
        return True

    async def _own(self) -> None:
        placement, binaries = self._placed, self._programs
        await make_cluster(placement, binaries=binaries)
        check_version(placement, binaries=binaries)
        self._password = read_password(placement)
        orphan = find(placement)
        if orphan is None or not await self._adopt(orphan):
            await self._launch()

    async def _adopt(self, orphan: Postmaster) -> bool:
        """Take over a running server; one that is stopping, or cannot be reached any more, is stopped."""
        said = read_pid_file(self._placed)
        if said is not None and said.status == "starting":
            # One that gives up meanwhile is replaced like any dead server.
            with contextlib.suppress(Unavailable):
                said = await orphan.until_ready()
        if said is not None and said.status == "ready" and said.answers():
            self._postmaster, self._socket_folder = orphan, said.socket_folder
            _log.info("database adopted", pid=orphan.pid)
            return True
        await orphan.stop()
        return False

    async def _launch(self) -> None:
        said = read_pid_file(self._placed)
        if said is not None:
            if not await _falls_silent(said):
                raise refusal(
                    self.location,
                    reason="a server that this process cannot see, as in another container, uses it",
                )
            await asyncio.to_thread(clear_remains, self._placed)
            # Those still attached know the dead server's folder, and nobody else would remove it.
            if self._socket_folder is None and is_own_temporary(said.socket_folder, user=self._placed.user):
                self._socket_folder = said.socket_folder
        if self._socket_folder is None:
            self._socket_folder = make_socket_folder(self._placed)
        restore_socket_folder(self._socket_folder, user=self._placed.user)
        prune_logs(self._placed)
        self._postmaster = launch(self._placed, binaries=self._programs, socket_folder=self._socket_folder)
        await self._postmaster.until_ready()

    @property
    def _programs(self) -> Binaries:
        if self._binaries is None:
            raise Unavailable("The embedded database has not been started.")
        return self._binaries

    async def _supervise(self) -> None:
        pause = _WATCH_SECONDS
        glances = 0
        while True:
            await asyncio.sleep(pause)
            glances += 1
            try:
                with refusals(self.location):
                    if self._postmaster is None or not self._postmaster.is_alive():
                        pause = await self._restore()
                    elif glances % _PRUNE_EVERY == 0:
                        prune_logs(self._placed)
            except Unavailable as error:
                # A full disk or the like may pass; until then each connection fails and says so.
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                _log.error("database did not restart", reason=str(error), retry_after_seconds=pause)

    async def _restore(self) -> float:
        """Start the dead server again or, attached, own it once its owner has gone; return the next pause."""
        if self._lock is not None:
            _log.warning("database died", location=str(self.location))
            await self._launch()
        elif self._take_lock():
            await self._own()
        return _WATCH_SECONDS

    def _leave(self) -> None:
        if self._socket_folder is not None and self._socket_folder.parent != self.location:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        self._lock = self._postmaster = self._socket_folder = None

    def _stop_at_exit(self) -> None:
        # A child made by fork carries this hook too, but the server is not its own.
        if self._lock is not None and self._postmaster is not None and os.getpid() == self._starter_pid:
            self._postmaster.stop_blocking()
            self._leave()


async def _falls_silent(said: PidFile) -> bool:
    """Say whether the server behind a pid file answers no more; just killed, it does a moment longer."""
    deadline = time.monotonic() + _DYING_SECONDS
    while said.answers():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_GLANCE_SECONDS)
    return True
