"""The hosted service in small, and engines that speak to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips, Measure
from filmgate.engines.relay.kling.bearer import APIKey, Bearer
from filmgate.engines.relay.kling.objections import Account
from filmgate.engines.relay.kling.ordering import Patience
from filmgate.engines.relay.kling.relay import KlingRelay
from tests.engines.jobs import running
from tests.engines.relay.kling.service import API_KEY
from tests.engines.relay.links import open_links
from tests.engines.relay.measured import measured_here
from tests.engines.relay.processes import Upstream, an_upstream
from tests.engines.scripted import write_clip

StartEngine = Callable[..., Any]

QUICK = Patience(busy=(0.01, 0.01, 0.01), settling=(0.01, 0.01), silence=(0.01, 0.01, 0.01))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_service(tmp_path_factory: Any) -> AsyncIterator[Upstream]:
    """One process for all tests."""
    folder: Path = tmp_path_factory.mktemp("service")
    clip = write_clip(folder, seconds=1).path
    async with an_upstream("tests.engines.relay.kling.service", str(clip)) as upstream:
        yield upstream


@pytest_asyncio.fixture
async def service(one_service: Upstream) -> Upstream:
    """The service, which has forgotten everything."""
    await one_service.script(reset=True, faults={}, n_polls=1, n_dead_links=0, ending={"state": "succeed"})
    return one_service


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_engine(one_service: Upstream) -> AsyncIterator[LoopEngine]:
    """An engine as most tests need it; starting one takes a while."""
    async with running(an_engine(one_service.url)) as engine:
        yield engine


@pytest_asyncio.fixture
async def start_engine(service: Upstream, one_engine: LoopEngine) -> AsyncIterator[StartEngine]:
    """Start engines that are closed with the test, where they are to be other than most."""
    async with AsyncExitStack() as stack:

        async def start(*, url: str | None = None, **changes: Any) -> LoopEngine:
            if url is None and not changes:
                return one_engine
            return await stack.enter_async_context(running(an_engine(url or service.url, **changes)))

        yield start


def an_engine(
    url: str,
    *,
    bearer: Bearer | None = None,
    answer_within: float = 5,
    measure: Measure = measured_here,
    slots: int = 200,
) -> LoopEngine:
    """An engine that has little patience."""
    relay = KlingRelay(
        base_url=url,
        bearer=bearer or APIKey(API_KEY),
        account=Account(has_api_key=True),
        clips=Clips(max_bytes=1_000_000, open_client=open_links(url), measure=measure, pause_seconds=0.01),
        poll_every=timedelta(milliseconds=10),
        answer_within=timedelta(seconds=answer_within),
        patience=QUICK,
    )
    return LoopEngine(relay, name="kling", slots=slots, continues_only_its_own=True)
