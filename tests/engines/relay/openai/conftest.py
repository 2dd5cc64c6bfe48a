"""Servers of the dialect in small, engines that speak to them, and jobs that are quick to film."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips, Conform
from filmgate.engines.relay.leftovers import Leftovers
from filmgate.engines.relay.openai.kind import OpenAISettings
from filmgate.engines.relay.openai.relay import OpenAIRelay
from filmgate.ports import RenderJob
from tests.engines.jobs import SPEC, a_job, running
from tests.engines.relay.links import open_links
from tests.engines.relay.measured import conformed_here
from tests.engines.relay.openai.server import API_KEY
from tests.engines.relay.processes import Upstream, an_upstream

StartEngine = Callable[..., Any]

SMALL = replace(SPEC, short_side=36, durations=(1, 2))
"""A row of the matrix whose clips are 64x36, with 30 frames a second."""


def an_order(folder: Path, **given: Any) -> RenderJob:
    """A job for one second of 64x36; `given` are fields of the request."""
    job = a_job(folder)
    return replace(job, request=replace(job.request, duration=1, **given), spec=SMALL)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_server() -> AsyncIterator[Upstream]:
    """One SGLang for most tests."""
    async with an_upstream("tests.engines.relay.openai.server", "sglang") as upstream:
        yield upstream


@pytest_asyncio.fixture
async def server(one_server: Upstream) -> Upstream:
    """The server, which has forgotten everything."""
    await one_server.script(reset=True)
    return one_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_engine(one_server: Upstream) -> AsyncIterator[LoopEngine]:
    """An engine as most tests need it; starting one takes a while."""
    async with running(an_engine(one_server.url)) as engine:
        yield engine


@pytest_asyncio.fixture
async def start_engine(server: Upstream, one_engine: LoopEngine) -> AsyncIterator[StartEngine]:
    """Start engines that are closed with the test, where they are to be other than most."""
    async with AsyncExitStack() as stack:

        async def start(*, url: str | None = None, **changes: Any) -> LoopEngine:
            if url is None and not changes:
                return one_engine
            return await stack.enter_async_context(running(an_engine(url or server.url, **changes)))

        yield start


def an_engine(
    url: str,
    *,
    api_key: str | None = API_KEY,
    answer_within: float = 5,
    download_within: float = 60,
    make: Conform = conformed_here,
    slots: int = 200,
    close_within: float = 5,
    **settings: Any,
) -> LoopEngine:
    """An engine that has little patience; `settings` stand in its table."""
    table = {"base_url": f"{url}/v1", "flavour": "sglang", "size_step": 2, "frame_step": 1} | settings
    relay = OpenAIRelay(
        base_url=f"{url}/v1",
        api_key=api_key,
        server=OpenAISettings.model_validate(table).server(),
        clips=Clips(
            max_bytes=1_000_000,
            open_client=open_links(url),
            conform=make,
            pause_seconds=0.01,
            download_within=timedelta(seconds=download_within),
        ),
        poll_every=timedelta(milliseconds=10),
        answer_within=timedelta(seconds=answer_within),
        leftovers=Leftovers(pauses=(0.01, 0.01), close_within=close_within),
    )
    return LoopEngine(relay, name="openai", slots=slots)
