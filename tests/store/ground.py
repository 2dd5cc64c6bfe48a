"""Open ground: folders that the embedded server's user can reach, and other programs that hold a server."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil

from filmgate.store.embedded import EmbeddedPostgres

HOLDER = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from filmgate.store.embedded import EmbeddedPostgres

async def hold(folder, shelter):
    database = EmbeddedPostgres(Path(folder), shelter=Path(shelter))
    url = await database.start()
    print(database.pid, url, flush=True)
    await asyncio.to_thread(sys.stdin.read)

print("imported", flush=True)
folder, shelter, uid = sys.argv[1:]
if int(uid) != os.geteuid():
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
asyncio.run(hold(folder, shelter))
"""
"""Starts a server, prints its pid and URL, and ends without closing it when its input ends."""


class Ground:
    """A folder with mode 0755 all the way up, as pytest's own are closed when root runs the tests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "database"
        self.shelter = root / "shelter"

    def database(self, folder: Path | None = None) -> EmbeddedPostgres:
        return EmbeddedPostgres(folder or self.folder, shelter=self.shelter)

    @contextlib.contextmanager
    def holder(self, *, uid: int | None = None, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run another program of ours that holds the database; it is killed in the end."""
        # Python itself may lie where that user cannot go, so the program changes its user when it has loaded.
        user = os.geteuid() if uid is None else uid
        command = [sys.executable, "-c", HOLDER, str(self.folder), str(self.shelter), str(user)]
        with subprocess.Popen(
            command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        ) as program:
            try:
                assert program.stdout is not None
                assert program.stdout.readline() == "imported\n"
                yield program
            finally:
                program.kill()


@contextlib.contextmanager
def open_ground() -> Iterator[Ground]:
    """Make a ground and remove it in the end."""
    root = Path(tempfile.mkdtemp(prefix="filmgate-test-", dir="/tmp"))
    root.chmod(0o755)
    try:
        yield Ground(root)
    finally:
        shutil.rmtree(root)


async def line_of(program: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the pid and the URL that a holder prints."""
    assert program.stdout is not None
    pid, url = (await asyncio.to_thread(program.stdout.readline)).split()
    return int(pid), url


async def connect_again(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect, trying until the server is back."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return await asyncpg.connect(url)
            await asyncio.sleep(0.02)


async def ask(url: str, question: str) -> object:
    """Return the one value that a query answers with."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def ended(pid: int) -> bool:
    """Wait until a program has ended; a zombie that its parent never collects has."""
    async with asyncio.timeout(20):
        while _runs(pid):  # noqa: ASYNC110 - the kernel tells only its parent.
            await asyncio.sleep(0.01)
    return True


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
