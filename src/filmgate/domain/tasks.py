"""A task from the moment it is accepted: its states, the legal moves between them, and what it made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, NewType
from uuid import UUID

from filmgate.domain.accounts import AccountId, ApplicationId, KeyId
from filmgate.domain.errors import Upstream
from filmgate.domain.requests import GenerationRequest

TaskId = NewType("TaskId", UUID)
VideoId = NewType("VideoId", str)


class Status(StrEnum):
    """Where a task stands. A cancelled task has failed, with the error code `cancelled`."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Say whether nothing can change any more."""
        return not MOVES[self]


# A running task may wait again, because its worker handed it back, or run again, because it was lost.
MOVES: Mapping[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.RUNNING, Status.FAILED}),
    Status.RUNNING: frozenset({Status.RUNNING, Status.WAITING, Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
}


def before(status: Status) -> tuple[Status, ...]:
    """Return the states from which a task may come to this one."""
    return tuple(each for each in Status if status in MOVES[each])


class FileKind(StrEnum):
    """What a file of a task is."""

    CLIP = "clip"
    POSTER = "poster"
    INPUT = "input"


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """What was measured on a finished clip: pixels, frames per second, and seconds."""

    width: int
    height: int
    fps: Fraction
    duration: Fraction
    has_audio: bool


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file in the object store; `name` is the random public one below `/files/`."""

    kind: FileKind
    key: str
    name: str
    content_type: str
    n_bytes: int
    clip: ClipFacts | None = None


@dataclass(frozen=True)
class Failure:
    """Why a task failed: the word and the sentence its caller sees.

    `is_outcome_unknown` where an upstream may have made the clip all the same, and asks to be paid for it.
    `leaves_order` where what was ordered may still be under way there, and is wanted no more.
    """

    code: str
    message: str
    is_outcome_unknown: bool = False
    leaves_order: bool = False


@dataclass(frozen=True, kw_only=True)
class Setback:
    """An attempt that came to nothing: in which engine, when, and why. For the operator.

    `upstream` is what the other server said, where one did. Where it `is_for_good`, asking that engine again
    is of no use.
    """

    attempt: int
    engine: str
    at: datetime
    reason: str
    upstream: Upstream | None = None
    is_for_good: bool = False


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A field that was accepted without an effect.

    One of an unknown name goes with the nearest name that has one; one of a known name says the `reason`, as
    a whole sentence.
    """

    field: str
    nearest: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One accepted request and everything that became of it.

    `body` is the request as it was sent, with inline pictures replaced by their type, size and SHA-256.
    Credits are whole milli-credits. `progress` is in whole per cent. `attempt` counts the claims, from 0,
    and `handed_back` those that ended because a worker was stopped, through no fault of the task.
    `public_origin` starts every URL that is printed for this task. `request` is None where this version
    cannot read what another one stored. `refused_by` are the engines that did not take it since
    `refused_since`, in which time none did. `making` is how its engine says that the clip came about.
    """

    task_id: TaskId
    trace_id: UUID
    account_id: AccountId
    application_id: ApplicationId
    key_id: KeyId
    status: Status
    attempt: int
    handed_back: int = 0
    request: GenerationRequest | None
    body: Mapping[str, Any]
    warnings: tuple[Warned, ...] = ()
    engine: str
    seed: int
    reserved: int
    settled: int | None = None
    progress: int = 0
    public_origin: str
    callback_url: str | None = None
    resume_token: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    files_deleted_at: datetime | None = None
    video_id: VideoId | None = None
    files: tuple[StoredFile, ...] = ()
    failure: Failure | None = None
    refused_by: tuple[str, ...] = ()
    refused_since: datetime | None = None
    setbacks: tuple[Setback, ...] = ()
    making: Mapping[str, Any] | None = None

    @property
    def clip(self) -> StoredFile | None:
        """The finished clip, if there is one."""
        return next((file for file in self.files if file.kind is FileKind.CLIP), None)

    @property
    def poster(self) -> StoredFile | None:
        """The still that stands for the clip, if there is one."""
        return next((file for file in self.files if file.kind is FileKind.POSTER), None)

    def has_files(self, *, now: datetime, retention: timedelta) -> bool:
        """Say whether the clip can still be had: neither deleted nor past its retention."""
        return (
            self.clip is not None
            and self.finished_at is not None
            and self.files_deleted_at is None
            and now < self.finished_at + retention
        )

    @property
    def tries(self) -> int:
        """How many attempts count against the limit."""
        return self.attempt - self.handed_back
