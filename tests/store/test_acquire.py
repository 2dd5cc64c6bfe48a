"""Acquiring the service: application, credits and first key come together, or not at all."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from filmgate.domain.accounts import AccountId, KeyTerms
from filmgate.store.accounts import PostgresAccountStore
from filmgate.store.credits import PostgresCreditStore
from filmgate.store.database import Database
from filmgate.store.people import PostgresPeopleStore
from tests.store.stock import NOW

_KEY = KeyTerms(name="first key")


async def _ada(database: Database) -> AccountId:
    return (await PostgresPeopleStore(database).register("ada@example.com", "hash", now=NOW)).account_id


async def _acquire(database: Database, account_id: AccountId) -> str | None:
    return await PostgresCreditStore(database).acquire(
        account_id, millicredits=5_000, first_key=_KEY, now=NOW
    )


async def test_many_presses_at_once_make_one_key_and_grant_once(database: Database) -> None:
    account_id = await _ada(database)

    secrets = await asyncio.gather(*(_acquire(database, account_id) for _ in range(8)))

    accounts = PostgresAccountStore(database, cache_for=timedelta(seconds=10))
    [secret] = [each for each in secrets if each is not None]
    assert (await accounts.caller(secret, now=NOW)).account_id == account_id
    assert [key.name for key in await accounts.keys(account_id=account_id)] == ["first key"]
    assert (await PostgresPeopleStore(database).account(account_id)).balance == 5_000


async def test_what_breaks_before_the_key_leaves_nothing_half(database: Database) -> None:
    account_id = await _ada(database)
    await database.fetch("ALTER TABLE api_key ADD CONSTRAINT broken CHECK (name <> 'first key') NOT VALID")

    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await _acquire(database, account_id)
    finally:
        await database.fetch("ALTER TABLE api_key DROP CONSTRAINT broken")
    before = await PostgresPeopleStore(database).account(account_id)

    assert (before.has_acquired, before.balance) == (False, 0)
    assert await _acquire(database, account_id) is not None
