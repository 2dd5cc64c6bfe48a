"""Who may call and with what, who owns it, and what they were given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from filmgate.domain.accounts import (
    Account,
    AccountId,
    ApiKey,
    Caller,
    KeyId,
    KeyTerms,
    LedgerEntry,
    SessionId,
    Totals,
    Usage,
    WebhookSecrets,
)
from filmgate.domain.entrance import AttemptLimit, Session


@dataclass(frozen=True, kw_only=True)
class AccountSearch:
    """Which accounts are looked for, and which page of them.

    `text` is a part of e-mail, name or id, in any case. A page begins with the newest, or next to an account:
    with those that are older than it, or those that are newer.
    """

    limit: int
    text: str = ""
    older_than: AccountId | None = None
    newer_than: AccountId | None = None


class AccountStore(Protocol):
    """Who may call, and with which key."""

    async def caller(self, secret: str, *, now: datetime) -> Caller:
        """Return whom the key stands for.

        Raises:
            KeyRefused: unknown, revoked or expired.
        """
        ...

    async def caller_of(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> Caller:
        """Return whom a key stands for, without its secret.

        Raises:
            KeyRefused: the account has no such key, or it is revoked or expired.
        """
        ...

    async def create_key(
        self, terms: KeyTerms, *, account_id: AccountId, now: datetime
    ) -> tuple[ApiKey, str]:
        """Make a key; the secret is returned here and never again.

        Raises:
            InvalidRequest: the account has an open key of this name.
        """
        ...

    async def rotate_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> str | None:
        """Give a key a new secret and close the old one; None when the account has no such open key."""
        ...

    async def keys(self, *, account_id: AccountId) -> list[ApiKey]:
        """Return the account's keys, newest first, revoked ones included."""
        ...

    async def revoke_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> bool:
        """Close a key for good; False when the account has no such open key."""
        ...

    async def webhook_secrets(self, *, account_id: AccountId) -> WebhookSecrets:
        """Return what signs the account's callbacks now."""
        ...

    async def rotate_webhook_secret(
        self, *, account_id: AccountId, keep_old_for: timedelta | None
    ) -> WebhookSecrets:
        """Make a new secret; the newest so far signs beside it for a while, or no more where that is None."""
        ...


class PeopleStore(Protocol):
    """Who owns accounts, and which browsers are logged in. E-mails are tidy ones.

    A session's and a link's secret are returned where they are made and never again.
    """

    async def register(self, email: str, password_hash: str, *, now: datetime) -> Account:
        """Make an account.

        Raises:
            InvalidRequest: the e-mail has one already.
        """
        ...

    async def account(self, account_id: AccountId) -> Account:
        """Return an account that exists."""
        ...

    async def accounts(self, only: Collection[AccountId] | None = None) -> list[Account]:
        """Return every account, or those of these ids, the newest first."""
        ...

    async def found_accounts(self, search: AccountSearch) -> list[Account]:
        """Return a page of the accounts that are looked for, newest first."""
        ...

    async def n_accounts(self, text: str) -> int:
        """Return how many accounts have the text in their e-mail, name or id."""
        ...

    async def account_named(self, named: str) -> Account | None:
        """Return the account of this tidy e-mail, or of this id as text."""
        ...

    async def account_of_email(self, email: str) -> tuple[Account, str] | None:
        """Return the account and its password's hash, or None where nobody can log in by this e-mail."""
        ...

    async def set_password(self, account_id: AccountId, password_hash: str, *, but: SessionId) -> None:
        """Change the password, void its link, and log every browser out but one."""
        ...

    async def set_limits(
        self,
        account_id: AccountId,
        *,
        most_open: int | None,
        most_a_minute: int | None,
        weight: float | None,
    ) -> None:
        """Give the account numbers of its own; 0 is no limit, and None leaves what is there.

        `weight` is its share of the workers beside others whose tasks wait as well; usually 1.
        """
        ...

    async def begin_session(self, account_id: AccountId, *, browser: str, address: str, now: datetime) -> str:
        """Log a browser in for thirty days and return the secret of its session."""
        ...

    async def session(self, secret: str, *, now: datetime) -> Session | None:
        """Return the session, unless it is unknown or over."""
        ...

    async def sessions(self, account_id: AccountId, *, now: datetime) -> list[Session]:
        """Return the account's sessions, the one seen last first."""
        ...

    async def end_session(self, session_id: SessionId, *, account_id: AccountId) -> bool:
        """Log a browser out; False when the account has no such session."""
        ...

    async def make_link(self, account_id: AccountId, *, now: datetime) -> str:
        """Make a link that lets its holder choose a password within a day; the earlier one is void."""
        ...

    async def account_of_link(self, secret: str, *, now: datetime) -> Account | None:
        """Return the account whose password the link lets one choose, unless it is unknown, used or over."""
        ...

    async def use_link(self, secret: str, password_hash: str, *, email: str, now: datetime) -> Account | None:
        """Set e-mail and password, and end link and sessions; None when another was faster.

        Raises:
            InvalidRequest: the e-mail is another account's.
        """
        ...

    async def note_attempt(self, subject: str, *, limit: AttemptLimit, now: datetime) -> bool:
        """Count an attempt against whom it is held; False when it is one too many."""
        ...

    async def take_attempt_back(self, subject: str, *, made_at: datetime) -> None:
        """Forget one attempt of this moment."""
        ...

    async def forgive_attempts(self, subject: str) -> None:
        """Forget what was counted."""
        ...


class CreditStore(Protocol):
    """What accounts have been given."""

    async def acquire(
        self, account_id: AccountId, *, millicredits: int, first_key: KeyTerms, now: datetime
    ) -> str | None:
        """Make the account's application and first key and grant its free credits: all of it, or nothing.

        Returns the key's secret, here and never again; None when the account has an application already.
        """
        ...

    async def grant(self, account_id: AccountId, *, millicredits: int, note: str, now: datetime) -> Account:
        """Add to, or with a negative amount take from, what the account has.

        Raises:
            InvalidRequest: more would be taken than it has.
        """
        ...

    async def usage(self, account_id: AccountId, *, since: datetime) -> list[Usage]:
        """Return what finished tasks cost, by the day they ended and by model; the oldest first."""
        ...

    async def totals(self, account_id: AccountId) -> Totals:
        """Return where all credits went so far."""
        ...

    async def entries(
        self, account_id: AccountId, *, limit: int, before: int | None = None
    ) -> list[LedgerEntry]:
        """Return lines of the ledger, newest first, from below the line of this number."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose."""

    async def hashed(self, password: str) -> str:
        """Return what may be kept of a password."""
        ...

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Say whether it is the password; as slow where there is nothing to compare it with."""
        ...
