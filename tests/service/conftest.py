"""A studio for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from filmgate.store.database import Database
from tests.service.studio import Studio, open_studio
from tests.store.stock import emptied


@pytest_asyncio.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio of the test's own."""
    async with open_studio(database, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def database_url(shared_url: str) -> str:
    """The URL of a database with nothing in it."""
    return await emptied(shared_url)
