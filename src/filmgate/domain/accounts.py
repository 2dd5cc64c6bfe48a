"""Accounts, their keys, and what a request costs; every amount is in whole milli-credits."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil
from typing import NewType
from uuid import UUID

from filmgate.domain.errors import KeyNotForThisAPI
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, GenerationRequest
from filmgate.domain.wording import in_credits

AccountId = NewType("AccountId", UUID)
ApplicationId = NewType("ApplicationId", UUID)
KeyId = NewType("KeyId", UUID)
SessionId = NewType("SessionId", UUID)

MOST_CREDITS = 10**9
"""No amount that a person writes may be more."""

VIDEOS_API = "kling-videos"
"""The API that keys are made for and tasks belong to, by its name on the wire."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whom a key stands for. `allowed_apis` is None where every API is open to it."""

    account_id: AccountId
    application_id: ApplicationId
    key_id: KeyId
    allowed_apis: tuple[str, ...] | None = None
    expires_at: datetime | None = None

    def check_api(self, api: str) -> None:
        """Return if the key is for this API.

        Raises:
            KeyNotForThisAPI: it is for others.
        """
        if self.allowed_apis is not None and api not in self.allowed_apis:
            raise KeyNotForThisAPI(
                f"This API key is not for {api}; it opens: {', '.join(self.allowed_apis)}."
            )


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account and its owner.

    `email` is None while nobody can log in to it. `balance` is in milli-credits, and means nothing where
    the account `is_unlimited`. `has_acquired` says whether it has an application of the videos API.
    """

    account_id: AccountId
    name: str
    email: str | None
    is_operator: bool
    is_unlimited: bool
    balance: int
    has_acquired: bool
    has_password: bool
    created_at: datetime


LONGEST_KEY_NAME = 60


def is_key_name(name: str) -> bool:
    """Say whether a key can be told from others by this name."""
    return name == name.strip() and 0 < len(name) <= LONGEST_KEY_NAME and name.isprintable()


@dataclass(frozen=True, kw_only=True)
class KeyTerms:
    """What a key may do. Without an expiry, a limit in milli-credits or a list of APIs there is no bound."""

    name: str
    expires_at: datetime | None = None
    spending_limit: int | None = None
    allowed_apis: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as its owner sees it; its secret was shown once and is kept only as a hash.

    `spent` is in milli-credits with what is reserved, and counted only for a key with a limit.
    """

    key_id: KeyId
    application_id: ApplicationId
    terms: KeyTerms
    prefix: str
    spent: int
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.terms.name

    def is_open(self, *, now: datetime) -> bool:
        """Say whether it opens anything now."""
        is_over = self.terms.expires_at is not None and self.terms.expires_at <= now
        return self.revoked_at is None and not is_over


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an account's finished tasks of one model cost on one day, in UTC.

    `seconds` are those of the requests, `millicredits` what was settled; `n_failed` cost nothing.
    """

    day: date
    model: str
    n_succeeded: int
    n_failed: int
    seconds: int
    millicredits: int


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One line of an account's ledger; the sum of all lines is its balance."""

    entry_id: int
    kind: str
    millicredits: int
    task_id: UUID | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Where an account's milli-credits went: `granted - settled - reserved` is its balance."""

    granted: int
    settled: int
    reserved: int


@dataclass(frozen=True, kw_only=True)
class WebhookSecrets:
    """What signs an account's callbacks: `whsec_` and base64, as Standard Webhooks writes them.

    `older` is None but for a while after a rotation; `older_until` is None where that has no end.
    """

    newest: str
    older: str | None = None
    older_until: datetime | None = None


def written_millicredits(written: str) -> int | None:
    """Return an amount of credits that a person wrote, in milli-credits; None where it is no such amount.

    It may be negative, but not zero, and has at most three decimals.
    """
    try:
        amount = Decimal(written.strip()) * 1000
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount != int(amount) or not 0 < abs(amount) <= MOST_CREDITS * 1000:
        return None
    return int(amount)


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


def price(request: GenerationRequest, spec: ModelSpec, *, engine_factor: Fraction = Fraction(1)) -> Price:
    """Return what the request costs in its row of the matrix, by its seconds.

    What its engine makes of that has a line of its own, below zero where the engine is cheaper.

    Sound that was asked for, or that the model adds unasked, has a line of its own; it is free where the
    row's `audio_factor` is 1. A continuation follows its source's sound and pays for its seconds alone.
    """
    quality = spec.model if spec.single_mode else f"{spec.model} {spec.mode}"
    action = "extend, " if request.action is Action.EXTEND else ""
    picture = spec.millicredits_per_second * request.duration
    items = [
        PriceItem(
            f"{quality}, {action}{request.duration} s at {in_credits(spec.millicredits_per_second)}", picture
        )
    ]
    if spec.makes_sound(request):
        # Rounded up, so that an operator's odd factor never gives sound away.
        extra = ceil(picture * (spec.audio_factor - 1))
        label = f"sound, x {float(spec.audio_factor):g}" if extra else "sound, included"
        items.append(PriceItem(label, extra))
    if engine_factor != 1:
        total = Price(tuple(items)).millicredits
        items.append(PriceItem(f"engine, x {float(engine_factor):g}", ceil(total * engine_factor) - total))
    return Price(tuple(items))
