"""A clip from another Filmgate, through whatever goes wrong on the way; ordered once and no more."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import (
    EngineFailed,
    FilmgateError,
    InvalidRequest,
    NotAccepted,
    OutcomeUnknown,
    PolicyRefusal,
)
from filmgate.domain.requests import Action, RemoteMedia
from filmgate.engines.loop import LoopEngine
from tests.acceptance.conftest import Filmgate
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.filmgate.orders import an_order
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]
States = Callable[[str], Awaitable[list[str]]]


async def test_a_clip_is_ordered_waited_for_and_brought_home(
    start_engine: StartEngine, states: States, tmp_path: Path
) -> None:
    job, watch = an_order(tmp_path), RecordingWatch()

    (clip,) = await (await start_engine()).render(job, watch)

    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.duration) == (64, Fraction(5))
    assert clip.making is not None
    assert (clip.making["upstream"], clip.making["upstream_engine"]) == ("filmgate", "scripted")
    assert await states(job.request.prompt) == ["succeed"]
    assert json.loads(watch.tokens[-1])["video_id"] == clip.making["upstream_video_id"]


async def test_a_picture_goes_along_and_the_seed_as_well(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    picture = RemoteMedia(url="https://example.com/harbour.png")
    job = an_order(tmp_path, action=Action.IMAGE2VIDEO, start_image=picture)
    path = Path(__file__).parents[4] / "docs/pictures/clips.jpg"

    await (await start_engine()).render(replace(job, inputs={"start_image": path}), RecordingWatch())

    body = (await proxy.seen())["asked"][0]["body"]
    assert body["start_image_url"].startswith("data:image/jpeg;base64,/9j/")
    assert body["seed"] == job.seed


async def test_a_video_that_was_made_there_is_extended_there(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    engine, watch = await start_engine(), RecordingWatch()
    (source,) = await engine.render(an_order(tmp_path), watch)
    job = an_order(tmp_path, action=Action.EXTEND, video_id="9007")

    await engine.render(replace(job, source_token=watch.tokens[-1]), RecordingWatch())

    created = [each["body"] for each in (await proxy.seen())["asked"] if each["path"] == "/kling/videos"]
    assert source.making is not None
    assert created[-1]["video_id"] == source.making["upstream_video_id"]


async def test_a_video_that_was_made_elsewhere_is_left_to_another_engine(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    with pytest.raises(NotAccepted, match="that it made itself"):
        await (await start_engine()).render(
            an_order(tmp_path, action=Action.EXTEND, video_id="9007"), RecordingWatch()
        )


_LOST: list[dict[str, Any]] = [
    {"how": "drop"},
    {"how": "drop", "after": True},
    {"how": "silent", "after": True},
    {"status": 502, "after": True},
    {"status": 500, "code": "api_error", "after": True},
    {"raw": {"success": True}, "after": True},
    {"status": 503, "code": "unavailable"},
    {"status": 429, "code": "too_many_requests", "headers": {"retry-after": "0"}},
]


@pytest.mark.parametrize("fault", _LOST, ids=json.dumps)
async def test_an_order_whose_answer_is_lost_is_repeated_and_made_once(
    proxy: Upstream, start_engine: StartEngine, states: States, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await proxy.script(faults={"create": [fault]})
    job = an_order(tmp_path)

    (clip,) = await (await start_engine(answer_within=1)).render(job, RecordingWatch())

    assert clip.clip is not None
    assert await states(job.request.prompt) == ["succeed"]


@pytest.mark.parametrize("fault", [{"how": "drop"}, {"status": 502}], ids=json.dumps)
async def test_the_hosted_service_is_not_asked_twice_for_what_it_may_have_taken(
    proxy: Upstream, start_engine: StartEngine, states: States, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await proxy.script(faults={"create": [fault | {"after": True}]}, is_deaf_to_keys=True)
    job, watch = an_order(tmp_path), RecordingWatch()
    engine = await start_engine(is_hosted=True)

    with pytest.raises(OutcomeUnknown):
        await engine.render(job, watch)
    with pytest.raises(OutcomeUnknown):
        await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())

    assert len(await states(job.request.prompt)) == 1


async def test_the_hosted_service_may_answer_when_the_clip_is_made_already(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    (made,) = await (await start_engine()).render(an_order(tmp_path), RecordingWatch())
    assert made.making is not None
    whole = {
        "success": True,
        "task_id": made.making["upstream_task_id"],
        "state": "succeed",
        "video_url": "x",
    }
    await proxy.script(faults={"create": [{"raw": whole}]})

    (clip,) = await (await start_engine(is_hosted=True)).render(an_order(tmp_path), RecordingWatch())

    assert clip.making == made.making


async def test_an_attempt_that_died_while_it_ordered_joins_its_order(
    start_engine: StartEngine, states: States, tmp_path: Path
) -> None:
    job, watch, engine = an_order(tmp_path), RecordingWatch(), await start_engine()
    await engine.render(job, watch)

    await engine.render(replace(job, attempt=2, resume_token=watch.tokens[0]), RecordingWatch())

    assert len(await states(job.request.prompt)) == 1


async def test_an_order_of_yesterday_is_not_repeated(start_engine: StartEngine, tmp_path: Path) -> None:
    now = [1_700_000_000.0]
    job, watch, engine = an_order(tmp_path), RecordingWatch(), await start_engine(now=lambda: now[0])
    await engine.render(job, watch)
    now[0] += 86_400

    with pytest.raises(OutcomeUnknown):
        await engine.render(replace(job, attempt=2, resume_token=watch.tokens[0]), RecordingWatch())


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "api_not_implemented"),
        (400, "bad_request"),
        (401, "invalid_token"),
        (403, "used_up"),
        (413, "too_large"),
    ],
)
async def test_what_the_upstream_does_not_take_is_left_to_another_engine(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path, status: int, code: str
) -> None:
    await proxy.script(faults={"create": [{"status": status, "code": code, "message": "Not here."}]})

    with pytest.raises(NotAccepted, match=r"Not here\.") as refusal:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert refusal.value.upstream is not None
    assert refusal.value.upstream.code == code
    assert refusal.value.is_of_request is (status in (400, 413))
    assert len((await proxy.seen())["asked"]) == 1


async def test_an_upstream_that_cannot_be_reached_has_taken_nothing(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    with pytest.raises(NotAccepted, match="cannot be reached"):
        await (await start_engine(url="http://127.0.0.1:9")).render(an_order(tmp_path), RecordingWatch())


async def test_content_against_the_policy_there_is_refused_here(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await proxy.script(faults={"create": [{"status": 403, "code": "forbidden", "message": "No."}]})

    with pytest.raises(PolicyRefusal):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


@pytest.mark.parametrize(
    ("then", "error", "words"),
    [("refuse", InvalidRequest, "no pixels"), ("crash", EngineFailed, "no such lens")],
)
async def test_a_task_that_fails_there_fails_here_with_its_reason(
    start_engine: StartEngine, tmp_path: Path, then: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await (await start_engine()).render(
            an_order(tmp_path, prompt=f"script: then={then}"), RecordingWatch()
        )


async def test_an_outcome_that_is_unknown_there_is_unknown_here(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    failed = {"state": "failed", "error": {"code": "api_error", "message": "outcome unknown"}}
    await proxy.script(faults={"query": [{"raw": {"id": "t", "response": failed}}]})

    with pytest.raises(OutcomeUnknown):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


_NO_VERDICT: list[dict[str, Any]] = [
    {"how": "drop"},
    {"how": "drip"},
    {"status": 429, "code": "too_many_requests"},
    {"status": 502},
    {"status": 503, "code": "unavailable"},
    {"raw": {"id": 7}},
    {"raw": {"id": "t", "response": {"state": "asleep"}}},
    {"raw": {"id": "t", "response": {"state": "succeed"}}},
]


@pytest.mark.parametrize("fault", _NO_VERDICT, ids=json.dumps)
async def test_a_question_that_is_not_answered_says_nothing_about_the_task(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await proxy.script(faults={"query": [fault] * 3})

    (clip,) = await (await start_engine(answer_within=0.5)).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None


async def test_a_task_that_has_succeeded_without_a_clip_fails_here_with_that_reason(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    told = {"raw": {"id": "t", "response": {"state": "succeed"}}}
    await proxy.script(faults={"query": [told] * 99})

    with pytest.raises(EngineFailed, match="made the clip, and gives no link"):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    paths = [each["path"] for each in (await proxy.seen())["asked"]]
    assert (paths.count("/kling/videos"), paths.count("/kling/tasks")) == (1, 11)


@pytest.mark.parametrize(("is_hosted", "n_orders"), [(False, 1), (True, 2)])
async def test_a_task_that_broke_there_is_ordered_again_only_where_it_was_not_tried_again_there(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path, is_hosted: bool, n_orders: int
) -> None:
    error = {"code": "api_error", "message": "The renderer crashed."}
    broken = {"raw": {"id": "t", "response": {"state": "failed", "error": error}}}
    await proxy.script(faults={"query": [broken]})
    engine, job, watch = await start_engine(is_hosted=is_hosted), an_order(tmp_path), RecordingWatch()

    with pytest.raises(EngineFailed, match="crashed") as failure:
        await engine.render(job, watch)
    await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())

    paths = [each["path"] for each in (await proxy.seen())["asked"]]
    assert (failure.value.is_for_good, paths.count("/kling/videos")) == (not is_hosted, n_orders)


async def test_a_task_that_is_forgotten_there_fails_here(
    proxy: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await proxy.script(faults={"query": [{"raw": {}}] * 3})

    with pytest.raises(EngineFailed, match="no longer knows"):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


async def test_no_key_reaches_the_log(
    proxy: Upstream, one_filmgate: Filmgate, start_engine: StartEngine, tmp_path: Path
) -> None:
    await proxy.script(faults={"create": [{"how": "drop"}], "query": [{"how": "drop"}, {"status": 502}]})

    with capture_logs() as log:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert {"order unheard of", "no word of a job"} <= {each["event"] for each in log}
    assert one_filmgate.key not in repr(log)


@pytest.mark.parametrize("moment", ["create", "query"])
async def test_a_key_that_the_upstream_repeats_is_not_kept(
    proxy: Upstream, one_filmgate: Filmgate, start_engine: StartEngine, tmp_path: Path, moment: str
) -> None:
    error = {"code": "bad_request", "message": f"The key {one_filmgate.key} may not."}
    refused = {"status": 400, **error}
    failed = {"raw": {"id": "t", "response": {"state": "failed", "error": error}}}
    await proxy.script(faults={moment: [refused if moment == "create" else failed]})

    with capture_logs() as log, pytest.raises(FilmgateError, match=r"The key \*\*\* may not") as refusal:
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert refusal.value.upstream is not None
    assert one_filmgate.key not in f"{refusal.value} {refusal.value.upstream} {log}"


async def test_an_upstream_is_checked_without_an_order(start_engine: StartEngine) -> None:
    await (await start_engine()).check()

    with pytest.raises(EngineFailed, match="does not answer"):
        await (await start_engine(url="http://127.0.0.1:9")).check()
