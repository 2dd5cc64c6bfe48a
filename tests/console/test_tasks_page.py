"""The gallery of tasks and the page of each."""

import re
from uuid import UUID

import pytest

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.tasks import TaskId
from tests.console.visit import Visit
from tests.http.stage import Caller


async def _make(ada: Visit, house: Caller, prompt: str, **fields: object) -> str:
    """Make a video in the page's own way, and return its task once it has ended."""
    await ada.look("/try")
    key = re.search(r'<option value="([0-9a-f-]{36})">', ada.page.text)
    assert key
    answer = await ada.client.post(
        "/try/run",
        json={"key_id": key[1], "body": {"prompt": prompt} | fields},
        headers={"x-csrf-token": ada.token},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_the_gallery_shows_posters_newest_first(ada: Visit, house: Caller) -> None:
    for prompt in ("the first sea", "the second sea"):
        await house.ended(await _make(ada, house, prompt))

    text = await ada.look("/tasks")

    assert text.index("the second sea") < text.index("the first sea")
    posters = re.findall(r'class="poster" src="(/files/[^"]+)"', ada.page.text)
    assert len(posters) == 2
    assert (await ada.client.get(posters[0])).status_code == 200


async def test_there_is_nothing_to_look_for_before_the_first_task(ada: Visit, house: Caller) -> None:
    none = await ada.look("/tasks")
    no_such = await ada.look("/tasks?q=mountain")

    assert "Make your first video" in none
    assert "In the prompt" not in none
    assert "In the prompt" in no_such


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=SEA", True),
        ("q=mountain", False),
        ("q=%25", False),
        ("state=succeeded", True),
        ("state=failed", False),
        ("state=nonsense", True),
        ("model=kling-v1", True),
        ("model=kling-v3", False),
        ("from=2020-01-01&to=2021-01-01", False),
        ("from=2020-01-01", True),
        ("from=nonsense&to=0000-00-00&older_than=-1", True),
        ("to=9999-12-31", True),
        ("older_than=00000000-0000-0000-0000-000000000000", False),
        ("newer_than=00000000-0000-0000-0000-000000000000", True),
        ("newer_than=99999999999999999999", True),
    ],
)
async def test_filters_narrow_the_gallery(ada: Visit, house: Caller, query: str, is_found: bool) -> None:
    await house.ended(await _make(ada, house, "a quiet sea"))

    text = await ada.look(f"/tasks?{query}")

    assert ada.page.status_code == 200
    assert ("a quiet sea" in text) is is_found


async def _go(ada: Visit, direction: str) -> list[str]:
    """Follow a link to a page beside this one, and return the seeds that its captions name."""
    link = re.search(rf'href="([^"]+)" rel="{direction}"', ada.page.text)
    assert link, ada.text
    await ada.look(link[1].replace("&amp;", "&"))
    return re.findall(r"one of many (\d+)", ada.text)


async def test_a_page_holds_24_and_leads_to_those_beside_it(ada: Visit, house: Caller) -> None:
    for seed in range(50):
        house.stage.scene(f"one of many {seed}")
        await _make(ada, house, f"one of many {seed}")

    await ada.look("/tasks?q=many")
    first = re.findall(r"one of many (\d+)", ada.text)
    second, third = await _go(ada, "next"), await _go(ada, "next")
    last_has_more = 'rel="next"' in ada.page.text
    back, top = await _go(ada, "prev"), await _go(ada, "prev")

    assert [*first, *second, *third] == [str(seed) for seed in reversed(range(50))]
    assert (len(first), len(second), last_has_more) == (24, 24, False)
    assert (back, top) == (second, first)
    assert 'rel="prev"' not in ada.page.text


async def test_a_page_tells_of_the_clip_and_where_it_leads(ada: Visit, house: Caller) -> None:
    task_id = await _make(ada, house, "a quiet sea")
    record = await house.ended(task_id) or {}

    text = await ada.look(f"/tasks/{task_id}")

    assert record is not None
    assert "1280×720, 5.041 s" in text
    assert "1.40" in text
    assert 'href="/try?action=extend&amp;video_id=' in ada.page.text
    assert 'href="/try?action=image2video&amp;start_image_url=http%3A%2F%2F127.0.0.1' in ada.page.text


async def _extend(ada: Visit, house: Caller, task_id: str, **fields: object) -> tuple[str, str]:
    """Extend the video of a task that ended, and return the new task and the video it continues."""
    await house.ended(task_id)
    record = (await ada.client.get(f"/try/tasks/{task_id}")).json()
    video_id = record["response"]["video_id"]
    extension = await _make(ada, house, "", action="extend", video_id=video_id, **fields)
    return extension, video_id


async def test_an_extension_without_a_prompt_is_called_after_its_source_and_leads_to_it(
    ada: Visit, house: Caller
) -> None:
    source = await _make(ada, house, "a <i>quiet</i> sea")
    once, _ = await _extend(ada, house, source)
    twice, video_id = await _extend(ada, house, once)

    gallery = await ada.look("/tasks")
    offered = await ada.look("/try")
    text = await ada.look(f"/tasks/{once}")

    assert "Extension of “a <i>quiet</i> sea”" in gallery
    assert f"Extension of video {video_id}" in gallery
    assert "Extension of “a <i>quiet</i> sea”" in offered
    assert "Extension of “a <i>quiet</i> sea”" in text
    assert f'<a href="/tasks/{source}">a &lt;i&gt;quiet&lt;/i&gt; sea</a>' in ada.page.text
    await ada.look(f"/tasks/{twice}")
    assert f'<a href="/tasks/{once}">Extension of video ' in ada.page.text


@pytest.mark.parametrize(
    ("prompt", "title"),
    [(" " * 70 + "a sea", "Extension of “a sea”"), ("s" * 70, "Extension of “" + "s" * 60 + "…”")],
)
async def test_the_title_of_an_extension_is_short_whatever_its_source_is_called(
    ada: Visit, house: Caller, prompt: str, title: str
) -> None:
    source = await _make(ada, house, prompt)
    await _extend(ada, house, source)

    assert title in await ada.look("/tasks")


async def test_shots_of_ones_own_give_their_task_its_name(ada: Visit, house: Caller) -> None:
    shots = [{"index": 1, "prompt": "boats", "duration": 2}, {"index": 2, "prompt": "gulls", "duration": 3}]
    await _make(ada, house, "", model="kling-v3", multi_shot=True, shot_type="customize", multi_prompt=shots)

    assert "2 shots: boats" in await ada.look("/tasks")


async def test_an_open_task_is_cancelled_and_a_finished_one_deleted(ada: Visit, house: Caller) -> None:
    house.stage.scene("endless")
    running, finished = await _make(ada, house, "endless"), await _make(ada, house, "a quiet sea")
    await house.ended(finished)

    await ada.look(f"/tasks/{running}")
    cancelled = await ada.send(f"/tasks/{running}/delete")
    deleted = await ada.send(f"/tasks/{finished}/delete")

    assert "cancelled" in cancelled
    assert "Its files are deleted." in deleted


async def test_a_card_says_why_its_task_failed(ada: Visit, house: Caller) -> None:
    scene = house.stage.scene("a sea that fails")
    task_id = await _make(ada, house, "a sea that fails")
    scene.fail(InvalidRequest([Objection("image", None, "The picture has <no> pixels.")]))
    await house.filmgate.store.news.ended(TaskId(UUID(task_id)))

    text = await ada.look("/tasks")

    assert "The picture has <no> pixels." in text
    assert "<no>" not in ada.page.text


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("from=2026-02-02&to=2026-02-01", True),
        ("from=2026-02-01&to=2026-02-01", False),
        ("from=2026-02-01", False),
        ("to=2026-02-01", False),
        ("from=nonsense&to=2026-02-01", False),
    ],
)
async def test_days_in_the_wrong_order_are_told(ada: Visit, query: str, is_told: bool) -> None:
    text = await ada.look(f"/tasks?{query}")

    assert ("From is after To" in text) == is_told
    assert ('id="from-trouble"' in ada.page.text) == is_told


async def test_a_failure_is_told_with_its_trace(ada: Visit, house: Caller) -> None:
    house.stage.scene("<i>broken</i>")
    task_id = await _make(ada, house, "<i>broken</i>")
    await ada.look("/tasks")
    await ada.send(f"/tasks/{task_id}/delete")

    text = await ada.look(f"/tasks/{task_id}")

    assert "The task was deleted before it ended." in text
    assert "Trace" in text
    assert "<i>broken" not in ada.page.text


async def test_a_callback_is_logged_and_sent_again(ada: Visit, house: Caller) -> None:
    task_id = await _make(ada, house, "a quiet sea", callback_url="https://receiver.example/hook")
    await house.ended(task_id)

    text = await ada.look(f"/tasks/{task_id}")
    assert "https://receiver.example/hook" in text
    text = await ada.send(f"/tasks/{task_id}/replay")

    assert "The callback is sent again." in text


async def test_another_accounts_tasks_are_not_there(ada: Visit, house: Caller) -> None:
    task_id = await _make(ada, house, "a quiet sea")
    eve = Visit(house.filmgate)
    await eve.register()

    assert "a quiet sea" not in await eve.look("/tasks")
    await eve.look(f"/tasks/{task_id}")
    assert eve.page.status_code == 404
    for verb in ("delete", "replay"):
        await eve.look("/tasks")
        await eve.send(f"/tasks/{task_id}/{verb}")
        assert eve.page.status_code == 404
