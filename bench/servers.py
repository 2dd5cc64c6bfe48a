"""Servers to measure, each in a process of its own on one embedded PostgreSQL."""

import asyncio
import os
import resource
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psutil

from filmgate.domain.accounts import VIDEOS_API, AccountId, KeyTerms
from filmgate.store.accounts import PostgresAccountStore
from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres

ENGINES = """
[engines.bench]
kind = "renderer"
renderer = "bench.renderers:StampingRenderer"

[[routes]]
models = ["*"]
engines = ["bench"]
"""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    pid: int

    @property
    def rss_bytes(self) -> int:
        """Resident memory of the process."""
        return psutil.Process(self.pid).memory_info().rss


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[tuple[str, Database]]:
    """A database with our schema, and the bare route's table."""
    async with EmbeddedPostgres(folder / "database") as server:
        database = Database(server.url)
        await database.open()
        await database.fetch("CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY, body json)")
        yield server.url, database
        await database.close()


async def keys(database: Database, *, n_accounts: int) -> list[str]:
    """Make accounts without limits, and a key for each."""
    now = datetime.now(UTC)
    accounts = PostgresAccountStore(database, cache_for=timedelta(seconds=10))
    secrets = []
    for number in range(n_accounts):
        account_id = AccountId(uuid4())
        await database.fetch(
            """INSERT INTO account (account_id, name, is_unlimited, webhook_secrets, created_at)
            VALUES ($1, $2, true, '{}', $3)""",
            account_id,
            f"bench {number}",
            now,
        )
        await database.fetch(
            "INSERT INTO application (application_id, account_id, api, created_at) VALUES ($1, $2, $3, $4)",
            uuid4(),
            account_id,
            VIDEOS_API,
            now,
        )
        _, secret = await accounts.create_key(KeyTerms(name="bench"), account_id=account_id, now=now)
        secrets.append(secret)
    return secrets


@asynccontextmanager
async def filmgate(folder: Path, url: str, *, with_worker: bool) -> AsyncIterator[Server]:
    """`filmgate serve` with a renderer that does next to nothing."""
    config = folder / "filmgate.toml"
    config.write_text(ENGINES)
    port = _free_port()
    arguments = ["-m", "filmgate", "serve", "--dev", "--port", str(port), "--data", str(folder / "data")]
    settings = {"FILMGATE_DATABASE_URL": url, "FILMGATE_CONFIG": str(config)}
    async with _process([*arguments, *([] if with_worker else ["--no-worker"])], settings, port) as server:
        yield server


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Server]:
    """A FastAPI application with a route that inserts one row, and one that waits to be let go."""
    port = _free_port()
    async with _process(["-m", "bench.bare", str(port)], {"BARE_DATABASE_URL": url}, port) as server:
        yield server


@contextmanager
def ground() -> Iterator[Path]:
    """A folder that the database's own user can reach, also when we are root; removed at the end."""
    with TemporaryDirectory(prefix="filmgate-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def raise_file_limit() -> None:
    """Let this process, and those it starts, open as many connections as the system permits."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@asynccontextmanager
async def _process(arguments: list[str], settings: Mapping[str, str], port: int) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_listening(port, process)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_listening(port: int, process: asyncio.subprocess.Process) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError(f"The server ended with {process.returncode} before it listened.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
