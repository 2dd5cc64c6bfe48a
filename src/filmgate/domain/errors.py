"""Every way in which Filmgate says no.

FilmgateError
├── RequestRefused        the caller's request cannot be honoured as it stands
│   ├── InvalidRequest    a missing, invalid or unsupported parameter           bad_request
│   │   └── NotImplementedByEngine  no engine on the route can honour it        api_not_implemented
│   ├── PolicyRefusal     the operator's or an upstream's content policy        forbidden
│   ├── TooLarge          a body or a file over its limit                       too_large
│   ├── CreditsUsedUp     not enough credits                                    used_up
│   ├── TooManyRequests   a limit of the account, or the queue is full          too_many_requests
│   └── IdempotencyConflict  the same Idempotency-Key with another body         idempotency_conflict
├── KeyRefused            who is calling is unknown, or may not call this       invalid_token
│   └── KeyNotForThisAPI                                                        token_mismatched
├── TaskFailed            an accepted task ended without a clip
│   ├── Cancelled         its caller deleted it                                 cancelled
│   ├── TimedOut          it exceeded its time limit                            timeout
│   ├── EngineFailed      the engine's fault, or ours                           api_error
│   │   ├── NotAccepted   the engine did not take the job at all                api_error
│   │   └── BrokeOnTask   it took the job and broke; either may be to blame     api_error
│   └── OutcomeUnknown    an upstream may have taken the order, or not          api_error
├── Unavailable           database or storage is away; trying again is safe     unavailable
├── FileGone              a file past its retention, or deleted                 expired
├── FileUnknown           a file that never was                                 not_found
├── LinkClosed            an upstream's link leads where nothing may be fetched   (never on the wire)
├── UnsupportedMediaType  a body that is not said to be JSON                    unsupported_media_type
├── InvalidCatalog        the catalogue's file has a mistake                    (never on the wire)
├── InvalidSettings       the operator's settings cannot be used                (never on the wire)
└── StaleAttempt          a newer attempt holds this task, or it has ended      (never on the wire)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from filmgate.domain.secrecy import without_secrets
from filmgate.domain.wording import in_credits


@dataclass(frozen=True)
class Objection:
    """One field a request may not have as it is.

    `field` is the name on the wire, `value` what was sent (already safe to print), `message` a whole
    sentence that says what would be accepted.
    """

    field: str
    value: object
    message: str


@dataclass(frozen=True)
class Upstream:
    """What another server said of a job, in its own code and words: for the operator, never for a caller."""

    code: str
    message: str


class FilmgateError(Exception):
    """The root. `code` is the word on the wire, `str(error)` the sentence beside it.

    `upstream` is what another server said, where it was one that said no.
    """

    code: ClassVar[str] = "api_error"
    upstream: Upstream | None = None

    def quoting(self, code: object, message: str) -> Self:
        """Keep an upstream's own code and words with this error, without secrets; return it to be raised."""
        self.upstream = Upstream(without_secrets(str(code)), without_secrets(message))
        return self


class RequestRefused(FilmgateError):
    """The caller's request cannot be honoured; nothing was stored."""

    code = "bad_request"


class InvalidRequest(RequestRefused):
    """One or more fields are missing, invalid or unsupported; `objections` lists them all."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(" ".join(objection.message for objection in objections))
        self.objections = tuple(objections)


class NotImplementedByEngine(InvalidRequest):
    """The request is valid, but no engine on its route can honour it."""

    code = "api_not_implemented"


class PolicyRefusal(RequestRefused):
    """The content policy of the operator, or of an upstream, refuses the prompt or a picture."""

    code = "forbidden"


class TooLarge(RequestRefused):
    """A body or a file is over its limit."""

    code = "too_large"


class CreditsUsedUp(RequestRefused):
    """The account, or the key within its limit, cannot pay for it; amounts are whole milli-credits."""

    code = "used_up"

    def __init__(self, *, needed: int, left: int, is_of_key: bool = False) -> None:
        whose = " within the spending limit of this API key" if is_of_key else ""
        super().__init__(
            f"Not enough credits: this request needs {in_credits(needed)}, "
            f"{in_credits(left)} are left{whose}."
        )
        self.needed = needed
        self.left = left


class TooManyRequests(RequestRefused):
    """A limit of the account or of the queue is reached; try again after `retry_after_seconds`."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class IdempotencyConflict(RequestRefused):
    """The `Idempotency-Key` was used for another body in the last 24 hours."""

    code = "idempotency_conflict"


class KeyRefused(FilmgateError):
    """No key, an unknown key, or one that is revoked or expired."""

    code = "invalid_token"


class KeyNotForThisAPI(KeyRefused):
    """The key is real but does not open this API."""

    code = "token_mismatched"


class TaskFailed(FilmgateError):
    """An accepted task ended without a clip; the message is the reason its caller sees."""


class Cancelled(TaskFailed):
    """The task was deleted by its caller before it ended."""

    code = "cancelled"


class TimedOut(TaskFailed):
    """The engine exceeded the task's time limit."""

    code = "timeout"


class EngineFailed(TaskFailed):
    """The engine took the job, and made no clip.

    Where it `is_of_request`, this request alone was the cause, and it says nothing of the engine. Where it
    `is_for_good`, asking the same engine again is of no use; so it is with a request's own fault.
    """

    code = "api_error"

    def __init__(self, message: str = "", *, is_for_good: bool = False, is_of_request: bool = False) -> None:
        super().__init__(message)
        self.is_for_good = is_for_good or is_of_request
        self.is_of_request = is_of_request


class NotAccepted(EngineFailed):
    """The engine, or its upstream, definitely did not take the job: another engine may have it.

    A refused connection, an explicit 429 or 5xx before acceptance, a quota that is used up.
    """


class BrokeOnTask(EngineFailed):
    """It broke while it made this clip, and nobody can tell which of the two was to blame.

    A renderer that crashed or ran out of memory, a job of an upstream that failed without a reason.
    """


class OutcomeUnknown(TaskFailed):
    """An upstream may have taken the order, and cannot be asked: ordering again might pay twice.

    Never tried again by itself. The message is always the same, so that clients can tell it.
    """

    def __init__(self) -> None:
        super().__init__("outcome unknown")


class Unavailable(FilmgateError):
    """Database or storage is away; trying again is safe, and joins whatever was stored."""

    code = "unavailable"


class FileGone(FilmgateError):
    """The file existed, and is past its retention or was deleted."""

    code = "expired"


class FileUnknown(FilmgateError):
    """No file ever had this name."""

    code = "not_found"


class LinkClosed(FilmgateError):
    """An upstream's link leads where the operator lets nothing be fetched; a predicate about the link."""


class UnsupportedMediaType(FilmgateError):
    """The body is not said to be JSON."""

    code = "unsupported_media_type"


class InvalidCatalog(FilmgateError):
    """The catalogue of models and prices has a mistake; the message names the entry."""


class InvalidSettings(FilmgateError):
    """The operator's settings or `filmgate.toml` cannot be used as they are; the message says why."""


class StaleAttempt(FilmgateError):
    """A newer attempt holds the task, or the task has ended: this worker's write is refused."""
