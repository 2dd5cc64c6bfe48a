"""Bringing a database to the schema this version needs."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command, op
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from filmgate.domain.errors import InvalidSettings
from filmgate.store.schema import MIGRATIONS

if TYPE_CHECKING:
    import asyncpg

# Two servers that start at once must not migrate at once.
MIGRATION_LOCK = 0x46696C6D67617465


async def migrate(connect: "asyncpg.connect_utils._ConnectionCoroutine", *, revision: str = "head") -> None:
    """Create the schema, or upgrade it to a revision; immediate when there is nothing to do.

    `connect` opens one asyncpg connection whose search path starts with our schema. What goes wrong is
    raised as asyncpg's own error.

    Raises:
        InvalidSettings: the schema is one that only a newer version knows; it is left as it is.
    """
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.execute(text("CREATE SCHEMA IF NOT EXISTS filmgate"))
            await connection.commit()
            await connection.run_sync(partial(_upgrade, revision=revision))
            await connection.commit()
    except DBAPIError as error:
        # SQLAlchemy wraps it twice: in an error of the kind that every driver has, and in one of its own.
        cause = error.orig and error.orig.__cause__
        if cause is None:
            raise
        raise cause from None
    finally:
        await engine.dispose()


def run_script(revision: str, *, first: str = "") -> None:
    """Run the SQL that lies beside the file of a revision, after `first`, in the migration's transaction."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    script = first + Path(revision).with_suffix(".sql").read_text()
    # A script of many statements passes only through asyncpg's own `execute`.
    await_only(connection.execute(script))


def _upgrade(connection: Connection, *, revision: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        if not isinstance(error.__cause__, ResolutionError):
            raise
        raise InvalidSettings(
            "The database was made or upgraded by a newer version of Filmgate: start that one, or restore a "
            "backup from before the upgrade. Nothing was changed."
        ) from error
