"""Limits of open tasks, of creates a minute, and of the queue: each names itself and says when to return."""

import asyncio
from datetime import timedelta

import pytest

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import TooManyRequests
from filmgate.domain.quotas import Quotas, many_open, queue_full, too_fast
from tests.store.stock import A_MOMENT, NOW, Stock, a_clip, take

A_SECOND = timedelta(seconds=1)
FEW_OPEN = Quotas(open_of_account=3)
SLOW = Quotas(a_minute_of_account=4)
SMALL = Quotas(open_of_all=5)


async def test_an_account_has_no_more_open_tasks_than_it_may(stock: Stock) -> None:
    caller = await stock.caller(credits_left=50_000)

    outcomes = await asyncio.gather(
        *(stock.submit(caller, quotas=FEW_OPEN) for _ in range(20)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 17
    assert {type(each) for each in refused} == {TooManyRequests}
    assert "may have 3 tasks waiting or running at once" in str(refused[0])
    assert await stock.balance(caller.account_id) == 47_000


async def test_a_task_that_ended_makes_room_for_another(stock: Stock) -> None:
    caller, queue = await stock.caller(credits_left=50_000), stock.worker()
    waiting, _, _ = [await stock.submit(caller, quotas=FEW_OPEN) for _ in range(3)]

    await stock.tasks.cancel(waiting.task_id, account_id=caller.account_id, now=NOW)
    await stock.submit(caller, quotas=FEW_OPEN)
    await queue.succeed(await take(queue), [a_clip()], now=NOW)
    await stock.submit(caller, quotas=FEW_OPEN)

    with pytest.raises(TooManyRequests):
        await stock.submit(caller, quotas=FEW_OPEN)


async def test_an_account_may_create_so_many_at_once_and_then_so_many_a_minute(stock: Stock) -> None:
    caller = await stock.caller(credits_left=50_000)
    for _ in range(4):
        await stock.submit(caller, quotas=SLOW)

    with pytest.raises(TooManyRequests, match="4 tasks a minute; try again in 10 s") as refusal:
        await stock.submit(caller, quotas=SLOW, now=NOW + 5 * A_SECOND)

    assert refusal.value.retry_after_seconds == 10
    await stock.submit(caller, quotas=SLOW, now=NOW + 15 * A_SECOND)
    with pytest.raises(TooManyRequests):
        await stock.submit(caller, quotas=SLOW, now=NOW + 29 * A_SECOND)


async def test_a_clock_that_was_wrong_by_hours_holds_nobody_up(stock: Stock) -> None:
    caller = await stock.caller(credits_left=50_000)
    for _ in range(4):
        await stock.submit(caller, quotas=SLOW, now=NOW + timedelta(hours=5))

    await stock.submit(caller, quotas=SLOW, now=NOW)


async def test_a_repeat_that_joins_is_refused_by_no_limit(stock: Stock) -> None:
    caller, quotas = (
        await stock.caller(credits_left=50_000),
        Quotas(open_of_account=1, a_minute_of_account=1, open_of_all=1),
    )
    first = await stock.submit(caller, prompt="sea", idempotency_key="k", quotas=quotas)

    repeat = await stock.submit(caller, prompt="sea", idempotency_key="k", quotas=quotas)

    assert (repeat.task_id, repeat.joined) == (first.task_id, True)


async def test_the_queue_has_room_for_so_many_of_all_accounts(stock: Stock) -> None:
    callers = [await stock.caller() for _ in range(6)]
    for caller in callers[:5]:
        await stock.submit(caller, quotas=SMALL)

    with pytest.raises(TooManyRequests, match="queue is full: this server takes 5 tasks"):
        await stock.submit(callers[5], quotas=SMALL)

    await stock.worker().succeed(await take(stock.worker()), [a_clip()], now=NOW)
    await stock.submit(callers[5], quotas=SMALL)
    with pytest.raises(TooManyRequests):
        await stock.submit(callers[5], quotas=SMALL)


async def test_a_queue_that_emptied_itself_is_not_taken_for_full(stock: Stock) -> None:
    caller, queue = await stock.caller(), stock.worker()

    for _ in range(30):
        await stock.submit(caller, quotas=SMALL)
        await queue.succeed(await take(queue), [a_clip()], now=NOW)

    assert await stock.value("SELECT count(*) FROM task WHERE status = 'succeeded'") == 30


async def test_a_task_that_is_handed_back_is_counted_once(stock: Stock) -> None:
    caller, queue = await stock.caller(), stock.worker()
    for _ in range(4):
        await stock.submit(caller, quotas=SMALL)
    await queue.hand_back(await take(queue), after=A_MOMENT * 0, is_failure=True)

    await stock.submit(caller, quotas=SMALL)


async def test_an_unlimited_account_is_held_to_nothing_but_the_queue(stock: Stock) -> None:
    caller = await stock.caller()

    for _ in range(10):
        await stock.submit(caller, quotas=Quotas(open_of_account=3, a_minute_of_account=4))

    assert await stock.value("SELECT n_open FROM account WHERE account_id = $1", caller.account_id) == 10


@pytest.mark.parametrize("credits_left", [None, 50_000])
async def test_an_accounts_own_numbers_count_before_the_general_ones(
    stock: Stock, credits_left: int | None
) -> None:
    caller = await stock.caller(credits_left=credits_left)
    await _set(stock, caller.account_id, most_open=5)
    for _ in range(5):
        await stock.submit(caller, quotas=FEW_OPEN)

    with pytest.raises(TooManyRequests, match="may have 5 tasks"):
        await stock.submit(caller, quotas=FEW_OPEN)

    await _set(stock, caller.account_id, most_open=0)
    await stock.submit(caller, quotas=FEW_OPEN)


async def _set(stock: Stock, account_id: AccountId, *, most_open: int) -> None:
    await stock.database.fetch(
        "UPDATE account SET most_open = $2 WHERE account_id = $1", account_id, most_open
    )


@pytest.mark.parametrize("refusal", [many_open(1), too_fast(1, seconds_to_wait=1), queue_full(1)])
def test_one_task_is_not_called_tasks(refusal: TooManyRequests) -> None:
    assert " 1 task " in str(refusal)
