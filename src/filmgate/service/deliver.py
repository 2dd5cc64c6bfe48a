"""Telling a caller's own server how its task ended."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from filmgate.domain.callbacks import RETRY_DELAYS, Delivery, DeliveryId, next_post_after
from filmgate.domain.errors import Unavailable
from filmgate.ports import CallbackSender, CallbackWriter, Clock, DeliveryStore, TaskStore


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
        delays: Sequence[timedelta] = RETRY_DELAYS,
        posts_to_one_receiver: int = 8,
    ) -> None:
        self._deliveries = deliveries
        self._tasks = tasks
        self._write = write
        self._sender = sender
        self._clock = clock
        self._delays = delays
        self._posts_to_one_receiver = posts_to_one_receiver
        self._under_way: Counter[object] = Counter()

    async def __call__(self, delivery_id: DeliveryId, n_posts: int) -> None:
        """Make the post that follows `n_posts` earlier ones, unless it was made or is not wanted.

        Raises:
            Unavailable: try again in a moment; also when this receiver has enough posts under way, so
                that a slow one does not hold up the others.
        """
        delivery = await self._deliveries.delivery(delivery_id)
        if delivery is None or not delivery.is_open or delivery.n_posts != n_posts:
            return
        receiver = (delivery.account_id, urlsplit(delivery.url).netloc)
        if self._under_way[receiver] >= self._posts_to_one_receiver:
            raise Unavailable("This receiver has enough posts under way.")
        self._under_way[receiver] += 1
        try:
            await self._post(delivery)
        finally:
            self._under_way[receiver] -= 1
            # Adding drops the receivers at zero, who would pile up otherwise.
            self._under_way += Counter()

    async def _post(self, delivery: Delivery) -> None:
        task = await self._tasks.task(delivery.task_id)
        assert task is not None, "a delivery refers to its task"
        receipt = await self._sender.send(delivery, self._write(task), now=self._clock.now())
        again_in = next_post_after(receipt, n_posts=delivery.n_posts + 1, delays=self._delays)
        await self._deliveries.record_receipt(delivery, receipt, again_in=again_in, now=self._clock.now())
