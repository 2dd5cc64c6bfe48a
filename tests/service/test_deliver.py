"""Callbacks from end to end of the use case: tried again, given up, and never the task's fault."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from filmgate.domain.callbacks import Delivery, DeliveryId, Receipt
from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Status, Task
from filmgate.service.deliver import Deliver
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
        delays=DELAYS,
        posts_to_one_receiver=1,
    )


async def _deliveries(studio: Studio, count: int) -> list[DeliveryId]:
    caller = await studio.stock.caller()
    for _ in range(count):
        await studio.stock.submit(caller, callback_url="http://receiver.example/hook")
        await studio.stock.queue.succeed(await take(studio.stock.queue), [a_clip()], now=NOW)
    return [
        row["delivery_id"] for row in await studio.stock.database.fetch("SELECT delivery_id FROM delivery")
    ]


async def _known(studio: Studio, delivery_id: DeliveryId) -> Delivery:
    delivery = await PostgresDeliveryStore(studio.stock.database).delivery(delivery_id)
    assert delivery is not None
    return delivery


async def test_a_failing_receiver_is_tried_by_the_schedule_under_the_same_id(studio: Studio) -> None:
    receiver = Receiver([answer(500), answer(None), answer(500)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, 1)

    for n_posts in range(3):
        await deliver(delivery_id, n_posts)

    delivery = await _known(studio, delivery_id)
    assert receiver.got == [(delivery_id, b"succeeded")] * 3
    assert (delivery.n_posts, delivery.delivered_at) == (3, None)
    assert delivery.given_up_at is not None
    assert (await studio.stock.known(delivery.task_id)).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("receipt", "seconds"), [(answer(500), 1), (answer(429, retry_after=3 * A_SECOND), 3)]
)
async def test_the_next_post_waits_as_long_as_it_should(
    studio: Studio, receipt: Receipt, seconds: float
) -> None:
    deliver, (delivery_id,) = _deliver(studio, Receiver([receipt])), await _deliveries(studio, 1)

    await deliver(delivery_id, 0)

    wait = await studio.stock.value(
        "SELECT execute_after - created FROM pgqueuer WHERE dedupe_key = $1", f"deliver:{delivery_id} 1"
    )
    assert wait == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [204, 410])
async def test_nothing_follows_a_post_that_was_taken_or_refused_for_good(studio: Studio, status: int) -> None:
    receiver = Receiver([answer(status)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, 1)

    await deliver(delivery_id, 0)
    await deliver(delivery_id, 0)
    await deliver(delivery_id, 1)

    assert len(receiver.got) == 1
    assert not (await _known(studio, delivery_id)).is_open


async def test_a_post_that_was_made_is_not_made_again(studio: Studio) -> None:
    receiver = Receiver([answer(500), answer(500)])
    deliver, (delivery_id,) = _deliver(studio, receiver), await _deliveries(studio, 1)

    await deliver(delivery_id, 0)
    await deliver(delivery_id, 0)

    assert len(receiver.got) == 1


async def test_a_slow_receiver_gets_only_so_many_posts_at_once(studio: Studio) -> None:
    receiver = Receiver([answer(204), answer(204)])
    deliver, (first, second) = _deliver(studio, receiver), await _deliveries(studio, 2)
    receiver.may_answer.clear()
    slow = asyncio.create_task(deliver(first, 0))
    async with asyncio.timeout(5):
        while not receiver.got:  # noqa: ASYNC110 - the receiver tells nobody.
            await asyncio.sleep(0.005)

    with pytest.raises(Unavailable, match="enough posts"):
        await deliver(second, 0)

    receiver.may_answer.set()
    await slow
    await deliver(second, 0)
    assert len(receiver.got) == 2
