"""A database that does not let us in is a setting to mend; one that is lost is an outage to wait out."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from filmgate.domain.errors import InvalidSettings, Unavailable
from filmgate.store.database import Database
from filmgate.store.migration import MIGRATION_LOCK
from tests.conftest import fresh_database


async def test_a_wrong_password_is_named_as_a_wrong_setting(database_url: str) -> None:
    parts = urlsplit(database_url)
    wrong = parts._replace(netloc=f"{parts.username}:wrong@").geturl()

    with pytest.raises(InvalidSettings, match=r"FILMGATE_DATABASE_URL.*password"):
        await Database(wrong).open()


async def test_an_unknown_database_is_named_as_a_wrong_setting(database_url: str) -> None:
    unknown = urlsplit(database_url)._replace(path="/nowhere").geturl()

    with pytest.raises(InvalidSettings, match=r"FILMGATE_DATABASE_URL.*nowhere"):
        await Database(unknown).open()


async def test_a_database_that_is_lost_while_it_is_brought_up_to_date_is_unavailable(postgres: str) -> None:
    async with fresh_database(postgres) as database_url:
        other = await asyncpg.connect(database_url)
        await other.execute("UPDATE filmgate.schema_version SET version_num = '0008'")
        await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        opening = asyncio.create_task(Database(database_url).open())

        async with asyncio.timeout(20):
            while not await other.fetchval(_END_WHO_WAITS):  # noqa: ASYNC110 - the lock tells nobody who waits.
                await asyncio.sleep(0.01)

        with pytest.raises(Unavailable):
            await opening
        await other.close()


@pytest.mark.parametrize("n_turns", range(6))
async def test_a_database_that_goes_away_while_it_is_let_go_is_let_go_all_the_same(
    database_url: str, n_turns: int
) -> None:
    database = Database(database_url)
    await database.open()
    async with database.pool.acquire() as one, database.pool.acquire() as two:
        behind = [psutil.Process(each.get_server_pid()) for each in (one, two)]

    # The loop is held up while they end: in some turn it writes to a connection before it sees that.
    closing = asyncio.create_task(database.close())
    for _ in range(n_turns):
        await asyncio.sleep(0)
    for backend in behind:
        with suppress(psutil.NoSuchProcess):
            backend.terminate()
    psutil.wait_procs(behind)
    await closing

    with pytest.raises(Unavailable):
        await database.fetch("SELECT 1")


_END_WHO_WAITS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
