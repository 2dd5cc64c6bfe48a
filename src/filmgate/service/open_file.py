"""Giving out a result file by its public name."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileGone, FileUnknown
from filmgate.domain.tasks import StoredFile, Task
from filmgate.ports import Clock, TaskStore

_FILE_NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9]+")


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
        found = await self._tasks.file(name) if _FILE_NAME.fullmatch(name) else None
        if found is None:
            raise FileUnknown("There is no such file.")
        file, task = found
        if not task.has_files(now=self._clock.now(), retention=self._retention):
            days = f"{self._retention.days} days" if self._retention.days != 1 else "1 day"
            reason = "was deleted" if task.files_deleted_at else f"was kept for {days}"
            raise FileGone(f"This file {reason} and is gone.")
        return file, task


class FindOwnFile:
    """`ports.OwnFiles` by the names of our files."""

    def __init__(self, open_file: OpenFile, *, public_url: str | None) -> None:
        self._open_file = open_file
        self._public_url = public_url

    async def __call__(self, url: str, *, account_id: AccountId) -> str | None:
        """See the port.

        A file's name cannot be guessed, so the name alone tells that a URL is ours, by whatever origin
        its caller reaches us.
        """
        parts = urlsplit(url)
        is_ours = self._public_url is not None and url.startswith(f"{self._public_url}/")
        name = parts.path.removeprefix("/files/")
        if not is_ours and not _FILE_NAME.fullmatch(name):
            return None
        try:
            file, task = await self._open_file(name)
        except FileUnknown:
            if is_ours:
                raise
            return None
        if task.account_id != account_id:
            raise FileUnknown("There is no such file.")
        return file.key
