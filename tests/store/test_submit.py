"""Submitting: all of it or nothing, never more than the balance, and found again when its answer is lost."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from filmgate.domain.errors import CreditsUsedUp, Unavailable
from filmgate.domain.tasks import Status
from filmgate.store.database import Database
from filmgate.store.tasks import PostgresTaskStore
from tests.store.stock import NOW, LosingAnswers, Stock


async def test_a_submitted_task_is_reserved_stored_and_queued(stock: Stock) -> None:
    caller = await stock.caller(credits_left=2500)

    submitted = await stock.submit(caller)

    assert not submitted.joined
    assert (await stock.known(submitted.task_id)).status is Status.WAITING
    assert await stock.balance(caller.account_id) == 1500
    assert await stock.value("SELECT dedupe_key FROM pgqueuer") == f"render:{submitted.task_id}"


async def test_what_was_stored_is_what_was_submitted(stock: Stock) -> None:
    submission = stock.submission(await stock.caller(), prompt='A "quiet" sea 🌊\u0000\ud83c', seed=2**31 - 1)

    await stock.tasks.submit(submission, now=NOW)

    assert await stock.known(submission.task.task_id) == submission.task


async def test_a_fault_in_the_middle_of_a_submit_leaves_nothing(stock: Stock) -> None:
    caller = await stock.caller(credits_left=2500)
    before = await stock.counts()

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await stock.submit(caller, extends=uuid4())

    assert await stock.counts() == before
    assert await stock.balance(caller.account_id) == 2500


async def test_an_account_never_spends_more_than_it_has(stock: Stock) -> None:
    caller = await stock.caller(credits_left=7999)

    outcomes = await asyncio.gather(*(stock.submit(caller) for _ in range(20)), return_exceptions=True)

    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, CreditsUsedUp) for outcome in outcomes) == 13
    assert await stock.balance(caller.account_id) == 999


async def test_an_account_without_limits_may_go_below_zero(stock: Stock) -> None:
    caller = await stock.caller()

    await stock.submit(caller, reserved=50_000)

    assert await stock.balance(caller.account_id) == -50_000


async def test_a_refusal_says_what_was_needed_and_what_is_left(stock: Stock) -> None:
    caller = await stock.caller(credits_left=1234)

    with pytest.raises(CreditsUsedUp, match=r"needs 2\.10, 1\.234 are left") as refusal:
        await stock.submit(caller, reserved=2100)

    assert (refusal.value.needed, refusal.value.left) == (2100, 1234)
    assert await stock.balance(caller.account_id) == 1234


async def test_a_submit_whose_answer_was_lost_is_not_made_twice(stock: Stock, database_url: str) -> None:
    caller = await stock.caller(credits_left=1000)
    async with _losing(database_url) as database:
        database.answers_to_lose = 1

        submitted = await PostgresTaskStore(database).submit(stock.submission(caller), now=NOW)

    assert (await stock.known(submitted.task_id)).status is Status.WAITING
    assert not submitted.joined
    assert await stock.counts() == {"task": 1, "ledger": 2, "pgqueuer": 1, "artefact": 0, "delivery": 0}


async def test_a_submit_whose_answers_stay_lost_may_be_repeated_with_its_id(
    stock: Stock, database_url: str
) -> None:
    submission = stock.submission(await stock.caller(credits_left=1000))
    async with _losing(database_url) as database:
        database.answers_to_lose = 2
        with pytest.raises(Unavailable):
            await PostgresTaskStore(database).submit(submission, now=NOW)

    again = await stock.tasks.submit(submission, now=NOW)

    assert again.task_id == submission.task.task_id
    assert await stock.value("SELECT count(*) FROM task") == 1


async def test_a_join_whose_answer_was_lost_finds_the_same_task(stock: Stock, database_url: str) -> None:
    caller = await stock.caller()
    first = await stock.submit(caller, prompt="sea")
    await stock.tasks.mark_answered({first.task_id: None}, now=NOW)
    async with _losing(database_url) as database:
        database.answers_to_lose = 1

        repeat = await PostgresTaskStore(database).submit(stock.submission(caller, prompt="sea"), now=NOW)

    assert (repeat.task_id, repeat.joined) == (first.task_id, True)


async def test_a_submit_survives_the_end_of_its_connection(stock: Stock) -> None:
    caller = await stock.caller(credits_left=20_000)
    killer = await stock.database.connect()

    submits = [asyncio.create_task(stock.submit(caller)) for _ in range(20)]
    for _ in range(10):
        await killer.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE '%submit_task%' AND pid <> pg_backend_pid()"""
        )
    outcomes = await asyncio.gather(*submits, return_exceptions=True)
    await killer.close()

    made = {outcome.task_id for outcome in outcomes if not isinstance(outcome, BaseException)}
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {type(outcome) for outcome in refused} <= {Unavailable}
    stored = {row["task_id"] for row in await stock.database.fetch("SELECT task_id FROM task")}
    assert made <= stored
    assert await stock.balance(caller.account_id) == 20_000 - 1000 * len(stored)


class _losing:  # noqa: N801 - it is used like a function.
    """An open database that loses answers when it is told to."""

    def __init__(self, url: str) -> None:
        self._database = LosingAnswers(url)

    async def __aenter__(self) -> LosingAnswers:
        await self._database.open()
        return self._database

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


async def test_a_closed_database_is_unavailable(database: Database) -> None:
    await database.close()

    with pytest.raises(Unavailable):
        await database.fetch("SELECT 1")
