"""Counts for those who watch over it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filmgate.domain.accounts import (
    AccountId,
)
from filmgate.domain.tasks import (
    FileKind,
)


@dataclass(frozen=True, kw_only=True)
class OpenTasks:
    """How many tasks of an engine have this status, and when the oldest was created.

    `reserved` are the milli-credits that they hold.
    """

    engine: str
    status: str
    n_tasks: int
    reserved: int
    oldest: datetime


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was counted at one moment, over all servers and workers.

    `ended` counts the tasks of the last hour by engine and status, `deliveries` the open ones by whether
    anything was posted yet and those closed in the last hour, `workers` the living ones by engine, `expected`
    are the engines that one of them is there for, whether it can take a task by now or not, and `leftovers`
    the orders of ended tasks that are still to be deleted upstream, by engine.
    """

    open: Sequence[OpenTasks]
    ended: Mapping[tuple[str, str], int]
    deliveries: Mapping[str, int]
    workers: Mapping[str, int]
    expected: Set[str]
    leftovers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """How many files of a kind an account has in the object store, and their sum in bytes."""

    account_id: AccountId
    kind: FileKind
    n_files: int
    n_bytes: int


class Census(Protocol):
    """Counts for those who watch over it."""

    async def stored(self) -> list[Stored]:
        """Add up what is kept, file by file, and so not for every few seconds; raises `Unavailable`."""
        ...

    async def figures(self, *, now: datetime) -> Figures:
        """Count by indexes alone; raises `Unavailable`."""
        ...
