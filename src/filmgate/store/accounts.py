"""Accounts and keys; a key's secret is kept only as its SHA-256."""

import hashlib
import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg

from filmgate.domain.accounts import (
    VIDEOS_API,
    AccountId,
    ApiKey,
    ApplicationId,
    Caller,
    KeyId,
    KeyTerms,
    WebhookSecrets,
)
from filmgate.domain.errors import InvalidRequest, KeyRefused, Objection
from filmgate.store.database import Database

KEYS_CHANNEL = "filmgate_keys"
_PREFIX_CHARACTERS = 11


class PostgresAccountStore:
    """`ports.AccountStore` on PostgreSQL.

    A key that was just looked up is believed for `cache_for`, unless a revocation is heard of first.
    """

    def __init__(self, database: Database, *, cache_for: timedelta) -> None:
        self._database = database
        self._cache_for = cache_for
        self._callers: dict[bytes, tuple[Caller, datetime]] = {}

    @property
    def n_believed(self) -> int:
        """How many keys are believed without a look at the database."""
        return len(self._callers)

    def forget_callers(self, _payload: str = "") -> None:
        """Look every key up again; a listener for `KEYS_CHANNEL`."""
        # A new table, so that a look-up that is under way fills the old one.
        self._callers = {}

    async def caller(self, secret: str, *, now: datetime) -> Caller:
        """See the port."""
        secret_hash = _hash(secret)
        cached = self._callers.get(secret_hash)
        if cached is not None and now < cached[1]:
            caller = cached[0]
        else:
            # Only keys that open something are kept, so that guessing fills no memory.
            callers = self._callers
            caller = await self._look_up(secret_hash, now=now)
            callers[secret_hash] = (caller, now + self._cache_for)
        return _still_open(caller, now=now)

    async def _look_up(self, secret_hash: bytes, *, now: datetime) -> Caller:
        row = await self._database.row(
            f"UPDATE api_key SET last_used_at = $2 WHERE secret_hash = $1 RETURNING {_CALLER}",
            secret_hash,
            now,
        )
        return _caller_of(row)

    async def caller_of(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> Caller:
        """See the port."""
        row = await self._database.row(
            f"""UPDATE api_key SET last_used_at = $3 WHERE key_id = $1 AND account_id = $2
            RETURNING {_CALLER}""",
            key_id,
            account_id,
            now,
        )
        return _still_open(_caller_of(row), now=now)

    async def ensure_operator(self, *, now: datetime) -> AccountId:
        """Return the operator's account, made at the first call; it has no limits."""
        async with self._database.transaction() as connection:
            await connection.execute(
                """INSERT INTO account (
                    account_id, name, is_operator, is_unlimited, webhook_secrets, created_at
                ) VALUES ($1, 'operator', true, true, $2, $3)
                ON CONFLICT (is_operator) WHERE is_operator DO NOTHING""",
                uuid4(),
                [new_webhook_secret()],
                now,
            )
            account_id = await connection.fetchval("SELECT account_id FROM account WHERE is_operator")
            await connection.execute(
                """INSERT INTO application (application_id, account_id, api, created_at)
                VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, api) DO NOTHING""",
                uuid4(),
                account_id,
                VIDEOS_API,
                now,
            )
            return AccountId(account_id)

    async def create_key(
        self, terms: KeyTerms, *, account_id: AccountId, now: datetime
    ) -> tuple[ApiKey, str]:
        """See the port. Of two of one name at the same moment one is refused."""
        async with self._database.transaction() as connection:
            application_id = await connection.fetchval(
                """SELECT application_id FROM application WHERE account_id = $1 AND api = $2
                FOR NO KEY UPDATE""",
                account_id,
                VIDEOS_API,
            )
            is_taken = await connection.fetchval(
                """SELECT true FROM api_key WHERE application_id = $1 AND name = $2
                    AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3) LIMIT 1""",
                application_id,
                terms.name,
                now,
            )
            if is_taken:
                message = f"There is a key called {terms.name} already; please choose another name."
                raise InvalidRequest([Objection("name", terms.name, message)])
            return await insert_key(connection, terms, account_id=account_id, now=now)

    async def rotate_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> str | None:
        """See the port. Every server hears of it at once."""
        secret = _new_secret()
        async with self._database.transaction() as connection:
            rotated = await connection.fetchval(
                """UPDATE api_key SET secret_hash = $3, prefix = $4, last_used_at = NULL
                WHERE key_id = $1 AND account_id = $2 AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > $5)
                RETURNING true""",
                key_id,
                account_id,
                _hash(secret),
                secret[:_PREFIX_CHARACTERS],
                now,
            )
            await connection.execute("SELECT pg_notify($1, 'rotated')", KEYS_CHANNEL)
        return secret if rotated else None

    async def keys(self, *, account_id: AccountId) -> list[ApiKey]:
        """See the port."""
        rows = await self._database.fetch(
            "SELECT * FROM api_key WHERE account_id = $1 ORDER BY created_at DESC, key_id", account_id
        )
        return [_key_of(row) for row in rows]

    async def revoke_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> bool:
        """See the port. Every server hears of it at once."""
        async with self._database.transaction() as connection:
            revoked = await connection.fetchval(
                """UPDATE api_key SET revoked_at = $3
                WHERE key_id = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING true""",
                key_id,
                account_id,
                now,
            )
            await connection.execute("SELECT pg_notify($1, 'revoked')", KEYS_CHANNEL)
            return bool(revoked)

    async def webhook_secrets(self, *, account_id: AccountId) -> WebhookSecrets:
        """See the port."""
        row = await self._database.row(
            f"SELECT {_SECRETS} FROM account WHERE account_id = $1",
            account_id,
        )
        assert row is not None, "the caller's account exists"
        return _secrets_of(row)

    async def rotate_webhook_secret(
        self, *, account_id: AccountId, keep_old_for: timedelta | None
    ) -> WebhookSecrets:
        """See the port. The database's clock says when the old one ends, whoever signs with it."""
        row = await self._database.row(
            f"""UPDATE account SET
                webhook_secrets = array[$2::text] || webhook_secrets[1:$3],
                old_secret_until = now() + $4::interval
            WHERE account_id = $1 RETURNING {_SECRETS}""",
            account_id,
            new_webhook_secret(),
            0 if keep_old_for is None else 1,
            keep_old_for,
        )
        assert row is not None, "the caller's account exists"
        return _secrets_of(row)


async def insert_key(
    connection: asyncpg.Connection, terms: KeyTerms, *, account_id: AccountId, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key of an account that has an application, and return its secret of 256 random bits."""
    secret = _new_secret()
    row = await connection.fetchrow(
        """INSERT INTO api_key (
            key_id, application_id, account_id, name, prefix, secret_hash, created_at, expires_at,
            spending_limit, allowed_apis
        )
        SELECT $1, application_id, account_id, $4, $5, $6, $7, $8, $9, $10 FROM application
        WHERE account_id = $2 AND api = $3
        RETURNING *""",
        uuid4(),
        account_id,
        VIDEOS_API,
        terms.name,
        secret[:_PREFIX_CHARACTERS],
        _hash(secret),
        now,
        terms.expires_at,
        terms.spending_limit,
        terms.allowed_apis,
    )
    assert row is not None, "an account has an application before it has keys"
    return _key_of(row), secret


_SECRETS = "webhook_secrets, old_secret_until, old_secret_until <= now() AS is_old_over"


def new_webhook_secret() -> str:
    """Return a secret as Standard Webhooks writes them."""
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def _secrets_of(row: asyncpg.Record) -> WebhookSecrets:
    newest, *older = row["webhook_secrets"]
    if not older or row["is_old_over"]:
        return WebhookSecrets(newest=newest)
    return WebhookSecrets(newest=newest, older=older[0], older_until=row["old_secret_until"])


_CALLER = "account_id, application_id, key_id, allowed_apis, expires_at, revoked_at"


def _caller_of(row: asyncpg.Record | None) -> Caller:
    if row is None:
        raise KeyRefused("This API key is not known here.")
    if row["revoked_at"] is not None:
        raise KeyRefused("This API key was revoked.")
    return Caller(
        account_id=AccountId(row["account_id"]),
        application_id=ApplicationId(row["application_id"]),
        key_id=KeyId(row["key_id"]),
        allowed_apis=row["allowed_apis"] and tuple(row["allowed_apis"]),
        expires_at=row["expires_at"],
    )


def _still_open(caller: Caller, *, now: datetime) -> Caller:
    if caller.expires_at is not None and caller.expires_at <= now:
        raise KeyRefused(f"This API key expired at {caller.expires_at:%Y-%m-%d %H:%M} UTC.")
    return caller


def _new_secret() -> str:
    return f"fg_{secrets.token_urlsafe(32)}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _key_of(row: asyncpg.Record) -> ApiKey:
    terms = KeyTerms(
        name=row["name"],
        expires_at=row["expires_at"],
        spending_limit=row["spending_limit"],
        allowed_apis=row["allowed_apis"] and tuple(row["allowed_apis"]),
    )
    return ApiKey(
        key_id=KeyId(row["key_id"]),
        application_id=ApplicationId(row["application_id"]),
        terms=terms,
        prefix=row["prefix"],
        spent=row["spent"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
