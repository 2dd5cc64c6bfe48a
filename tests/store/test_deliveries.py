"""Deliveries: queued with the ending, posted until they arrive or are refused, and never lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from filmgate.domain.accounts import WebhookSecrets
from filmgate.domain.callbacks import Delivery, DeliveryId, Post, Receipt
from filmgate.domain.errors import Unavailable
from filmgate.store.chores import Chores
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.store.stock import A_MOMENT, NOW, Stock, a_clip, take

ACCEPTED = Receipt(status=204, reason="No Content", elapsed=timedelta(seconds=1))
BROKEN = Receipt(status=500, reason="Broken", elapsed=timedelta(seconds=1))


async def _a_delivery(stock: Stock) -> Delivery:
    submitted = await stock.submit(await stock.caller(), callback_url="http://receiver.example")
    await stock.queue.succeed(await take(stock.queue), [a_clip()], now=NOW)
    delivery_id = await stock.value("SELECT delivery_id FROM delivery WHERE task_id = $1", submitted.task_id)
    delivery = await PostgresDeliveryStore(stock.database).delivery(DeliveryId(delivery_id))
    assert delivery is not None
    return delivery


async def test_an_accepted_post_closes_its_delivery(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)

    await deliveries.record_receipt(delivery, ACCEPTED, again_in=None, now=NOW)

    closed = await deliveries.delivery(delivery.delivery_id)
    assert closed is not None
    assert (closed.is_open, closed.n_posts, closed.delivered_at, closed.given_up_at) == (False, 1, NOW, None)


async def test_a_refused_post_gives_its_delivery_up(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)

    await deliveries.record_receipt(delivery, BROKEN, again_in=None, now=NOW)

    closed = await deliveries.delivery(delivery.delivery_id)
    assert closed is not None
    assert (closed.delivered_at, closed.given_up_at) == (None, NOW)


async def test_the_same_post_told_twice_counts_once(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)
    await deliveries.record_receipt(delivery, BROKEN, again_in=A_MOMENT, now=NOW)
    before = await stock.counts()

    await deliveries.record_receipt(delivery, BROKEN, again_in=A_MOMENT, now=NOW)

    assert await stock.counts() == before
    assert await stock.value("SELECT n_posts FROM delivery") == 1


async def test_the_log_tells_every_post_and_when_the_next_is_due(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)
    await deliveries.record_receipt(delivery, BROKEN, again_in=timedelta(hours=1), now=NOW)

    log = await deliveries.log(delivery.task_id, account_id=delivery.account_id)

    assert log is not None
    assert log.posts == (
        Post(
            number=1,
            sent_at=NOW - timedelta(seconds=1),
            status=500,
            reason="Broken",
            elapsed=timedelta(seconds=1),
        ),
    )
    assert log.next_post_at == await stock.value("SELECT max(execute_after) FROM pgqueuer")


async def test_another_accounts_delivery_is_neither_shown_nor_sent_again(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)
    await deliveries.record_receipt(delivery, ACCEPTED, again_in=None, now=NOW)
    other = await stock.caller()

    log = await deliveries.log(delivery.task_id, account_id=other.account_id)
    replayed = await deliveries.replay(delivery.task_id, account_id=other.account_id)

    assert (log, replayed) == (None, False)
    assert await stock.value("SELECT delivered_at FROM delivery") == NOW


async def test_a_replay_while_a_post_is_under_way_queues_no_second_one(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)
    await stock.database.fetch("UPDATE pgqueuer SET status = 'picked'")

    replayed = await deliveries.replay(delivery.task_id, account_id=delivery.account_id)

    assert replayed
    assert await stock.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'deliver'") == 1


async def test_a_secret_that_was_rotated_out_signs_until_its_time_is_over(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    delivery = await _a_delivery(stock)

    rotated = await stock.accounts.rotate_webhook_secret(
        account_id=delivery.account_id, keep_old_for=timedelta(hours=1)
    )
    meanwhile = await deliveries.delivery(delivery.delivery_id)
    await stock.database.fetch("UPDATE account SET old_secret_until = now()")
    later = await deliveries.delivery(delivery.delivery_id)
    known_later = await stock.accounts.webhook_secrets(account_id=delivery.account_id)

    assert meanwhile is not None
    assert later is not None
    assert meanwhile.secrets == (rotated.newest, *delivery.secrets)
    assert later.secrets == (rotated.newest,)
    assert known_later == WebhookSecrets(newest=rotated.newest)


async def test_no_more_than_two_secrets_sign_and_one_that_leaked_stops_at_once(stock: Stock) -> None:
    account_id = (await stock.caller()).account_id
    an_hour = timedelta(hours=1)

    first = await stock.accounts.rotate_webhook_secret(account_id=account_id, keep_old_for=an_hour)
    second = await stock.accounts.rotate_webhook_secret(account_id=account_id, keep_old_for=an_hour)
    third = await stock.accounts.rotate_webhook_secret(account_id=account_id, keep_old_for=None)

    assert second.older == first.newest
    assert third == WebhookSecrets(newest=third.newest)
    assert len({first.newest, second.newest, third.newest}) == 3
    assert await stock.value("SELECT webhook_secrets FROM account WHERE account_id = $1", account_id) == [
        third.newest
    ]


async def test_a_lost_post_is_queued_again_and_only_once(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    await _a_delivery(stock)
    await stock.database.fetch("DELETE FROM pgqueuer")

    await deliveries.queue_lost_posts()
    await deliveries.queue_lost_posts()

    assert await stock.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'deliver'") == 1


class Postman:
    """Takes posts as the use case does, and answers as the test says."""

    def __init__(self, *outcomes: Exception | timedelta | None) -> None:
        self._outcomes: Iterator[Exception | timedelta | None] = iter(outcomes)
        self.posts: asyncio.Queue[tuple[DeliveryId, int]] = asyncio.Queue()

    async def __call__(self, delivery_id: DeliveryId, n_posts: int) -> timedelta | None:
        self.posts.put_nowait((delivery_id, n_posts))
        outcome = next(self._outcomes, None)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def next_post(self) -> tuple[DeliveryId, int]:
        return await asyncio.wait_for(self.posts.get(), 10)


@asynccontextmanager
async def _chores(
    stock: Stock, deliver: Callable[[DeliveryId, int], Awaitable[timedelta | None]]
) -> AsyncIterator[asyncio.Task[None]]:
    async def sweep() -> None:
        """Nothing to sweep."""

    chores = Chores(
        stock.database,
        deliver=deliver,
        sweep=sweep,
        sweep_orphans=sweep,
        lost_after=timedelta(seconds=5),
        restart_after=A_MOMENT,
        stop_within=A_MOMENT,
    )
    running = asyncio.create_task(chores())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_queued_post_is_made(stock: Stock) -> None:
    postman = Postman()
    async with _chores(stock, postman):
        delivery = await _a_delivery(stock)

        assert await postman.next_post() == (delivery.delivery_id, 0)


async def test_a_post_while_the_database_is_away_is_made_again(stock: Stock) -> None:
    postman = Postman(Unavailable("away"))
    delivery = await _a_delivery(stock)

    async with _chores(stock, postman):
        posts = [await postman.next_post(), await postman.next_post()]

    assert posts == [(delivery.delivery_id, 0)] * 2


async def test_a_post_for_which_there_is_no_room_is_made_when_there_may_be(stock: Stock) -> None:
    postman = Postman(A_MOMENT)
    delivery = await _a_delivery(stock)

    async with _chores(stock, postman):
        posts = [await postman.next_post(), await postman.next_post()]

    assert posts == [(delivery.delivery_id, 0)] * 2


async def test_a_replay_is_posted_at_once_whatever_was_queued(stock: Stock) -> None:
    deliveries, postman = PostgresDeliveryStore(stock.database), Postman()
    delivery = await _a_delivery(stock)
    await stock.database.fetch("DELETE FROM pgqueuer")
    await deliveries.record_receipt(delivery, BROKEN, again_in=timedelta(hours=1), now=NOW)

    async with _chores(stock, postman):
        await deliveries.replay(delivery.task_id, account_id=delivery.account_id)
        await deliveries.replay(delivery.task_id, account_id=delivery.account_id)

        assert await postman.next_post() == (delivery.delivery_id, 1)


async def test_the_next_post_is_made_when_it_is_due(stock: Stock) -> None:
    deliveries, postman = PostgresDeliveryStore(stock.database), Postman()
    delivery = await _a_delivery(stock)
    await stock.database.fetch("DELETE FROM pgqueuer")

    async with _chores(stock, postman):
        await deliveries.record_receipt(delivery, BROKEN, again_in=A_MOMENT, now=NOW)

        assert await postman.next_post() == (delivery.delivery_id, 1)


async def test_posts_go_on_after_the_connection_was_lost(stock: Stock) -> None:
    postman = Postman()
    async with _chores(stock, postman):
        await _a_delivery(stock)
        await postman.next_post()
        await stock.database.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE '%pgqueuer%'"""
        )

        again = await _a_delivery(stock)

        while (await postman.next_post())[0] != again.delivery_id:
            pass


async def test_a_post_interrupted_by_the_end_of_the_process_is_made_later(stock: Stock) -> None:
    started = asyncio.Event()

    async def slow_post(_delivery_id: DeliveryId, _attempts: int) -> None:
        started.set()
        await asyncio.Event().wait()

    delivery = await _a_delivery(stock)
    async with _chores(stock, slow_post) as running:
        await asyncio.wait_for(started.wait(), 10)
        running.cancel()
        async with asyncio.timeout(10):
            await asyncio.wait({running})

    postman = Postman()
    async with _chores(stock, postman):
        assert await postman.next_post() == (delivery.delivery_id, 0)
