"""Giving out a result file by its public name."""

from datetime import timedelta

from filmgate.domain.errors import FileGone, FileUnknown
from filmgate.domain.tasks import StoredFile, Task
from filmgate.ports import Clock, TaskStore


class OpenFile:
    """Finds files that are neither deleted nor past their retention."""

    def __init__(self, *, tasks: TaskStore, clock: Clock, retention: timedelta) -> None:
        self._tasks = tasks
        self._clock = clock
        self._retention = retention

    async def __call__(self, name: str) -> tuple[StoredFile, Task]:
        """Return the file and the task that made it.

        Raises:
            FileUnknown: no file ever had this name.
            FileGone: it was deleted, or its retention is over.
        """
        found = await self._tasks.file(name)
        if found is None:
            raise FileUnknown("There is no such file.")
        file, task = found
        if not task.has_files(now=self._clock.now(), retention=self._retention):
            days = f"{self._retention.days} days" if self._retention.days != 1 else "1 day"
            reason = "was deleted" if task.files_deleted_at else f"was kept for {days}"
            raise FileGone(f"This file {reason} and is gone.")
        return file, task
