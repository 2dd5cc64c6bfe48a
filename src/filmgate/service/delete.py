"""Taking a task back: an open one is cancelled, a finished one loses its files."""

from contextlib import suppress

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
