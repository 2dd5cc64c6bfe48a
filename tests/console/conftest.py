"""One Filmgate with a stage for an engine, and browsers in front of it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.console.visit import Visit
from tests.http.conftest import onlooker as _onlooker
from tests.http.conftest import operator as _operator
from tests.http.stage import Caller

house = _onlooker
operator = _operator


@pytest_asyncio.fixture
async def visit(house: Caller) -> AsyncIterator[Visit]:
    """A browser that nobody is logged in with."""
    visit = Visit(house.filmgate)
    yield visit
    await visit.client.aclose()


@pytest_asyncio.fixture
async def ada(visit: Visit) -> Visit:
    """A browser whose owner has acquired the service."""
    await visit.register()
    await visit.acquire()
    return visit
