"""A real Filmgate as the upstream, and something before it that loses what it is told to lose."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import pytest_asyncio

from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips
from filmgate.engines.relay.filmgate.ordering import Patience
from filmgate.engines.relay.filmgate.relay import FilmgateRelay
from filmgate.engines.relay.leftovers import Leftovers
from tests.acceptance.conftest import Filmgate
from tests.engines.jobs import running
from tests.engines.relay.links import open_links
from tests.engines.relay.measured import measured_here
from tests.engines.relay.processes import Upstream, an_upstream

StartEngine = Callable[..., Any]

_SCRIPTED = """
[engines.scripted]
kind = "renderer"
renderer = "tests.engines.scripted:ScriptedRenderer"
slots = 2

[[routes]]
models = ["*"]
engines = ["scripted"]
"""
_QUICK = Patience(busy=(0.01, 0.01), lost=(0.01, 0.01, 0.01))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_filmgate() -> AsyncIterator[Filmgate]:
    """One server for all tests, which renders by the prompt's script and tries but once."""
    filmgate = _on_new_folder()
    try:
        await filmgate.start()
        yield filmgate
    finally:
        await filmgate.end(signal.SIGTERM)
        await asyncio.to_thread(shutil.rmtree, filmgate.data)


def _on_new_folder() -> Filmgate:
    # As root the database's own user must be able to reach its folder.
    data = Path(mkdtemp(prefix="filmgate-upstream-"))
    data.chmod(0o755)
    config = data / "engines.toml"
    config.write_text(_SCRIPTED)
    return Filmgate(data=data, config=config, settings={"FILMGATE_MAX_TRIES": "1"})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_proxy(one_filmgate: Filmgate) -> AsyncIterator[Upstream]:
    """What stands before it."""
    async with an_upstream("tests.engines.relay.filmgate.proxy", one_filmgate.url) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def proxy(one_proxy: Upstream) -> Upstream:
    """The proxy, losing nothing."""
    await one_proxy.script(reset=True, faults={}, is_deaf_to_keys=False)
    return one_proxy


@pytest_asyncio.fixture
async def start_engine(proxy: Upstream, one_filmgate: Filmgate) -> AsyncIterator[StartEngine]:
    """Start engines that are closed with the test."""
    async with AsyncExitStack() as stack:

        async def start(*, url: str | None = None, **changes: Any) -> LoopEngine:
            engine = an_engine(url or proxy.url, api_key=one_filmgate.key, **changes)
            return await stack.enter_async_context(running(engine))

        yield start


@pytest_asyncio.fixture
async def states(one_filmgate: Filmgate) -> AsyncIterator[Callable[[str], Any]]:
    """Count the upstream's tasks that have a prompt, and tell their states."""
    async with httpx.AsyncClient(
        base_url=one_filmgate.url, headers=one_filmgate.headers, verify=False
    ) as client:

        async def told(prompt: str) -> list[str]:
            answer = await client.post("/kling/tasks", json={"action": "retrieve_batch", "limit": 100})
            items = answer.json()["items"]
            return [each["data"]["state"] for each in items if each["request"]["prompt"] == prompt]

        yield told


def an_engine(
    url: str,
    *,
    api_key: str,
    is_hosted: bool = False,
    answer_within: float = 10,
    close_within: float = 5,
    slots: int = 200,
    **changes: Any,
) -> LoopEngine:
    """An engine that has little patience."""
    relay = FilmgateRelay(
        base_url=url,
        api_key=api_key,
        is_hosted=is_hosted,
        clips=Clips(
            max_bytes=1_000_000, open_client=open_links(url), measure=measured_here, pause_seconds=0.01
        ),
        poll_every=timedelta(milliseconds=20),
        answer_within=timedelta(seconds=answer_within),
        patience=_QUICK,
        leftovers=Leftovers(pauses=(0.01, 0.01), close_within=close_within),
        **changes,
    )
    return LoopEngine(relay, name="filmgate", slots=slots, continues_only_its_own=True)
