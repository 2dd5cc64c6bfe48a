"""Telling a caller's own server how its task ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import random
from urllib.parse import urlsplit

import structlog

from filmgate.domain.callbacks import Delivery, DeliveryId, next_post_after
from filmgate.ports import CallbackSender, CallbackWriter, Clock, DeliveryStore, TaskStore
from filmgate.service.lanes import Lanes

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class DeliveryRules:
    """When posts are made again, and how many may be under way at once.

    `delays` are the waits between the posts of a delivery. An account has at most `posts_of_account` under
    way, and `posts_to_host` of them to one host.
    """

    delays: Sequence[timedelta]
    posts_of_account: int = 16
    posts_to_host: int = 8


class Deliver:
    """Makes one post of a delivery; the store queues the next one where it is due."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        tasks: TaskStore,
        write: CallbackWriter,
        sender: CallbackSender,
        clock: Clock,
        rules: DeliveryRules,
        chance: Callable[[], float] = random,
    ) -> None:
        """`chance` draws a number from 0 to 1, by which a wait is lengthened."""
        self._deliveries = deliveries
        self._tasks = tasks
        self._write = write
        self._sender = sender
        self._clock = clock
        self._delays = rules.delays
        self._chance = chance
        self._accounts = Lanes(room=rules.posts_of_account, clock=clock)
        self._hosts = Lanes(room=rules.posts_to_host, clock=clock)

    async def __call__(self, delivery_id: DeliveryId, n_posts: int) -> timedelta | None:
        """Make the post that follows `n_posts` earlier ones, unless it was made or is not wanted.

        Return None when that is dealt with. Where its account or receiver has enough posts under way,
        nothing is done, and what is returned is when to call again.

        Raises:
            Unavailable: the store is away; call again in a moment.
        """
        delivery = await self._deliveries.delivery(delivery_id)
        if delivery is None or not delivery.is_open or delivery.n_posts != n_posts:
            return None
        account = delivery.account_id
        # A host has a lane for each account, so that one account's dead paths are not another's trouble.
        host = (account, urlsplit(delivery.url).hostname)
        if wait := max(self._accounts.wait(account), self._hosts.wait(host)):
            return wait
        with self._accounts.inside(account), self._hosts.inside(host):
            await self._post(delivery)
        return None

    async def _post(self, delivery: Delivery) -> None:
        task = await self._tasks.task(delivery.task_id)
        assert task is not None, "a delivery refers to its task"
        receipt = await self._sender.send(delivery, self._write(task), now=self._clock.now())
        n_posts = delivery.n_posts + 1
        again_in = next_post_after(
            receipt, n_posts=n_posts - delivery.n_earlier, delays=self._delays, chance=self._chance()
        )
        await self._deliveries.record_receipt(delivery, receipt, again_in=again_in, now=self._clock.now())
        if again_in is None and not receipt.is_accepted:
            _log.warning("callback given up", task_id=str(delivery.task_id), n_posts=n_posts)
