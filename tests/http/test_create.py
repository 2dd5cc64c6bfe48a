import asyncio
import base64
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from filmgate.domain.errors import EngineFailed, InvalidRequest, Objection
from tests.http.conftest import working
from tests.http.stage import ORIGIN, Caller, HandWoundClock

NDJSON = {"accept": "application/x-ndjson"}


async def test_a_synchronous_create_is_answered_with_the_clip(operator: Caller) -> None:
    answer = await operator.create("a quiet sea")

    body = answer.json()
    name = body["video_url"].removeprefix(f"{ORIGIN}/files/")
    video = {"video_id": body["video_id"], "video_url": f"{ORIGIN}/files/{name}"}
    ended = {"duration": "5.041", "state": "succeed"}
    assert answer.status_code == 200
    assert body == {
        "success": True,
        "task_id": str(UUID(body["task_id"])),
        **video,
        **ended,
        "data": {"id": body["video_id"], **video, **ended},
        "trace_id": answer.headers["x-trace-id"],
    }
    assert body["video_id"].isdecimal()
    assert len(name) == len("0123456789abcdef0123456789abcdef.mp4")


async def test_an_asynchronous_create_is_answered_at_once_with_the_task(operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")

    answer = await operator.create("a slow tide", **{"async": True})

    task_id = answer.json()["task_id"]
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "task_id": task_id, "trace_id": answer.headers["x-trace-id"]}
    assert (await operator.record(task_id))["response"]["state"] in ("submitted", "processing")
    scene.finish()


async def test_a_callback_url_makes_the_call_asynchronous(operator: Caller) -> None:
    operator.stage.scene("a slow tide")

    answer = await operator.create("a slow tide", callback_url="https://example.com/hook")

    assert list(answer.json()) == ["success", "task_id", "trace_id"]


async def test_unknown_fields_are_warned_of_in_the_answer_and_in_the_record(operator: Caller) -> None:
    answer = await operator.create(promt="?", model="kling-v1")

    warning = {
        "field": "promt",
        "message": "promt is not known here and has no effect.",
        "nearest": "prompt",
    }
    assert answer.json()["warnings"] == [warning]
    assert (await operator.record(answer.json()["task_id"]))["warnings"] == [warning]


async def test_a_ratio_that_an_extend_cannot_have_is_warned_of_wherever_a_field_is(operator: Caller) -> None:
    source = (await operator.create()).json()["video_id"]
    extend: dict[str, Any] = {"action": "extend", "video_id": source, "aspect_ratio": "9:16"}

    held = (await operator.create(**extend, sead=7)).json()
    begun = (await operator.create(**extend | {"async": True})).json()
    price = (await operator.post("/kling/price", extend)).json()

    kept = "aspect_ratio 9:16 has no effect on extend; the clip keeps 1280x720, the size of its source."
    warning = {"field": "aspect_ratio", "message": kept}
    assert [each["field"] for each in held["warnings"]] == ["sead", "aspect_ratio"]
    assert begun["warnings"] == price["warnings"] == [warning]
    assert (await operator.record(begun["task_id"]))["warnings"] == [warning]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_that_was_cut_off_is_refused_at_once(onlooker: Caller, form: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), "peru").save(buffer, form)
    whole = buffer.getvalue()
    inline = f"data:image/{form.lower()};base64,{base64.b64encode(whole[:-100]).decode()}"

    frame = await onlooker.create(action="image2video", start_image_url=inline)
    listed = await onlooker.create(model="kling-v3-omni", image_list=[{"image_url": inline}])

    told = f"is image/{form.lower()}, but cut off or damaged: its {len(whole) - 100:,} bytes"
    assert (frame.status_code, listed.status_code) == (400, 400)
    assert f"start_image_url {told}" in frame.json()["error"]["message"]
    assert f"image_list[0].image_url {told}" in listed.json()["error"]["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (EngineFailed("The upstream is out of paint."), 500, "api_error"),
        (InvalidRequest([Objection("image", None, "The picture has no pixels.")]), 400, "bad_request"),
    ],
)
async def test_a_failed_task_answers_its_error_with_its_status(
    operator: Caller, error: EngineFailed | InvalidRequest, status: int, code: str
) -> None:
    operator.stage.scene("doomed").fail(error)

    answer = await operator.create("doomed")

    assert answer.status_code == status
    assert answer.json() == {
        "success": False,
        "task_id": answer.json()["task_id"],
        "state": "failed",
        "trace_id": answer.headers["x-trace-id"],
        "error": {"code": code, "message": str(error)},
    }


async def test_a_render_past_its_time_limit_answers_504(database_url: str, tmp_path: Path) -> None:
    async with working(database_url, tmp_path, task_time_limit_seconds=1) as operator:
        operator.stage.scene("endless")

        answer = await operator.create("endless")

    assert answer.status_code == 504
    assert answer.json()["error"] == {
        "code": "timeout",
        "message": "The task exceeded its time limit of 1 s.",
    }


async def test_a_request_no_engine_can_honour_is_refused_by_name(operator: Caller) -> None:
    answer = await operator.create("impossible")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "api_not_implemented"
    assert "prompt" in answer.json()["error"]["message"]
    assert "task_id" not in answer.json()


async def test_a_price_is_told_without_creating_anything(operator: Caller) -> None:
    wish = {"model": "kling-v3-turbo", "duration": 3, "prompt": "a quiet sea"}

    answer = await operator.post("/kling/price", wish)

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "credits": "3.024",
        "breakdown": [
            {"item": "kling-v3-turbo std, 3 s at 1.008", "credits": "3.024"},
            {"item": "sound, included", "credits": "0.00"},
        ],
        "trace_id": answer.headers["x-trace-id"],
    }
    assert (await operator.post("/kling/tasks", {"action": "retrieve_batch"})).json()["count"] == 0


async def test_a_price_tells_of_fields_without_effect_as_a_create_does(onlooker: Caller) -> None:
    price = (await onlooker.post("/kling/price", {"prompt": "a quiet sea", "sead": 7})).json()

    assert [(each["field"], each["nearest"]) for each in price["warnings"]] == [("sead", "seed")]


async def test_a_price_names_what_a_create_would_refuse(onlooker: Caller) -> None:
    answer = await onlooker.post("/kling/price", {"prompt": "a quiet sea", "duration": 7})

    assert answer.status_code == 400
    assert "duration 7 is not supported by kling-v1" in answer.json()["error"]["message"]


async def test_a_stream_ends_with_the_whole_answer(operator: Caller) -> None:
    answer = await operator.post("/kling/videos", {"prompt": "a quiet sea"}, headers=NDJSON)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    record = await operator.record(lines[-1]["task_id"])
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert list(lines[0]) == ["task_id", "state", "progress"]
    assert lines[-1]["success"] is True
    assert lines[-1]["video_url"] == record["response"]["video_url"]


async def test_a_stream_of_a_failed_task_ends_with_its_error(operator: Caller) -> None:
    operator.stage.scene("doomed").fail(EngineFailed("The upstream is out of paint."))

    answer = await operator.post("/kling/videos", {"prompt": "doomed"}, headers=NDJSON)

    last = json.loads(answer.text.splitlines()[-1])
    assert last["state"] == "failed"
    assert last["error"]["code"] == "api_error"


async def test_a_refusal_is_plain_even_where_a_stream_was_asked_for(onlooker: Caller) -> None:
    answer = await onlooker.post("/kling/videos", {"prompt": "sea", "duration": 99}, headers=NDJSON)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "bad_request"


async def test_async_wins_over_streaming(operator: Caller) -> None:
    wish = {"prompt": "a quiet sea", "async": True}

    answer = await operator.post("/kling/videos", wish, headers={"accept": "Application/X-NDJSON, */*"})

    assert list(answer.json()) == ["success", "task_id", "trace_id"]


async def test_a_deleted_task_answers_its_held_call_with_cancelled(operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")
    held = asyncio.create_task(operator.create("a slow tide"))
    await scene.begun.wait()
    task_id = str(operator.stage.rendered[0].task_id)

    await operator.post("/kling/tasks", {"action": "delete", "id": task_id})

    answer = await held
    assert answer.status_code == 400
    assert answer.json()["task_id"] == task_id
    assert answer.json()["error"]["code"] == "cancelled"


async def test_the_same_idempotency_key_joins_for_a_day(database_url: str, tmp_path: Path) -> None:
    clock = HandWoundClock()
    header = {"idempotency-key": "order-7"}
    wish = {"prompt": "a quiet sea", "async": True}
    async with working(database_url, tmp_path, clock=clock) as operator:
        first = await operator.post("/kling/videos", wish, headers=header)
        again = await operator.post("/kling/videos", wish, headers={"IDEMPOTENCY-KEY": "order-7"})
        other = await operator.post("/kling/videos", wish | {"seed": 1}, headers=header)
        clock.advance(timedelta(hours=24, seconds=1))
        late = await operator.post("/kling/videos", wish, headers=header)

    assert again.json()["task_id"] == first.json()["task_id"]
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert late.json()["task_id"] != first.json()["task_id"]


async def test_an_idempotency_key_of_more_than_255_characters_is_refused(onlooker: Caller) -> None:
    answer = await onlooker.post(
        "/kling/videos", {"prompt": "a quiet sea"}, headers={"idempotency-key": "k" * 256}
    )

    assert answer.status_code == 400
    assert "256 characters" in answer.json()["error"]["message"]


async def test_a_repeat_joins_a_fault_for_a_moment_only(database_url: str, tmp_path: Path) -> None:
    clock = HandWoundClock()
    async with working(database_url, tmp_path, clock=clock) as operator:
        operator.stage.scene("doomed").fail(EngineFailed("The upstream is out of paint."))
        first = await operator.create("doomed")
        soon = await operator.create("doomed")
        await operator.create("something else, before which answers are noted")
        clock.advance(timedelta(seconds=16))
        later = await operator.create("doomed")

    assert first.status_code == 500
    assert soon.json()["task_id"] == first.json()["task_id"]
    assert later.json()["task_id"] != first.json()["task_id"]


async def test_equal_requests_that_were_answered_are_tasks_of_their_own(operator: Caller) -> None:
    first = await operator.create("a quiet sea")
    second = await operator.create("a quiet sea")

    assert first.json()["task_id"] != second.json()["task_id"]


async def test_not_enough_credits_say_how_many_are_needed_and_left(operator: Caller) -> None:
    await operator.filmgate.store.database.fetch(
        "UPDATE account SET is_unlimited = false, balance = 1000 WHERE is_operator"
    )

    answer = await operator.create("a quiet sea")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "used_up")
    assert "needs 1.40, 1.00 are left" in answer.json()["error"]["message"]
