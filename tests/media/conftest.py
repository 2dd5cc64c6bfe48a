"""A server on loopback, and a guarded client that may go there and nowhere else."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from filmgate.media.egress import EgressPolicy
from filmgate.media.guarded_http import guarded_client
from tests.media.loopback import Loopback, loopback


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Loopback]:
    """A server whose answers a test chooses."""
    async with loopback() as running:
        yield running


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client for which this one address is open, and no other: redirects must not inherit it."""
    async with guarded_client(EgressPolicy(allow=("127.0.0.1",))) as running:
        yield running
