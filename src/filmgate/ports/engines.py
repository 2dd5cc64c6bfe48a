"""What makes clips, and who chooses among engines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import (
    ClipFacts,
    FileKind,
    TaskId,
)


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """All that an engine may know of one attempt.

    `inputs` are local files by the names of `GenerationRequest.media()`, and `source_clip` for extend.
    `folder` is empty and the engine's own; it is removed after the attempt, whatever happened.
    `resume_token` is what an earlier attempt at this task saved in the same engine, or None.
    `source_token` is what the task whose clip is continued saved, where this same engine made that.
    """

    task_id: TaskId
    attempt: int
    request: GenerationRequest
    spec: ModelSpec
    seed: int
    inputs: Mapping[str, Path]
    folder: Path
    resume_token: str | None = None
    source_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class RenderedFile:
    """A file an engine wrote in its job's folder; clips carry what was measured on them.

    `making` tells the operator how a clip came about, in JSON values: what was rendered, interpolated or
    upscaled, seconds by stage, peak memory. It is kept with the task.
    """

    kind: FileKind
    path: Path
    content_type: str
    clip: ClipFacts | None = None
    making: Mapping[str, Any] | None = None


class RenderWatch(Protocol):
    """What an engine reports while it renders."""

    async def progress(self, fraction: float) -> None:
        """Report how much is done, from 0 to 1; cheap enough to call for every frame."""
        ...

    async def save_resume_token(self, token: str) -> None:
        """Keep a token that lets a later attempt resume instead of starting over.

        Returns when it is durable. Where a newer attempt holds the task, or it has ended, this does not
        return: the render is cancelled, with `TASK_ENDED` or without.

        Raises:
            StaleAttempt: the same, while the render is being cancelled already.
        """
        ...

    async def leave_behind(self, token: str | None) -> None:
        """Say what is left at the upstream of a task that has ended: what has this token, or nothing.

        For engines that see to it after `TASK_ENDED`. What nobody says is gone is given to `clear_up` later.
        """
        ...


TASK_ENDED = "the task has ended"


class Engine(Protocol):
    """Something that makes clips.

    Cancelling the `render` coroutine stops the work: the engine frees what it holds and lets the
    `CancelledError` pass. With the message `TASK_ENDED` nobody will ask for the clip any more; without it
    another attempt may take up what was begun.
    """

    @property
    def name(self) -> str:
        """The name that routes, records and the queue know it by."""
        ...

    @property
    def slots(self) -> int:
        """How many jobs it renders at once in this process; a worker claims no more than that."""
        ...

    @property
    def continues_only_its_own(self) -> bool:
        """Whether it can extend only clips that it made itself, whose `source_token` it is given."""
        ...

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """Name every field of a valid request that this engine cannot honour; pure and immediate."""
        ...

    async def check(self) -> None:
        """Return when it could take a job now, as far as can be told in seconds without making a clip.

        Raises:
            EngineFailed: says why it could not; also where it is not started.
        """
        ...

    async def start(self) -> None:
        """Get ready to render, so that the first job does not pay for it.

        Raises:
            EngineFailed: it cannot, for now; it may be started again.
        """
        ...

    async def close(self) -> None:
        """Stop everything that was started; safe to call twice."""
        ...

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """Make the clip, and what goes with it; exactly one file is a clip.

        Raises:
            InvalidRequest: an input turned out to be unusable; final, the caller's fault.
            PolicyRefusal: an upstream's content policy is against it; final.
            NotAccepted: nobody took the job; another engine may have it, and it is no attempt.
            OutcomeUnknown: an upstream may have taken it; final, so that nothing is ordered twice.
            EngineFailed: anything else; another attempt may succeed.
        """
        ...


@runtime_checkable
class ClearsUp(Protocol):
    """An engine that orders elsewhere, and can take back what was ordered for a task that has ended."""

    async def clear_up(self, token: str) -> None:
        """Delete what was ordered under the resume token; return where there is nothing to delete.

        Raises:
            EngineFailed: it may still be made; it is asked again, unless it `is_for_good`.
        """
        ...


class Router(Protocol):
    """Chooses engines for requests.

    `source_engine` is the engine that made the clip which an extend continues, and None otherwise.
    """

    async def choose(self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None) -> str:
        """Return the name of the engine that will render this.

        Raises:
            NotImplementedByEngine: none on the route can honour it.
        """
        ...

    async def next_choice(
        self,
        request: GenerationRequest,
        spec: ModelSpec,
        *,
        source_engine: str | None,
        refused_by: Sequence[str],
    ) -> str | None:
        """Return another engine that a living worker serves, or None where all of them have refused."""
        ...

    def able(
        self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None
    ) -> Sequence[str]:
        """Return every engine of the route that can honour the request, whether a worker serves it or not."""
        ...

    def factor(self, engine: str) -> Fraction:
        """Return what the engine's clips cost, as a multiple of the catalogue's price."""
        ...


class Meter(Protocol):
    """Counts what this process does; every call is immediate."""

    def attempt_ended(self, engine: str, outcome: str, *, elapsed: timedelta, settled: int) -> None:
        """Count an attempt, how long it took, and the milli-credits that its success cost."""
        ...
