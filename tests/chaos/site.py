"""The real processes of one Filmgate on one data folder: killed, found, and started again."""

import asyncio
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.chaos.ground import Ground
from tests.chaos.plan import N_WORKERS

_RESTART_SECONDS = 0.3
_LAST_LINES = 4


class NotUp(Exception):
    """A process that was started again does not come up."""


@dataclass
class Role:
    """A process that is started again whenever it ends, until it is told to stop.

    `faults` says where it ended by itself after it had started. One that ends before, because what it
    needs was just killed, is counted in `n_failed_starts`, as a service manager would.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    n_starts: int = 0
    n_failed_starts: int = 0
    faults: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = 0
    _is_struck: bool = False
    _is_stopping: bool = False

    async def keep(self) -> None:
        """Start it again and again; returns after `stop`."""
        while not self._is_stopping:
            code = await self._live()
            was_up = self.is_up.is_set()
            self.is_up.clear()
            self._note_end(code, was_up=was_up)
            await asyncio.sleep(self._pause if self._is_struck else _RESTART_SECONDS)

    def _note_end(self, code: int, *, was_up: bool) -> None:
        if self._is_stopping:
            if code != 0:
                self.faults.append(
                    f"{self.name} ended with {code} when it was told to stop: {self._last_words()}"
                )
        elif not self._is_struck and was_up:
            self.faults.append(f"{self.name} ended by itself with {code}: {self._last_words()}")
        elif not self._is_struck:
            self.n_failed_starts += 1

    def _last_words(self) -> str:
        return " / ".join(self.log.read_text().splitlines()[-_LAST_LINES:])

    async def _live(self) -> int:
        """Start it, and return its exit code once it has ended."""
        self._is_struck = False
        self.n_starts += 1
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.arguments),
                env=self.environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        if self._is_stopping:
            self.process.terminate()
        assert self.process.stdout is not None
        # It prints its first line when it serves; after a kill there is none.
        if await self.process.stdout.readline():
            self.is_up.set()
            await self.process.stdout.read()
        return await self.process.wait()

    @property
    def is_alive(self) -> bool:
        """Say whether it runs at this moment."""
        return self.process is not None and self.process.returncode is None

    def strike(self, *, pause: float) -> None:
        """Kill it where it lives, to be started again after so many seconds."""
        if self.is_alive:
            self._is_struck, self._pause = True, pause
            self.is_up.clear()
            self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal where it lives."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def stop(self) -> None:
        """Tell it to end, for good."""
        self._is_stopping = True
        self.signal(signal.SIGTERM)

    def children(self) -> list[psutil.Process]:
        """Its living renderers."""
        if self.process is None or self.process.returncode is not None:
            return []
        with suppress(psutil.Error):
            found = psutil.Process(self.process.pid).children()
            return [each for each in found if "filmgate.engines.child_main" in " ".join(each.cmdline())]
        return []


class Site:
    """An API and two workers. Whichever of them comes first owns the embedded database."""

    def __init__(self, ground: Ground, *, module: tuple[str, ...]) -> None:
        """`module` is how `filmgate` is run: the words after `python`."""
        self.ground = ground
        self.port = _free_port()
        environment = ground.environment()
        data = ("--data", str(ground.data), "--dev")
        self.api = Role(
            name="api",
            arguments=(*module, "serve", "--no-worker", "--port", str(self.port), *data),
            environment=environment,
            log=ground.log("api"),
        )
        self.workers = [
            Role(
                name=f"worker-{number}",
                arguments=(*module, "worker", *data),
                environment=environment,
                log=ground.log(f"worker-{number}"),
            )
            for number in range(N_WORKERS)
        ]
        self._keeping: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where the API serves, before and after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def roles(self) -> list[Role]:
        """All of them, the API first."""
        return [self.api, *self.workers]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Start the API; whatever was started is killed at the end where it was not stopped before."""
        try:
            await self.start(self.api)
            yield
        finally:
            for keeping in self._keeping:
                keeping.cancel()
            await asyncio.gather(*self._keeping, return_exceptions=True)
            for role in self.roles:
                role.signal(signal.SIGKILL)
                if role.process is not None:
                    await role.process.wait()
            for left in self.ground.processes():
                with suppress(psutil.Error):
                    left.kill()

    async def start(self, *roles: Role) -> None:
        """Start them, and wait until they serve."""
        self._keeping += [asyncio.create_task(role.keep(), name=role.name) for role in roles]
        for role in roles:
            await role.is_up.wait()

    async def all_up(self, *roles: Role, within: float) -> None:
        """Wait until all of these serve.

        Raises:
            NotUp: one of them does not, after so many seconds; it has logged where its threads are.
        """
        try:
            async with asyncio.timeout(within):
                for role in roles:
                    await role.is_up.wait()
        except TimeoutError as error:
            role.signal(signal.SIGABRT)
            raise NotUp(f"{role.name} is not up after {within:g} s; see {role.log}") from error

    async def stop(self) -> None:
        """Tell all of them to end, and wait until they have."""
        for role in self.roles:
            role.signal(signal.SIGCONT)
            role.stop()
        await asyncio.gather(*self._keeping)

    def is_at_work(self, worker: Role, *, for_seconds: float) -> bool:
        """Say whether the worker has been making an attempt for so long."""
        if not worker.is_alive or worker.process is None:
            return False
        begun_before = time.time() - for_seconds
        with suppress(OSError):
            attempts = (self.ground.data / "work").glob(f"{worker.process.pid}-*/*")
            return any(attempt.stat().st_mtime < begun_before for attempt in attempts)
        return False

    def postmaster(self) -> psutil.Process | None:
        """The database's first process, where it lives."""
        with suppress(OSError, ValueError, psutil.Error, IndexError):
            words = (self.ground.database / "cluster" / "postmaster.pid").read_text().split()
            found = psutil.Process(int(words[0]))
            if found.name() == "postgres" and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    @property
    def faults(self) -> list[str]:
        """Everything that ended by itself."""
        return [fault for role in self.roles for fault in role.faults]

    @property
    def starts(self) -> Counter[str]:
        """How often each was started."""
        return Counter({role.name: role.n_starts for role in self.roles})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
