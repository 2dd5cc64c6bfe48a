"""Accounts, their keys, and what a request costs; every amount is in whole milli-credits."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
ApplicationId = NewType("ApplicationId", UUID)
KeyId = NewType("KeyId", UUID)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whom a key stands for. `allowed_apis` is None where every API is open to it."""

    account_id: AccountId
    application_id: ApplicationId
    key_id: KeyId
    allowed_apis: tuple[str, ...] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as its owner sees it; its secret was shown once and is kept only as a hash."""

    key_id: KeyId
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class PriceItem:
    """One line of a price: what it is for and how many milli-credits it costs."""

    label: str
    millicredits: int


@dataclass(frozen=True)
class Price:
    """What a request costs, line by line."""

    items: tuple[PriceItem, ...]

    @property
    def millicredits(self) -> int:
        """The sum of all lines."""
        return sum(item.millicredits for item in self.items)
