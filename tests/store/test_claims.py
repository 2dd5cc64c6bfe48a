"""Claiming: whose turn it is, when a silent worker loses its task, and that only the newest one writes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from filmgate.domain.errors import StaleAttempt, Unavailable
from filmgate.domain.tasks import Failure, FileKind, Status, StoredFile
from filmgate.ports import Claim
from filmgate.store.render_queue import PostgresRenderQueue
from tests.store.stock import A_MOMENT, ENGINE, NOW, LosingAnswers, Stock, a_clip, take

FAILURE = Failure("api_error", "It broke.")


async def test_a_claim_starts_the_next_attempt(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())

    claim = await take(stock.worker())

    assert claim.task == await stock.known(submitted.task_id)
    assert (claim.task.status, claim.task.attempt, claim.task.started_at) == (Status.RUNNING, 1, NOW)


async def test_a_worker_takes_only_the_tasks_of_its_engines(stock: Stock) -> None:
    await stock.submit(await stock.caller())

    assert await stock.worker().claim(["another"], now=NOW) is None


async def test_many_workers_at_once_never_claim_the_same_task(stock: Stock) -> None:
    caller = await stock.caller()
    for _ in range(10):
        await stock.submit(caller)

    claims = await asyncio.gather(*(stock.worker().claim([ENGINE], now=NOW) for _ in range(16)))

    claimed = [claim.task.task_id for claim in claims if claim is not None]
    assert len(claimed) == len(set(claimed)) == 10


async def test_one_accounts_many_tasks_do_not_hold_up_anothers_single_one(stock: Stock) -> None:
    busy, small, queue = await stock.caller(), await stock.caller(), stock.worker()
    await asyncio.gather(*(stock.submit(busy) for _ in range(1000)))
    await take(queue)
    single = await stock.submit(small)

    next_two = [await take(queue), await take(queue)]

    assert single.task_id in {claim.task.task_id for claim in next_two}


async def test_an_account_of_twice_the_weight_gets_twice_as_much(stock: Stock) -> None:
    heavy, light, queue = await stock.caller(weight=2), await stock.caller(), stock.worker()
    await asyncio.gather(*(stock.submit(caller) for _ in range(60) for caller in (heavy, light)))

    claims = [await take(queue) for _ in range(60)]

    of_heavy = sum(claim.task.account_id == heavy.account_id for claim in claims)
    assert of_heavy == 40


async def test_an_account_that_was_idle_saved_up_nothing(stock: Stock) -> None:
    early, late, queue = await stock.caller(), await stock.caller(), stock.worker()
    for _ in range(6):
        await stock.submit(early)
    for _ in range(4):
        await take(queue)
    for _ in range(4):
        await stock.submit(late)

    claims = [await take(queue) for _ in range(4)]

    assert sum(claim.task.account_id == early.account_id for claim in claims) >= 1


async def test_cancelled_tasks_that_never_started_cost_their_account_no_turn(stock: Stock) -> None:
    regretful, other, queue = await stock.caller(), await stock.caller(), stock.worker()
    for _ in range(20):
        submitted = await stock.submit(regretful)
        await stock.tasks.cancel(submitted.task_id, account_id=regretful.account_id, now=NOW)
    for _ in range(5):
        await stock.submit(other)
    wanted = await stock.submit(regretful)

    next_two = [await take(queue), await take(queue)]

    assert wanted.task_id in {claim.task.task_id for claim in next_two}


async def test_a_silent_workers_task_is_taken_over(stock: Stock) -> None:
    await stock.submit(await stock.caller())
    lost = await take(stock.worker())
    await stock.silence(lost)

    claim = await take(stock.worker(lost_after=A_MOMENT))

    assert (claim.task.task_id, claim.task.attempt) == (lost.task.task_id, 2)
    assert claim.task.started_at == NOW


async def test_a_task_whose_worker_still_beats_is_not_taken_over(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())
    claim = await take(queue)
    await stock.silence(claim)
    await queue.heartbeat([claim], engines=[ENGINE])

    assert await stock.worker(lost_after=timedelta(minutes=30)).claim([ENGINE], now=NOW) is None


async def test_after_an_outage_workers_get_the_time_to_speak_again(stock: Stock) -> None:
    await stock.submit(await stock.caller())
    await stock.silence(await take(stock.worker()))

    # The server of this run has been up for less than a year, so it may have been away until just now.
    assert await stock.worker(lost_after=timedelta(days=365)).claim([ENGINE], now=NOW) is None


async def test_a_heartbeat_does_not_keep_what_was_taken_over(stock: Stock) -> None:
    first, second = stock.worker(), stock.worker(lost_after=A_MOMENT)
    await stock.submit(await stock.caller())
    lost = await take(first)
    await stock.silence(lost)
    claim = await take(second)
    await stock.silence(claim)

    await first.heartbeat([lost], engines=[ENGINE])

    assert (await take(stock.worker(lost_after=A_MOMENT))).task.attempt == 3


def _input() -> StoredFile:
    return StoredFile(kind=FileKind.INPUT, key="k", name="n", content_type="image/png", n_bytes=1)


_WRITES: dict[str, Callable[[PostgresRenderQueue, Claim], Awaitable[None]]] = {
    "progress": lambda queue, claim: queue.report_progress(claim, 40),
    "token": lambda queue, claim: queue.save_resume_token(claim, "token"),
    "input": lambda queue, claim: queue.record_input(claim, "start_image", _input()),
    "succeed": lambda queue, claim: queue.succeed(claim, [a_clip()], now=NOW),
    "fail": lambda queue, claim: queue.fail(claim, FAILURE, now=NOW),
    "hand_back": lambda queue, claim: queue.hand_back(claim, after=timedelta(0), is_failure=True),
    "pass_on": lambda queue, claim: queue.pass_on(
        claim, to="other", refused_by=[ENGINE], after=timedelta(0), setback=None, now=NOW
    ),
}


@pytest.mark.parametrize("write", _WRITES)
@pytest.mark.parametrize("end", ["taken over", "cancelled", "failed", "handed back"])
async def test_a_write_of_an_attempt_that_is_over_changes_nothing(stock: Stock, write: str, end: str) -> None:
    caller, queue = await stock.caller(credits_left=5000), stock.worker()
    submitted = await stock.submit(caller, callback_url="http://receiver.example")
    old = await take(queue)
    match end:
        case "taken over":
            await stock.silence(old)
            await take(stock.worker(lost_after=A_MOMENT))
        case "cancelled":
            await stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW)
        case "failed":
            await queue.fail(old, FAILURE, now=NOW)
        case "handed back":
            await queue.hand_back(old, after=timedelta(0), is_failure=False)
    before = (
        await stock.known(submitted.task_id),
        await stock.counts(),
        await stock.balance(caller.account_id),
    )

    with pytest.raises(StaleAttempt):
        await _WRITES[write](queue, old)

    after = await stock.known(submitted.task_id), await stock.counts(), await stock.balance(caller.account_id)
    assert after == before


async def test_handing_back_lets_any_worker_go_on(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())
    claim = await take(queue)
    await queue.save_resume_token(claim, "token")
    await queue.report_progress(claim, 40)

    await queue.hand_back(claim, after=timedelta(0), is_failure=False)

    waiting = await stock.known(claim.task.task_id)
    assert (waiting.status, waiting.progress) == (Status.WAITING, 0)
    again = (await take(stock.worker())).task
    assert (again.attempt, again.tries, again.resume_token) == (2, 1, "token")


async def test_handing_back_after_a_failure_counts_as_a_try(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())

    await queue.hand_back(await take(queue), after=timedelta(0), is_failure=True)

    assert (await take(queue)).task.tries == 2


async def test_a_task_handed_back_for_later_is_not_claimed_before(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())

    await queue.hand_back(await take(queue), after=timedelta(hours=1), is_failure=True)

    assert await queue.claim([ENGINE], now=NOW) is None


async def test_a_new_task_wakes_a_waiting_worker(stock: Stock) -> None:
    waiting = asyncio.create_task(stock.queue.wait_for_work(at_most=timedelta(seconds=30)))

    await stock.submit(await stock.caller())

    await asyncio.wait_for(waiting, 5)


async def test_engines_live_while_a_worker_beats_for_them(stock: Stock) -> None:
    steady, leaving = stock.worker(), stock.worker()
    await steady.heartbeat([], engines=["a", "b"])
    await leaving.heartbeat([], engines=["c"])

    await leaving.leave()

    assert await steady.live_engines() == {"a": None, "b": None}
    assert await stock.worker(lost_after=timedelta(0)).live_engines() == {}


async def test_a_claim_whose_answer_was_lost_is_found_again(stock: Stock, database_url: str) -> None:
    database = LosingAnswers(database_url)
    await database.open()
    queue = PostgresRenderQueue(database, stock.unopened_news(), lost_after=timedelta(minutes=1))
    submitted = await stock.submit(await stock.caller())
    database.commits_to_lose = 1
    with pytest.raises(Unavailable):
        await queue.claim([ENGINE], now=NOW)

    claim = await take(queue)

    assert (claim.task.task_id, claim.task.attempt) == (submitted.task_id, 1)
    await queue.heartbeat([claim], engines=[ENGINE])
    await queue.succeed(claim, [a_clip()], now=NOW)
    assert await queue.claim([ENGINE], now=NOW) is None
    await database.close()


async def test_a_worker_that_leaves_gives_back_what_it_did_not_hear_of(
    stock: Stock, database_url: str
) -> None:
    database = LosingAnswers(database_url)
    await database.open()
    queue = PostgresRenderQueue(database, stock.unopened_news(), lost_after=timedelta(minutes=1))
    await stock.submit(await stock.caller())
    database.commits_to_lose = 1
    with pytest.raises(Unavailable):
        await queue.claim([ENGINE], now=NOW)

    await queue.leave()

    assert (await take(stock.queue)).task.tries == 1
    await database.close()
