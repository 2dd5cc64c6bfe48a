"""Databases for the tests of the embedded server, and a stocked one for those of the store."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres
from tests.store.ground import Ground, open_ground
from tests.store.stock import Stock, emptied, open_stock
from tests.store.theatre import Theatre


@pytest.fixture
def ground() -> Iterator[Ground]:
    """Return a place for a database of the test's own."""
    with open_ground() as made:
        yield made


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[EmbeddedPostgres]:
    """Return a server shared by the tests of a module that only look."""
    with open_ground() as ground:
        async with ground.database() as database:
            yield database


@pytest.fixture(scope="module")
def seasoned() -> Iterator[Ground]:
    """Return a ground shared by a module, whose cluster is made by the first test that starts a server."""
    with open_ground() as made:
        yield made


@pytest.fixture
def theatre(shared_url: str) -> Iterator[Theatre]:
    """A place for one example after the other."""
    theatre = Theatre(shared_url)
    yield theatre
    theatre.close()


@pytest_asyncio.fixture
async def stock(database: Database) -> AsyncIterator[Stock]:
    """The store on a database of the test's own, listening for news."""
    async with open_stock(database) as made:
        yield made


@pytest_asyncio.fixture
async def database_url(shared_url: str) -> str:
    """The URL of a database with nothing in it."""
    return await emptied(shared_url)
