"""One running server: started, found again by its files, watched and stopped by signals."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from filmgate.store.embedded.binaries import Binaries
from filmgate.store.embedded.cluster import ENVIRONMENT
from filmgate.store.embedded.placement import Placement, open_private
from filmgate.store.embedded.refusals import refusal

_GLANCE_SECONDS = 0.005
# Recovery after a crash replays at most max_wal_size; a slow disk gets far more than it needs.
_READY_SECONDS = 300.0
_FAST_SECONDS = 30.0
_ABRUPT_SECONDS = 5.0
_LOG_FILES_KEPT = 5
_COMPLAINTS = ("FATAL", "PANIC", "ERROR", "DETAIL", "could not", "parameter")
_FORCED = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    # A server that restarts by itself waits for ever when its recovery is killed too; we start a new one.
    "restart_after_crash": "off",
    "logging_collector": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_directory": "log",
    "log_filename": "postgresql-%Y%m%d-%H%M%S.log",
    "log_rotation_size": "4MB",
}


@dataclass(frozen=True)
class PidFile:
    """What a server says of itself in postmaster.pid; `status` is starting, ready or stopping."""

    pid: int
    socket_folder: Path
    status: str

    @property
    def socket_lock(self) -> Path:
        """Return the file by which a server claims its socket; it holds the server's number too."""
        return self.socket_folder / ".s.PGSQL.5432.lock"

    def answers(self) -> bool:
        """Say whether something accepts connections there; this sees across process namespaces."""
        with socket.socket(socket.AF_UNIX) as opened:
            try:
                opened.connect(str(self.socket_folder / ".s.PGSQL.5432"))
            except OSError:
                return False
        return True


@dataclass
class Postmaster:
    """A server that runs or ran: our child, or the orphan of a holder that was killed (`child` is None)."""

    pid: int
    placement: Placement
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def is_alive(self) -> bool:
        """Say whether it still runs; a dead child of ours is reaped."""
        if self.child is not None:
            return self.child.poll() is None
        return _is_postmaster(self.pid, self.placement)

    def ask_to_stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send the signal; SIGINT is PostgreSQL's fast shutdown, which rolls open transactions back."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def stop(self) -> None:
        """Return when it has ended: fast, then abruptly (recovery follows on the next start), then killed."""
        for number, seconds in ((signal.SIGINT, _FAST_SECONDS), (signal.SIGQUIT, _ABRUPT_SECONDS)):
            self.ask_to_stop(number)
            if await self._ended_within(seconds):
                return
        self.ask_to_stop(signal.SIGKILL)
        await self._ended_within(_ABRUPT_SECONDS)

    def stop_blocking(self) -> None:
        """Do the first step of `stop` without an event loop, for the end of the interpreter."""
        self.ask_to_stop()
        deadline = time.monotonic() + _FAST_SECONDS
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_GLANCE_SECONDS)

    async def until_ready(self) -> PidFile:
        """Return when it accepts connections.

        Raises:
            Unavailable: it ended, or was not ready in five minutes; the end of its log is in the message.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.is_alive():
            said = read_pid_file(self.placement)
            if said is not None and said.pid == self.pid and said.status == "ready":
                return said
            await asyncio.sleep(_GLANCE_SECONDS)
        raise refusal(self.placement.folder, reason=f"the server did not start: {last_words(self.placement)}")

    async def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_GLANCE_SECONDS)
        return True


def launch(placement: Placement, *, binaries: Binaries, socket_folder: Path) -> Postmaster:
    """Start a server; it outlives us when we are killed, to be found by the next start.

    Raises:
        OSError: the program could not be started.
    """
    settings = {**_FORCED, "unix_socket_directories": str(socket_folder), "cluster_name": placement.label}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    identity = placement.user.identity() if placement.user is not None else {}
    with open_private(placement.start_log) as log:
        log.truncate(0)
        child = subprocess.Popen(
            [binaries.postgres, "-D", placement.cluster, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            umask=0o077,
            cwd="/",
            # Ctrl-C in our terminal is for us alone; we stop the server after its last user.
            start_new_session=True,
            **identity,
        )
    return Postmaster(child.pid, placement, child)


def find(placement: Placement) -> Postmaster | None:
    """Return the living server of this database, whoever started it."""
    said = read_pid_file(placement)
    if said is None or not _is_postmaster(said.pid, placement):
        return None
    return Postmaster(said.pid, placement)


def read_pid_file(placement: Placement) -> PidFile | None:
    """Return what postmaster.pid says; None where there is none or it is being written."""
    try:
        lines = (placement.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    # PostgreSQL's miscadmin.h: pid, folder, start, port, socket folder, address, shared memory, status.
    if len(lines) < 8 or not lines[0].isdigit():
        return None
    return PidFile(int(lines[0]), Path(lines[4]), lines[7].strip())


def clear_remains(placement: Placement) -> None:
    """Kill what a dead server left running and remove its pid file, so that the next one starts.

    A backend in a long query does not notice at once that its server has gone, and keeps the shared memory;
    a new server refuses to start beside it.
    """
    said = read_pid_file(placement)
    remains = list(_backends(placement))
    for backend in remains:
        with contextlib.suppress(psutil.NoSuchProcess):
            backend.kill()
    deadline = time.monotonic() + _ABRUPT_SECONDS
    while any(_runs(backend) for backend in remains) and time.monotonic() < deadline:
        time.sleep(_GLANCE_SECONDS)
    # The number in these files may belong to another program by now, or to a zombie that nobody collects, and
    # PostgreSQL would take either for a server. One that we did not start is left to PostgreSQL's own check.
    if said is not None and not _is_postgres(said.pid):
        for path in (said.socket_lock, placement.cluster / "postmaster.pid"):
            path.unlink(missing_ok=True)


def prune_logs(placement: Placement) -> None:
    """Keep the newest of the server's log files only."""
    files = sorted((placement.cluster / "log").glob("postgresql-*.log"))
    for path in files[:-_LOG_FILES_KEPT]:
        path.unlink(missing_ok=True)


def last_words(placement: Placement) -> str:
    """Return the last complaints of the server's logs, on one line."""
    newest = sorted((placement.cluster / "log").glob("postgresql-*.log"))[-1:]
    lines: list[str] = []
    for path in (placement.start_log, *newest):
        if path.exists():
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    said = [line for line in lines if any(word in line for word in _COMPLAINTS)]
    return "; ".join(said[-4:] or lines[-1:]) or "it said nothing"


def _is_postmaster(pid: int, placement: Placement) -> bool:
    """Say whether `pid` is this database's server and no other program that got its number."""
    try:
        found = psutil.Process(pid)
        words = found.cmdline()
    except psutil.Error:
        return False
    # A root without CAP_SYS_PTRACE (any plain container) may read the command line, but not the folder.
    return len(words) > 2 and words[1] == "-D" and words[2] == str(placement.cluster)


def _is_postgres(pid: int) -> bool:
    try:
        found = psutil.Process(pid)
        return found.name() == "postgres" and _runs(found)
    except psutil.Error:
        return False


def _runs(found: psutil.Process) -> bool:
    try:
        return found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _backends(placement: Placement) -> Iterator[psutil.Process]:
    title = f"postgres: {placement.label}:"
    for found in psutil.process_iter():
        try:
            if " ".join(found.cmdline()).startswith(title):
                yield found
        except psutil.Error:
            continue
