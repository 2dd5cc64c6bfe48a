"""Looking tasks up: each account its own, in the order asked for; and what becomes of old files."""

import re
from datetime import timedelta
from uuid import uuid4

from filmgate.domain.tasks import TaskId, VideoId
from filmgate.ports import TaskSearch
from filmgate.store.paging import Paging
from tests.store.stock import NOW, Stock, a_clip, take

A_DAY = timedelta(days=1)


async def _finished(stock: Stock) -> TaskId:
    submitted = await stock.submit(await stock.caller())
    await stock.queue.succeed(await take(stock.queue), [a_clip()], now=NOW)
    return submitted.task_id


async def test_tasks_come_in_the_order_asked_for_and_without_strangers(stock: Stock) -> None:
    caller = await stock.caller()
    own = [(await stock.submit(caller)).task_id for _ in range(3)]
    strange = (await stock.submit(await stock.caller())).task_id

    asked = [own[2], strange, TaskId(uuid4()), own[0]]
    found = await stock.tasks.tasks(asked, account_id=caller.account_id)

    assert [task.task_id for task in found] == [own[2], own[0]]


async def test_the_newest_tasks_come_first_page_by_page(stock: Stock) -> None:
    caller = await stock.caller()
    own = [(await stock.submit(caller, now=NOW + A_DAY * day)).task_id for day in range(5)]

    page = await stock.tasks.newest_tasks(TaskSearch(limit=2, offset=1), account_id=caller.account_id)
    between = await stock.tasks.newest_tasks(
        TaskSearch(limit=9, created_from=NOW + A_DAY, created_to=NOW + A_DAY * 2),
        account_id=caller.account_id,
    )

    assert [task.task_id for task in page] == [own[3], own[2]]
    assert [task.task_id for task in between] == [own[2], own[1]]


async def test_tasks_are_read_page_by_page_in_both_directions_whatever_their_moment(stock: Stock) -> None:
    caller, stranger = await stock.caller(), await stock.caller()
    for moment in (0, 0, 0, 1, 1):
        await stock.submit(caller, now=NOW + A_DAY * moment)
    strange = (await stock.submit(stranger)).task_id

    async def page(*, older_than: TaskId | None = None, newer_than: TaskId | None = None) -> list[TaskId]:
        found = await stock.tasks.newest_tasks(
            TaskSearch(limit=2, older_than=older_than, newer_than=newer_than), account_id=caller.account_id
        )
        return [task.task_id for task in found]

    every = [*(first := await page()), *(second := await page(older_than=first[1]))]
    every += await page(older_than=second[1])

    all_at_once = await stock.tasks.newest_tasks(TaskSearch(limit=9), account_id=caller.account_id)
    assert every == [task.task_id for task in all_at_once]
    assert await page(newer_than=every[4]) == every[2:4]
    assert await page(newer_than=every[1]) == every[:1]
    assert await page(older_than=strange) == await page(newer_than=strange) == []


async def test_a_page_far_down_is_found_by_the_index(stock: Stock) -> None:
    caller = await stock.caller()
    cursor = (await stock.submit(caller)).task_id
    paging = Paging(table="task", key="task_id", cursor="$1", is_first=False, is_newer=False)

    plan = await stock.database.fetch(
        f"""EXPLAIN SELECT FROM task WHERE account_id = '{caller.account_id}' AND {paging.condition}
        ORDER BY {paging.order} LIMIT 2""".replace("$1", f"'{cursor}'::uuid")
    )

    told = "\n".join(row[0] for row in plan)
    assert re.search(r"Index Cond: \(\(account_id = [^)]+\) AND \(created_at <= ", told), told


async def test_a_video_is_found_by_its_account_only(stock: Stock) -> None:
    task = await stock.known(await _finished(stock))
    assert task.video_id is not None

    found = await stock.tasks.task_of_video(task.video_id, account_id=task.account_id)
    by_stranger = await stock.tasks.task_of_video(task.video_id, account_id=(await stock.caller()).account_id)

    assert found == task
    assert by_stranger is None
    assert await stock.tasks.task_of_video(VideoId("1"), account_id=task.account_id) is None


async def test_a_file_is_found_by_its_public_name(stock: Stock) -> None:
    task = await stock.known(await _finished(stock))
    assert task.clip is not None

    assert await stock.tasks.file(task.clip.name) == (task.clip, task)
    assert await stock.tasks.file("nothing") is None


async def test_files_are_forgotten_once(stock: Stock) -> None:
    task = await stock.known(await _finished(stock))

    forgot = [
        await stock.tasks.forget_files(task.task_id, account_id=task.account_id, now=NOW) for _ in range(2)
    ]

    assert forgot == [True, False]


async def test_old_files_are_offered_for_removal_until_they_are_gone(stock: Stock) -> None:
    task_id = await _finished(stock)

    too_early = await stock.past.expire_files(ended_before=NOW - A_DAY, now=NOW, limit=10)
    first = await stock.past.expire_files(ended_before=NOW, now=NOW, limit=10)
    again = await stock.past.expire_files(ended_before=NOW, now=NOW, limit=10)
    await stock.past.note_removed(again, now=NOW)
    after = await stock.past.expire_files(ended_before=NOW, now=NOW, limit=10)

    assert (too_early, first, again, after) == ([], [task_id], [task_id], [])
    assert (await stock.known(task_id)).files_deleted_at == NOW


async def test_deleted_files_are_offered_for_removal_too(stock: Stock) -> None:
    task = await stock.known(await _finished(stock))
    await stock.tasks.forget_files(task.task_id, account_id=task.account_id, now=NOW)

    assert await stock.past.expire_files(ended_before=NOW - A_DAY, now=NOW, limit=10) == [task.task_id]


async def test_the_source_of_a_waiting_continuation_is_kept(stock: Stock) -> None:
    source = await _finished(stock)
    caller = await stock.caller()
    continuation = await stock.submit(caller, extends=source)

    while_it_waits = await stock.past.expire_files(ended_before=NOW, now=NOW, limit=10)
    await stock.tasks.cancel(continuation.task_id, account_id=caller.account_id, now=NOW + A_DAY)
    afterwards = await stock.past.expire_files(ended_before=NOW, now=NOW, limit=10)

    assert (while_it_waits, afterwards) == ([], [source])
