"""What a run needs in the database before it begins: accounts with credits, and a record of every move."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from filmgate.domain.accounts import VIDEOS_API, AccountId, KeyTerms
from filmgate.store.accounts import PostgresAccountStore
from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres
from tests.chaos.plan import N_ACCOUNTS

_CREDITS = 1_000_000_000


@dataclass(frozen=True)
class Payer:
    """An account of the run: the key that opens it, and the secret that signs its callbacks."""

    key: str
    webhook_secret: str


@asynccontextmanager
async def open_database(folder: Path) -> AsyncIterator[Database]:
    """The run's database: attached to where it runs, or started for the block where it rests."""
    async with EmbeddedPostgres(folder) as server:
        database = Database(server.url)
        await database.open()
        try:
            yield database
        finally:
            await database.close()


async def set_scene(database: Database) -> Sequence[Payer]:
    """Make the accounts, and have every change of a task's status recorded in `chaos.move`."""
    async with database.transaction() as connection:
        await connection.execute(_RECORD_MOVES)
    return [await _payer(database, number) for number in range(N_ACCOUNTS)]


# A trigger sees what no look at the end can: a task that ended twice, or that ended and went on.
_RECORD_MOVES = """
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.move (
        number bigint GENERATED ALWAYS AS IDENTITY, task_id uuid, came_from text, became text, attempt integer
    );
    CREATE FUNCTION chaos.record_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO chaos.move (task_id, came_from, became, attempt)
        VALUES (NEW.task_id, CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status, NEW.attempt);
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER record_move AFTER INSERT OR UPDATE OF status ON filmgate.task
    FOR EACH ROW EXECUTE FUNCTION chaos.record_move();
"""


async def _payer(database: Database, number: int) -> Payer:
    now = datetime.now(UTC)
    accounts = PostgresAccountStore(database, cache_for=timedelta(0))
    account_id = AccountId(uuid4())
    async with database.transaction() as connection:
        await connection.execute(
            """INSERT INTO account (account_id, name, balance, weight, webhook_secrets, created_at)
            VALUES ($1, $2, $3, $4, '{}', $5)""",
            account_id,
            f"payer {number}",
            _CREDITS,
            1 + number,
            now,
        )
        await connection.execute(
            """INSERT INTO ledger (account_id, kind, millicredits, created_at)
            VALUES ($1, 'grant', $2, $3)""",
            account_id,
            _CREDITS,
            now,
        )
        await connection.execute(
            "INSERT INTO application (application_id, account_id, api, created_at) VALUES ($1, $2, $3, $4)",
            uuid4(),
            account_id,
            VIDEOS_API,
            now,
        )
    rotated = await accounts.rotate_webhook_secret(account_id=account_id, keep_old_for=None)
    _, key = await accounts.create_key(KeyTerms(name="chaos"), account_id=account_id, now=now)
    return Payer(key=key, webhook_secret=rotated.newest)
