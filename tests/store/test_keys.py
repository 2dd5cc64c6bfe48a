"""Keys: what opens, what no longer does, and what is kept of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from filmgate.domain.accounts import KeyTerms
from filmgate.domain.errors import InvalidRequest, KeyRefused
from filmgate.store.accounts import PostgresAccountStore
from filmgate.store.database import Database
from tests.store.stock import Stock

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _accounts(database: Database) -> PostgresAccountStore:
    return PostgresAccountStore(database, cache_for=timedelta(seconds=10))


async def test_a_new_key_opens_its_account(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)

    _, secret = await accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)

    assert (await accounts.caller(secret, now=_NOW)).account_id == operator


async def test_an_expired_key_opens_nothing(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    end = _NOW + timedelta(hours=1)

    _, secret = await accounts.create_key(
        KeyTerms(name="brief", expires_at=end), account_id=operator, now=_NOW
    )

    with pytest.raises(KeyRefused, match="expired"):
        await accounts.caller(secret, now=end)


async def test_a_revoked_key_opens_nothing(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    key, secret = await accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)

    revoked = [await accounts.revoke_key(key.key_id, account_id=operator, now=_NOW) for _ in range(2)]

    assert revoked == [True, False]
    with pytest.raises(KeyRefused, match="revoked"):
        await accounts.caller(secret, now=_NOW)


async def test_a_revocation_is_heard_by_a_server_that_believes_in_the_key(
    stock: Stock, database: Database
) -> None:
    operator = await stock.accounts.ensure_operator(now=_NOW)
    key, secret = await stock.accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)
    await stock.accounts.caller(secret, now=_NOW)

    await _accounts(database).revoke_key(key.key_id, account_id=operator, now=_NOW)

    async with asyncio.timeout(5):
        while stock.accounts.n_believed:  # noqa: ASYNC110 - the news themselves tell nobody.
            await asyncio.sleep(0.005)
    with pytest.raises(KeyRefused, match="revoked"):
        await stock.accounts.caller(secret, now=_NOW)


async def test_a_look_up_under_way_does_not_bring_a_revoked_key_back(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    key, secret = await accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)
    looking_up = asyncio.create_task(accounts.caller(secret, now=_NOW))
    await asyncio.sleep(0)

    accounts.forget_callers()
    await looking_up
    await database.fetch("UPDATE api_key SET revoked_at = now() WHERE key_id = $1", key.key_id)

    with pytest.raises(KeyRefused, match="revoked"):
        await accounts.caller(secret, now=_NOW)


async def test_guessed_keys_are_not_remembered(database: Database) -> None:
    accounts = _accounts(database)

    for guess in range(20):
        with pytest.raises(KeyRefused, match="not known"):
            await accounts.caller(f"fg_{guess}\ud800", now=_NOW)

    assert accounts.n_believed == 0


async def test_a_key_tells_when_it_was_last_used_and_never_its_secret(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    _, secret = await accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)

    await accounts.caller(secret, now=_NOW + timedelta(hours=1))
    await accounts.caller(secret, now=_NOW + timedelta(hours=2))

    (key,) = await accounts.keys(account_id=operator)
    assert key.last_used_at == _NOW + timedelta(hours=2)
    assert secret.startswith(key.prefix)
    assert not await database.fetch("SELECT FROM api_key WHERE api_key::text LIKE $1", f"%{secret}%")


async def test_of_many_keys_of_one_name_made_at_once_there_is_one(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)

    made = await asyncio.gather(
        *(accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, InvalidRequest) for each in made) == 4
    assert [key.name for key in await accounts.keys(account_id=operator)] == ["laptop"]


async def test_the_name_of_a_key_that_opens_nothing_is_free_again(database: Database) -> None:
    accounts = _accounts(database)
    operator = await accounts.ensure_operator(now=_NOW)
    end = _NOW + timedelta(hours=1)
    await accounts.create_key(KeyTerms(name="brief", expires_at=end), account_id=operator, now=_NOW)
    revoked, _ = await accounts.create_key(KeyTerms(name="laptop"), account_id=operator, now=_NOW)
    await accounts.revoke_key(revoked.key_id, account_id=operator, now=_NOW)

    for name in ("brief", "laptop"):
        await accounts.create_key(KeyTerms(name=name), account_id=operator, now=end)

    assert sum(key.is_open(now=end) for key in await accounts.keys(account_id=operator)) == 2


async def test_there_is_one_operator(database: Database) -> None:
    accounts = _accounts(database)

    operators = await asyncio.gather(*(accounts.ensure_operator(now=_NOW) for _ in range(5)))

    assert len(set(operators)) == 1
