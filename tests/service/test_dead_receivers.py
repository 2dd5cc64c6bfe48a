"""Receivers that hang keep nobody waiting but their own account: real ones, under the real queue."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from filmgate.callbacks.sender import SignedSender
from filmgate.domain.accounts import Caller
from filmgate.domain.tasks import Task
from filmgate.media.egress import EgressPolicy
from filmgate.media.guarded_http import guarded_client
from filmgate.service.deliver import Deliver, DeliveryRules
from filmgate.store.chores import Chores
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.media.loopback import Loopback, loopback, plain, silent
from tests.service.studio import Studio
from tests.store.stock import A_MOMENT, NOW, a_clip, take

_N_DEAD = 20
_POSTS_EACH = 3
# Fewer than there are dead posts, so that without caps they would take all of it.
_POSTS_AT_ONCE = 40
_RULES = DeliveryRules(delays=(), posts_of_account=16, posts_to_host=8)


async def test_twenty_dead_receivers_of_an_account_do_not_slow_anothers_delivery(studio: Studio) -> None:
    unlucky, other = await studio.stock.caller(), await studio.stock.caller()
    async with _delivering(studio), loopback() as receiver:
        receiver.answers |= {"/dead": silent, "/alive": plain(204)}
        for count in range(_N_DEAD * _POSTS_EACH):
            await _end_a_task(studio, unlucky, f"http://dead{count % _N_DEAD}.example:{receiver.port}/dead")
        await _until(receiver, "/dead", count=_RULES.posts_of_account)
        started = time.monotonic()

        await _end_a_task(studio, other, f"http://alive.example:{receiver.port}/alive")

        await _until(receiver, "/alive", count=1)
        print(f"another account's callback arrived after {time.monotonic() - started:.3f} s")
        # Every dead receiver hung all the while: none has got an answer, and no more were called.
        assert (
            await studio.stock.value(
                "SELECT count(*) FROM post JOIN delivery USING (delivery_id) WHERE account_id = $1",
                unlucky.account_id,
            )
            == 0
        )
        dead = [request for request in receiver.received if request.target == "/dead"]
        assert len(dead) == _RULES.posts_of_account


@asynccontextmanager
async def _delivering(studio: Studio) -> AsyncIterator[None]:
    """Deliveries of a server, to receivers whose names all lead to loopback."""

    async def to_loopback(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with guarded_client(EgressPolicy(allow=("127.0.0.1",)), resolve=to_loopback) as client:
        deliver = Deliver(
            deliveries=PostgresDeliveryStore(studio.stock.database),
            tasks=studio.stock.tasks,
            write=_outcome,
            sender=SignedSender(client),
            clock=studio.clock,
            rules=_RULES,
        )
        chores = Chores(
            studio.stock.database,
            deliver=deliver,
            sweep=_nothing_to_sweep,
            sweep_orphans=_nothing_to_sweep,
            lost_after=timedelta(seconds=30),
            restart_after=A_MOMENT,
            posts_at_once=_POSTS_AT_ONCE,
        )
        running = asyncio.create_task(chores())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _outcome(task: Task) -> bytes:
    return task.status.encode()


async def _nothing_to_sweep() -> None:
    pass


async def _end_a_task(studio: Studio, caller: Caller, callback_url: str) -> None:
    await studio.stock.submit(caller, callback_url=callback_url)
    await studio.stock.queue.succeed(await take(studio.stock.queue), [a_clip()], now=NOW)


async def _until(receiver: Loopback, target: str, *, count: int) -> None:
    # Well under the fifteen seconds after which a dead post would make room by itself.
    async with asyncio.timeout(10):
        while sum(request.target == target for request in receiver.received) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
