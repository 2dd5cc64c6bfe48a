"""What ended tasks have left behind at upstreams, in columns of their rows."""

from collections.abc import Sequence
from datetime import datetime

from filmgate.domain.tasks import Setback, TaskId
from filmgate.ports import Leftover
from filmgate.store.database import Database
from filmgate.store.records import SETBACKS


class PostgresLeftovers:
    """`ports.LeftoverStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, task_id: TaskId, *, attempt: int, token: str | None) -> None:
        """See the port. The end of the task may be written after this; what is left is marked then."""
        await self._database.fetch(
            """UPDATE task SET resume_token = $3,
                leftover_at = CASE WHEN $3::text IS NOT NULL THEN leftover_at END
            WHERE task_id = $1 AND attempt = $2 AND status IN ('running', 'failed')""",
            task_id,
            attempt,
            token,
        )

    async def take(
        self, engines: Sequence[str], *, now: datetime, again_at: datetime, limit: int
    ) -> list[Leftover]:
        """See the port."""
        rows = await self._database.fetch(
            """UPDATE task SET leftover_at = $3, leftover_tries = leftover_tries + 1
            WHERE task_id IN (
                SELECT task_id FROM task
                WHERE leftover_at IS NOT NULL AND leftover_at <= $2 AND engine = ANY($1)
                ORDER BY leftover_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
            )
            RETURNING task_id, engine, attempt, resume_token, leftover_tries""",
            list(engines),
            now,
            again_at,
            limit,
        )
        return [
            Leftover(
                task_id=TaskId(row["task_id"]),
                engine=row["engine"],
                attempt=row["attempt"],
                token=row["resume_token"],
                tries=row["leftover_tries"],
            )
            for row in rows
        ]

    async def put_off(self, leftover: Leftover, *, until: datetime) -> None:
        """See the port."""
        await self._database.fetch(
            "UPDATE task SET leftover_at = $2 WHERE task_id = $1 AND leftover_at IS NOT NULL",
            leftover.task_id,
            until,
        )

    async def gone(self, leftover: Leftover) -> None:
        """See the port."""
        await self._database.fetch("UPDATE task SET leftover_at = NULL WHERE task_id = $1", leftover.task_id)

    async def give_up(self, leftover: Leftover, setback: Setback) -> None:
        """See the port."""
        async with self._database.transaction() as connection:
            earlier = await connection.fetchval(
                "SELECT setbacks FROM task WHERE task_id = $1 FOR NO KEY UPDATE", leftover.task_id
            )
            await connection.execute(
                "UPDATE task SET leftover_at = NULL, setbacks = $2 WHERE task_id = $1",
                leftover.task_id,
                [*(earlier or ()), *SETBACKS.dump_python((setback,), mode="json")],
            )
