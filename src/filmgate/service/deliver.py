"""Telling a caller's own server how its task ended."""

from filmgate.domain.callbacks import DeliveryId, next_attempt_after
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
    ) -> None:
        self._deliveries = deliveries
        self._tasks = tasks
        self._write = write
        self._sender = sender
        self._clock = clock

    async def __call__(self, delivery_id: DeliveryId) -> None:
        """Post once, unless the delivery is closed or gone."""
        delivery = await self._deliveries.delivery(delivery_id)
        if delivery is None or delivery.delivered_at is not None or delivery.given_up_at is not None:
            return
        task = await self._tasks.task(delivery.task_id)
        assert task is not None, "a delivery refers to its task"
        receipt = await self._sender.send(delivery, self._write(task), now=self._clock.now())
        again_in = next_attempt_after(receipt, attempts=delivery.attempts + 1)
        await self._deliveries.record_receipt(delivery, receipt, again_in=again_in, now=self._clock.now())
