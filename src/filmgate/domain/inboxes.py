"""Callback inboxes: addresses of our own that keep what is posted to them, for their owner to look at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, NewType
from uuid import UUID

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import TooLarge

InboxId = NewType("InboxId", UUID)

INBOX_SECRET: Final = re.compile(r"[0-9a-f]{32}")
"""128 random bits: whoever knows them may post."""

MOST_ENTRY_BYTES: Final = 64 * 1024
MOST_A_MINUTE: Final = 60
MOST_ENTRIES: Final = 200
MOST_INBOXES: Final = 10
KEPT_FOR: Final = timedelta(days=7)


class InboxAnswer(IntEnum):
    """What an inbox answers, by its owner's choice: so that trying again can be watched."""

    TAKEN = 200
    GONE = 410
    BROKEN = 500
    BUSY = 503

    @property
    def retry_after(self) -> timedelta | None:
        """How long it asks to be left alone."""
        return timedelta(seconds=30) if self is InboxAnswer.BUSY else None


class Verdict(StrEnum):
    """What the check of a signature found.

    `STALE` says that it was made, or claims to have been made, more than five minutes before or after.
    """

    SIGNED = "signed"
    STALE = "stale"
    MISFIT = "misfit"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """An inbox; a revoked one stays known, so that its address can be told from one that never was."""

    inbox_id: InboxId
    account_id: AccountId
    secret: str
    answer: InboxAnswer
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What somebody posts to an inbox: the query of the URL, the headers in their order, the body."""

    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def n_bytes(self) -> int:
        """How much room it takes."""
        written = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.query) + written + len(self.body)

    def by_name(self) -> Mapping[str, str]:
        """Return the headers by their names in lower case; of one given twice the last counts."""
        return {name.lower(): value for name, value in self.headers}

    def check_size(self) -> None:
        """Return where it fits.

        Raises:
            TooLarge: it does not.
        """
        if self.n_bytes > MOST_ENTRY_BYTES:
            raise TooLarge(
                f"An inbox takes posts of at most {MOST_ENTRY_BYTES // 1024} KiB, headers included."
            )


@dataclass(frozen=True, kw_only=True)
class InboxEntry:
    """An arrival that was kept; `number` grows with every one of them, over all inboxes."""

    number: int
    inbox_id: InboxId
    received_at: datetime
    arrival: Arrival
    verdict: Verdict
    answer: InboxAnswer
