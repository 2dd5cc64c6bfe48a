"""How a `ChildEngine` goes through its children: failures, limits, replacements."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    InvalidRequest,
    NotAccepted,
    Objection,
    StaleAttempt,
)
from filmgate.engines.child import ChildEngine
from tests.engines.jobs import RecordingWatch, a_job, running, scripted_child, start_latency
from tests.engines.scripted import BEGUN

MEMORY_LIMIT_BYTES = 512 * 2**20


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine() -> AsyncIterator[ChildEngine]:
    """An engine with limits, shared by tests that may break its children."""
    limited = scripted_child(memory_limit_bytes=MEMORY_LIMIT_BYTES, cpu_limit_seconds=1)
    async with running(limited) as engine:
        yield engine


async def pid_of_render(engine: ChildEngine, folder: Path, *, prompt: str = "A quiet sea") -> int:
    """Render a job and return the pid of the child that did it."""
    job = a_job(folder, prompt=prompt)
    await engine.render(job, RecordingWatch())
    return int((job.folder / BEGUN).read_text().split()[1])


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("crash", "The renderer failed: RuntimeError: no such lens in …"),
        ("exit", "The renderer ended with status 3: the licence has run out"),
        ("segfault", "The renderer crashed."),
        ("hog", "The renderer ran out of memory; its limit is 512 MiB."),
        ("burn", "The renderer used more than its 1 s of processor time."),
        ("garbage", "The renderer sent something unreadable."),
        # A report of progress would cut the endless line in two.
        ("flood steps=0", "The renderer sent more than fits."),
        ("no_clip", "The engine made 0 clips instead of one measured clip."),
        ("outside", "The engine left no clip where it said."),
    ],
)
async def test_every_way_to_break_fails_one_job_with_its_reason(
    engine: ChildEngine, tmp_path: Path, then: str, reason: str
) -> None:
    with pytest.raises(EngineFailed, match=re.escape(reason)):
        await engine.render(a_job(tmp_path, prompt=f"script: then={then}"), RecordingWatch())

    assert await engine.render(a_job(tmp_path), RecordingWatch())


async def test_an_exception_leaves_its_trace_in_the_log_and_the_child_in_service(
    engine: ChildEngine, tmp_path: Path
) -> None:
    before = await pid_of_render(engine, tmp_path)

    with capture_logs() as log, pytest.raises(EngineFailed):
        await engine.render(a_job(tmp_path, prompt="script: then=crash"), RecordingWatch())

    (entry,) = log
    assert entry["event"] == "render failed"
    assert "lens.bin" in entry["trace"]
    assert await pid_of_render(engine, tmp_path) == before


async def test_an_invalid_request_comes_back_with_all_its_objections(
    engine: ChildEngine, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await engine.render(a_job(tmp_path, prompt="script: then=refuse"), RecordingWatch())

    assert refusal.value.objections == (
        Objection("image", "cat.png", "The picture has no pixels."),
        Objection("seed", None, "Too odd."),
    )


async def test_whatever_is_printed_does_no_harm(engine: ChildEngine, tmp_path: Path) -> None:
    files = await engine.render(a_job(tmp_path, prompt="script: then=noise"), RecordingWatch())

    assert len(files) == 1


async def test_progress_for_every_frame_reaches_the_watch_at_most_20_times_a_second(
    engine: ChildEngine, tmp_path: Path
) -> None:
    watch = RecordingWatch()

    await engine.render(a_job(tmp_path, prompt="script: steps=300 pause=0.001"), watch)

    assert 4 <= len(watch.fractions) < 30
    assert watch.fractions[-1] == 1


async def test_a_watch_that_raises_ends_the_render_with_its_error(
    engine: ChildEngine, tmp_path: Path
) -> None:
    class TakenOver(RecordingWatch):
        async def progress(self, fraction: float) -> None:
            raise StaleAttempt

    with pytest.raises(StaleAttempt):
        await engine.render(a_job(tmp_path, prompt="script: then=hang"), TakenOver())

    assert await engine.render(a_job(tmp_path), RecordingWatch())


async def test_text_that_is_no_unicode_fails_the_job_and_not_the_child(
    engine: ChildEngine, tmp_path: Path
) -> None:
    before = await pid_of_render(engine, tmp_path)

    with pytest.raises(EngineFailed, match="UTF-8"):
        await engine.render(a_job(tmp_path, prompt="half a smile: \ud83d"), RecordingWatch())

    assert await pid_of_render(engine, tmp_path) == before


async def test_temporary_files_lie_in_the_folder_of_the_job(engine: ChildEngine, tmp_path: Path) -> None:
    job = a_job(tmp_path, prompt="script: then=litter")

    await engine.render(job, RecordingWatch())

    assert [path.name[:6] for path in job.folder.iterdir() if path.name not in (BEGUN, "clip.mp4")] == [
        "litter"
    ]


async def test_a_warm_child_begins_within_five_milliseconds(engine: ChildEngine, tmp_path: Path) -> None:
    latencies = [await start_latency(engine, tmp_path) for _ in range(20)]

    assert median(latencies) < 0.005


async def test_the_limit_of_processor_time_is_for_each_job(tmp_path: Path) -> None:
    async with running(scripted_child(cpu_limit_seconds=1, spare=False)) as engine:
        pids = [await pid_of_render(engine, tmp_path, prompt="script: then=work") for _ in range(3)]

    assert len(set(pids)) == 1


async def test_a_child_is_replaced_quietly_after_its_number_of_jobs(tmp_path: Path) -> None:
    async with running(scripted_child(jobs_per_child=2)) as engine:
        with capture_logs() as log:
            pids = [await pid_of_render(engine, tmp_path) for _ in range(4)]

    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert log == []


async def test_a_child_that_keeps_too_much_memory_is_replaced(tmp_path: Path) -> None:
    leaking = scripted_child(options={"kept_bytes": 128 * 2**20}, rss_limit_bytes=128 * 2**20)

    async with running(leaking) as engine:
        pids = [await pid_of_render(engine, tmp_path) for _ in range(2)]

    assert pids[0] != pids[1]


@pytest.mark.parametrize(("then", "n_children"), [("device", 2), ("crash", 1)])
async def test_a_child_that_has_lost_its_device_is_replaced_and_one_that_only_failed_is_not(
    tmp_path: Path, then: str, n_children: int
) -> None:
    async with running(scripted_child(spare=False)) as engine:
        before = await pid_of_render(engine, tmp_path)
        with pytest.raises(BrokeOnTask):
            await engine.render(a_job(tmp_path, prompt=f"script: then={then}"), RecordingWatch())
        after = await pid_of_render(engine, tmp_path)

    assert len({before, after}) == n_children


async def test_a_job_right_after_a_double_cancel_waits_for_the_new_child(tmp_path: Path) -> None:
    watch = RecordingWatch()
    async with running(scripted_child(spare=False)) as engine:
        job = a_job(tmp_path, prompt="script: then=hang")
        rendering = asyncio.create_task(engine.render(job, watch))
        await watch.begun.wait()

        rendering.cancel()
        await asyncio.sleep(0)
        rendering.cancel()
        files = await engine.render(a_job(tmp_path), RecordingWatch())

        assert files
        assert rendering.cancelled()


async def test_as_many_jobs_run_at_once_as_there_are_slots_and_closing_fails_them(tmp_path: Path) -> None:
    jobs = [a_job(tmp_path, prompt="script: then=hang") for _ in range(3)]
    watches = [RecordingWatch() for _ in jobs]

    async with running(scripted_child(slots=2, spare=False)) as engine:
        renderings = [
            asyncio.create_task(engine.render(job, watch)) for job, watch in zip(jobs, watches, strict=True)
        ]
        await asyncio.gather(*(watch.begun.wait() for watch in watches[:2]))
        assert not (jobs[2].folder / BEGUN).exists()

    outcomes = await asyncio.gather(*renderings, return_exceptions=True)
    closing = "The renderer was stopped because its engine is closing."
    assert [str(outcome) for outcome in outcomes] == [closing, closing, "The engine scripted is not running."]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": {"needs": "/nowhere/weights"}}, "RuntimeError: no weights in …"),
        ({"renderer": "tests.engines.scripted:Missing"}, "no attribute 'Missing'"),
        ({"renderer": "no_such_module:Renderer"}, "No module named 'no_such_module'"),
        ({"warm_limit": timedelta(milliseconds=20)}, "took too long to get ready"),
        ({"memory_limit_bytes": 2**20}, "ended|ran out of memory"),
    ],
)
async def test_a_renderer_that_cannot_be_warmed_fails_the_start_with_its_reason(
    changes: dict[str, Any], reason: str
) -> None:
    engine = scripted_child(spare=False, **changes)

    with capture_logs() as log, pytest.raises(EngineFailed, match=reason):
        await engine.start()

    assert [entry["event"] for entry in log] == ["renderer did not start"]
    await engine.close()


async def test_a_failed_start_may_be_tried_again(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    engine = scripted_child(options={"needs": str(weights)}, spare=False)
    with pytest.raises(EngineFailed):
        await engine.start()
    weights.touch()

    async with running(engine):
        files = await engine.render(a_job(tmp_path), RecordingWatch())

    assert files


async def test_a_job_and_a_check_are_told_why_no_child_can_be_started_any_more(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.touch()
    async with running(scripted_child(options={"needs": str(weights)}, spare=False)) as engine:
        await engine.check()
        weights.unlink()
        with pytest.raises(EngineFailed):
            await engine.render(a_job(tmp_path, prompt="script: then=exit"), RecordingWatch())

        with pytest.raises(NotAccepted, match="no weights"):
            await engine.render(a_job(tmp_path), RecordingWatch())

        with pytest.raises(EngineFailed, match="no weights"):
            await engine.check()


async def test_an_engine_whose_every_child_renders_is_well(tmp_path: Path) -> None:
    async with running(scripted_child(spare=False)) as engine:
        watch = RecordingWatch()
        rendering = asyncio.create_task(engine.render(a_job(tmp_path, prompt="script: then=hang"), watch))
        await watch.begun.wait()

        await engine.check()

        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering


@pytest.mark.parametrize("turns", [1, 2, 3, 4, 5, 6, 8, 10, 100])
async def test_closing_during_the_start_leaves_nothing(turns: int) -> None:
    engine = scripted_child()
    starting = asyncio.create_task(engine.start())
    for _ in range(turns):
        await asyncio.sleep(0)

    await engine.close()

    with pytest.raises(EngineFailed, match="not running"):
        await starting
