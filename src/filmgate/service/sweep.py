"""Putting away what is past its time: results, repeats, posts, and files that no task knows."""

from datetime import timedelta

from filmgate.ports import Clock, ObjectStore, PastStore
from filmgate.service.submit import folder_of

_AT_ONCE = 100
_ROWS_AT_ONCE = 1000
_ORPHAN_AFTER = timedelta(days=1)


class Sweep:
    """Removes the files of deleted tasks, and of tasks that ended longer ago than the retention."""

    def __init__(self, *, past: PastStore, objects: ObjectStore, clock: Clock, retention: timedelta) -> None:
        self._past = past
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
        while await self._past.forget_past(sent_before=now - self._retention, now=now, limit=_ROWS_AT_ONCE):
            pass
        while expired := await self._past.expire_files(
            ended_before=now - self._retention, now=now, limit=_AT_ONCE
        ):
            for task_id in expired:
                await self._objects.delete_all(folder_of(task_id))
            await self._past.note_removed(expired, now=now)
            n_swept += len(expired)
        return n_swept

    async def orphans(self) -> int:
        """Remove files that no task has a use for and that are a day old; return how many there were.

        A process killed between storing a file and telling the database of it leaves such. All files are
        listed for it, so once a day is enough.

        Raises:
            Unavailable: what is left is removed the next time.
        """
        n_removed = 0
        now = self._clock.now()
        async for keys in self._objects.older_than(_ORPHAN_AFTER, now=now):
            if keys and (unneeded := await self._past.unneeded(keys, now=now)):
                await self._objects.delete(unneeded)
                n_removed += len(unneeded)
        return n_removed
