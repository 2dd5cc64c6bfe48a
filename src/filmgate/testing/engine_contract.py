"""What every `Engine` promises, as tests that any package can run over its own.

A test module of yours derives a class from `EngineContract` and gives it a `case`; it needs pytest and
pytest-asyncio.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
import pytest_asyncio

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.domain.tasks import FileKind
from filmgate.ports import Engine, RenderJob
from filmgate.testing.jobs import SPEC, RecordingWatch, a_request, running

JobIn = Callable[[Path], RenderJob]


@dataclass(frozen=True, kw_only=True)
class EngineCase:
    """One implementation, and how to make jobs for it below a given folder.

    `slow_job` reports progress soon and then renders for seconds at least; `unusable_job` has an input
    that turns out to be unusable; `failing_job` fails for any other reason.
    """

    label: str
    engine: Callable[[], Engine]
    job: JobIn
    slow_job: JobIn
    unusable_job: JobIn
    failing_job: JobIn


def files_below(folder: Path) -> set[Path]:
    """Every file in the folder and in those inside it."""
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.asyncio(loop_scope="session")
class EngineContract:
    """The promises; derive a class whose name starts with `Test`, and give it a `case`."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls) -> EngineCase:
        """The implementation under test; every derived class has its own."""
        raise NotImplementedError("give the class a classmethod `case` that is a fixture of the scope class")

    @pytest_asyncio.fixture(scope="class", loop_scope="session")
    @classmethod
    async def engine(cls, case: EngineCase) -> AsyncIterator[Engine]:
        """A started engine, shared by the tests that leave it running."""
        async with running(case.engine()) as engine:
            yield engine

    async def test_a_render_returns_exactly_one_clip_which_is_what_its_facts_say(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        files = await engine.render(case.job(tmp_path), RecordingWatch())

        (clip,) = [file for file in files if file.kind is FileKind.CLIP]
        assert clip.clip is not None
        with av.open(str(clip.path)) as container:
            video = container.streams.video[0]
            frames = sum(1 for _ in container.decode(video))
            assert (video.width, video.height) == (clip.clip.width, clip.clip.height)
            assert video.average_rate == clip.clip.fps
            assert Fraction(frames) / clip.clip.fps == clip.clip.duration
            assert bool(container.streams.audio) == clip.clip.has_audio

    async def test_every_file_lies_in_the_folder_of_its_job(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        job = case.job(tmp_path)

        files = await engine.render(job, RecordingWatch())

        assert all(file.path.is_relative_to(job.folder) for file in files)
        assert {file.path for file in files} <= files_below(tmp_path)
        assert all(path.is_relative_to(job.folder) for path in files_below(tmp_path))

    async def test_progress_never_falls_and_ends_at_one(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        watch = RecordingWatch()

        await engine.render(case.job(tmp_path), watch)

        assert watch.fractions == sorted(watch.fractions)
        assert watch.fractions[0] >= 0
        assert watch.fractions[-1] == 1

    async def test_a_cancelled_render_stops_and_leaves_its_folder_and_the_engine_free(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        job, watch = case.slow_job(tmp_path), RecordingWatch()
        rendering = asyncio.create_task(engine.render(job, watch))
        await watch.begun.wait()

        rendering.cancel()

        with pytest.raises(asyncio.CancelledError):
            await rendering
        shutil.rmtree(job.folder)
        assert await engine.render(case.job(tmp_path), RecordingWatch())
        assert not job.folder.exists()

    async def test_a_render_that_is_cancelled_again_while_it_stops_still_stops(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        watch = RecordingWatch()
        rendering = asyncio.create_task(engine.render(case.slow_job(tmp_path), watch))
        await watch.begun.wait()

        rendering.cancel()
        asyncio.get_running_loop().call_soon(rendering.cancel)

        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert await engine.render(case.job(tmp_path), RecordingWatch())

    async def test_as_many_jobs_as_it_has_slots_run_at_once_and_the_others_wait(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        watches = [RecordingWatch() for _ in range(engine.slots + 1)]
        slow = [asyncio.create_task(engine.render(case.slow_job(tmp_path), watch)) for watch in watches]
        await asyncio.gather(*(watch.begun.wait() for watch in watches[: engine.slots]))
        quick = asyncio.create_task(engine.render(case.job(tmp_path), RecordingWatch()))

        assert not watches[-1].begun.is_set()
        for rendering in slow:
            rendering.cancel()

        assert await quick
        outcomes = await asyncio.gather(*slow, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)

    async def test_the_loop_stays_responsive_during_a_render(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        watch = RecordingWatch()
        rendering = asyncio.create_task(engine.render(case.slow_job(tmp_path), watch))
        await watch.begun.wait()

        # A busy machine holds both up; what an engine does in the loop does not hold another thread up.
        beside = asyncio.create_task(asyncio.to_thread(_longest_pause))
        turns = [time.monotonic()]
        while not beside.done():
            await asyncio.sleep(0.005)
            turns.append(time.monotonic())
        longest = max(later - earlier for earlier, later in pairwise(turns))

        assert not rendering.done()
        assert longest < await beside + 0.5
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering

    async def test_an_unusable_input_is_an_invalid_request_that_names_the_field(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            await engine.render(case.unusable_job(tmp_path), RecordingWatch())

        assert all(objection.field and objection.message for objection in refusal.value.objections)
        assert refusal.value.objections

    async def test_any_other_error_is_a_failure_fit_for_the_caller_and_the_next_job_works(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        with pytest.raises(EngineFailed) as failure:
            await engine.render(case.failing_job(tmp_path), RecordingWatch())

        message = str(failure.value)
        assert message
        assert not any(foreign in message for foreign in ("/", "\n", "Traceback", "http"))
        assert await engine.render(case.job(tmp_path), RecordingWatch())

    async def test_a_job_with_a_resume_token_makes_its_clip(
        self, engine: Engine, case: EngineCase, tmp_path: Path
    ) -> None:
        job = replace(case.job(tmp_path), attempt=2, resume_token="upstream-17")  # noqa: S106 - no secret.

        assert await engine.render(job, RecordingWatch())

    async def test_objections_are_the_same_before_the_start_and_each_time(self, case: EngineCase) -> None:
        engine = case.engine()
        request = a_request()

        first, second = list(engine.objections(request, SPEC)), list(engine.objections(request, SPEC))

        assert first == second
        assert request == a_request()

    async def test_an_engine_may_be_started_and_closed_twice_and_started_again(
        self, case: EngineCase, tmp_path: Path
    ) -> None:
        async with running(case.engine()) as engine:
            await engine.start()
            await engine.close()
            await engine.close()
            await engine.start()

            files = await engine.render(case.job(tmp_path), RecordingWatch())

        assert files

    async def test_an_engine_that_does_not_run_fails_its_jobs_at_once(
        self, case: EngineCase, tmp_path: Path
    ) -> None:
        engine = case.engine()

        with pytest.raises(EngineFailed, match=engine.name):
            await engine.render(case.job(tmp_path), RecordingWatch())

        await engine.close()

    async def test_an_engine_is_well_while_it_runs_and_not_before_or_after(self, case: EngineCase) -> None:
        engine = case.engine()
        with pytest.raises(EngineFailed, match=engine.name):
            await engine.check()

        async with running(engine):
            await engine.check()

        with pytest.raises(EngineFailed, match=engine.name):
            await engine.check()


def _longest_pause() -> float:
    """Return the seconds that the longest of some short sleeps took."""
    turns = [time.monotonic()]
    for _ in range(60):
        time.sleep(0.005)
        turns.append(time.monotonic())
    return max(later - earlier for earlier, later in pairwise(turns))
