"""Callback inboxes on PostgreSQL; the row of an inbox is the lock that its caps are counted under."""

import secrets
from datetime import datetime, timedelta
from math import ceil
from uuid import uuid4

import asyncpg

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileGone, InvalidRequest, Objection, TooManyRequests
from filmgate.domain.inboxes import (
    KEPT_FOR,
    MOST_A_MINUTE,
    MOST_ENTRIES,
    MOST_INBOXES,
    Arrival,
    Inbox,
    InboxAnswer,
    InboxEntry,
    InboxId,
    Verdict,
)
from filmgate.store.database import Database

_MINUTE = timedelta(minutes=1)


class PostgresInboxStore:
    """`ports.InboxStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, *, account_id: AccountId, now: datetime) -> Inbox:
        """See the port."""
        async with self._database.transaction() as connection:
            # Of two at the same moment the second counts the first.
            await connection.execute(
                "SELECT FROM account WHERE account_id = $1 FOR NO KEY UPDATE", account_id
            )
            n_open = await connection.fetchval(
                "SELECT count(*) FROM inbox WHERE account_id = $1 AND revoked_at IS NULL", account_id
            )
            if n_open >= MOST_INBOXES:
                message = f"An account may have {MOST_INBOXES} inboxes; revoke one that is not needed."
                raise InvalidRequest([Objection("inbox", n_open, message)])
            row = await connection.fetchrow(
                """INSERT INTO inbox (inbox_id, account_id, secret, created_at) VALUES ($1, $2, $3, $4)
                RETURNING *""",
                uuid4(),
                account_id,
                secrets.token_hex(16),
                now,
            )
        return _inbox_of(row)

    async def inboxes(self, *, account_id: AccountId) -> list[Inbox]:
        """See the port."""
        rows = await self._database.fetch(
            """SELECT * FROM inbox WHERE account_id = $1 AND revoked_at IS NULL
            ORDER BY created_at DESC, inbox_id""",
            account_id,
        )
        return [_inbox_of(row) for row in rows]

    async def inbox_of(self, secret: str) -> Inbox | None:
        """See the port."""
        row = await self._database.row("SELECT * FROM inbox WHERE secret = $1", secret)
        return None if row is None else _inbox_of(row)

    async def choose_answer(self, inbox_id: InboxId, answer: InboxAnswer, *, account_id: AccountId) -> bool:
        """See the port."""
        row = await self._database.row(
            """UPDATE inbox SET answer = $3
            WHERE inbox_id = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING true""",
            inbox_id,
            account_id,
            answer,
        )
        return row is not None

    async def revoke(self, inbox_id: InboxId, *, account_id: AccountId, now: datetime) -> bool:
        """See the port."""
        async with self._database.transaction() as connection:
            revoked = await connection.fetchval(
                """UPDATE inbox SET revoked_at = $3
                WHERE inbox_id = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING true""",
                inbox_id,
                account_id,
                now,
            )
            if revoked:
                await connection.execute("DELETE FROM inbox_entry WHERE inbox_id = $1", inbox_id)
            return bool(revoked)

    async def receive(
        self, inbox_id: InboxId, arrival: Arrival, *, verdict: Verdict, now: datetime
    ) -> InboxAnswer:
        """See the port."""
        async with self._database.transaction() as connection:
            inbox = await connection.fetchrow(
                "SELECT answer, revoked_at FROM inbox WHERE inbox_id = $1 FOR NO KEY UPDATE", inbox_id
            )
            if inbox["revoked_at"] is not None:
                raise FileGone("This inbox was revoked.")
            await _check_rate(connection, inbox_id, now=now)
            await connection.execute(
                """INSERT INTO inbox_entry (inbox_id, received_at, query, headers, body, verdict, answer)
                VALUES ($1, $2, $3, $4, $5, $6, $7)""",
                inbox_id,
                now,
                arrival.query,
                arrival.headers,
                arrival.body,
                verdict,
                inbox["answer"],
            )
            await connection.execute(_DROP_OLDEST, inbox_id, MOST_ENTRIES)
        return InboxAnswer(inbox["answer"])

    async def entries(
        self,
        *,
        account_id: AccountId,
        limit: int,
        now: datetime,
        inbox_id: InboxId | None = None,
        before: int | None = None,
    ) -> list[InboxEntry]:
        """See the port."""
        rows = await self._database.fetch(
            f"""{_ENTRIES} AND ($3::uuid IS NULL OR inbox_id = $3) AND ($4::bigint IS NULL OR number < $4)
            ORDER BY number DESC LIMIT $5""",
            account_id,
            now - KEPT_FOR,
            inbox_id,
            before,
            limit,
        )
        return [_entry_of(row) for row in rows]

    async def entry(self, number: int, *, account_id: AccountId, now: datetime) -> InboxEntry | None:
        """See the port."""
        row = await self._database.row(f"{_ENTRIES} AND number = $3", account_id, now - KEPT_FOR, number)
        return None if row is None else _entry_of(row)


async def _check_rate(connection: asyncpg.Connection, inbox_id: InboxId, *, now: datetime) -> None:
    """Return where there was room in the last minute."""
    earliest = await connection.fetchval(
        """SELECT received_at FROM inbox_entry WHERE inbox_id = $1 AND received_at > $2
        ORDER BY number DESC OFFSET $3 LIMIT 1""",
        inbox_id,
        now - _MINUTE,
        MOST_A_MINUTE - 1,
    )
    if earliest is not None:
        wait = max(1, ceil((earliest + _MINUTE - now).total_seconds()))
        raise TooManyRequests(
            f"An inbox takes {MOST_A_MINUTE} posts a minute; try again in {wait} s.",
            retry_after_seconds=wait,
        )


_DROP_OLDEST = """
    DELETE FROM inbox_entry WHERE inbox_id = $1 AND number <= (
        SELECT number FROM inbox_entry WHERE inbox_id = $1 ORDER BY number DESC OFFSET $2 LIMIT 1
    )
"""

_ENTRIES = """
    SELECT inbox_entry.* FROM inbox_entry JOIN inbox USING (inbox_id)
    WHERE account_id = $1 AND revoked_at IS NULL AND received_at > $2
"""


def _inbox_of(row: asyncpg.Record) -> Inbox:
    return Inbox(
        inbox_id=InboxId(row["inbox_id"]),
        account_id=AccountId(row["account_id"]),
        secret=row["secret"],
        answer=InboxAnswer(row["answer"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )


def _entry_of(row: asyncpg.Record) -> InboxEntry:
    return InboxEntry(
        number=row["number"],
        inbox_id=InboxId(row["inbox_id"]),
        received_at=row["received_at"],
        arrival=Arrival(
            query=row["query"],
            headers=tuple((name, value) for name, value in row["headers"]),
            body=row["body"],
        ),
        verdict=Verdict(row["verdict"]),
        answer=InboxAnswer(row["answer"]),
    )
