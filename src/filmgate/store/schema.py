"""Which revision the schema of a database is at, and which one this version needs."""

from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).parent / "migrations"


def newest_revision() -> str:
    """Return the revision that this version needs; every script's name begins with its own."""
    return max(script.stem.partition("_")[0] for script in (MIGRATIONS / "versions").glob("*.py"))


async def is_current(connection: asyncpg.Connection) -> bool:
    """Say whether the schema that a connection looks into first is the one that this version needs."""
    try:
        revision = await connection.fetchval("SELECT version_num FROM schema_version")
    except asyncpg.UndefinedTableError:
        return False
    return bool(revision == newest_revision())
