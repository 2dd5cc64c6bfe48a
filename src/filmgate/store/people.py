"""People and the browsers that they are logged in with; secrets are kept only as their SHA-256."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from filmgate.domain.accounts import VIDEOS_API, Account, AccountId, SessionId
from filmgate.domain.entrance import LINK_LASTS, SESSION_LASTS, AttemptLimit, Session
from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.ports import AccountSearch
from filmgate.store.accounts import new_webhook_secret
from filmgate.store.database import Database
from filmgate.store.paging import Paging

_SEEN_EVERY = timedelta(minutes=5)
_LONGEST_BROWSER = 300

ACCOUNT = f"""
    account.account_id, account.name, account.email, account.is_operator, account.is_unlimited,
    account.balance, account.password_hash, account.created_at,
    EXISTS (
        SELECT FROM application
        WHERE application.account_id = account.account_id AND application.api = '{VIDEOS_API}'
    ) AS has_acquired
"""
"""The columns of a query that `account_of` reads."""


class PostgresPeopleStore:
    """`ports.PeopleStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, email: str, password_hash: str, *, now: datetime) -> Account:
        """See the port."""
        account_id = AccountId(uuid4())
        row = await self._database.row(
            """INSERT INTO account (account_id, name, email, password_hash, webhook_secrets, created_at)
            VALUES ($1, $2, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING RETURNING account_id""",
            account_id,
            email,
            password_hash,
            [new_webhook_secret()],
            now,
        )
        if row is None:
            raise _taken(email)
        return await self.account(account_id)

    async def account(self, account_id: AccountId) -> Account:
        """See the port."""
        row = await self._database.row(f"SELECT {ACCOUNT} FROM account WHERE account_id = $1", account_id)
        assert row is not None, "accounts are never removed"
        return account_of(row)

    async def accounts(self, only: Collection[AccountId] | None = None) -> list[Account]:
        """See the port."""
        rows = await self._database.fetch(
            f"""SELECT {ACCOUNT} FROM account WHERE $1::uuid[] IS NULL OR account_id = ANY($1)
            ORDER BY created_at DESC, account_id""",
            None if only is None else list(only),
        )
        return [account_of(row) for row in rows]

    async def found_accounts(self, search: AccountSearch) -> list[Account]:
        """See the port."""
        cursor = search.newer_than or search.older_than
        paging = Paging(
            table="account",
            key="account_id",
            cursor="$3",
            is_first=cursor is None,
            is_newer=search.newer_than is not None,
        )
        rows = await self._database.fetch(
            f"""SELECT {ACCOUNT} FROM account WHERE {_NAMED} AND {paging.condition}
            ORDER BY {paging.order} LIMIT $2""",
            search.text,
            search.limit,
            cursor,
        )
        return [account_of(row) for row in paging.newest_first(rows)]

    async def n_accounts(self, text: str) -> int:
        """See the port."""
        row = await self._database.row(f"SELECT count(*) FROM account WHERE {_NAMED}", text)
        assert row is not None, "an aggregate has a row"
        return int(row[0])

    async def account_named(self, named: str) -> Account | None:
        """See the port."""
        if not named.isprintable():
            # PostgreSQL's text holds neither NUL nor half a surrogate pair.
            return None
        row = await self._database.row(
            f"SELECT {ACCOUNT} FROM account WHERE email = $1 OR account_id = $2", named, _uuid(named)
        )
        return None if row is None else account_of(row)

    async def account_of_email(self, email: str) -> tuple[Account, str] | None:
        """See the port."""
        row = await self._database.row(f"SELECT {ACCOUNT} FROM account WHERE email = $1", email)
        if row is None or row["password_hash"] is None:
            return None
        return account_of(row), row["password_hash"]

    async def set_password(self, account_id: AccountId, password_hash: str, *, but: SessionId) -> None:
        """See the port."""
        async with self._database.transaction() as connection:
            await _set_password(connection, account_id, password_hash, email=None)
            await connection.execute("DELETE FROM entry_link WHERE account_id = $1", account_id)
            await connection.execute(
                "DELETE FROM session WHERE account_id = $1 AND session_id <> $2", account_id, but
            )

    async def set_limits(
        self,
        account_id: AccountId,
        *,
        most_open: int | None,
        most_a_minute: int | None,
        weight: float | None,
    ) -> None:
        """See the port."""
        await self._database.fetch(
            """UPDATE account SET most_open = coalesce($2, most_open),
                most_a_minute = coalesce($3, most_a_minute), weight = coalesce($4, weight)
            WHERE account_id = $1""",
            account_id,
            most_open,
            most_a_minute,
            weight,
        )

    async def begin_session(self, account_id: AccountId, *, browser: str, address: str, now: datetime) -> str:
        """See the port. The secret carries 256 random bits."""
        secret = secrets.token_urlsafe(32)
        await self._database.fetch(
            "INSERT INTO session VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
            uuid4(),
            _hash(secret),
            account_id,
            browser[:_LONGEST_BROWSER],
            address,
            now,
            now + SESSION_LASTS,
        )
        return secret

    async def session(self, secret: str, *, now: datetime) -> Session | None:
        """See the port. When it was seen is written every five minutes at most."""
        row = await self._database.row(
            f"""SELECT {_SESSION} WHERE secret_hash = $1 AND expires_at > $2""", _hash(secret), now
        )
        if row is None:
            return None
        if row["seen_at"] < now - _SEEN_EVERY:
            await self._database.fetch(
                "UPDATE session SET seen_at = $2 WHERE session_id = $1", row["session_id"], now
            )
        return _session_of(row)

    async def sessions(self, account_id: AccountId, *, now: datetime) -> list[Session]:
        """See the port."""
        rows = await self._database.fetch(
            f"""SELECT {_SESSION} WHERE session.account_id = $1 AND expires_at > $2
            ORDER BY seen_at DESC""",
            account_id,
            now,
        )
        return [_session_of(row) for row in rows]

    async def end_session(self, session_id: SessionId, *, account_id: AccountId) -> bool:
        """See the port."""
        row = await self._database.row(
            "DELETE FROM session WHERE session_id = $1 AND account_id = $2 RETURNING true",
            session_id,
            account_id,
        )
        return row is not None

    async def make_link(self, account_id: AccountId, *, now: datetime) -> str:
        """See the port."""
        secret = secrets.token_urlsafe(32)
        await self._database.fetch(
            """INSERT INTO entry_link VALUES ($1, $2, $3) ON CONFLICT (account_id)
            DO UPDATE SET secret_hash = excluded.secret_hash, expires_at = excluded.expires_at""",
            account_id,
            _hash(secret),
            now + LINK_LASTS,
        )
        return secret

    async def account_of_link(self, secret: str, *, now: datetime) -> Account | None:
        """See the port."""
        row = await self._database.row(
            f"""SELECT {ACCOUNT} FROM account JOIN entry_link USING (account_id)
            WHERE secret_hash = $1 AND expires_at > $2""",
            _hash(secret),
            now,
        )
        return None if row is None else account_of(row)

    async def use_link(self, secret: str, password_hash: str, *, email: str, now: datetime) -> Account | None:
        """See the port."""
        async with self._database.transaction() as connection:
            account_id = await connection.fetchval(
                "DELETE FROM entry_link WHERE secret_hash = $1 AND expires_at > $2 RETURNING account_id",
                _hash(secret),
                now,
            )
            if account_id is None:
                return None
            await _set_password(connection, account_id, password_hash, email=email)
            await connection.execute("DELETE FROM session WHERE account_id = $1", account_id)
        return await self.account(account_id)

    async def note_attempt(self, subject: str, *, limit: AttemptLimit, now: datetime) -> bool:
        """See the port."""
        async with self._database.transaction() as connection:
            # Of many attempts at the same moment each counts those before it.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", subject)
            n_before = await connection.fetchval(
                "SELECT count(*) FROM entry_attempt WHERE subject = $1 AND made_at > $2",
                subject,
                now - limit.within,
            )
            if n_before >= limit.most:
                return False
            await connection.execute("INSERT INTO entry_attempt VALUES ($1, $2)", subject, now)
            return True

    async def take_attempt_back(self, subject: str, *, made_at: datetime) -> None:
        """See the port."""
        await self._database.fetch(
            """DELETE FROM entry_attempt WHERE ctid = (
                SELECT ctid FROM entry_attempt WHERE subject = $1 AND made_at = $2 LIMIT 1
            )""",
            subject,
            made_at,
        )

    async def forgive_attempts(self, subject: str) -> None:
        """See the port."""
        await self._database.fetch("DELETE FROM entry_attempt WHERE subject = $1", subject)


# What an account is found by.
_NAMED = "($1 = '' OR strpos(lower(concat_ws(' ', email, name, account_id)), lower($1)) > 0)"

_SESSION = f"""
    {ACCOUNT}, session_id, browser, address, session.created_at AS begun_at, seen_at
    FROM session JOIN account USING (account_id)
"""


async def _set_password(
    connection: asyncpg.Connection, account_id: AccountId, password_hash: str, *, email: str | None
) -> None:
    try:
        await connection.execute(
            "UPDATE account SET password_hash = $2, email = coalesce($3, email) WHERE account_id = $1",
            account_id,
            password_hash,
            email,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(email or "") from error


def account_of(row: asyncpg.Record) -> Account:
    """Return the account of a row with the columns of `ACCOUNT`."""
    return Account(
        account_id=AccountId(row["account_id"]),
        name=row["name"],
        email=row["email"],
        is_operator=row["is_operator"],
        is_unlimited=row["is_unlimited"],
        balance=row["balance"],
        has_acquired=row["has_acquired"],
        has_password=row["password_hash"] is not None,
        created_at=row["created_at"],
    )


def _session_of(row: asyncpg.Record) -> Session:
    return Session(
        session_id=SessionId(row["session_id"]),
        account=account_of(row),
        browser=row["browser"],
        address=row["address"],
        created_at=row["begun_at"],
        seen_at=row["seen_at"],
    )


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def _taken(email: str) -> InvalidRequest:
    message = "There is an account with this e-mail already; please log in."
    return InvalidRequest([Objection("email", email, message)])


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
