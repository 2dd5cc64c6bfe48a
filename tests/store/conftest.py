"""Databases for the tests of the embedded server."""

from collections.abc import AsyncIterator, Iterator

import pytest

from filmgate.store.embedded import EmbeddedPostgres
from tests.store.ground import Ground, open_ground


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
