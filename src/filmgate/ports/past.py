"""The seam to what is past its time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from filmgate.domain.tasks import TaskId


class PastStore(Protocol):
    """What has been kept long enough, to be put away in small steps, by several servers at the same time.

    Every method is one transaction. All raise `Unavailable` when the store cannot be reached.
    """

    async def expire_files(self, *, ended_before: datetime, now: datetime, limit: int) -> list[TaskId]:
        """Mark the files of tasks that ended long ago as deleted; return tasks with marked files.

        They are returned until `note_removed`. The source of an extend that still waits or runs is kept.
        """
        ...

    async def note_removed(self, task_ids: Sequence[TaskId], *, now: datetime) -> None:
        """Remember that the files marked as deleted are gone from the object store."""
        ...

    async def forget_past(self, *, sent_before: datetime, now: datetime, limit: int) -> int:
        """Forget what nobody can ask for any more, so many rows of a kind; return how many there were.

        Those are the posts of closed deliveries that were sent long ago, what a repeat of a request is
        recognised by, a day after its first try, sessions that are over, attempts to log in of a day ago, and
        what inboxes received a week ago.
        """
        ...

    async def unneeded(self, keys: Sequence[str], *, now: datetime) -> list[str]:
        """Return those of the object keys that belong to no task, or that their task has no use for.

        An input stays as long as its task has files; of an open task everything stays.
        """
        ...
