"""What a server's no means: the one table from statuses and codes of the dialect to our own errors."""

from collections.abc import Mapping
from enum import Enum, auto

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    FilmgateError,
    NotAccepted,
    OutcomeUnknown,
    PolicyRefusal,
)
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.openai.answers import Job, read_refusal


class Meaning(Enum):
    """What an order comes to that was answered so; nothing was ordered, except where it is UNKNOWN."""

    LATER = auto()
    """A limit, or something that its operator may mend: another engine may have it, or this one later."""
    ELSEWHERE = auto()
    """Not here, however often it is asked: another engine may have it."""
    REQUEST = auto()
    """The same, because of this request; others may be taken here."""
    POLICY = auto()
    """The content is against its policy."""
    UNKNOWN = auto()
    """It broke in the middle of something, and may make the clip all the same."""


_KEY = "The upstream does not know this server's key, or lets it do nothing."
_QUOTA = "What was paid for at the upstream is used up."
_POLICY = "The upstream refuses this content by its policy."

_CODES: Mapping[str, tuple[Meaning, str]] = {
    "moderation_blocked": (Meaning.POLICY, _POLICY),
    "content_policy_violation": (Meaning.POLICY, _POLICY),
    "sentinel_block": (Meaning.POLICY, _POLICY),
    "model_not_found": (Meaning.REQUEST, "The upstream does not know the model."),
    "insufficient_quota": (Meaning.LATER, _QUOTA),
    "billing_hard_limit_reached": (Meaning.LATER, _QUOTA),
    "budget_exceeded": (Meaning.LATER, _QUOTA),
}
_STATUSES: Mapping[int, tuple[Meaning, str]] = {
    401: (Meaning.LATER, _KEY),
    402: (Meaning.LATER, _QUOTA),
    403: (Meaning.LATER, _KEY),
    404: (Meaning.ELSEWHERE, "The upstream knows no such call or model."),
    408: (Meaning.UNKNOWN, "The upstream gave up on the order."),
    413: (Meaning.REQUEST, "The order is too large for the upstream."),
    429: (Meaning.LATER, "The upstream takes no more orders for the moment."),
    503: (Meaning.LATER, "The upstream takes no orders for the moment."),
}

# How servers say of a job that failed that its order was to blame; what else fails may be its own fault.
_OF_REQUEST = frozenset(
    {
        *("400", "413", "415", "422", "bad_request", "validation_error"),
        *("invalid", "invalid_image", "invalid_prompt", "invalid_request", "invalid_request_error"),
        "invalid_value",
    }
)


def refusal(status: int, content: bytes) -> FilmgateError:
    """Return what an order ends by that was answered with another status than a success.

    The upstream's own words stay with it for the operator.
    """
    code, message = read_refusal(content)
    meaning, sentence = _CODES.get(code) or _STATUSES.get(status) or _unknown_no(status, message)
    return _error(meaning, sentence).quoting(code or f"HTTP {status}", message)


def _unknown_no(status: int, message: str) -> tuple[Meaning, str]:
    if status >= 500:
        return Meaning.UNKNOWN, "The upstream broke."
    meaning = Meaning.REQUEST if status in (400, 409, 415, 422) else Meaning.ELSEWHERE
    return meaning, f"The upstream refuses the order: {short_reason(message) or f'HTTP {status}'}"


def _error(meaning: Meaning, sentence: str) -> FilmgateError:
    match meaning:
        case Meaning.POLICY:
            return PolicyRefusal(sentence)
        case Meaning.UNKNOWN:
            return OutcomeUnknown()
        case Meaning.LATER | Meaning.ELSEWHERE | Meaning.REQUEST:
            is_of_request = meaning is Meaning.REQUEST
            is_for_good = is_of_request or meaning is Meaning.ELSEWHERE
            return NotAccepted(sentence, is_for_good=is_for_good, is_of_request=is_of_request)


def is_not_known(status: int, content: bytes) -> bool:
    """Say whether the server itself says that it has no such job.

    What stands before a server may answer 404 as well while it restarts, in no words of the dialect.
    """
    return status == 404 and read_refusal(content) != ("", "")


def failure(job: Job) -> FilmgateError:
    """Return what a job that failed ends by."""
    meaning, sentence = _CODES.get(job.code, (None, ""))
    if meaning is Meaning.POLICY:
        return PolicyRefusal(sentence).quoting(job.code, job.message)
    words = short_reason(job.message) or f"it gave no reason ({job.code})"
    sentence = f"The upstream could not make the clip: {words}"
    if meaning is Meaning.REQUEST or job.code.lower() in _OF_REQUEST:
        return EngineFailed(sentence, is_of_request=True).quoting(job.code, job.message)
    return BrokeOnTask(sentence).quoting(job.code, job.message)
