"""What is deleted here is deleted in the Filmgate behind it, whatever it is doing at that moment."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed
from filmgate.engines.loop import LoopEngine
from filmgate.ports import TASK_ENDED
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.ending import ended_while_ordering
from tests.engines.relay.filmgate.orders import an_order
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]
States = Callable[[str], Awaitable[list[str]]]


@pytest.mark.parametrize(("message", "there"), [(TASK_ENDED, "failed"), (None, "succeed")])
async def test_what_is_deleted_here_is_deleted_there_and_what_is_handed_back_goes_on(
    start_engine: StartEngine, states: States, tmp_path: Path, message: str | None, there: str
) -> None:
    job = an_order(tmp_path)
    job = replace(job, request=replace(job.request, prompt=f"script: steps=7 pause=0.1{'0' * bool(message)}"))
    engine, watch = await start_engine(), RecordingWatch()
    rendering = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()

    rendering.cancel(message)

    with pytest.raises(asyncio.CancelledError):
        await rendering
    again = replace(job, attempt=2, resume_token=watch.tokens[-1])
    if message is None:
        await engine.render(again, RecordingWatch())
    await engine.close()
    assert await states(job.request.prompt) == [there]
    assert watch.left == ([] if message is None else [None])


async def test_a_task_that_nobody_deleted_there_is_deleted_by_its_token(
    start_engine: StartEngine, states: States, tmp_path: Path
) -> None:
    job = an_order(tmp_path)
    job = replace(job, request=replace(job.request, prompt=f"script: steps=99 pause=0.3{job.task_id.int}"))
    engine, watch = await start_engine(), RecordingWatch()
    rendering = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()
    rendering.cancel()
    await asyncio.wait({rendering})

    await engine.clear_up(watch.tokens[-1])

    assert await states(job.request.prompt) == ["failed"]
    with pytest.raises(EngineFailed, match="has not told its name"):
        await engine.clear_up(watch.tokens[0])


@pytest.mark.parametrize("fault", [{"how": "silent"}, {"how": "drop"}, {"status": 502}], ids=json.dumps)
async def test_what_is_deleted_while_it_is_ordered_is_found_and_deleted_there(
    proxy: Upstream, start_engine: StartEngine, states: States, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await proxy.script(faults={"create": [fault | {"after": True}], "query": [{"status": 503}]})
    job = an_order(tmp_path)
    # A script that no other test has, by which the task is known there.
    prompt = f"script: steps=99 pause=0.2{job.task_id.int}"
    job = replace(job, request=replace(job.request, prompt=prompt))
    engine = await start_engine(answer_within=0.5)

    with pytest.raises(asyncio.CancelledError):
        await ended_while_ordering(engine, job)

    await engine.close()
    assert await states(job.request.prompt) == ["failed"]


async def test_what_is_deleted_while_the_upstream_is_busy_is_not_ordered_any_more(
    proxy: Upstream, start_engine: StartEngine, states: States, tmp_path: Path
) -> None:
    await proxy.script(faults={"create": [{"status": 429, "code": "too_many_requests"}]})
    engine, job = await start_engine(), an_order(tmp_path)

    with pytest.raises(asyncio.CancelledError):
        await ended_while_ordering(engine, job)

    await engine.close()
    assert len((await proxy.seen())["asked"]) == 1
    assert await states(job.request.prompt) == []


async def test_a_delete_does_not_wait_for_an_upstream_and_what_may_be_made_there_is_told(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await proxy.script(faults={"create": [{"how": "silent"}]})
    engine, job = await start_engine(answer_within=60, close_within=0.01), an_order(tmp_path)

    with capture_logs() as log:
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await ended_while_ordering(engine, job)
        await engine.close()

    [told] = [each for each in log if each["event"] == "an ended task may be made upstream"]
    assert told["task_id"] == str(job.task_id)
