"""One Filmgate with a stage for an engine, and browsers in front of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from tests.console.visit import Visit
from tests.http.conftest import onlooker as _onlooker
from tests.http.conftest import operator as _operator
from tests.http.conftest import shared_caller as _shared_caller
from tests.http.stage import Caller

house = _onlooker
operator = _operator
shared_caller = _shared_caller


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


@pytest_asyncio.fixture
async def boss(house: Caller) -> AsyncIterator[Visit]:
    """A browser that the operator is logged in with."""
    visit, store = Visit(house.filmgate), house.filmgate.store
    secret = await store.people.begin_session(
        store.operator_id, browser="a test", address="127.0.0.1", now=datetime.now(UTC)
    )
    visit.client.cookies.set("filmgate_session", secret)
    yield visit
    await visit.client.aclose()
