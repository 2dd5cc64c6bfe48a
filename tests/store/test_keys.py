"""Keys: what opens, what no longer does, and what is kept of them."""

from datetime import UTC, datetime, timedelta

import pytest

from filmgate.domain.errors import KeyRefused
from filmgate.store.accounts import PostgresAccountStore
from filmgate.store.database import Database

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _accounts(database: Database) -> PostgresAccountStore:
    return PostgresAccountStore(database, cache_for=timedelta(seconds=10))


async def test_a_new_key_opens_its_account(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)

    _, secret = await accounts.create_key("laptop", account_id=operator, expires_at=None, now=_NOW)

    assert (await accounts.caller(secret, now=_NOW)).account_id == operator


async def test_an_expired_key_opens_nothing(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    end = _NOW + timedelta(hours=1)

    _, secret = await accounts.create_key("brief", account_id=operator, expires_at=end, now=_NOW)

    with pytest.raises(KeyRefused, match="expired"):
        await accounts.caller(secret, now=end)
