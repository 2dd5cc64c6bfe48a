"""Deliveries: queued with the ending, posted until they arrive or are refused, and never lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from filmgate.domain.callbacks import Delivery, DeliveryId, Receipt
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


async def test_a_lost_post_is_queued_again_and_only_once(stock: Stock) -> None:
    deliveries = PostgresDeliveryStore(stock.database)
    await _a_delivery(stock)
    await stock.database.fetch("DELETE FROM pgqueuer")

    await deliveries.queue_lost_posts()
    await deliveries.queue_lost_posts()

    assert await stock.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'deliver'") == 1


class Postman:
    """Takes posts as the use case does, and answers as the test says."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self._outcomes: Iterator[Exception | None] = iter(outcomes)
        self.posts: asyncio.Queue[tuple[DeliveryId, int]] = asyncio.Queue()

    async def __call__(self, delivery_id: DeliveryId, n_posts: int) -> None:
        self.posts.put_nowait((delivery_id, n_posts))
        if fault := next(self._outcomes, None):
            raise fault

    async def next_post(self) -> tuple[DeliveryId, int]:
        return await asyncio.wait_for(self.posts.get(), 10)


@asynccontextmanager
async def _chores(
    stock: Stock, deliver: Callable[[DeliveryId, int], Awaitable[None]]
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
        await asyncio.sleep(3600)

    delivery = await _a_delivery(stock)
    async with _chores(stock, slow_post) as running:
        await asyncio.wait_for(started.wait(), 10)
        running.cancel()
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait({running}, timeout=10)

    postman = Postman()
    async with _chores(stock, postman):
        assert await postman.next_post() == (delivery.delivery_id, 0)
