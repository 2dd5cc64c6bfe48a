"""The whole application in this process, on a real database, with an engine that tests direct."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from filmgate.app.whole import open_filmgate
from filmgate.ports import Engine
from filmgate.settings import Settings
from tests.conftest import fresh_database
from tests.http.stage import Caller, HandWoundClock, Stage


@asynccontextmanager
async def working(
    database_url: str,
    data: Path,
    *,
    clock: HandWoundClock | None = None,
    before: Sequence[Engine] = (),
    **changes: object,
) -> AsyncIterator[Caller]:
    """Open Filmgate with a stage and a worker; `changes` are settings.

    Every model leads to the engines `before` the stage, and then to that.
    """
    stage = Stage()
    settings = Settings.model_validate(
        {"database_url": database_url, "data": data, "max_tries": 1, **changes}
    )
    async with open_filmgate(settings, engines=[*before, stage], clock=clock) as filmgate:
        worker = asyncio.create_task(filmgate.work())
        caller = Caller(filmgate, stage, key=filmgate.local_key)
        try:
            yield caller
        finally:
            await caller.client.aclose()
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


@pytest_asyncio.fixture
async def operator(database_url: str, tmp_path: Path) -> AsyncIterator[Caller]:
    """The operator, on a Filmgate of the test's own."""
    async with working(database_url, tmp_path) as caller:
        yield caller


@pytest_asyncio.fixture(scope="session")
async def shared_caller(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """An operator on one Filmgate for all tests; they reach it as `onlooker`."""
    async with fresh_database(postgres) as url, working(url, tmp_path_factory.mktemp("shared")) as caller:
        yield caller


@pytest_asyncio.fixture
async def onlooker(shared_caller: Caller) -> AsyncIterator[Caller]:
    """An operator shared by tests that may leave finished tasks behind, but no open ones."""
    yield shared_caller
    await shared_caller.settle()
