"""One embedded PostgreSQL for the whole run; every test that asks for a database gets a fresh one."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings
from pytest_socket import socket_allow_hosts

from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres

pytest_plugins = ["tests.plugins.folder_times"]

# The tests of every day ask the same hundred questions each time, so that a failure is a change's own;
# `make fuzz` asks thousands of new ones.
settings.register_profile("steady", derandomize=True)
settings.register_profile("fuzz", max_examples=4000)
settings.load_profile("steady")

_TEMPLATE = "template_filmgate"


def pytest_configure() -> None:
    """Let what the tests start hear Ctrl-C, which all that a script starts in the background ignores."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the documentation's pictures be taken of what the tests see."""
    parser.addoption("--screenshots", metavar="FOLDER", help="where the story in a browser leaves pictures")


@pytest.fixture(autouse=True)
def _only_loopback() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@contextmanager
def _open_folder() -> Iterator[Path]:
    # As root the database's own user must be able to reach it.
    with TemporaryDirectory(prefix="filmgate-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[str]:
    """The URL of a running server, whose template database has our schema."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_open_folder())
        server = await stack.enter_async_context(EmbeddedPostgres(folder / "database"))
        await _run(server.url, f"CREATE DATABASE {_TEMPLATE}")
        template = Database(_with_name(server.url, _TEMPLATE))
        await template.open()
        await template.close()
        yield server.url


@pytest_asyncio.fixture(scope="session")
async def shared_url(postgres: str) -> AsyncIterator[str]:
    """The URL of a database that tests empty and use one after the other."""
    async with fresh_database(postgres) as url:
        yield url


@pytest_asyncio.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """The URL of a database of this test's own, with our schema and nothing in it."""
    async with fresh_database(postgres) as url:
        yield url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database of this test's own."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def fresh_database(postgres: str) -> AsyncIterator[str]:
    """Make a database with our schema and nothing in it, for as long as the block runs; yields its URL."""
    name = f"test_{uuid4().hex}"
    await _run(postgres, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
    yield _with_name(postgres, name)
    await _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _with_name(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
