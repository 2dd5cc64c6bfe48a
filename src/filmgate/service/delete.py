"""Taking a task back: an open one is cancelled, a finished one loses its files."""

from contextlib import suppress
from datetime import timedelta

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.ports import Clock, ObjectStore, TaskStore
from filmgate.service.submit import folder_of


class Delete:
    """Cancels or deletes, whichever the state of the task calls for."""

    def __init__(self, *, tasks: TaskStore, objects: ObjectStore, clock: Clock) -> None:
        self._tasks = tasks
        self._objects = objects
        self._clock = clock

    async def __call__(self, task_id: TaskId, *, account_id: AccountId) -> bool:
        """Return whether anything was deleted; False for an unknown or already deleted task."""
        now = self._clock.now()
        is_deleted = await self._tasks.cancel(
            task_id, account_id=account_id, now=now
        ) or await self._tasks.forget_files(task_id, account_id=account_id, now=now)
        if is_deleted:
            # Deleted is what the store says from now on; files that cannot be removed yet are swept later.
            with suppress(Unavailable):
                await self._objects.delete_all(folder_of(task_id))
        return is_deleted


class Sweep:
    """Removes the files of deleted tasks, and of tasks that ended longer ago than the retention."""

    def __init__(self, *, tasks: TaskStore, objects: ObjectStore, clock: Clock, retention: timedelta) -> None:
        self._tasks = tasks
        self._objects = objects
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Remove what is due, and return how many tasks lost their files.

        Raises:
            Unavailable: what is left is removed the next time.
        """
        n_swept = 0
        now = self._clock.now()
        while expired := await self._tasks.expire_files(
            ended_before=now - self._retention, now=now, limit=100
        ):
            for task_id in expired:
                await self._objects.delete_all(folder_of(task_id))
            await self._tasks.note_removed(expired, now=now)
            n_swept += len(expired)
        return n_swept
