"""Endings: status, files, credits, callback and job change together, once, whoever comes first."""

import asyncio

import asyncpg
import pytest

from filmgate.domain.errors import StaleAttempt, Unavailable
from filmgate.domain.tasks import Failure, FileKind, Status, StoredFile
from filmgate.ports import Claim, Making
from filmgate.store.database import Database
from tests.store.stock import A_MOMENT, ENGINE, NOW, Stock, a_clip, take

FAILURE = Failure("api_error", "It broke.")


async def test_a_success_settles_keeps_the_files_and_queues_the_callback(stock: Stock) -> None:
    caller, queue, clip = await stock.caller(credits_left=1500), stock.worker(), a_clip()
    submitted = await stock.submit(caller, callback_url="http://receiver.example")

    await queue.succeed(await take(queue), [clip], now=NOW)

    task = await stock.known(submitted.task_id)
    assert (task.status, task.progress, task.settled, task.finished_at) == (Status.SUCCEEDED, 100, 1000, NOW)
    assert task.clip == clip
    assert task.video_id is not None
    assert len(task.video_id) == 18
    assert await stock.balance(caller.account_id) == 500
    assert await stock.value("SELECT array_agg(entrypoint) FROM pgqueuer") == ["deliver"]


async def test_a_failure_gives_everything_back(stock: Stock) -> None:
    caller, queue = await stock.caller(credits_left=1500), stock.worker()
    submitted = await stock.submit(caller)

    await queue.fail(await take(queue), FAILURE, now=NOW)

    task = await stock.known(submitted.task_id)
    assert (task.status, task.failure, task.settled) == (Status.FAILED, FAILURE, 0)
    assert await stock.balance(caller.account_id) == 1500
    assert await stock.counts() == {"task": 1, "ledger": 3, "pgqueuer": 0, "artefact": 0, "delivery": 0}


async def test_a_fault_in_the_middle_of_an_ending_leaves_the_attempt_running(stock: Stock) -> None:
    caller, queue, clip = await stock.caller(credits_left=5000), stock.worker(), a_clip()
    await stock.submit(caller)
    await queue.succeed(await take(queue), [clip], now=NOW)
    await stock.submit(caller, callback_url="http://receiver.example")
    claim = await take(queue)
    before = await stock.counts()

    with pytest.raises(asyncpg.UniqueViolationError):
        await queue.succeed(claim, [clip], now=NOW)

    assert await stock.counts() == before
    assert await stock.known(claim.task.task_id) == claim.task
    await queue.succeed(claim, [a_clip()], now=NOW)


async def test_an_attempt_with_two_clips_does_not_pass(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())
    claim = await take(queue)

    with pytest.raises(asyncpg.UniqueViolationError):
        await queue.succeed(claim, [a_clip(), a_clip()], now=NOW)


async def test_a_success_whose_answer_was_lost_may_be_told_again(stock: Stock) -> None:
    queue, clip = stock.worker(), a_clip()
    await stock.submit(await stock.caller(), callback_url="http://receiver.example")
    claim = await take(queue)
    await queue.succeed(claim, [clip], now=NOW)
    before = await stock.counts()

    await queue.succeed(claim, [clip], now=NOW)

    assert await stock.counts() == before


async def test_a_late_success_of_an_older_attempt_is_stale_though_the_task_succeeded(stock: Stock) -> None:
    late, quick = stock.worker(), stock.worker(lost_after=A_MOMENT)
    await stock.submit(await stock.caller())
    lost = await take(late)
    await stock.silence(lost)
    await quick.succeed(await take(quick), [a_clip()], now=NOW)

    with pytest.raises(StaleAttempt):
        await late.succeed(lost, [a_clip()], now=NOW)


async def test_cancelling_a_waiting_task_takes_it_from_the_queue(stock: Stock) -> None:
    caller = await stock.caller(credits_left=1000)
    submitted = await stock.submit(caller, callback_url="http://receiver.example")

    assert await stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW)

    task = await stock.known(submitted.task_id)
    assert task.failure is not None
    assert (task.status, task.failure.code) == (Status.FAILED, "cancelled")
    assert await stock.worker().claim([ENGINE], now=NOW) is None
    assert await stock.balance(caller.account_id) == 1000
    assert await stock.value("SELECT count(*) FROM delivery") == 1


async def test_a_task_is_cancelled_once_and_by_its_account_only(stock: Stock) -> None:
    caller, stranger = await stock.caller(), await stock.caller()
    submitted = await stock.submit(caller)

    by_stranger = await stock.tasks.cancel(submitted.task_id, account_id=stranger.account_id, now=NOW)
    at_once = await asyncio.gather(
        *(stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW) for _ in range(4))
    )

    assert not by_stranger
    assert sorted(at_once) == [False, False, False, True]


async def test_endings_claims_and_cancels_that_meet_never_block_each_other(stock: Stock) -> None:
    caller, queue = await stock.caller(credits_left=30_000), stock.worker()
    for _ in range(30):
        await stock.submit(caller)
    claims = [await take(queue) for _ in range(30)]
    for claim in claims:
        await stock.silence(claim)

    async def end(claim: Claim, number: int) -> None:
        if number % 2:
            await stock.tasks.cancel(claim.task.task_id, account_id=caller.account_id, now=NOW)
        else:
            await queue.succeed(claim, [a_clip()], now=NOW)

    rivals = [stock.worker(lost_after=A_MOMENT) for _ in range(30)]
    outcomes = await asyncio.gather(
        *(end(claim, number) for number, claim in enumerate(claims)),
        *(rival.claim([ENGINE], now=NOW) for rival in rivals),
        return_exceptions=True,
    )

    assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {StaleAttempt}
    settled = await stock.value("SELECT count(*) FROM task WHERE status = 'succeeded'")
    running = await stock.value("SELECT count(*) FROM task WHERE status = 'running'")
    assert await stock.balance(caller.account_id) == 30_000 - 1000 * (settled + running)


async def test_inputs_are_kept_for_later_attempts(stock: Stock) -> None:
    queue = stock.worker()
    await stock.submit(await stock.caller())
    claim = await take(queue)
    picture = StoredFile(kind=FileKind.INPUT, key="tasks/p", name="p", content_type="image/png", n_bytes=3)
    await queue.record_input(claim, "start_image", picture)
    await queue.hand_back(claim, after=A_MOMENT * 0, is_failure=False)

    again = await take(queue)

    assert await queue.inputs(again) == {"start_image": picture}
    assert again.task.files == ()


async def test_a_continuation_finds_the_clip_of_its_source(stock: Stock) -> None:
    caller, queue, clip = await stock.caller(), stock.worker(), a_clip()
    source = await stock.submit(caller)
    await queue.succeed(await take(queue), [clip], now=NOW)
    await stock.submit(caller, extends=source.task_id)

    assert await queue.inputs(await take(queue)) == {"source_clip": clip}


async def test_an_unlucky_transaction_is_unavailable_not_broken(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.transaction() as connection:
            await connection.execute("DO $$ BEGIN RAISE deadlock_detected; END $$")


async def test_what_a_clip_costs_less_than_was_reserved_is_given_back(stock: Stock) -> None:
    caller, queue = await stock.caller(credits_left=1500), stock.worker()
    submitted = await stock.submit(caller)

    await queue.succeed(await take(queue), [a_clip()], making=Making(price=300), now=NOW)

    assert (await stock.known(submitted.task_id)).settled == 300
    assert await stock.balance(caller.account_id) == 1200


async def test_no_more_is_settled_than_was_reserved(stock: Stock) -> None:
    caller, queue = await stock.caller(credits_left=1500), stock.worker()
    submitted = await stock.submit(caller)

    await queue.succeed(await take(queue), [a_clip()], making=Making(price=9999), now=NOW)

    assert (await stock.known(submitted.task_id)).settled == 1000
    assert await stock.balance(caller.account_id) == 500
