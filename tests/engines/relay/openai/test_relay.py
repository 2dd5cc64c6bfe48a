"""A clip from a server of the OpenAI videos dialect: ordered, waited for, brought home and made to fit."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, NotAccepted, PolicyRefusal
from filmgate.domain.models import AudioSupport
from filmgate.domain.requests import Action, AspectRatio, RemoteMedia
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import conformed_in_child
from filmgate.ports import TASK_ENDED, RenderJob
from tests.engines.jobs import RecordingWatch, running
from tests.engines.relay.openai.conftest import an_engine, an_order
from tests.engines.relay.openai.server import API_KEY
from tests.engines.relay.processes import Upstream, an_upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]

_LINK = RemoteMedia(url="https://example.com/harbour.jpg")


async def test_a_clip_is_ordered_waited_for_and_brought_home(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=3)
    job, watch = an_order(tmp_path), RecordingWatch()

    (clip,) = await (await start_engine(make=conformed_in_child)).render(job, watch)

    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.height) == (64, 36)
    assert (clip.clip.fps, clip.clip.duration) == (Fraction(30), Fraction(1))
    assert clip.making is not None
    assert clip.making["changes"] == []
    assert clip.making["upstream_task_id"] == "video_1"
    assert watch.fractions == sorted(watch.fractions)
    assert len(watch.fractions) == 3
    tokens = [json.loads(token) for token in watch.tokens]
    assert [(token["stage"], token["job_id"]) for token in tokens] == [
        ("ordering", None),
        ("taken", "video_1"),
    ]


async def test_what_was_asked_is_ordered_in_the_words_of_the_server(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    job = an_order(tmp_path, negative_prompt="people", cfg_scale=0.5, aspect_ratio=AspectRatio.TALL)

    await (await start_engine(extra={"num_inference_steps": 30})).render(job, RecordingWatch())

    assert (await server.seen())["orders"] == [
        {
            "prompt": "A quiet sea",
            "seconds": 1,
            "size": "36x64",
            "num_frames": 30,
            "fps": 30,
            "seed": 7,
            "negative_prompt": "people",
            "guidance_scale": 5.0,
            "num_inference_steps": 30,
        }
    ]


async def test_a_picture_is_uploaded_and_gives_the_clip_its_shape(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    job = _with_a_tall_picture(tmp_path)

    (clip,) = await (await start_engine()).render(job, RecordingWatch())

    seen = await server.seen()
    (upload,) = seen["uploads"]
    assert upload == {
        "field": "input_reference",
        "name": "first-frame.png",
        "type": "image/png",
        "bytes": job.inputs["start_image"].stat().st_size,
    }
    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.height) == (36, 48)
    assert seen["orders"][0]["size"] == "36x48"


async def test_a_server_of_forms_is_asked_in_forms_and_makes_sound(tmp_path: Path) -> None:
    job = an_order(tmp_path, generate_audio=True)
    job = replace(job, spec=replace(job.spec, audio=AudioSupport.OPTIONAL))
    async with an_upstream("tests.engines.relay.openai.server", "vllm-omni") as upstream:
        async with running(an_engine(upstream.url, flavour="vllm-omni", sound=True, model="Wan")) as engine:
            (clip,) = await engine.render(job, RecordingWatch())
        (order,) = (await upstream.seen())["orders"]

    assert clip.clip is not None
    assert clip.clip.has_audio
    assert (order["seconds"], order["num_frames"], order["generate_sound"]) == ("1", "30", "true")
    assert order["model"] == "Wan"


async def test_a_service_of_fixed_lengths_and_sizes_is_cut_to_what_was_asked(tmp_path: Path) -> None:
    job = an_order(tmp_path)
    async with an_upstream("tests.engines.relay.openai.server", "openai") as upstream:
        await upstream.script(makes={"sound": True})
        table: dict[str, Any] = {"flavour": "openai", "model": "sora-2", "sizes": ("128x72", "72x128")}
        async with running(an_engine(upstream.url, **table)) as engine:
            (clip,) = await engine.render(job, RecordingWatch())
        (order,) = (await upstream.seen())["orders"]

    assert order == {"prompt": "A quiet sea", "model": "sora-2", "seconds": "4", "size": "128x72"}
    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.duration, clip.clip.has_audio) == (64, Fraction(1), False)
    assert clip.making is not None
    assert clip.making["delivered"] == "128x72, 120 frames, 30 a second"
    assert clip.making["changes"] == [
        "cut at its end by 90 frames",
        "scaled by 0.5, from 128x72 to 64x36",
        "freed of its sound",
    ]


_NOT_AS_ORDERED: list[tuple[dict[str, Any], str]] = [
    ({"n_frames": 29}, "too short, with 29 of 30 frames"),
    ({"size": "32x18"}, "32x18, and 64x36 cannot be made of that"),
    ({"fps": 16, "n_frames": 32}, "retimed from 16 to 30 fps, which conform does not allow"),
]


@pytest.mark.parametrize(("makes", "reason"), _NOT_AS_ORDERED, ids=lambda each: str(each)[:20])
async def test_a_clip_that_is_not_what_was_ordered_and_cannot_be_made_so_fails(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, makes: dict[str, Any], reason: str
) -> None:
    await server.script(makes=makes)
    watch = RecordingWatch()

    with pytest.raises(EngineFailed, match=reason):
        await (await start_engine()).render(an_order(tmp_path), watch)

    # What was made is not ordered and made again.
    assert json.loads(watch.tokens[-1])["stage"] == "taken"


async def test_another_rate_is_made_to_fit_where_the_operator_says_so(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(makes={"fps": 16, "n_frames": 17})

    (clip,) = await (await start_engine(conform=("trim", "retime"))).render(
        an_order(tmp_path), RecordingWatch()
    )

    assert clip.clip is not None
    assert (clip.clip.fps, clip.clip.duration) == (Fraction(30), Fraction(1))
    assert clip.making is not None
    assert clip.making["changes"][0] == "retimed from 16 to 30 fps"


async def test_a_token_of_an_earlier_attempt_is_taken_up_without_a_second_order(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0)
    engine, job, watch = await start_engine(), an_order(tmp_path), RecordingWatch()
    first = asyncio.create_task(engine.render(job, watch))
    await watch.begun.wait()
    first.cancel()
    await asyncio.wait({first})
    await server.script(n_polls=1)

    (clip,) = await engine.render(replace(job, attempt=2, resume_token=watch.tokens[-1]), RecordingWatch())

    seen = await server.seen()
    assert clip.clip is not None
    assert (len(seen["orders"]), seen["deleted"]) == (1, [])


async def test_a_task_that_is_deleted_here_is_deleted_there(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0)
    watch = RecordingWatch()
    rendering = asyncio.create_task((await start_engine()).render(an_order(tmp_path), watch))
    await watch.begun.wait()

    rendering.cancel(TASK_ENDED)

    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert (await server.seen())["deleted"] == ["video_1"]
    assert watch.left == [None]


async def test_what_was_ordered_is_deleted_by_its_token_and_twice_does_no_harm(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0)
    engine, watch = await start_engine(), RecordingWatch()
    rendering = asyncio.create_task(engine.render(an_order(tmp_path), watch))
    await watch.begun.wait()
    rendering.cancel()
    await asyncio.wait({rendering})

    await engine.clear_up(watch.tokens[-1])
    await engine.clear_up(watch.tokens[-1])

    assert (await server.seen())["deleted"] == ["video_1"]


async def test_a_delete_that_is_not_answered_well_or_has_no_name_is_told(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"delete": [{"status": 500}]})
    engine, watch = await start_engine(), RecordingWatch()
    await engine.render(an_order(tmp_path), watch)
    ordering, taken = watch.tokens

    with pytest.raises(EngineFailed, match="video_1 could not be deleted: HTTP 500"):
        await engine.clear_up(taken)
    with pytest.raises(EngineFailed, match="has not told its name"):
        await engine.clear_up(ordering)


@pytest.mark.parametrize("http", [200, 500, 422])
async def test_a_failed_job_fails_the_task_whatever_status_it_comes_with_and_may_be_ordered_again(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, http: int
) -> None:
    error = {"code": "oom", "message": "CUDA out of memory in /srv/model.py"}
    await server.script(ending={"status": "failed", "error": error, "http": http})
    engine, job, watch = await start_engine(), an_order(tmp_path), RecordingWatch()

    with pytest.raises(EngineFailed) as failure:
        await engine.render(job, watch)

    assert str(failure.value) == "The upstream could not make the clip: CUDA out of memory in …"
    assert failure.value.upstream is not None
    assert failure.value.upstream.code == "oom"
    await server.script(ending={"status": "completed"})
    await engine.render(replace(job, resume_token=watch.tokens[-1]), RecordingWatch())
    assert len((await server.seen())["orders"]) == 2


async def test_content_that_the_upstream_refuses_is_the_callers_to_change(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    error = {"code": "moderation_blocked", "message": "Your request was blocked."}
    await server.script(ending={"status": "failed", "error": error})

    with pytest.raises(PolicyRefusal):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


async def test_a_picture_of_a_shape_that_the_server_does_not_make_goes_to_another_engine(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    job = _with_a_tall_picture(tmp_path)
    engine = await start_engine(sizes=("64x36",))

    with pytest.raises(NotAccepted, match="makes 64x36 here") as refusal:
        await engine.render(job, RecordingWatch())

    assert refusal.value.is_for_good


async def test_the_key_is_in_no_log_and_no_message(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    engine = await start_engine(api_key="a-key-that-is-wrong")

    with capture_logs() as log, pytest.raises(NotAccepted) as refusal:
        await engine.render(an_order(tmp_path), RecordingWatch())
    with pytest.raises(EngineFailed, match="401"):
        await engine.check()

    assert "a-key-that-is-wrong" not in f"{log}{refusal.value}"
    assert API_KEY not in json.dumps(await server.seen())


async def test_many_jobs_are_asked_for_side_by_side(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(n_polls=0)
    engine = await start_engine()
    watches = [RecordingWatch() for _ in range(60)]
    rendering = [asyncio.create_task(engine.render(an_order(tmp_path), watch)) for watch in watches]

    # None of them ends, so each was asked for while all the others were waited for.
    await asyncio.gather(*(watch.begun.wait() for watch in watches))

    for each in rendering:
        each.cancel()
    await asyncio.wait(rendering)
    assert len((await server.seen())["orders"]) == 60


def _with_a_tall_picture(folder: Path) -> RenderJob:
    job = an_order(folder, action=Action.IMAGE2VIDEO, start_image=_LINK)
    path = folder / "tower"
    Image.new("RGB", (300, 400)).save(path, format="png")
    return replace(job, inputs={"start_image": path})
