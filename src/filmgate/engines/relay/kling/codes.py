"""The service codes of the hosted Kling API, and what each means for an order that was answered so."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Meaning(Enum):
    """What is to be done after a code; nothing was ordered, except perhaps where it is UNKNOWN."""

    SIGN_AGAIN = auto()
    """The signature is out of its time: sign afresh and ask once more."""
    WAIT = auto()
    """A limit of the moment: ask again after a while."""
    UNKNOWN = auto()
    """Its own fault, in the middle of something: look the order up before ordering again."""
    ELSEWHERE = auto()
    """Not here, however often it is asked: another engine may have it."""
    POLICY = auto()
    """The content is against its policy; no other wording of ours will change that."""
    MISSING = auto()
    """There is no such thing: a model that was retired, or a job that it does not know."""


@dataclass(frozen=True)
class ServiceCode:
    """A code's meaning, and the sentence that a caller may see.

    Where it `is_of_request`, another request may well be taken.
    """

    meaning: Meaning
    sentence: str
    is_of_request: bool = False


_ACCOUNT = "The account at the hosted Kling service cannot be used"
_REFUSED = "The hosted Kling service refused the request"

CODES: Mapping[int, ServiceCode] = {
    1000: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT}: it was not recognised."),
    1001: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT}: it was not recognised."),
    1002: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT}: it was not recognised."),
    1003: ServiceCode(Meaning.SIGN_AGAIN, f"{_ACCOUNT}: the clocks of the two servers differ."),
    1004: ServiceCode(Meaning.SIGN_AGAIN, f"{_ACCOUNT}: the clocks of the two servers differ."),
    1100: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT} at the moment."),
    1101: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT}: it is in arrears."),
    1102: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT}: what was paid for is used up or has expired."),
    1103: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT} for this model.", is_of_request=True),
    1200: ServiceCode(Meaning.ELSEWHERE, f"{_REFUSED}.", is_of_request=True),
    1201: ServiceCode(Meaning.ELSEWHERE, f"{_REFUSED}.", is_of_request=True),
    1202: ServiceCode(Meaning.ELSEWHERE, f"{_REFUSED}: it does not know the call."),
    1203: ServiceCode(
        Meaning.MISSING,
        "The hosted Kling service has retired this model, or never had it.",
        is_of_request=True,
    ),
    1300: ServiceCode(Meaning.POLICY, "The hosted Kling service refuses this content by its policy."),
    1301: ServiceCode(Meaning.POLICY, "The hosted Kling service refuses this content by its policy."),
    1302: ServiceCode(Meaning.WAIT, "The hosted Kling service is asked too often."),
    1303: ServiceCode(Meaning.WAIT, "The hosted Kling service runs as many jobs of the account as it may."),
    1304: ServiceCode(Meaning.ELSEWHERE, f"{_ACCOUNT} from this server's address."),
    5000: ServiceCode(Meaning.UNKNOWN, "The hosted Kling service broke."),
    5001: ServiceCode(Meaning.UNKNOWN, "The hosted Kling service is away for a while."),
    5002: ServiceCode(Meaning.UNKNOWN, "The hosted Kling service was not ready in time."),
}

# By the hundred, for codes that came after this table.
_FAMILIES: Mapping[int, ServiceCode] = {
    10: CODES[1000],
    11: CODES[1100],
    12: CODES[1200],
    13: ServiceCode(Meaning.ELSEWHERE, f"{_REFUSED}."),
    50: CODES[5000],
}

_BY_STATUS: Mapping[int, int] = {400: 1200, 401: 1000, 403: 1000, 413: 1200, 422: 1200, 429: 1302}


def service_code(code: int | None, *, status: int) -> ServiceCode:
    """Return what a code means; by its family, or by the HTTP status, where the code is not known."""
    if code is not None:
        known = CODES.get(code) or _FAMILIES.get(code // 100)
        if known is not None:
            return known
    if status >= 500 or status < 400:
        return CODES[5000]
    # Without a code it may be something before the service that speaks.
    return CODES[_BY_STATUS.get(status, 1202)]
