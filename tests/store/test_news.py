"""News of tasks: nobody who waits is forgotten, however many they are, whatever the connection does."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import asyncpg
import pytest

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Status, Task, TaskId
from filmgate.store.database import Database
from filmgate.store.news import PostgresTaskNews
from filmgate.store.tasks import PostgresTaskStore
from tests.store.stock import NOW, Stock, a_clip, take

# One backend listens and holds this process's number; the pool's are left alone.
_LISTENERS = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def test_a_waiter_is_told_of_the_end(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    waiting = asyncio.create_task(stock.news.ended(submitted.task_id))

    await stock.queue.succeed(await take(stock.queue), [a_clip()], now=NOW)

    assert (await asyncio.wait_for(waiting, 5)).status is Status.SUCCEEDED


async def test_a_waiter_for_what_has_ended_is_told_at_once(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    await stock.queue.succeed(await take(stock.queue), [a_clip()], now=NOW)

    assert (await asyncio.wait_for(stock.news.ended(submitted.task_id), 5)).status is Status.SUCCEEDED


async def test_two_thousand_waiters_are_told(stock: Stock) -> None:
    caller = await stock.caller()
    task_ids = [(await stock.submit(caller)).task_id for _ in range(200)]
    waiting = [asyncio.create_task(stock.news.ended(task_id)) for task_id in task_ids for _ in range(10)]

    await stock.database.fetch("UPDATE task SET status = 'failed', failure_code = 'x', failure_message = 'y'")
    await stock.database.fetch("SELECT pg_notify('filmgate_task', task_id || ' ended') FROM task")

    async with asyncio.timeout(20):
        assert {task.status for task in await asyncio.gather(*waiting)} == {Status.FAILED}


async def test_no_end_is_missed_while_the_connection_is_lost(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    claim = await take(stock.queue)
    waiting = asyncio.create_task(stock.news.ended(submitted.task_id))
    async with stock.database.transaction() as connection:
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS listener")

    await stock.queue.succeed(claim, [a_clip()], now=NOW)

    assert (await asyncio.wait_for(waiting, 5)).status is Status.SUCCEEDED


async def test_a_process_keeps_its_number_when_it_reconnects(stock: Stock) -> None:
    await stock.database.fetch(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS listener")

    await stock.until("SELECT NOT holder_is_gone($1)", stock.news.holder)

    assert await stock.value(f"SELECT count(*) FROM ({_LISTENERS}) AS listener") == 1


async def test_a_session_that_the_network_left_behind_does_not_hold_up_a_reconnect(stock: Stock) -> None:
    # The number moves to a session that nobody serves any more, as after a broken network.
    abandoned = await stock.database.connect()
    wish = asyncio.create_task(abandoned.execute("SELECT pg_advisory_lock($1)", stock.news.holder))
    await stock.database.fetch(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS listener")
    await asyncio.gather(wish, return_exceptions=True)
    submitted = await stock.submit(await stock.caller())
    waiting = asyncio.create_task(stock.news.ended(submitted.task_id))

    await stock.queue.succeed(await take(stock.queue), [a_clip()], now=NOW)

    assert (await asyncio.wait_for(waiting, 5)).status is Status.SUCCEEDED
    await stock.until("SELECT NOT holder_is_gone($1)", stock.news.holder)
    abandoned.terminate()


async def test_a_follower_sees_the_changes_and_last_the_end(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    seen: asyncio.Queue[Task] = asyncio.Queue()
    following = asyncio.create_task(_follow(stock, submitted.task_id, seen, at_most_every=timedelta(0)))

    assert (await seen.get()).status is Status.WAITING
    claim = await take(stock.queue)
    assert (await seen.get()).status is Status.RUNNING
    await stock.queue.report_progress(claim, 40)
    assert (await seen.get()).progress == 40
    await stock.queue.succeed(claim, [a_clip()], now=NOW)
    assert (await seen.get()).status is Status.SUCCEEDED

    await asyncio.wait_for(following, 5)


async def test_a_follower_is_not_told_of_every_change_but_of_the_end_at_once(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    seen: asyncio.Queue[Task] = asyncio.Queue()
    following = asyncio.create_task(_follow(stock, submitted.task_id, seen, at_most_every=timedelta(hours=1)))
    await seen.get()

    claim = await take(stock.queue)
    for percent in range(10):
        await stock.queue.report_progress(claim, percent)
    await stock.queue.succeed(claim, [a_clip()], now=NOW)

    await asyncio.wait_for(following, 5)
    assert [task.status for task in (seen.get_nowait(),)] == [Status.SUCCEEDED]
    assert seen.empty()


async def test_whoever_waits_is_let_go_when_the_process_stops(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    seen: asyncio.Queue[Task] = asyncio.Queue()
    waiting = asyncio.create_task(stock.news.ended(submitted.task_id))
    following = asyncio.create_task(_follow(stock, submitted.task_id, seen, at_most_every=timedelta(0)))
    await seen.get()

    stock.news.dismiss()

    for each in (waiting, following):
        with pytest.raises(Unavailable, match="stopping"):
            await asyncio.wait_for(each, 5)


async def test_nobody_waits_any_more_once_the_process_stops(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    stock.news.dismiss()

    with pytest.raises(Unavailable):
        await stock.news.ended(submitted.task_id)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(
            _follow(stock, submitted.task_id, asyncio.Queue(), at_most_every=timedelta(0)), 5
        )


async def test_nothing_is_kept_of_waiters_that_went_away(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    waiting = [asyncio.create_task(stock.news.ended(submitted.task_id)) for _ in range(3)]
    await asyncio.sleep(0)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert stock.news.n_waiting == 0


async def _follow(
    stock: Stock, task_id: TaskId, seen: asyncio.Queue[Task], *, at_most_every: timedelta
) -> None:
    async with aclosing(stock.news.follow(task_id, at_most_every=at_most_every)) as changes:
        async for task in changes:
            seen.put_nowait(task)


class _Tapped(Database):
    """A database that also keeps the connections it opens outside the pool."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.opened: list[asyncpg.Connection] = []

    async def connect(self) -> asyncpg.Connection:
        self.opened.append(await super().connect())
        return self.opened[-1]


@pytest.mark.parametrize("turns", range(6))
async def test_closing_in_the_moment_the_connection_is_lost_comes_to_an_end(
    database_url: str, turns: int
) -> None:
    database = _Tapped(database_url)
    await database.open()
    news = PostgresTaskNews(database, PostgresTaskStore(database), reconnect_after=timedelta(milliseconds=10))
    await news.open()
    # It now waits for news.
    await asyncio.sleep(0)

    database.opened[-1].terminate()
    for _ in range(turns):
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        await news.close()
    await database.close()
