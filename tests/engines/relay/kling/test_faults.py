"""Whatever goes wrong between us and the hosted service, a clip is ordered once and no more."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.domain.requests import RemoteMedia
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import measured_in_child
from filmgate.engines.relay.kling.bearer import SignedBearer
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.kling.kling_jobs import a_kling_job
from tests.engines.relay.kling.service import ACCESS_KEY, API_KEY, SECRET_KEY
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]

_PICTURE = RemoteMedia(url="https://example.com/harbour.png")


_AFTER_ACCEPTANCE: list[dict[str, Any]] = [
    {"how": "drop", "after": True},
    {"how": "silent", "after": True},
    {"how": "drip", "after": True},
    {"status": 502, "after": True},
    {"status": 200, "after": True},
    {"code": 5002, "status": 504, "after": True},
    {"raw": {"code": 0, "data": {"task_id": ["8"]}}, "after": True},
]


@pytest.mark.parametrize("fault", _AFTER_ACCEPTANCE, ids=json.dumps)
@pytest.mark.parametrize("model", ["kling-v1-6", "kling-v3-turbo"])
async def test_an_order_whose_answer_is_lost_is_found_and_not_made_again(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any], model: str
) -> None:
    await service.script(faults={"create": [fault]})

    (clip,) = await (await start_engine(answer_within=0.3)).render(
        a_kling_job(tmp_path, model=model), RecordingWatch()
    )

    seen = await service.seen()
    assert clip.clip is not None
    assert len(seen["bodies"]) == 1
    assert sum(each.startswith("POST") for each in seen["asked"]) == 1


async def test_an_order_that_was_lost_before_it_arrived_is_made_again_after_looking(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"create": [{"how": "drop"}]})

    await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    methods = [each.split()[0] for each in (await service.seen())["asked"]]
    assert methods[:4] == ["POST", "GET", "GET", "POST"]
    assert len((await service.seen())["bodies"]) == 1


async def test_an_order_that_cannot_be_asked_for_is_of_unknown_outcome(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"create": [{"how": "drop", "after": True}], "query": [{"status": 503}] * 9})

    with pytest.raises(OutcomeUnknown):
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert sum(each.startswith("POST") for each in (await service.seen())["asked"]) == 1


async def test_a_service_that_cannot_be_reached_has_taken_nothing(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    engine = await start_engine(url="http://127.0.0.1:9")

    with pytest.raises(NotAccepted, match="cannot be reached"):
        await engine.render(a_kling_job(tmp_path), RecordingWatch())


@pytest.mark.parametrize("code", [1302, 1303])
async def test_a_limit_of_the_moment_is_waited_out(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, code: int
) -> None:
    await service.script(
        faults={"create": [{"code": code, "status": 429, "headers": {"retry-after": "0"}}] * 2}
    )

    await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


async def test_a_limit_that_lasts_leaves_the_job_to_another_engine(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"create": [{"code": 1303, "status": 429}] * 9})

    with pytest.raises(NotAccepted) as refusal:
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert refusal.value.upstream is not None
    assert refusal.value.upstream.code == "1303"


_OF_ACCOUNT = [1000, 1001, 1002, 1100, 1101, 1102, 1202, 1304]
_OF_REQUEST = [1103, 1200, 1201]


@pytest.mark.parametrize("code", [*_OF_ACCOUNT, *_OF_REQUEST])
async def test_what_the_account_or_the_request_cannot_have_is_asked_once(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, code: int
) -> None:
    await service.script(faults={"create": [{"code": code, "status": 429}]})

    with pytest.raises(NotAccepted) as refusal:
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert refusal.value.is_of_request is (code in _OF_REQUEST)
    assert len((await service.seen())["asked"]) == 1


async def test_a_retired_model_is_reported_as_such(start_engine: StartEngine, tmp_path: Path) -> None:
    with pytest.raises(NotAccepted, match="has retired this model") as refusal:
        await (await start_engine()).render(a_kling_job(tmp_path, model="kling-v2-master"), RecordingWatch())

    assert refusal.value.upstream is not None
    assert (refusal.value.upstream.code, refusal.value.upstream.message) == ("1203", "model is not found")


@pytest.mark.parametrize("code", [1300, 1301])
async def test_content_against_the_policy_is_refused_for_good(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, code: int
) -> None:
    await service.script(faults={"create": [{"code": code, "status": 400}]})

    with pytest.raises(PolicyRefusal, match="policy"):
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())


async def test_content_that_is_found_out_later_is_refused_too(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(ending={"state": "failed", "message": "Failure to pass the risk control system"})

    with pytest.raises(PolicyRefusal, match="risk control"):
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())


async def test_a_job_that_failed_there_fails_here_in_its_words_and_is_not_ordered_again(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(ending={"state": "failed", "message": "image is blurred"})
    job, watch = a_kling_job(tmp_path), RecordingWatch()
    engine = await start_engine()

    with pytest.raises(EngineFailed, match="image is blurred"):
        await engine.render(job, watch)
    with pytest.raises(EngineFailed, match="image is blurred"):
        await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), watch)

    assert len((await service.seen())["bodies"]) == 1


@pytest.mark.parametrize(
    ("message", "is_of_request"),
    [
        ("image is blurred", True),
        ("Internal Server Error", False),
        ("System busy", False),
        ("Generation failed", False),
        ("", False),
    ],
)
async def test_a_job_that_failed_is_held_against_the_service_where_it_says_so_or_nothing(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, message: str, is_of_request: bool
) -> None:
    await service.script(ending={"state": "failed", "message": message})

    with pytest.raises(EngineFailed) as failure:
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert failure.value.is_of_request is is_of_request


@pytest.mark.parametrize("message", ["System busy", "Generation failed"])
async def test_a_job_that_failed_by_no_fault_of_the_request_is_ordered_again_under_a_new_id(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, message: str
) -> None:
    await service.script(ending={"state": "failed", "message": message})
    job, watch = a_kling_job(tmp_path), RecordingWatch()
    engine = await start_engine()
    with pytest.raises(EngineFailed) as failure:
        await engine.render(job, watch)
    await service.script(ending={"state": "succeed"})

    await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())

    ids = [body["external_task_id"] for body in (await service.seen())["bodies"]]
    assert not failure.value.is_for_good
    assert ids == [str(job.task_id), f"{job.task_id}-2"]


async def test_a_job_that_failed_and_was_paid_for_is_not_ordered_again(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    paid = {"final_unit_deduction": "2.5"}
    await service.script(ending={"state": "failed", "message": "System busy", "more": paid})

    with pytest.raises(EngineFailed) as failure:
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert failure.value.is_for_good


@pytest.mark.parametrize("is_refused", [True, False])
async def test_a_key_that_the_service_repeats_is_not_kept(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, is_refused: bool
) -> None:
    message = f"account {API_KEY} has no package"
    raw = {"raw": {"code": 1201, "message": message}, "status": 400}
    await service.script(
        faults={"create": [raw] if is_refused else []}, ending={"state": "failed", "message": message}
    )

    with capture_logs() as log, pytest.raises(EngineFailed, match=r"account \*\*\* has") as refusal:
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert refusal.value.upstream is not None
    assert API_KEY not in f"{refusal.value} {refusal.value.upstream} {log}"


_NO_VERDICT: list[dict[str, Any]] = [
    {"how": "drop"},
    {"how": "drip"},
    {"status": 500},
    {"status": 429},
    {"code": 5001, "status": 503},
    {"code": 1302, "status": 429},
    {"code": 1002, "status": 401},
    {"raw": {"code": 0, "data": {"task_id": "8800000", "task_status": 7}}},
    {"raw": {"code": 0, "data": {"task_id": "8800000", "task_status": "succeed", "task_result": {}}}},
    {"raw": {"code": "none"}},
]


@pytest.mark.parametrize("fault", _NO_VERDICT, ids=json.dumps)
async def test_a_question_that_is_not_answered_says_nothing_about_the_job(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await service.script(n_polls=1, faults={"query": [fault] * 4})

    (clip,) = await (await start_engine(answer_within=0.3)).render(a_kling_job(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert len((await service.seen())["bodies"]) == 1


@pytest.mark.parametrize(("model", "word"), [("kling-v1-6", "succeed"), ("kling-v3-turbo", "succeeded")])
async def test_a_job_that_has_succeeded_without_a_clip_fails_the_task_and_orders_nothing(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, model: str, word: str
) -> None:
    job = {"task_id": "8", "task_status": word, "id": "8", "status": word}
    await service.script(faults={"query": [{"raw": {"code": 0, "data": job}}] * 99})

    with pytest.raises(EngineFailed, match="made the clip, and gives no link"):
        await (await start_engine()).render(a_kling_job(tmp_path, model=model), RecordingWatch())

    methods = [each.split()[0] for each in (await service.seen())["asked"]]
    assert (methods.count("POST"), methods.count("GET")) == (1, 11)


@pytest.mark.parametrize(
    "faults",
    [[{"bytes": 100}], [{"status": 500}, {"how": "drop"}]],
    ids=["truncated", "broken"],
)
async def test_a_clip_is_fetched_whole_or_again(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, faults: list[dict[str, Any]]
) -> None:
    await service.script(faults={"result": faults})

    (clip,) = await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert clip.clip.duration == 1


async def test_a_link_that_has_run_out_is_exchanged_for_a_fresh_one(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(n_dead_links=2)

    (clip,) = await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert len((await service.seen())["link_headers"]) == 3


async def test_links_that_all_have_run_out_fail_the_task_and_order_nothing(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(n_dead_links=99)

    with pytest.raises(EngineFailed, match="could not be fetched: HTTP 403"):
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


async def test_a_file_that_is_no_clip_fails_the_task_and_orders_nothing(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"result": [{"raw": {"not": "a clip"}}]})

    with pytest.raises(EngineFailed, match="The upstream's clip cannot be used: the clip is not a usable"):
        await (await start_engine(measure=measured_in_child)).render(a_kling_job(tmp_path), RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


@pytest.mark.parametrize("secret", [ACCESS_KEY, SECRET_KEY])
async def test_what_a_signature_is_made_with_is_not_kept_either(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, secret: str
) -> None:
    message = f"{secret} signed https://user:private@cdn.example/a.mp4?signature=private"
    await service.script(ending={"state": "failed", "message": message})
    engine = await start_engine(bearer=SignedBearer(ACCESS_KEY, SECRET_KEY))

    with capture_logs() as log, pytest.raises(EngineFailed) as failure:
        await engine.render(a_kling_job(tmp_path), RecordingWatch())

    assert failure.value.upstream is not None
    assert failure.value.upstream.message == "*** signed https://user:…@cdn.example/a.mp4?…"
    told = f"{failure.value} {failure.value.upstream} {log}"
    assert not any(each in told for each in (secret, "private"))
