"""Bringing a database to its schema: once, quickly, and not by two at the same time."""

import asyncio
import subprocess
import sys
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from filmgate.domain.errors import InvalidSettings
from filmgate.store.database import Database
from filmgate.store.schema import MIGRATIONS, newest_revision
from tests.conftest import fresh_database


async def _open_and_close(url: str) -> None:
    database = Database(url)
    await database.open()
    await database.close()


async def _schema(url: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(
            """SELECT oid, relname, relkind FROM pg_class
            WHERE relnamespace = 'filmgate'::regnamespace ORDER BY oid"""
        )
    finally:
        await connection.close()


async def test_opening_a_database_again_changes_nothing(database_url: str) -> None:
    before = await _schema(database_url)

    async with asyncio.timeout(2):
        await _open_and_close(database_url)

    assert await _schema(database_url) == before


def test_the_newest_revision_is_where_alembic_would_go() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_database_that_is_up_to_date_is_opened_without_what_migrates(database_url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from filmgate.store.database import Database\n"
        "asyncio.run(Database(sys.argv[1]).open())\n"
        "print({'alembic', 'sqlalchemy'} & set(sys.modules))"
    )

    opened = subprocess.run(
        [sys.executable, "-c", program, database_url],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
    )

    assert (opened.stdout, opened.stderr) == ("set()\n", "")


async def test_a_schema_of_a_newer_version_is_refused_and_left_as_it_is(postgres: str) -> None:
    async with fresh_database(postgres) as database_url:
        connection = await asyncpg.connect(database_url)
        await connection.execute("UPDATE filmgate.schema_version SET version_num = '9999'")
        before = await _schema(database_url)

        with pytest.raises(InvalidSettings, match="by a newer version of Filmgate"):
            await _open_and_close(database_url)

        assert await _schema(database_url) == before
        assert await connection.fetchval("SELECT version_num FROM filmgate.schema_version") == "9999"
        await connection.close()


async def test_two_servers_may_start_on_an_empty_database_at_once(postgres: str) -> None:
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    url = urlsplit(postgres)._replace(path=f"/{name}").geturl()

    await asyncio.gather(_open_and_close(url), _open_and_close(url), _open_and_close(url))

    assert await _schema(url)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()
