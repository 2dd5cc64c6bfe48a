"""The same tasks as workers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from filmgate.domain.tasks import (
    Failure,
    Setback,
    StoredFile,
    Task,
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One worker's hold on one attempt of a task; every later write is fenced by it.

    `job_id` and `claim_id` are the queue's names of the job and of this hold on it.
    """

    task: Task
    job_id: int
    claim_id: UUID


@dataclass(frozen=True)
class SourceMaker:
    """Which engine made the clip that a task continues, and the resume token it had saved for it."""

    engine: str
    resume_token: str | None


@dataclass(frozen=True, kw_only=True)
class Making:
    """What comes with the files of a task that succeeded: what it costs on the engine that made it, in
    milli-credits, and how the engine says that the clip came about.
    """

    price: int
    told: Mapping[str, Any] | None = None


class RenderQueue(Protocol):
    """The same tasks, as workers see them: claimed, kept alive, and ended.

    Every method is one transaction, and every write is refused with `StaleAttempt` when a newer attempt
    holds the task or the task has ended. All raise `Unavailable` when the store cannot be reached.
    """

    async def claim(self, engines: Sequence[str], *, now: datetime) -> Claim | None:
        """Take the next waiting task of these engines, or one whose worker stopped its heartbeat.

        Called again after `Unavailable`, it returns what was taken when only the answer was lost.
        """
        ...

    async def heartbeat(
        self,
        claims: Sequence[Claim],
        *,
        engines: Sequence[str],
        expected: Sequence[str] = (),
        ailing: Mapping[str, str] | None = None,
    ) -> None:
        """Say that this worker serves these engines and that its attempts are alive.

        `expected` are all engines that it is there for, those too that cannot take a task yet; `ailing` are
        those of the engines that would take no job now, and why.
        """
        ...

    async def report_progress(self, claim: Claim, percent: int) -> None:
        """Publish progress in whole per cent."""
        ...

    async def save_resume_token(self, claim: Claim, token: str) -> None:
        """Keep the engine's token for a later attempt; the task was taken, so earlier refusals are over."""
        ...

    async def source_maker(self, claim: Claim) -> SourceMaker | None:
        """Return who made the clip that the task continues, or None where it continues none."""
        ...

    async def record_input(self, claim: Claim, name: str, file: StoredFile) -> None:
        """Remember a fetched picture or video for later attempts."""
        ...

    async def inputs(self, claim: Claim) -> Mapping[str, StoredFile]:
        """Return the stored inputs of the task by name; `source_clip` is the clip that it extends."""
        ...

    async def succeed(
        self, claim: Claim, files: Sequence[StoredFile], *, making: Making | None = None, now: datetime
    ) -> None:
        """End the task with its clip: status, files, settlement, delivery and job in one transaction.

        The making's price is settled, but never more than was reserved; without one, all of that.
        """
        ...

    async def fail(
        self, claim: Claim, failure: Failure, *, setback: Setback | None = None, now: datetime
    ) -> None:
        """End the task with a reason, give the credits back, and queue the delivery, in one transaction."""
        ...

    async def hand_back(
        self, claim: Claim, *, after: timedelta, is_failure: bool, setback: Setback | None = None
    ) -> None:
        """Let any worker take the task again after a while; `is_failure` counts it as a try."""
        ...

    async def pass_on(
        self,
        claim: Claim,
        *,
        to: str,
        refused_by: Sequence[str],
        after: timedelta,
        setback: Setback | None,
        now: datetime,
    ) -> None:
        """Let a worker of the engine `to` take the task after a while, as if for the first time.

        It does not count as a try. `refused_by` are the engines not to be asked again in this round, which
        began when the task was first refused.
        """
        ...

    async def wait_for_work(self, *, at_most: timedelta) -> None:
        """Return when something was queued, or after a while."""
        ...

    async def leave(self) -> None:
        """Strike this worker from the living ones; what it claimed without hearing of it goes back."""
        ...

    async def is_expected(self, engine: str) -> bool:
        """Say whether a living worker is there for the engine, whether it can take a task by now or not."""
        ...

    async def live_engines(self) -> Mapping[str, str | None]:
        """Return the engines that a living worker serves; with a reason where no worker finds them well."""
        ...
