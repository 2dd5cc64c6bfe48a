from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from filmgate.domain.errors import EngineFailed
from tests.http.conftest import working
from tests.http.stage import ORIGIN, Caller, HandWoundClock

TASKS = "/kling/tasks"


async def test_a_waiting_task_has_no_times_but_its_creation(operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")
    task_id = await operator.begin("a slow tide", model="kling-v1", cfg_scale=0.3)
    await scene.begun.wait()
    await operator.filmgate.store.database.fetch("UPDATE task SET status = 'waiting', started_at = NULL")

    record = await operator.record(task_id)

    assert record == {
        "id": task_id,
        "type": "videos",
        "created_at": record["created_at"],
        **_ids(record),
        "api_id": "kling-videos",
        "engine": "stage",
        "credits": {"reserved": "1.40"},
        "request": {"prompt": "a slow tide", "model": "kling-v1", "cfg_scale": 0.3, "async": True},
        "response": {"task_id": task_id, "state": "submitted"},
        "data": {"id": task_id, "state": "submitted", "status": "submitted", "progress": 0},
    }
    assert isinstance(record["created_at"], float)


async def test_a_running_task_shows_when_it_started_and_how_far_it_is(operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")
    task_id = await operator.begin("a slow tide")
    await scene.begun.wait()
    await operator.filmgate.store.database.fetch("UPDATE task SET progress = 40")

    record = await operator.record(task_id)

    assert record["started_at"] >= record["created_at"]
    assert not {"finished_at", "elapsed", "success", "state", "status"} & set(record)
    assert record["response"] == {"task_id": task_id, "state": "processing"}
    assert record["data"] == {"id": task_id, "state": "processing", "status": "processing", "progress": 40}
    scene.finish()


async def test_a_finished_task_shows_its_clip(operator: Caller) -> None:
    record = await operator.ended(await operator.begin("a quiet sea"))

    url, video_id = record["response"]["video_url"], record["response"]["video_id"]
    assert url.startswith(f"{ORIGIN}/files/")
    assert record["elapsed"] == pytest.approx(record["finished_at"] - record["started_at"], abs=0.002)
    assert record["credits"] == {"reserved": "1.40", "settled": "1.40"}
    assert record["response"] == {
        "success": True,
        "task_id": record["id"],
        "video_id": video_id,
        "video_url": url,
        "duration": "5.041",
        "state": "succeed",
        "trace_id": record["trace_id"],
    }
    poster = record["data"].pop("poster_url")
    assert poster.endswith(".jpg")
    assert record["data"] == {
        "id": record["id"],
        "state": "succeed",
        "status": "succeed",
        "progress": 100,
        "video_url": url,
    }


async def test_a_failed_task_shows_why_and_costs_nothing(operator: Caller) -> None:
    operator.stage.scene("doomed").fail(EngineFailed("The upstream is out of paint."))

    record = await operator.ended(await operator.begin("doomed"))

    assert record["credits"] == {"reserved": "1.40", "settled": "0.00"}
    assert record["response"] == {
        "success": False,
        "task_id": record["id"],
        "state": "failed",
        "trace_id": record["trace_id"],
        "error": {"code": "api_error", "message": "The upstream is out of paint."},
    }
    assert record["data"]["state"] == "failed"
    assert "video_url" not in record["data"]


async def test_a_deleted_running_task_has_failed_as_cancelled(operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")
    task_id = await operator.begin("a slow tide")
    await scene.begun.wait()

    deleted = await operator.post(TASKS, {"action": "delete", "id": task_id})
    again = await operator.post(TASKS, {"action": "delete", "id": task_id})

    assert deleted.json() == {"id": task_id, "deleted": True}
    assert again.json() == {"id": task_id, "deleted": False}
    assert (await operator.record(task_id))["response"]["error"]["code"] == "cancelled"


async def test_a_deleted_finished_task_keeps_all_but_its_files(operator: Caller) -> None:
    before = await operator.ended(await operator.begin("a quiet sea"))

    await operator.post(TASKS, {"action": "delete", "task_id": before["id"]})

    after = await operator.record(before["id"])
    url = before["response"].pop("video_url")
    extended = await operator.create(action="extend", video_id=before["response"]["video_id"])
    assert after["response"] == before["response"] | {"deleted": True}
    assert not {"video_url", "poster_url"} & set(after["data"])
    assert (await operator.client.get(url)).status_code == 410
    assert extended.status_code == 400


async def test_an_unknown_id_and_another_accounts_have_an_empty_record(operator: Caller) -> None:
    task_id = await operator.begin("a quiet sea")
    await operator.ended(task_id)
    await operator.filmgate.store.database.fetch(
        """WITH other AS (
            INSERT INTO account (account_id, name, is_unlimited, webhook_secrets, created_at)
            VALUES (gen_random_uuid(), 'other', true, '{}', now()) RETURNING account_id
        ) UPDATE task SET account_id = (SELECT account_id FROM other)"""
    )

    anothers = await operator.post(TASKS, {"id": task_id})
    taken = await operator.post(TASKS, {"action": "delete", "id": task_id})
    unknown = await operator.post(TASKS, {"id": str(uuid4())})
    nonsense = await operator.post(TASKS, {"action": "retrieve", "id": "no such thing"})

    assert [each.json() for each in (anothers, unknown, nonsense)] == [{}, {}, {}]
    assert {each.status_code for each in (anothers, unknown, nonsense)} == {200}
    assert taken.json() == {"id": task_id, "deleted": False}


async def test_a_batch_has_the_known_tasks_in_the_order_asked_for(operator: Caller) -> None:
    first, second = await operator.begin("one"), await operator.begin("two")

    answer = await operator.post(TASKS, {"action": "retrieve_batch", "ids": [second, "?", first]})

    assert list(answer.json()) == ["items", "count"]
    assert answer.json()["count"] == 2
    assert [each["id"] for each in answer.json()["items"]] == [second, first]


async def test_a_batch_without_ids_lists_the_newest_first_by_pages_and_times(
    database_url: str, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    async with working(database_url, tmp_path, clock=clock) as operator:
        ids, made = [], []
        for prompt in ("one", "two", "three"):
            ids.append(await operator.begin(prompt))
            made.append((await operator.record(ids[-1]))["created_at"])
            clock.advance(timedelta(seconds=10))

        async def listed(**fields: Any) -> list[str]:
            answer = await operator.post(TASKS, {"action": "retrieve_batch", **fields})
            return [each["id"] for each in answer.json()["items"]]

        one, two, three = ids
        assert await listed() == [three, two, one]
        assert await listed(limit=1, offset=1.0, type="videos") == [two]
        assert await listed(created_at_min=made[1] - 1) == [three, two]
        assert await listed(created_at_max=made[1] + 1) == [two, one]
        assert await listed(ids=[]) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "id"),
        ({"id": 5}, "id"),
        ({"action": "purge", "id": "x"}, "retrieve_batch"),
        ({"action": ["retrieve"]}, "action"),
        ({"action": "retrieve_batch", "ids": "x"}, "ids"),
        ({"action": "retrieve_batch", "ids": [1]}, "ids"),
        ({"action": "retrieve_batch", "ids": ["x"] * 101}, "100"),
        ({"action": "retrieve_batch", "limit": 101}, "from 1 to 100"),
        ({"action": "retrieve_batch", "limit": True}, "limit"),
        ({"action": "retrieve_batch", "limit": 2.5}, "limit"),
        ({"action": "retrieve_batch", "offset": -1}, "offset"),
        ({"action": "retrieve_batch", "type": 7}, "type 7 is not accepted"),
        (
            {},
            "id is required: the id of a task, as a string. To list tasks, or to look several up by ",
        ),
        ({"action": "delete"}, 'send action "retrieve_batch".'),
        ({"id": 5}, "id 5 is not accepted; send the id of a task, as a string."),
        ({"action": "retrieve_batch", "type": "images"}, 'type "images" is not accepted; send "videos"'),
        ({"action": "retrieve_batch", "created_at_min": "today"}, "Unix seconds"),
        ({"action": "retrieve_batch", "created_at_max": 1e300}, "Unix seconds"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_by_name(
    onlooker: Caller, body: dict[str, Any], word: str
) -> None:
    answer = await onlooker.post(TASKS, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"
    assert word in answer.json()["error"]["message"]


async def test_an_inline_picture_is_recorded_by_type_size_and_hash_only(operator: Caller) -> None:
    scene = operator.stage.scene("the boat drifts")
    picture = _png()

    task_id = await operator.begin("the boat drifts", action="image2video", start_image_url=picture)

    shown = (await operator.record(task_id))["request"]["start_image_url"]
    assert list(shown) == ["type", "size", "sha256"]
    assert shown["type"] == "image/png"
    scene.finish()


def _ids(record: dict[str, Any]) -> dict[str, Any]:
    names = ("trace_id", "application_id", "credential_id", "user_id")
    return {name: record[name] for name in names}


def _png() -> str:
    written = BytesIO()
    Image.new("RGB", (400, 300), "navy").save(written, "PNG")
    return f"data:image/png;base64,{b64encode(written.getvalue()).decode()}"
