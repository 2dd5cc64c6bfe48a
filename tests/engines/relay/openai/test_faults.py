"""Servers that break off, forget, drip and lie: a clip is ordered once and no more, and is waited for."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, NotAccepted, OutcomeUnknown
from filmgate.engines.loop import LoopEngine
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.ending import StopsWhenOrdering, ended_while_ordering
from tests.engines.relay.openai.conftest import an_order
from tests.engines.relay.openai.server import API_KEY
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]

_UNKNOWN: list[dict[str, Any]] = [
    {"how": "drop"},
    {"how": "drop", "after": True},
    {"how": "silent", "after": True},
    {"how": "drip", "after": True},
    {"status": 500, "after": True},
    {"status": 502},
    {"status": 504, "after": True},
    {"raw": {"created": True}, "after": True},
    {"raw": {"id": None, "status": "queued"}, "after": True},
    {"raw": ["queued"], "after": True},
]


@pytest.mark.parametrize("fault", _UNKNOWN, ids=json.dumps)
async def test_an_order_whose_answer_is_lost_is_not_made_again(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await server.script(faults={"create": [fault]})
    engine, job, watch = await start_engine(answer_within=0.3), an_order(tmp_path), RecordingWatch()

    with pytest.raises(OutcomeUnknown):
        await engine.render(job, watch)

    with pytest.raises(OutcomeUnknown):
        await engine.render(replace(job, resume_token=watch.tokens[-1]), RecordingWatch())
    assert len((await server.seen())["orders"]) == (1 if fault.get("after") else 0)


_REFUSED: list[tuple[dict[str, Any], bool, bool]] = [
    ({"status": 429}, False, False),
    ({"status": 503}, False, False),
    ({"status": 429, "code": "insufficient_quota"}, False, False),
    ({"status": 401}, False, False),
    ({"status": 404}, True, False),
    ({"status": 404, "code": "model_not_found"}, True, True),
    ({"status": 413}, True, True),
    ({"status": 400, "code": "invalid_value", "message": "size is not supported"}, True, True),
    ({"status": 422, "raw": {"detail": [{"loc": ["body", "fps"], "msg": "not an integer"}]}}, True, True),
    ({"to": "http://127.0.0.1:9/v1/videos"}, True, False),
]


@pytest.mark.parametrize(("fault", "is_for_good", "is_of_request"), _REFUSED, ids=json.dumps)
async def test_an_order_that_is_refused_goes_elsewhere(
    server: Upstream,
    start_engine: StartEngine,
    tmp_path: Path,
    fault: dict[str, Any],
    is_for_good: bool,
    is_of_request: bool,
) -> None:
    await server.script(faults={"create": [fault]})

    with pytest.raises(NotAccepted) as refusal:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert (refusal.value.is_for_good, refusal.value.is_of_request) == (is_for_good, is_of_request)
    assert refusal.value.upstream is not None
    assert (await server.seen())["orders"] == []


@pytest.mark.parametrize(
    ("error", "is_of_request"),
    [
        ({"code": "invalid_image", "message": "too dark"}, True),
        ({"code": 400, "message": "num_frames"}, True),
        ({"type": "invalid_request_error", "message": "no"}, True),
        ({"code": "server_error", "message": "CUDA out of memory"}, False),
        ("it broke", False),
        (None, False),
    ],
    ids=json.dumps,
)
async def test_a_job_that_failed_is_held_against_the_server_unless_it_blames_the_order(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, error: object, is_of_request: bool
) -> None:
    await server.script(ending={"status": "failed", "error": error})

    with pytest.raises(EngineFailed) as failure:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert failure.value.is_of_request is is_of_request


async def test_a_server_that_is_not_there_took_nothing_and_is_not_well(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    engine = await start_engine(url="http://127.0.0.1:9")

    with pytest.raises(NotAccepted, match="cannot be reached"):
        await engine.render(an_order(tmp_path), RecordingWatch())
    with pytest.raises(EngineFailed, match="does not answer"):
        await engine.check()


@pytest.mark.parametrize("moment", ["create", "query", "ending"])
async def test_a_key_that_the_server_repeats_is_not_kept(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, moment: str
) -> None:
    told = {"status": 400, "code": "invalid_value", "message": f"key {API_KEY} may not"}
    ending = {"status": "failed", "error": {"code": "invalid_value", "message": told["message"]}}
    refused = {"status": 400, "raw": {"id": "video_1", **ending}}
    await server.script(
        faults={} if moment == "ending" else {moment: [told if moment == "create" else refused]},
        ending=ending,
    )

    with capture_logs() as log, pytest.raises(EngineFailed, match=r"key \*\*\* may not") as refusal:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert refusal.value.upstream is not None
    assert API_KEY not in f"{refusal.value} {refusal.value.upstream} {log}"


_NO_WORD: list[dict[str, Any]] = [
    {"how": "drop"},
    {"how": "silent"},
    {"how": "drip"},
    {"status": 429, "headers": {"retry-after": "0"}, "raw": {}},
    {"status": 500},
    {"status": 503},
    {"status": 401},
    {"status": 404},
    {"raw": {"id": "video_1"}},
    {"raw": {"id": "video_1", "status": "daydreaming"}},
    {"raw": {"id": "video_2", "status": "failed"}},
    {"raw": {"id": "video_1", "status": None, "progress": "half"}},
]


@pytest.mark.parametrize("fault", _NO_WORD, ids=json.dumps)
async def test_a_question_without_an_answer_is_no_verdict(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await server.script(faults={"query": [fault, fault]})

    (clip,) = await (await start_engine(answer_within=0.3)).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert len((await server.seen())["orders"]) == 1


@pytest.mark.parametrize("burst", [(500, 429, 502, 503, 500, 429), (404, 404, 404, 404)], ids=str)
async def test_a_long_burst_of_errors_is_waited_out(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, burst: tuple[int, ...]
) -> None:
    await server.script(faults={"query": [{"status": status} for status in burst]})

    (clip,) = await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None


@pytest.mark.parametrize("progress", ["37", "37%", 37.5, None, "soon", float("1e9"), -3, [], True])
async def test_progress_of_any_type_is_borne(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, progress: object
) -> None:
    told = {"id": "video_1", "status": "in_progress", "progress": progress}
    await server.script(faults={"query": [{"raw": told}]})
    watch = RecordingWatch()

    await (await start_engine()).render(an_order(tmp_path), watch)

    assert all(0 <= fraction <= 1 for fraction in watch.fractions)


async def test_a_job_that_a_restart_has_lost_is_ordered_again_by_the_next_attempt(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0)
    engine, job, watch = await start_engine(), an_order(tmp_path), RecordingWatch()
    rendering = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()

    await server.script(restart=True, n_polls=1)

    with pytest.raises(EngineFailed, match="no longer knows the job"):
        await rendering
    (clip,) = await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())
    assert clip.making is not None
    assert clip.making["upstream_task_id"] == "video_2"


async def test_a_job_that_a_paid_service_does_not_know_any_more_is_not_paid_twice(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0, flavour="openai")
    table = {"flavour": "openai", "model": "sora-2", "sizes": ("64x36",)}
    engine, job, watch = await start_engine(**table), an_order(tmp_path), RecordingWatch()
    rendering = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()
    await server.script(restart=True)
    await asyncio.wait({rendering})

    with pytest.raises(EngineFailed, match="no longer knows the job"):
        await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())

    assert len((await server.seen())["orders"]) == 1
    await server.script(flavour="sglang")


async def test_a_worker_that_stops_in_the_middle_of_an_order_keeps_the_jobs_name(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    engine, job, watch = await start_engine(), an_order(tmp_path), StopsWhenOrdering()
    watch.rendering = asyncio.create_task(engine.render(job, watch))

    with pytest.raises(asyncio.CancelledError):
        await watch.rendering

    assert json.loads(watch.tokens[-1]) | {"stage": "taken", "job_id": "video_1"} == json.loads(
        watch.tokens[-1]
    )


async def test_an_order_that_was_refused_while_the_worker_stopped_is_made_again(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"create": [{"status": 503}]})
    engine, job, watch = await start_engine(), an_order(tmp_path), StopsWhenOrdering()
    watch.rendering = asyncio.create_task(engine.render(job, watch))
    with pytest.raises(asyncio.CancelledError):
        await watch.rendering

    (clip,) = await engine.render(replace(job, resume_token=watch.tokens[-1]), RecordingWatch())

    assert clip.clip is not None


async def test_a_task_that_is_deleted_in_the_middle_of_an_order_is_deleted_there(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"create": [{"how": "held"}]})
    engine = await start_engine(slots=1)

    with pytest.raises(asyncio.CancelledError):
        await ended_while_ordering(engine, an_order(tmp_path))

    await server.script(release=True, faults={"delete": [{"status": 503}, {"how": "drop"}]})
    await engine.close()
    assert (await server.seen())["deleted"] == ["video_1"]


async def test_a_delete_does_not_wait_for_a_server_that_is_slow_to_answer(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"create": [{"how": "silent", "after": True}]})
    engine = await start_engine(answer_within=60, close_within=0.01)

    with capture_logs() as log:
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await ended_while_ordering(engine, an_order(tmp_path))
        await engine.close()

    assert [each["reason"] for each in log if each["log_level"] == "error"] == ["the worker stopped"]
