"""Which repeats of a request join its first try, and which are tasks of their own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from filmgate.domain.accounts import Caller
from filmgate.domain.errors import IdempotencyConflict
from filmgate.domain.tasks import TaskId
from filmgate.store.database import Database
from tests.store.stock import NOW, Stock, open_stock

A_DAY = timedelta(hours=24)


@pytest_asyncio.fixture
async def caller(stock: Stock) -> Caller:
    """Somebody who pays nothing."""
    return await stock.caller()


@pytest_asyncio.fixture
async def other_server(database_url: str) -> AsyncIterator[Stock]:
    """Another server on the same database."""
    database = Database(database_url)
    await database.open()
    async with open_stock(database) as made:
        yield made
    await database.close()


async def _first_try(stock: Stock, caller: Caller, *, answered: int | None) -> TaskId:
    submitted = await stock.submit(caller, prompt="sea")
    await stock.tasks.mark_answered({submitted.task_id: answered}, now=NOW)
    return submitted.task_id


async def test_two_equal_requests_with_living_connections_are_two_tasks(stock: Stock, caller: Caller) -> None:
    first = await stock.submit(caller, prompt="sea")

    second = await stock.submit(caller, prompt="sea")

    assert not second.joined
    assert second.task_id != first.task_id


async def test_a_repeat_joins_after_a_hang_up(stock: Stock, caller: Caller) -> None:
    first = await _first_try(stock, caller, answered=None)

    repeat = await stock.submit(caller, prompt="sea", now=NOW + A_DAY - timedelta(seconds=1))

    assert (repeat.task_id, repeat.joined) == (first, True)


async def test_a_repeat_does_not_join_a_day_after_a_hang_up(stock: Stock, caller: Caller) -> None:
    await _first_try(stock, caller, answered=None)

    repeat = await stock.submit(caller, prompt="sea", now=NOW + A_DAY)

    assert not repeat.joined


@pytest.mark.parametrize(
    ("status", "seconds", "joins"),
    [
        (500, 14.9, True),
        (503, 14.9, True),
        (504, 0, True),
        (500, 15, False),
        (200, 0, False),
        (400, 0, False),
    ],
)
async def test_a_repeat_joins_what_was_answered_5xx_less_than_15_s_ago(
    stock: Stock, caller: Caller, status: int, seconds: float, joins: bool
) -> None:
    await _first_try(stock, caller, answered=status)

    repeat = await stock.submit(caller, prompt="sea", now=NOW + timedelta(seconds=seconds))

    assert repeat.joined is joins


async def test_a_third_request_does_not_join_what_the_second_waits_for(stock: Stock, caller: Caller) -> None:
    first = await _first_try(stock, caller, answered=None)
    second = await stock.submit(caller, prompt="sea")

    third = await stock.submit(caller, prompt="sea")

    assert second.task_id == first
    assert not third.joined


async def test_of_many_repeats_at_the_same_moment_one_joins(stock: Stock, caller: Caller) -> None:
    first = await _first_try(stock, caller, answered=None)

    repeats = await asyncio.gather(*(stock.submit(caller, prompt="sea") for _ in range(8)))

    assert [repeat.task_id for repeat in repeats if repeat.joined] == [first]
    assert len({repeat.task_id for repeat in repeats}) == 8


async def test_a_repeat_joins_while_a_worker_writes_to_the_task(stock: Stock, caller: Caller) -> None:
    first = await _first_try(stock, caller, answered=None)
    async with stock.database.transaction() as worker:
        await worker.execute("SELECT FROM task WHERE task_id = $1 FOR NO KEY UPDATE", first)
        repeat = asyncio.create_task(stock.submit(caller, prompt="sea"))
        await _until_one_waits(stock)

    assert (await repeat).task_id == first


async def test_neither_another_key_nor_another_body_joins(stock: Stock, caller: Caller) -> None:
    await _first_try(stock, caller, answered=None)
    other_key = await stock.key_of(caller.account_id)

    with_other_key = await stock.submit(other_key, prompt="sea")
    with_other_body = await stock.submit(caller, prompt="mountain")

    assert not with_other_key.joined
    assert not with_other_body.joined


async def test_a_repeat_joins_what_a_dead_server_held(
    stock: Stock, caller: Caller, other_server: Stock
) -> None:
    first = await other_server.submit(caller, prompt="sea")

    while_it_lives = await stock.submit(caller, prompt="sea", body_hash=b"another")
    beside = await stock.submit(caller, prompt="sea")
    await other_server.news.close()
    await _until_nobody_holds(stock, other_server.news.holder)
    repeat = await stock.submit(caller, prompt="sea")

    assert not while_it_lives.joined
    assert not beside.joined
    assert (repeat.task_id, repeat.joined) == (first.task_id, True)


async def test_a_dead_servers_answered_tasks_are_not_joined(
    stock: Stock, caller: Caller, other_server: Stock
) -> None:
    first = await other_server.submit(caller, prompt="sea")
    await other_server.tasks.mark_answered({first.task_id: 200}, now=NOW)
    await other_server.news.close()
    await _until_nobody_holds(stock, other_server.news.holder)

    assert not (await stock.submit(caller, prompt="sea")).joined


async def test_the_same_idempotency_key_joins_whatever_the_outcome(stock: Stock, caller: Caller) -> None:
    first = await stock.submit(caller, prompt="sea", idempotency_key="k")
    await stock.tasks.mark_answered({first.task_id: 200}, now=NOW)

    repeat = await stock.submit(
        caller, prompt="sea", idempotency_key="k", now=NOW + A_DAY - timedelta(seconds=1)
    )

    assert (repeat.task_id, repeat.joined) == (first.task_id, True)


async def test_an_idempotency_key_is_free_again_after_a_day(stock: Stock, caller: Caller) -> None:
    await stock.submit(caller, prompt="sea", idempotency_key="k")

    later = await stock.submit(caller, prompt="mountain", idempotency_key="k", now=NOW + A_DAY)

    assert not later.joined


async def test_an_idempotency_key_belongs_to_one_body(stock: Stock, caller: Caller) -> None:
    await stock.submit(caller, prompt="sea", idempotency_key="k")
    before = await stock.counts()

    with pytest.raises(IdempotencyConflict, match='"k"'):
        await stock.submit(caller, prompt="mountain", idempotency_key="k")

    assert await stock.counts() == before


async def test_an_idempotency_key_of_one_account_is_nothing_to_another(stock: Stock, caller: Caller) -> None:
    await stock.submit(caller, prompt="sea", idempotency_key="k")

    other = await stock.submit(await stock.caller(), prompt="sea", idempotency_key="k")

    assert not other.joined


async def test_fifty_requests_at_once_with_one_idempotency_key_are_one_task(
    stock: Stock, caller: Caller
) -> None:
    submits = (stock.submit(caller, prompt="sea", idempotency_key="k") for _ in range(50))

    submitted = await asyncio.gather(*submits)

    assert len({each.task_id for each in submitted}) == 1
    assert sum(not each.joined for each in submitted) == 1


async def test_a_deleted_task_is_not_joined(stock: Stock, caller: Caller) -> None:
    first = await _first_try(stock, caller, answered=None)
    await stock.tasks.cancel(first, account_id=caller.account_id, now=NOW)

    assert not (await stock.submit(caller, prompt="sea")).joined


async def test_another_idempotency_key_says_that_an_equal_request_is_meant(
    stock: Stock, caller: Caller
) -> None:
    await _first_try(stock, caller, answered=None)

    keyed = await stock.submit(caller, prompt="sea", idempotency_key="k")
    other_key = await stock.submit(caller, prompt="sea", idempotency_key="l")

    assert not keyed.joined
    assert not other_key.joined


async def _until_one_waits(stock: Stock) -> None:
    await stock.until("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1")


async def _until_nobody_holds(stock: Stock, holder: int) -> None:
    await stock.until("SELECT holder_is_gone($1)", holder)
