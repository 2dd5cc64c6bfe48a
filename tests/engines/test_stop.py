"""Cancelled jobs whose child is asked to stop, so that it lives on with what it has loaded."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.child import ChildEngine
from tests.engines.jobs import RecordingWatch, a_job, running, scripted_child
from tests.engines.scripted import BEGUN

_LONG = "script: steps=100000 pause=0.01"


async def cancelled(engine: ChildEngine, folder: Path, prompt: str) -> int:
    """Cancel a render once it reports progress, and return the pid of its child."""
    job, watch = a_job(folder, prompt=prompt), RecordingWatch()
    rendering = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    pid = int((job.folder / BEGUN).read_text().split()[1])
    shutil.rmtree(job.folder)
    return pid


async def test_a_job_that_stops_when_asked_leaves_its_child_in_service(tmp_path: Path) -> None:
    async with running(scripted_child(stop_within=timedelta(minutes=1), spare=False)) as engine:
        first = await cancelled(engine, tmp_path, _LONG)
        second = await cancelled(engine, tmp_path, _LONG)

        job = a_job(tmp_path)
        assert await engine.render(job, RecordingWatch())

    assert [first, second] == [int((job.folder / BEGUN).read_text().split()[1])] * 2


async def test_a_job_that_does_not_stop_in_time_costs_its_child(tmp_path: Path) -> None:
    async with running(scripted_child(stop_within=timedelta(seconds=0.05), spare=False)) as engine:
        hung = await cancelled(engine, tmp_path, "script: steps=1 then=hang")

        job = a_job(tmp_path)
        assert await engine.render(job, RecordingWatch())

    assert int((job.folder / BEGUN).read_text().split()[1]) != hung


async def test_a_job_that_is_cancelled_again_while_it_is_asked_costs_its_child(tmp_path: Path) -> None:
    async with running(scripted_child(stop_within=timedelta(minutes=5), spare=False)) as engine:
        watch = RecordingWatch()
        rendering = asyncio.create_task(
            engine.render(a_job(tmp_path, prompt="script: steps=1 then=hang"), watch)
        )
        await watch.begun.wait()

        rendering.cancel()
        asyncio.get_running_loop().call_soon(rendering.cancel)

        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert await engine.render(a_job(tmp_path), RecordingWatch())


async def test_a_renderer_that_says_why_it_cannot_get_warm_is_quoted_as_it_is() -> None:
    unready = scripted_child(renderer="tests.engines.scripted:UnreadyRenderer")

    with pytest.raises(EngineFailed) as failure:
        await unready.start()
    await unready.close()

    assert str(failure.value) == "The model is not on this machine."
