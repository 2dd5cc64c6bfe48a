"""What has been kept long enough: results, repeats, posts, sessions, and files that no task knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from filmgate.domain.inboxes import KEPT_FOR
from filmgate.domain.tasks import TaskId
from filmgate.store.database import Database
from filmgate.store.tasks import JOINS_UNANSWERED_FOR

# A worker that insists on an ending while the database is away stores its files long before.
_STORED_BUT_NOT_TOLD_FOR = timedelta(days=1)


class PostgresPastStore:
    """`ports.PastStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def expire_files(self, *, ended_before: datetime, now: datetime, limit: int) -> list[TaskId]:
        """See the port."""
        async with self._database.transaction() as connection:
            await connection.execute(
                """UPDATE task SET files_deleted_at = $2 WHERE task_id IN (
                    SELECT task_id FROM task AS old WHERE finished_at <= $1 AND files_deleted_at IS NULL
                        AND NOT EXISTS (
                            SELECT FROM task AS extending
                            WHERE extending.extends = old.task_id
                                AND extending.status IN ('waiting', 'running')
                        )
                    ORDER BY finished_at LIMIT $3
                    FOR NO KEY UPDATE SKIP LOCKED
                )""",
                ended_before,
                now,
                limit,
            )
            rows = await connection.fetch(
                """SELECT task_id FROM task WHERE files_deleted_at IS NOT NULL AND files_removed_at IS NULL
                ORDER BY files_deleted_at LIMIT $1""",
                limit,
            )
        return [TaskId(row["task_id"]) for row in rows]

    async def note_removed(self, task_ids: Sequence[TaskId], *, now: datetime) -> None:
        """See the port."""
        await self._database.fetch(
            "UPDATE task SET files_removed_at = $2 WHERE task_id = ANY($1)", list(task_ids), now
        )

    async def forget_past(self, *, sent_before: datetime, now: datetime, limit: int) -> int:
        """See the port. Several servers forget beside each other, each what the others do not hold."""
        row = await self._database.row(
            _FORGET_PAST, sent_before, now - JOINS_UNANSWERED_FOR, limit, now, now - KEPT_FOR
        )
        assert row is not None, "a count has a row"
        return int(row["n_forgotten"])

    async def unneeded(self, keys: Sequence[str], *, now: datetime) -> list[str]:
        """See the port."""
        rows = await self._database.fetch(_UNNEEDED, list(keys), now - _STORED_BUT_NOT_TOLD_FOR)
        return [row["key"] for row in rows]


_FORGET_PAST = """
    WITH repeats AS (
        UPDATE task SET idempotency_key = NULL, holder = NULL, join_until = NULL, joined_as = NULL
        WHERE task_id IN (
            SELECT task_id FROM task
            WHERE (idempotency_key IS NOT NULL OR holder IS NOT NULL) AND created_at < $2
                AND status IN ('succeeded', 'failed')
            ORDER BY created_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), posts AS (
        DELETE FROM post WHERE (delivery_id, number) IN (
            SELECT post.delivery_id, number FROM post JOIN delivery USING (delivery_id)
            WHERE sent_at < $1 AND (delivered_at IS NOT NULL OR given_up_at IS NOT NULL)
            ORDER BY sent_at LIMIT $3 FOR UPDATE OF post SKIP LOCKED
        )
        RETURNING 1
    ), sessions AS (
        DELETE FROM session WHERE session_id IN (
            SELECT session_id FROM session WHERE expires_at < $4
            ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), attempts AS (
        DELETE FROM entry_attempt WHERE ctid IN (
            SELECT ctid FROM entry_attempt WHERE made_at < $2
            ORDER BY made_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), arrivals AS (
        DELETE FROM inbox_entry WHERE number IN (
            SELECT number FROM inbox_entry WHERE received_at < $5
            ORDER BY received_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM repeats) + (SELECT count(*) FROM posts)
        + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM attempts)
        + (SELECT count(*) FROM arrivals) AS n_forgotten
"""

# The second part of a key is its task, the third the attempt that wrote it, or `inputs`.
_UNNEEDED = """
    SELECT key FROM unnest($1::text[]) AS given (key)
    LEFT JOIN task ON task_id = CASE
        WHEN split_part(key, '/', 2) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        THEN split_part(key, '/', 2)::uuid
    END
    WHERE task_id IS NULL OR files_removed_at IS NOT NULL OR (
        finished_at < $2 AND split_part(key, '/', 3) <> 'inputs'
        AND NOT EXISTS (SELECT FROM artefact WHERE artefact.task_id = task.task_id AND object_key = key)
    )
"""
