"""How often one may try to get in: failures count, and nothing else."""

import asyncio
from datetime import datetime

import pytest

from filmgate.domain.entrance import FAILURES_OF_ACCOUNT, FAILURES_OF_ADDRESS
from filmgate.domain.errors import InvalidRequest, TooManyRequests
from filmgate.service.enter import Browser, Enter
from filmgate.store.database import Database
from filmgate.store.people import PostgresPeopleStore
from tests.store.stock import NOW

_HOME = Browser(name="a test", address="203.0.113.7")
_RIGHT = "a fine long password"


class PlainPasswords:
    """Passwords that are kept as they are, since hashing them takes its time on purpose."""

    async def hashed(self, password: str) -> str:
        """See the port."""
        return password

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """See the port."""
        return password == password_hash


class StoppedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """See the port."""
        return NOW


async def _entrance(database: Database) -> Enter:
    people = PostgresPeopleStore(database)
    enter = Enter(people=people, passwords=PlainPasswords(), clock=StoppedClock())
    await people.register("ada@example.com", _RIGHT, now=NOW)
    return enter


async def test_an_office_may_log_in_as_often_as_it_likes(database: Database) -> None:
    enter = await _entrance(database)

    for _ in range(FAILURES_OF_ADDRESS.most + 1):
        await enter.log_in("ada@example.com", _RIGHT, browser=_HOME)


async def test_whoever_guesses_gets_no_further_by_an_account_of_his_own(database: Database) -> None:
    enter = await _entrance(database)
    for number in range(FAILURES_OF_ADDRESS.most):
        with pytest.raises(InvalidRequest):
            await enter.log_in(f"victim-{number}@example.com", "a guess", browser=_HOME)
        if number % 10 == 0:
            await enter.log_in("ada@example.com", _RIGHT, browser=_HOME)

    with pytest.raises(TooManyRequests, match="too many failed attempts to log in from your address"):
        await enter.log_in("ada@example.com", _RIGHT, browser=_HOME)


async def test_many_guesses_at_once_get_no_further(database: Database) -> None:
    enter = await _entrance(database)

    ends = await asyncio.gather(
        *(enter.log_in("ada@example.com", f"guess {number}", browser=_HOME) for number in range(20)),
        return_exceptions=True,
    )

    assert sum(type(each) is InvalidRequest for each in ends) == FAILURES_OF_ACCOUNT.most
    assert sum(type(each) is TooManyRequests for each in ends) == 20 - FAILURES_OF_ACCOUNT.most
