"""What was ordered for tasks that have ended, and is still to be deleted where it was ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filmgate.domain.tasks import Setback, TaskId


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """An order, by the token under which the task's engine finds it; `tries` counts this one."""

    task_id: TaskId
    engine: str
    attempt: int
    token: str
    tries: int


class LeftoverStore(Protocol):
    """Keeps them until they are gone. Every method is one transaction, and raises `Unavailable`."""

    async def keep(self, task_id: TaskId, *, attempt: int, token: str | None) -> None:
        """Remember by what token the attempt's order is found; None where nothing is left of it."""
        ...

    async def take(
        self, engines: Sequence[str], *, now: datetime, again_at: datetime, limit: int
    ) -> list[Leftover]:
        """Return those of these engines that are due, for one try each.

        Where nothing more is said of one, it is due again at `again_at`.
        """
        ...

    async def put_off(self, leftover: Leftover, *, until: datetime) -> None:
        """Let it be due then."""
        ...

    async def gone(self, leftover: Leftover) -> None:
        """Forget it: the upstream has nothing of it any more."""
        ...

    async def give_up(self, leftover: Leftover, setback: Setback) -> None:
        """Forget it although it may still be made, and keep with the task why."""
        ...
