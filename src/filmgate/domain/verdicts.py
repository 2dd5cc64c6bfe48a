"""What an attempt that made no clip comes to: for its task, and for its engine. The one table of it."""

from dataclasses import dataclass
from enum import Enum, auto

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    InvalidRequest,
    NotAccepted,
    OutcomeUnknown,
    PolicyRefusal,
)


class Next(Enum):
    """What becomes of the task."""

    END = auto()
    """It fails now: the same request would fail again, or must not be ordered again."""
    AGAIN = auto()
    """It counts as a try; while there are tries left, the same engine gets it again."""
    ELSEWHERE = auto()
    """Nobody took it: the next engine of the route has it, and it was no try."""
    LATER = auto()
    """It has nothing to do with the task; it waits, and it was no try."""


class Blame(Enum):
    """Against whom it counts, when the engine is watched for failures in a row."""

    ENGINE = auto()
    NOBODY = auto()
    """The request, its caller, or ourselves: it says nothing of the engine."""
    EITHER = auto()
    """The task or the engine: one account's tasks must not close the engine to the others."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of the task, and who is to blame."""

    next: Next
    blame: Blame


def verdict(error: BaseException) -> Verdict:
    """Judge an error of an attempt. The request's own faults come first: they end every kind of failure."""
    match error:
        case InvalidRequest() | PolicyRefusal():
            return Verdict(Next.END, Blame.NOBODY)
        case OutcomeUnknown():
            return Verdict(Next.END, Blame.ENGINE)
        case NotAccepted():
            return Verdict(Next.ELSEWHERE, Blame.NOBODY if error.is_of_request else Blame.ENGINE)
        case EngineFailed(is_of_request=True):
            return Verdict(Next.END, Blame.NOBODY)
        case EngineFailed():
            blame = Blame.EITHER if isinstance(error, BrokeOnTask) else Blame.ENGINE
            return Verdict(Next.END if error.is_for_good else Next.AGAIN, blame)
        case _:
            # A store that is away, a cancel, a fault of ours.
            return Verdict(Next.LATER, Blame.NOBODY)
