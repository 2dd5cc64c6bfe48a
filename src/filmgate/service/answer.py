"""Keeping book of who was answered, so that a repeated request can join its first try."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.ports import Clock, TaskStore


class AnswerBook:
    """Notes answers and hang-ups; answers are written in batches, a moment after they were given."""

    def __init__(self, tasks: TaskStore, *, clock: Clock, write_every: timedelta) -> None:
        self._tasks = tasks
        self._clock = clock
        self._write_every = write_every
        self._answers: dict[TaskId, int] = {}
        self._hang_ups: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start writing."""
        self._loop = asyncio.create_task(self._keep_writing(), name="answer book")

    async def close(self) -> None:
        """Write what is left."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self.settle()
        with suppress(Unavailable):
            await self._write()

    def answered(self, task_id: TaskId, http_status: int) -> None:
        """Note that the caller got an answer with this status."""
        self._answers[task_id] = http_status

    async def note(self, task_id: TaskId, http_status: int) -> None:
        """Do the same where a coroutine is called for."""
        self.answered(task_id, http_status)

    def hung_up(self, task_id: TaskId) -> None:
        """Note that the connection went away without an answer."""
        hang_up = asyncio.create_task(self._write_hang_up(task_id))
        self._hang_ups.add(hang_up)
        hang_up.add_done_callback(self._hang_ups.discard)

    async def settle(self) -> None:
        """Return once every hang-up noted so far is in the store: who calls again now can join."""
        if self._hang_ups:
            await asyncio.gather(*self._hang_ups)
        if any(status >= 500 for status in self._answers.values()):
            await self._write()

    async def _write_hang_up(self, task_id: TaskId) -> None:
        # Lost with the database at worst: then the repeat becomes a task of its own.
        with suppress(Unavailable):
            await self._tasks.mark_unanswered(task_id, now=self._clock.now())

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(self._write_every.total_seconds())
            with suppress(Unavailable):
                await self._write()

    async def _write(self) -> None:
        if not self._answers:
            return
        answers, self._answers = self._answers, {}
        try:
            await self._tasks.mark_answered(answers, now=self._clock.now())
        except Unavailable:
            self._answers = answers | self._answers
            raise
