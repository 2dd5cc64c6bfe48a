"""A clip from the hosted service, through whatever goes wrong on the way; ordered once and no more."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.domain.requests import Action, GenerationRequest, Mode, RemoteMedia
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import measured_in_child
from filmgate.engines.relay.kling.bearer import SignedBearer
from filmgate.ports import RenderJob
from tests.domain.matrix import CATALOG
from tests.engines.jobs import RecordingWatch, a_job
from tests.engines.relay.kling.service import ACCESS_KEY, SECRET_KEY
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]

_PICTURE = RemoteMedia(url="https://example.com/harbour.png")


def a_kling_job(
    folder: Path, *, model: str = "kling-v1-6", resume_token: str | None = None, **given: Any
) -> RenderJob:
    """A job for a model of the catalogue, with a picture where it begins from one."""
    fields: dict[str, Any] = {
        "action": Action.TEXT2VIDEO,
        "prompt": "a harbour at dawn",
        "duration": 5,
    } | given
    request = GenerationRequest(model=model, mode=Mode.STD, **fields)
    job = a_job(folder, resume_token=resume_token)
    inputs = {}
    if request.start_image is not None:
        inputs["start_image"] = job.folder.parent / "start_image"
        inputs["start_image"].write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    return replace(job, request=request, spec=CATALOG.spec(model, Mode.STD), inputs=inputs)


async def test_a_clip_is_ordered_waited_for_brought_home_and_measured(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    job, watch = a_kling_job(tmp_path), RecordingWatch()
    await service.script(n_polls=3)

    (clip,) = await (await start_engine(measure=measured_in_child)).render(job, watch)

    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.duration) == (64, Fraction(1))
    assert clip.making == {
        "upstream": "kling",
        "upstream_task_id": "8800000",
        "upstream_video_id": "video-8800000",
        "upstream_deduction": "2.5",
    }
    tokens = [json.loads(token) for token in watch.tokens]
    assert [token["job_id"] for token in tokens] == [None, "8800000", "8800000"]
    assert (
        tokens[-1] | {"base_url": service.url, "kind": "text2video", "video_id": "video-8800000"}
        == tokens[-1]
    )


@pytest.mark.parametrize(
    ("model", "given", "path"),
    [
        ("kling-v1-6", {"action": Action.IMAGE2VIDEO, "start_image": _PICTURE}, "image2video"),
        ("kling-v3-omni", {}, "omni-video"),
        ("kling-v3-turbo", {}, "/text-to-video/kling-3.0-turbo"),
        ("kling-v3-turbo", {"action": Action.IMAGE2VIDEO, "start_image": _PICTURE}, "/image-to-video/"),
    ],
)
async def test_each_kind_of_job_is_asked_for_where_it_was_ordered(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, model: str, given: dict[str, Any], path: str
) -> None:
    (clip,) = await (await start_engine()).render(
        a_kling_job(tmp_path, model=model, **given), RecordingWatch()
    )

    assert clip.making is not None
    assert clip.making["upstream_deduction"] == ("2.4" if model == "kling-v3-turbo" else "2.5")
    assert path in (await service.seen())["asked"][0]


async def test_a_video_of_the_same_account_is_extended_by_its_upstream_id(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    engine, watch = await start_engine(), RecordingWatch()
    await engine.render(a_kling_job(tmp_path), watch)
    job = a_kling_job(tmp_path, action=Action.EXTEND, video_id="9007", prompt="and on")

    await engine.render(replace(job, source_token=watch.tokens[-1]), RecordingWatch())

    body = (await service.seen())["bodies"][-1]
    assert body == {"video_id": "video-8800000", "prompt": "and on", "external_task_id": str(job.task_id)}


@pytest.mark.parametrize("made_by", [None, "kling-v1"])
async def test_a_video_of_another_make_or_model_is_left_to_another_engine(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, made_by: str | None
) -> None:
    engine, watch = await start_engine(), RecordingWatch()
    source_token = None
    if made_by is not None:
        await engine.render(a_kling_job(tmp_path, model=made_by), watch)
        source_token = watch.tokens[-1]
    job = a_kling_job(tmp_path, action=Action.EXTEND, video_id="9007")

    with pytest.raises(NotAccepted, match="goes on with" if made_by else "that it made itself"):
        await engine.render(replace(job, source_token=source_token), RecordingWatch())

    assert len((await service.seen())["bodies"]) == (0 if made_by is None else 1)


async def test_a_second_attempt_waits_for_the_same_job(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    first, watch = a_kling_job(tmp_path), RecordingWatch()
    engine = await start_engine()
    await engine.render(first, watch)

    again = replace(first, attempt=2, resume_token=watch.tokens[1])
    await engine.render(again, RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


async def test_an_attempt_that_died_while_it_ordered_finds_its_order(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    first, watch = a_kling_job(tmp_path), RecordingWatch()
    engine = await start_engine()
    await engine.render(first, watch)

    again = replace(first, attempt=2, resume_token=watch.tokens[0])
    await engine.render(again, RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


_AFTER_ACCEPTANCE: list[dict[str, Any]] = [
    {"how": "drop", "after": True},
    {"how": "silent", "after": True},
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


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1100, 1101, 1102, 1103, 1200, 1201, 1202, 1304])
async def test_what_the_account_or_the_request_cannot_have_is_asked_once(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, code: int
) -> None:
    await service.script(faults={"create": [{"code": code, "status": 429}]})

    with pytest.raises(NotAccepted):
        await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

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


_NO_VERDICT: list[dict[str, Any]] = [
    {"how": "drop"},
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

    (clip,) = await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert len((await service.seen())["bodies"]) == 1


@pytest.mark.parametrize(
    "faults",
    [[{"bytes": 100}], [{"status": 403}, {"status": 404}], [{"status": 500}, {"how": "drop"}]],
    ids=["truncated", "expired", "broken"],
)
async def test_a_clip_is_fetched_whole_or_again(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, faults: list[dict[str, Any]]
) -> None:
    await service.script(faults={"result": faults})

    (clip,) = await (await start_engine()).render(a_kling_job(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert clip.clip.duration == 1


async def test_a_file_that_is_no_clip_fails_the_task_and_orders_nothing(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"result": [{"raw": {"not": "a clip"}}]})

    with pytest.raises(EngineFailed, match="The upstream's clip cannot be used: the clip is not a usable"):
        await (await start_engine(measure=measured_in_child)).render(a_kling_job(tmp_path), RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


async def test_a_signed_token_is_accepted_and_signed_again_when_it_is_out_of_its_time(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(faults={"create": [{"code": 1004, "status": 401}]})
    engine = await start_engine(bearer=SignedBearer(ACCESS_KEY, SECRET_KEY))

    await engine.render(a_kling_job(tmp_path), RecordingWatch())

    assert len((await service.seen())["bodies"]) == 1


async def test_no_secret_reaches_the_log_nor_the_link_of_the_clip(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await service.script(
        faults={
            "create": [{"status": 502, "after": True}],
            "query": [{"code": 1002, "status": 401}, {"how": "drop"}],
        }
    )
    with capture_logs() as log:
        await (await start_engine(bearer=SignedBearer(ACCESS_KEY, SECRET_KEY))).render(
            a_kling_job(tmp_path), RecordingWatch()
        )

    told = repr(log)
    assert "no word of" in told
    assert SECRET_KEY not in told
    assert not any(token.removeprefix("Bearer ") in told for token in (await service.seen())["tokens"])


async def test_an_account_is_checked_without_an_order(service: Upstream, start_engine: StartEngine) -> None:
    await (await start_engine()).check()

    with pytest.raises(EngineFailed, match="not recognised"):
        await (
            await start_engine(bearer=SignedBearer(ACCESS_KEY, "a wrong secret of thirty-two letters"))
        ).check()
    assert (await service.seen())["bodies"] == []
