"""Asking for a job until its clip can be fetched, with the same patience in every dialect."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Protocol, TypeVar

import structlog

from filmgate.domain.errors import EngineFailed
from filmgate.engines.relay.exchange import Unanswered, Unreached, UnreadableAnswer
from filmgate.engines.relay.pauses import Rhythm
from filmgate.ports import RenderWatch

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_N_LOST = 3
# Services have been seen to say that a job has succeeded some seconds before they give the link to its clip.
_N_WITHOUT_CLIP = 10


class State(Enum):
    """How far a job is."""

    WAITING = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()


class ToldJob(Protocol):
    """What every dialect tells of a job; `progress` is from 0 to 1.

    `has_clip` says that the clip of a job that has succeeded can be asked for.
    """

    @property
    def state(self) -> State: ...
    @property
    def progress(self) -> float: ...
    @property
    def has_clip(self) -> bool: ...


class NoWord(Exception):
    """An answer that says nothing of the job, and perhaps for how many seconds to leave it alone."""

    def __init__(self, reason: str, *, asked_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.asked_seconds = asked_seconds


class JobLost(EngineFailed):
    """The upstream says, again and again, that it does not know the job that it had taken."""


AnyJob = TypeVar("AnyJob", bound=ToldJob)


async def until_over(
    look: Callable[[], Awaitable[AnyJob | None]],
    *,
    watch: RenderWatch,
    every_seconds: float,
    upstream: str,
    job_id: str | None,
) -> AnyJob:
    """Return the job when it has failed, or has succeeded and its clip can be asked for.

    `look` asks once; it returns None where the upstream says that it knows no such job, and may raise what
    `exchange` raises, or `NoWord`. A question that is not answered says nothing about the job, so that such
    are asked for ever; the task's own time limit ends them.

    Raises:
        JobLost: as it says.
        EngineFailed: the job has succeeded, and even some polls later there is no clip.
    """
    n_lost = n_without_clip = 0
    rhythm = Rhythm(every_seconds=every_seconds)
    while True:
        try:
            job = await look()
        except (Unreached, Unanswered, UnreadableAnswer, NoWord) as error:
            _log.warning("no word of a job", upstream_id=job_id, reason=str(error))
            await rhythm.after_silence(asked_seconds=getattr(error, "asked_seconds", None))
            continue
        if job is None:
            n_lost += 1
            _log.warning("a job is not known", upstream_id=job_id, times=n_lost)
            if n_lost >= _N_LOST:
                raise JobLost(f"{upstream} no longer knows the job that it had taken.")
            await rhythm.after_silence()
            continue
        n_lost = 0
        if job.state is State.FAILED or (job.state is State.SUCCEEDED and job.has_clip):
            return job
        if job.state is State.SUCCEEDED:
            n_without_clip += 1
            if n_without_clip > _N_WITHOUT_CLIP:
                raise EngineFailed(f"{upstream} says that it has made the clip, and gives no link to it.")
        await watch.progress(job.progress)
        await rhythm.after_answer()
