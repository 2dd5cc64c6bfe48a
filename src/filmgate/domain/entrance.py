"""Getting in: what an e-mail and a password must look like, how often one may try, how long one stays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from filmgate.domain.accounts import Account, SessionId
from filmgate.domain.errors import Objection, TooManyRequests

SESSION_LASTS: Final = timedelta(days=30)
LINK_LASTS: Final = timedelta(days=1)

_SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 256
_LONGEST_EMAIL = 254
# Only a mail server knows whether an address exists; this keeps out what can never be one.
_EMAIL = re.compile(
    r"[^\s\0-\x1f@<>(),:;\"\[\]\\]+@[^\s\0-\x1f@<>(),:;\"\[\]\\.]+(\.[^\s\0-\x1f@<>(),:;\"\[\]\\.]+)*"
)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A browser that is logged in, as its owner sees it in a list."""

    session_id: SessionId
    account: Account
    browser: str
    address: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class AttemptLimit:
    """So many attempts within so long, and what to say of one more."""

    most: int
    within: timedelta
    message: str

    def refusal(self) -> TooManyRequests:
        """The answer to one attempt too many."""
        return TooManyRequests(self.message, retry_after_seconds=int(self.within.total_seconds()))


_WAIT = timedelta(minutes=15)
FAILURES_OF_ACCOUNT: Final = AttemptLimit(
    10, _WAIT, "There were too many failed attempts to log in to this account; try again in 15 minutes."
)
FAILURES_OF_ADDRESS: Final = AttemptLimit(
    50, _WAIT, "There were too many failed attempts to log in from your address; try again in 15 minutes."
)
REGISTRATIONS_OF_ADDRESS: Final = AttemptLimit(
    10, timedelta(hours=1), "There were too many registrations from your address; try again in an hour."
)


def tidy_email(written: str) -> str:
    """Return the address as it is kept and compared: without spaces around it, in lower case."""
    return written.strip().lower()


def email_objections(email: str) -> Iterator[Objection]:
    """Name what keeps a tidy address from being one."""
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        yield Objection("email", email, "Please enter an e-mail address, such as ada@example.com.")


def password_objections(password: str, *, email: str | None = None) -> Iterator[Objection]:
    """Name what makes a password too easy to guess; length counts for more than odd characters."""
    if len(password) < _SHORTEST_PASSWORD:
        message = f"Please choose a password of at least {_SHORTEST_PASSWORD} characters."
        yield Objection("password", None, message)
    elif len(password) > _LONGEST_PASSWORD:
        message = f"Please choose a password of at most {_LONGEST_PASSWORD} characters."
        yield Objection("password", None, message)
    elif len(set(password)) < _SHORTEST_PASSWORD // 2 or tidy_email(password) == email:
        yield Objection("password", None, "This password is too easy to guess; please choose another.")
