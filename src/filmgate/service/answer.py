"""Keeping book of who was answered, so that a repeated request can join its first try."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.ports import Clock, TaskStore

_TURNS_TO_NOTE_A_HANG_UP = 10


class AnswerBook:
    """Notes answers and hang-ups, which are written in batches a moment later.

    What the store cannot take yet is kept and written when it is back.
    """

    def __init__(self, tasks: TaskStore, *, clock: Clock, write_every: timedelta) -> None:
        self._tasks = tasks
        self._clock = clock
        self._write_every = write_every
        # The HTTP status of the answer, or None where there was none.
        self._notes: dict[TaskId, int | None] = {}
        self._being_written: dict[TaskId, int | None] = {}
        self._n_held = 0
        self._writing = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start writing."""
        self._loop = asyncio.create_task(self._keep_writing(), name="answer book")

    async def close(self) -> None:
        """Write what is left, if the store can take it."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        with suppress(Unavailable):
            await self._write()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """A block in which a connection is held until its task ends."""
        self._n_held += 1
        try:
            yield
        finally:
            self._n_held -= 1

    def answered(self, task_id: TaskId, http_status: int) -> None:
        """Note that the caller got an answer with this status."""
        self._notes[task_id] = http_status

    async def note(self, task_id: TaskId, http_status: int) -> None:
        """Do the same where a coroutine is called for."""
        self.answered(task_id, http_status)

    def hung_up(self, task_id: TaskId) -> None:
        """Note that the connection went away without an answer."""
        self._notes[task_id] = None

    async def settle(self) -> None:
        """Return once whoever calls again can join what was noted so far.

        Raises:
            Unavailable: the store cannot be told.
        """
        if self._n_held:
            # Who hangs up and calls again at once comes with both in one turn of the loop, and a hang-up
            # takes some turns more until it is noted.
            for _ in range(_TURNS_TO_NOTE_A_HANG_UP):
                await asyncio.sleep(0)
        if any(
            _lets_join(status) for notes in (self._being_written, self._notes) for status in notes.values()
        ):
            await self._write()

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(self._write_every.total_seconds())
            with suppress(Unavailable):
                await self._write()

    async def _write(self) -> None:
        async with self._writing:
            if not self._notes:
                return
            self._being_written, self._notes = self._notes, {}
            try:
                await self._tasks.mark_answered(self._being_written, now=self._clock.now())
            except BaseException:
                self._notes = self._being_written | self._notes
                raise
            finally:
                self._being_written = {}


def _lets_join(http_status: int | None) -> bool:
    return http_status is None or http_status >= 500
