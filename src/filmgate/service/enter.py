"""Registering, logging in, and choosing a new password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from filmgate.domain.accounts import Account
from filmgate.domain.entrance import (
    FAILURES_OF_ACCOUNT,
    FAILURES_OF_ADDRESS,
    REGISTRATIONS_OF_ADDRESS,
    AttemptLimit,
    Session,
    email_objections,
    password_objections,
    tidy_email,
)
from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.ports import Clock, Passwords, PeopleStore

_NO_FIT = "E-mail and password do not fit each other."


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Where somebody tries to get in from: the browser's own name for itself, and its address."""

    name: str
    address: str


class Enter:
    """Lets people in. Every secret that is returned is a session's."""

    def __init__(self, *, people: PeopleStore, passwords: Passwords, clock: Clock) -> None:
        self._people = people
        self._passwords = passwords
        self._clock = clock

    async def register(self, written_email: str, password: str, *, browser: Browser) -> str:
        """Make an account and log in to it.

        Raises:
            InvalidRequest: names each field that will not do.
            TooManyRequests: there were many from this address.
        """
        email = tidy_email(written_email)
        _refuse([*email_objections(email), *password_objections(password, email=email)])
        now = self._clock.now()
        await self._count(f"register:{browser.address}", REGISTRATIONS_OF_ADDRESS, now=now)
        password_hash = await self._passwords.hashed(password)
        account = await self._people.register(email, password_hash, now=now)
        return await self._begin(account, browser)

    async def log_in(self, written_email: str, password: str, *, browser: Browser) -> str:
        """Log in by e-mail and password.

        Raises:
            InvalidRequest: they do not fit each other; it does not say which is wrong.
            TooManyRequests: there were many failures for this account or from this address.
        """
        email, now = tidy_email(written_email), self._clock.now()
        # Counted before the password is looked at, so that many guesses at once get no further.
        await self._count(f"address:{browser.address}", FAILURES_OF_ADDRESS, now=now)
        if list(email_objections(email)):
            raise InvalidRequest([Objection("password", None, _NO_FIT)])
        await self._count(f"email:{email}", FAILURES_OF_ACCOUNT, now=now)
        found = await self._people.account_of_email(email)
        account, password_hash = found or (None, None)
        if not await self._passwords.is_right(password, password_hash) or account is None:
            raise InvalidRequest([Objection("password", None, _NO_FIT)])
        await self._people.forgive_attempts(f"email:{email}")
        # This one alone: whoever guesses from there may have an account of his own.
        await self._people.take_attempt_back(f"address:{browser.address}", made_at=now)
        return await self._begin(account, browser)

    async def change_password(self, session: Session, *, old: str, new: str) -> None:
        """Change the password and log every other browser out.

        Raises:
            InvalidRequest: the old password is wrong, or the new one will not do.
            TooManyRequests: there were many failures for this account.
        """
        email = session.account.email
        assert email is not None, "who is logged in has an e-mail"
        _refuse(list(password_objections(new, email=email)))
        await self._count(f"email:{email}", FAILURES_OF_ACCOUNT, now=self._clock.now())
        found = await self._people.account_of_email(email)
        if not await self._passwords.is_right(old, found and found[1]):
            raise InvalidRequest([Objection("old_password", None, "This is not your current password.")])
        await self._people.forgive_attempts(f"email:{email}")
        password_hash = await self._passwords.hashed(new)
        await self._people.set_password(session.account.account_id, password_hash, but=session.session_id)

    async def by_link(
        self, secret: str, written_email: str, password: str, *, browser: Browser
    ) -> str | None:
        """Choose e-mail and password with a one-time link, and log in; None where it opens nothing.

        Raises:
            InvalidRequest: names each field that will not do.
        """
        email = tidy_email(written_email)
        _refuse([*email_objections(email), *password_objections(password, email=email)])
        now = self._clock.now()
        if await self._people.account_of_link(secret, now=now) is None:
            return None
        password_hash = await self._passwords.hashed(password)
        account = await self._people.use_link(secret, password_hash, email=email, now=now)
        return None if account is None else await self._begin(account, browser)

    async def _begin(self, account: Account, browser: Browser) -> str:
        return await self._people.begin_session(
            account.account_id,
            browser=browser.name,
            address=browser.address,
            now=self._clock.now(),
        )

    async def _count(self, subject: str, limit: AttemptLimit, *, now: datetime) -> None:
        if not await self._people.note_attempt(subject, limit=limit, now=now):
            raise limit.refusal()


def _refuse(objections: Sequence[Objection]) -> None:
    if objections:
        raise InvalidRequest(objections)
