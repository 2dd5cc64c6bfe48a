"""Tasks as their callers see them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from filmgate.domain.accounts import (
    AccountId,
)
from filmgate.domain.quotas import Quotas
from filmgate.domain.tasks import (
    Status,
    StoredFile,
    Task,
    TaskId,
    VideoId,
)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A task about to be stored.

    `body_hash` is the SHA-256 of the canonical body. `holder` identifies the server process whose
    connection waits for the answer. `cost_seconds` is the task's weight in fair queueing.
    `extends` is the task whose clip this one continues. `quotas` say when it is one too many.
    """

    task: Task
    body_hash: bytes
    idempotency_key: str | None
    holder: int
    cost_seconds: int
    quotas: Quotas
    extends: TaskId | None = None


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What became of a submission: the id it was given, or the earlier task that it joined."""

    task_id: TaskId
    joined: bool


@dataclass(frozen=True, kw_only=True)
class TaskSearch:
    """Which tasks are looked for, and which page of them; what is None or empty matches every task.

    `text` is a part of the prompt, in any case. A page is so many tasks further than the newest by `offset`,
    or next to a task of the account: those that are older than it, or those that are newer.
    """

    limit: int
    offset: int = 0
    older_than: TaskId | None = None
    newer_than: TaskId | None = None
    status: Status | None = None
    model: str | None = None
    text: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None


class TaskStore(Protocol):
    """Where tasks live, as their callers see them.

    Every method is one transaction. All raise `Unavailable` when the store cannot be reached.
    """

    async def submit(self, submission: Submission, *, now: datetime) -> Submitted:
        """Reserve the credits, store the task and queue it, or join the earlier task it repeats.

        Safe to call again with the same task id. After `Unavailable` the task may be stored or not.

        Raises:
            CreditsUsedUp, TooManyRequests, IdempotencyConflict: nothing was stored.
        """
        ...

    async def task(self, task_id: TaskId, *, account_id: AccountId | None = None) -> Task | None:
        """Return the task, unless it is unknown or another account's."""
        ...

    async def tasks(self, task_ids: Sequence[TaskId], *, account_id: AccountId | None = None) -> list[Task]:
        """Return those of the tasks that exist and are the account's, in the order asked for."""
        ...

    async def newest_tasks(self, search: TaskSearch, *, account_id: AccountId) -> list[Task]:
        """Return a page of the account's tasks, newest first; beside a task that it does not have, none."""
        ...

    async def of_unknown_outcome(self, *, limit: int) -> list[Task]:
        """Return the tasks of all accounts whose clip an upstream may have made unseen, newest first."""
        ...

    async def newest_failed(self, *, since: datetime, limit: int) -> list[Task]:
        """Return the tasks of all accounts that failed since then, newest first.

        Left out are those that were cancelled, and those of unknown outcome.
        """
        ...

    async def task_of_video(self, video_id: VideoId, *, account_id: AccountId) -> Task | None:
        """Return the task that made the video, unless it is unknown or another account's."""
        ...

    async def cancel(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """End a waiting or running task as cancelled; False when it is unknown or has ended."""
        ...

    async def forget_files(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """Mark a succeeded task's files as deleted; False when there is nothing to do."""
        ...

    async def file(self, name: str) -> tuple[StoredFile, Task] | None:
        """Return the file with this public name and its task, deleted or not."""
        ...

    async def mark_answered(self, answers: Mapping[TaskId, int | None], *, now: datetime) -> None:
        """Remember how held connections ended: with an HTTP status, or None where they went away.

        A repeat joins an unanswered task for 24 h and one answered 5xx for 15 s. The id may also be one
        that was drawn for a request which joined an earlier task.
        """
        ...


class TaskNews(Protocol):
    """Being told about tasks without asking again and again."""

    @property
    def holder(self) -> int:
        """This process's identity as a holder of connections; it dies with the process."""
        ...

    def follow(self, task_id: TaskId, *, at_most_every: timedelta) -> AsyncGenerator[Task, None]:
        """Yield the task as it is now, then its changes, and last when it has ended.

        `at_most_every` lies at least between two yields of an open task.

        Raises:
            Unavailable: this process stops.
        """
        ...

    async def ended(self, task_id: TaskId) -> Task:
        """Return the task once it has ended; thousands may wait at once.

        Raises:
            Unavailable: this process stops.
        """
        ...
