"""What accounts are given; what their tasks cost is written where tasks begin and end."""

from datetime import datetime
from uuid import uuid4

import asyncpg

from filmgate.domain.accounts import (
    VIDEOS_API,
    Account,
    AccountId,
    KeyTerms,
    LedgerEntry,
    Totals,
    Usage,
)
from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.wording import in_credits
from filmgate.store.accounts import insert_key
from filmgate.store.database import Database
from filmgate.store.people import ACCOUNT, account_of

_WELCOME = "free quota"


class PostgresCreditStore:
    """`ports.CreditStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(
        self, account_id: AccountId, *, millicredits: int, first_key: KeyTerms, now: datetime
    ) -> str | None:
        """See the port. Of two at the same moment one makes the application, and it alone gives the rest."""
        async with self._database.transaction() as connection:
            made = await connection.fetchval(
                """INSERT INTO application (application_id, account_id, api, created_at)
                VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, api) DO NOTHING RETURNING true""",
                uuid4(),
                account_id,
                VIDEOS_API,
                now,
            )
            if not made:
                return None
            if millicredits:
                await _grant(connection, account_id, millicredits, note=_WELCOME, now=now)
            _, secret = await insert_key(connection, first_key, account_id=account_id, now=now)
            return secret

    async def grant(self, account_id: AccountId, *, millicredits: int, note: str, now: datetime) -> Account:
        """See the port."""
        async with self._database.transaction() as connection:
            row = await _grant(connection, account_id, millicredits, note=note, now=now)
        return account_of(row)

    async def usage(self, account_id: AccountId, *, since: datetime) -> list[Usage]:
        """See the port."""
        rows = await self._database.fetch(
            """SELECT (finished_at AT TIME ZONE 'UTC')::date AS day, coalesce(request->>'model', '') AS model,
                count(*) FILTER (WHERE status = 'succeeded') AS n_succeeded,
                count(*) FILTER (WHERE status = 'failed') AS n_failed,
                coalesce(sum((request->>'duration')::int) FILTER (WHERE status = 'succeeded'), 0) AS seconds,
                sum(settled)::bigint AS millicredits
            FROM task WHERE account_id = $1 AND finished_at >= $2
            GROUP BY day, 2 ORDER BY day, 2""",
            account_id,
            since,
        )
        return [Usage(**row) for row in rows]

    async def totals(self, account_id: AccountId) -> Totals:
        """See the port."""
        row = await self._database.row(
            """SELECT
                coalesce(sum(millicredits) FILTER (WHERE kind = 'grant'), 0)::bigint AS granted,
                coalesce(-sum(millicredits) FILTER (WHERE kind <> 'grant'), 0)::bigint AS taken,
                (SELECT coalesce(sum(reserved), 0)::bigint FROM task
                    WHERE task.account_id = $1 AND status IN ('waiting', 'running')) AS reserved
            FROM ledger WHERE account_id = $1""",
            account_id,
        )
        assert row is not None, "an aggregate has a row"
        return Totals(
            granted=row["granted"], settled=row["taken"] - row["reserved"], reserved=row["reserved"]
        )

    async def entries(
        self, account_id: AccountId, *, limit: int, before: int | None = None
    ) -> list[LedgerEntry]:
        """See the port."""
        rows = await self._database.fetch(
            """SELECT entry_id, kind, millicredits, task_id, note, created_at FROM ledger
            WHERE account_id = $1 AND ($3::bigint IS NULL OR entry_id < $3)
            ORDER BY entry_id DESC LIMIT $2""",
            account_id,
            limit,
            before,
        )
        return [LedgerEntry(**row) for row in rows]


async def _grant(
    connection: asyncpg.Connection, account_id: AccountId, millicredits: int, *, note: str, now: datetime
) -> asyncpg.Record:
    row = await connection.fetchrow(
        f"""UPDATE account SET balance = balance + $2
        WHERE account_id = $1 AND (is_unlimited OR balance + $2 >= 0) RETURNING {ACCOUNT}""",
        account_id,
        millicredits,
    )
    if row is None:
        message = f"credits: {in_credits(-millicredits)} cannot be taken; the account has less."
        raise InvalidRequest([Objection("credits", millicredits, message)])
    await connection.execute(
        """INSERT INTO ledger (account_id, kind, millicredits, note, created_at)
        VALUES ($1, 'grant', $2, $3, $4)""",
        account_id,
        millicredits,
        note,
        now,
    )
    return row
