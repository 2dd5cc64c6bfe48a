"""What a `LoopEngine` adds to a relay."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, NotAccepted, Upstream
from filmgate.engines.loop import LoopEngine
from filmgate.ports import RenderedFile, RenderJob, RenderWatch
from tests.engines.jobs import RecordingWatch, a_job, running
from tests.engines.scripted import ScriptedRelay


async def test_hundreds_of_renders_run_at_once_and_no_more_than_the_slots(tmp_path: Path) -> None:
    relay = ScriptedRelay()
    async with running(LoopEngine(relay, name="relay", slots=150)) as engine:
        jobs = [a_job(tmp_path, prompt="script: steps=2 pause=0.01 then=refuse") for _ in range(200)]

        outcomes = await asyncio.gather(
            *(engine.render(job, RecordingWatch()) for job in jobs), return_exceptions=True
        )

    assert len(outcomes) == 200
    assert relay.most_at_once == 150
    assert relay.running == 0


async def test_the_token_of_the_first_attempt_resumes_on_the_second(tmp_path: Path) -> None:
    relay, watch = ScriptedRelay(), RecordingWatch()
    async with running(LoopEngine(relay, name="relay")) as engine:
        job = a_job(tmp_path, prompt="script: then=crash")
        with pytest.raises(EngineFailed):
            await engine.render(job, watch)

        again = replace(a_job(tmp_path), attempt=2, resume_token=watch.tokens[0])
        await engine.render(again, RecordingWatch())

    assert relay.created == relay.resumed == watch.tokens == [f"upstream-{job.task_id}"]


async def test_a_foreign_error_fails_the_render_and_goes_to_the_log_whole(tmp_path: Path) -> None:
    async with running(LoopEngine(ScriptedRelay(), name="relay")) as engine:
        with capture_logs() as log, pytest.raises(EngineFailed) as failure:
            await engine.render(a_job(tmp_path, prompt="script: then=crash"), RecordingWatch())

    assert str(failure.value) == "The upstream failed: ConnectionResetError: the peer at … went away"
    assert isinstance(failure.value.__cause__, ConnectionResetError)
    assert log[0]["exc_info"] is failure.value.__cause__


async def test_an_error_of_our_own_is_not_blamed_on_the_upstream(tmp_path: Path) -> None:
    class Careless(ScriptedRelay):
        async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
            raise KeyError("forgotten")

    async with running(LoopEngine(Careless(), name="relay")) as engine:
        with pytest.raises(KeyError):
            await engine.render(a_job(tmp_path), RecordingWatch())


@pytest.mark.parametrize("then", ["no_clip", "outside"])
async def test_files_that_the_port_does_not_allow_fail_the_render(tmp_path: Path, then: str) -> None:
    async with running(LoopEngine(ScriptedRelay(), name="relay")) as engine:
        with pytest.raises(EngineFailed, match="The engine"):
            await engine.render(a_job(tmp_path, prompt=f"script: then={then}"), RecordingWatch())


async def test_an_upstream_that_is_away_fails_the_start_and_the_check_in_words(tmp_path: Path) -> None:
    class Away(ScriptedRelay):
        is_away = True

        async def start(self) -> None:
            await self.check()

        async def check(self) -> None:
            if self.is_away:
                raise ConnectionRefusedError("http://10.0.0.7/v1 refused")

    relay = Away()
    engine = LoopEngine(relay, name="relay")
    with pytest.raises(EngineFailed, match="relay does not start: ConnectionRefusedError: … refused"):
        await engine.start()
    relay.is_away = False
    async with running(engine):
        relay.is_away = True

        with pytest.raises(EngineFailed, match="upstream does not answer well: ConnectionRefusedError"):
            await engine.check()


async def test_that_a_job_was_not_taken_passes_as_it_is(tmp_path: Path) -> None:
    class Full(ScriptedRelay):
        async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
            raise NotAccepted("It is full.").quoting(429, "slow down")

    async with running(LoopEngine(Full(), name="relay")) as engine:
        with pytest.raises(NotAccepted) as refusal:
            await engine.render(a_job(tmp_path), RecordingWatch())

    assert refusal.value.upstream == Upstream("429", "slow down")


async def test_a_relay_that_cannot_delete_says_so_for_good_and_the_error_of_one_that_can_is_told() -> None:
    class Deleting(ScriptedRelay):
        async def clear_up(self, token: str) -> None:
            raise ConnectionResetError("went away")

    with pytest.raises(EngineFailed, match="has no way to take it back") as cannot:
        await LoopEngine(ScriptedRelay(), name="relay").clear_up("order 1")
    with pytest.raises(EngineFailed, match="ConnectionResetError: went away") as away:
        await LoopEngine(Deleting(), name="relay").clear_up("order 1")

    assert (cannot.value.is_for_good, away.value.is_for_good) == (True, False)
