"""What an engine reports of an attempt while it renders, on its way to the store."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from filmgate.domain.errors import StaleAttempt, Unavailable
from filmgate.ports import Claim, LeftoverStore, RenderQueue
from filmgate.service.health import Health
from filmgate.service.insist import Insist


class Reports:
    """`ports.RenderWatch` on one claim; progress is published by the clock, not by the frame."""

    def __init__(
        self,
        queue: RenderQueue,
        claim: Claim,
        *,
        leftovers: LeftoverStore,
        insist: Insist,
        health: Health,
    ) -> None:
        self._health = health
        self._leftovers = leftovers
        self._queue = queue
        self._claim = claim
        self._insist = insist
        self._percent = 0
        self._refused = asyncio.Event()
        self._is_stopping = False

    async def progress(self, fraction: float) -> None:
        """See the port."""
        self._health.took(self._claim.task.engine, account_id=self._claim.task.account_id)
        # One hundred is for a task that has ended: its files are stored and its result can be had.
        self._percent = min(99, int(fraction * 100))

    async def save_resume_token(self, token: str) -> None:
        """See the port."""
        self._health.took(self._claim.task.engine, account_id=self._claim.task.account_id)
        try:
            await self._insist(lambda: self._queue.save_resume_token(self._claim, token))
        except StaleAttempt:
            if self._is_stopping:
                raise
            # Whether the task has ended is told to the engine by the way in which it is cancelled now.
            self._refused.set()
            await asyncio.Event().wait()

    async def leave_behind(self, token: str | None) -> None:
        """See the port. While the store is away it is not told: what is gone is deleted once more then."""
        task = self._claim.task
        with suppress(Unavailable):
            await self._leftovers.keep(task.task_id, attempt=task.attempt, token=token)

    def stop(self) -> None:
        """Let a refused token raise `StaleAttempt` from now on: the engine is being cancelled."""
        self._is_stopping = True

    async def publish(self, *, every: timedelta) -> None:
        """Publish what changed, for ever; ends with `StaleAttempt` when the task is no longer ours."""
        published = 0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._refused.wait(), every.total_seconds())
                raise StaleAttempt(f"Attempt {self._claim.task.attempt} is over.")
            if (percent := self._percent) != published:
                with suppress(Unavailable):
                    await self._queue.report_progress(self._claim, percent)
                    published = percent
