"""A studio for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from filmgate.store.database import Database
from tests.service.studio import Studio, open_studio


@pytest_asyncio.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio of the test's own."""
    async with open_studio(database, tmp_path) as made:
        yield made
