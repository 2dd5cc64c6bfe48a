"""A clip from the hosted service: what is ordered, resumed, continued and paid."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, InvalidRequest, NotAccepted
from filmgate.domain.requests import Action, RemoteMedia, VideoReference, VideoUse
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import measured_in_child
from filmgate.engines.relay.kling.bearer import SignedBearer
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.kling.kling_jobs import a_kling_job
from tests.engines.relay.kling.service import ACCESS_KEY, SECRET_KEY
from tests.engines.relay.processes import Upstream
from tests.engines.scripted import write_clip

StartEngine = Callable[..., Awaitable[LoopEngine]]

_PICTURE = RemoteMedia(url="https://example.com/harbour.png")


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


@pytest.mark.parametrize(("duration", "n_orders"), [(5, 1), (6, 0)])
async def test_a_video_is_edited_only_at_the_length_it_has(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, duration: int, n_orders: int
) -> None:
    clip = RemoteMedia(url="https://example.com/harbour.mp4")
    edited = VideoReference(video=clip, use=VideoUse.BASE, keep_original_sound=True)
    job = a_kling_job(tmp_path, model="kling-v3-omni", videos=(edited,), duration=duration)
    job = replace(job, inputs={"video_1": write_clip(tmp_path, seconds=5).path})

    rendering = (await start_engine()).render(job, RecordingWatch())
    if n_orders:
        await rendering
    else:
        with pytest.raises(InvalidRequest, match=r"its own length, 5\.0 s"):
            await rendering

    assert len((await service.seen())["bodies"]) == n_orders


async def test_a_picture_that_the_service_does_not_take_is_left_to_another_engine(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    job = a_kling_job(tmp_path, action=Action.IMAGE2VIDEO, start_image=_PICTURE)
    job.inputs["start_image"].write_bytes(b"RIFF....WEBP")

    with pytest.raises(NotAccepted, match="start_image_url is not a JPEG or PNG"):
        await (await start_engine()).render(job, RecordingWatch())


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


class Renewable(SignedBearer):
    """A bearer that counts how often it was told to sign again."""

    n_renewed = 0

    def renew(self) -> None:
        """See `Bearer`."""
        self.n_renewed += 1
        super().renew()


@pytest.mark.parametrize("code", [1003, 1004])
async def test_a_token_that_is_out_of_its_time_is_signed_again_once(
    service: Upstream, start_engine: StartEngine, tmp_path: Path, code: int
) -> None:
    bearer = Renewable(ACCESS_KEY, SECRET_KEY)
    engine = await start_engine(bearer=bearer)

    await service.script(faults={"create": [{"code": code, "status": 401}]})
    await engine.render(a_kling_job(tmp_path), RecordingWatch())
    await service.script(faults={"create": [{"code": code, "status": 401}] * 2})
    with pytest.raises(NotAccepted, match="clocks"):
        await engine.render(a_kling_job(tmp_path), RecordingWatch())

    assert bearer.n_renewed == 2


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
    seen = await service.seen()
    assert not any(token.removeprefix("Bearer ") in told for token in seen["tokens"])
    assert len(seen["link_headers"]) == 1
    assert "authorization" not in seen["link_headers"][0]


async def test_an_account_is_checked_without_an_order(service: Upstream, start_engine: StartEngine) -> None:
    await (await start_engine()).check()

    with pytest.raises(EngineFailed, match="not recognised"):
        await (
            await start_engine(bearer=SignedBearer(ACCESS_KEY, "a wrong secret of thirty-two letters"))
        ).check()
    assert (await service.seen())["bodies"] == []


async def test_what_cannot_be_cancelled_there_is_told_by_its_name(
    service: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    engine, watch = await start_engine(), RecordingWatch()
    await engine.render(a_kling_job(tmp_path), watch)

    with pytest.raises(EngineFailed, match="no way to cancel the job 8800000") as failure:
        await engine.clear_up(watch.tokens[-1])

    assert failure.value.is_for_good
