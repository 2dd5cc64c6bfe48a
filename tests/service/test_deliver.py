"""Callbacks from end to end of the use case: tried again, given up, and never the task's fault."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import structlog

from filmgate.domain.callbacks import Delivery, DeliveryId, Receipt
from filmgate.domain.tasks import Status, Task
from filmgate.service.deliver import Deliver, DeliveryRules
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.service.studio import Studio
from tests.store.stock import NOW, a_clip, take

A_SECOND = timedelta(seconds=1)
DELAYS = (A_SECOND, 5 * A_SECOND)


def answer(status: int | None, *, retry_after: timedelta | None = None) -> Receipt:
    """What a receiver answered."""
    return Receipt(status=status, reason="said so", elapsed=timedelta(0), retry_after=retry_after)


class Receiver:
    """A `CallbackSender` to a receiver that answers as written, and may keep its callers waiting."""

    def __init__(self, answers: Iterable[Receipt]) -> None:
        self._answers = iter(answers)
        self.got: list[tuple[DeliveryId, bytes]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        """See the port."""
        self.got.append((delivery.delivery_id, body))
        await self.may_answer.wait()
        return next(self._answers)


def _status_of(task: Task) -> bytes:
    return task.status.encode()


def _deliver(studio: Studio, receiver: Receiver) -> Deliver:
    return Deliver(
        deliveries=PostgresDeliveryStore(studio.stock.database),
        tasks=studio.stock.tasks,
        write=_status_of,
        sender=receiver,
        clock=studio.clock,
        rules=DeliveryRules(delays=DELAYS, posts_of_account=2, posts_to_host=1),
        chance=lambda: 0.5,
    )


async def _deliveries(studio: Studio, *hosts: str) -> list[DeliveryId]:
    """One delivery of a new account to each of the hosts."""
    caller = await studio.stock.caller()
    for host in hosts:
        await studio.stock.submit(caller, callback_url=f"http://{host}/hook")
        await studio.stock.queue.succeed(await take(studio.stock.queue), [a_clip()], now=NOW)
    rows = await studio.stock.database.fetch(
        """SELECT delivery_id FROM delivery JOIN pgqueuer ON dedupe_key = 'deliver:' || delivery_id || ' 0'
        WHERE account_id = $1 ORDER BY id""",
        caller.account_id,
    )
    return [DeliveryId(row["delivery_id"]) for row in rows]


async def _known(studio: Studio, delivery_id: DeliveryId) -> Delivery:
    delivery = await PostgresDeliveryStore(studio.stock.database).delivery(delivery_id)
    assert delivery is not None
    return delivery


async def test_a_failing_receiver_is_tried_by_the_schedule_under_the_same_id(studio: Studio) -> None:
    receiver = Receiver([answer(500), answer(None), answer(500)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, "receiver.example")

    for n_posts in range(3):
        await deliver(delivery_id, n_posts)

    delivery = await _known(studio, delivery_id)
    assert receiver.got == [(delivery_id, b"succeeded")] * 3
    assert (delivery.n_posts, delivery.delivered_at) == (3, None)
    assert delivery.given_up_at is not None
    assert (await studio.stock.known(delivery.task_id)).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("receipt", "seconds"), [(answer(500), 1.05), (answer(429, retry_after=3 * A_SECOND), 3.15)]
)
async def test_the_next_post_waits_as_long_as_it_should(
    studio: Studio, receipt: Receipt, seconds: float
) -> None:
    deliver, (delivery_id,) = (
        _deliver(studio, Receiver([receipt])),
        await _deliveries(studio, "receiver.example"),
    )

    await deliver(delivery_id, 0)

    wait = await studio.stock.value(
        "SELECT execute_after - created FROM pgqueuer WHERE dedupe_key = $1", f"deliver:{delivery_id} 1"
    )
    assert wait == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [204, 410])
async def test_nothing_follows_a_post_that_was_taken_or_refused_for_good(studio: Studio, status: int) -> None:
    receiver = Receiver([answer(status)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, "receiver.example")

    await deliver(delivery_id, 0)
    await deliver(delivery_id, 0)
    await deliver(delivery_id, 1)

    assert len(receiver.got) == 1
    assert not (await _known(studio, delivery_id)).is_open


async def test_a_post_that_was_made_is_not_made_again(studio: Studio) -> None:
    receiver = Receiver([answer(500), answer(500)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, "receiver.example")

    await deliver(delivery_id, 0)
    await deliver(delivery_id, 0)

    assert len(receiver.got) == 1


async def test_a_replay_begins_the_schedule_anew_under_the_same_id(studio: Studio) -> None:
    receiver = Receiver([answer(500)] * 6)
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, "receiver.example")
    for n_posts in range(3):
        await deliver(delivery_id, n_posts)
    given_up = await _known(studio, delivery_id)

    replayed = await PostgresDeliveryStore(studio.stock.database).replay(
        given_up.task_id, account_id=given_up.account_id
    )
    for n_posts in range(3, 6):
        await deliver(delivery_id, n_posts)

    assert replayed
    assert receiver.got == [(delivery_id, b"succeeded")] * 6
    assert not (await _known(studio, delivery_id)).is_open


async def test_a_callback_that_is_given_up_is_told_in_the_log(studio: Studio) -> None:
    deliver = _deliver(studio, Receiver([answer(410)]))
    (delivery_id,) = await _deliveries(studio, "receiver.example")

    with structlog.testing.capture_logs() as lines:
        await deliver(delivery_id, 0)

    task_id = str((await _known(studio, delivery_id)).task_id)
    assert lines == [{"event": "callback given up", "log_level": "warning", "task_id": task_id, "n_posts": 1}]


async def test_a_slow_host_gets_only_so_many_posts_at_once(studio: Studio) -> None:
    receiver = Receiver([answer(204), answer(204)])
    deliver, (first, second) = (
        _deliver(studio, receiver),
        await _deliveries(studio, "slow.example", "slow.example:81"),
    )

    async with _held(receiver, deliver, first):
        put_off = await deliver(second, 0)

    assert put_off is not None
    assert put_off > timedelta(0)
    assert await deliver(second, 0) is None
    assert len(receiver.got) == 2


async def test_an_account_has_only_so_many_posts_at_once_and_another_does_not_wait_for_it(
    studio: Studio,
) -> None:
    receiver = Receiver([answer(204)] * 4)
    deliver = _deliver(studio, receiver)
    one, two, three = await _deliveries(studio, "one.example", "two.example", "three.example")
    (anothers,) = await _deliveries(studio, "one.example")

    async with _held(receiver, deliver, one, two):
        put_off = await deliver(three, 0)
        posting = asyncio.create_task(deliver(anothers, 0))
        await _until(receiver, 3)

    assert put_off is not None
    assert await posting is None
    assert [delivery_id for delivery_id, _ in receiver.got] == [one, two, anothers]


@asynccontextmanager
async def _held(receiver: Receiver, deliver: Deliver, *delivery_ids: DeliveryId) -> AsyncIterator[None]:
    """Posts that are under way until the block ends."""
    receiver.may_answer.clear()
    posts = []
    for count, delivery_id in enumerate(delivery_ids, 1):
        posts.append(asyncio.create_task(deliver(delivery_id, 0)))
        await _until(receiver, count)
    yield
    receiver.may_answer.set()
    await asyncio.gather(*posts)


async def _until(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(5):
        while len(receiver.got) < count:  # noqa: ASYNC110 - the receiver tells nobody.
            await asyncio.sleep(0.005)
