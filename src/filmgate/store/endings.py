"""How a task ends: one transaction of status, credits, callback and job, whoever ends it."""

from datetime import datetime
from uuid import uuid4

import asyncpg
from pgqueuer.queries import Queries

from filmgate.domain.tasks import Failure, TaskId

DELIVER = "deliver"
TASK_CHANNEL = "filmgate_task"


async def end_as_failed(
    connection: asyncpg.Connection, task_id: TaskId, failure: Failure, *, now: datetime
) -> None:
    """Fail an open task and give all its credits back; the caller has locked the row."""
    row = await connection.fetchrow(
        """UPDATE task SET status = 'failed', failure_code = $2, failure_message = $3, settled = 0,
            finished_at = $4
        WHERE task_id = $1 RETURNING account_id, callback_url, reserved""",
        task_id,
        failure.code,
        failure.message,
        now,
    )
    await close(connection, task_id, row, entry="refund", released=row["reserved"], now=now)


async def close(
    connection: asyncpg.Connection,
    task_id: TaskId,
    task: asyncpg.Record,
    *,
    entry: str,
    released: int,
    now: datetime,
) -> None:
    """Write what every ending needs, once the status is set.

    `task` carries account_id and callback_url; `released` milli-credits return to the account.
    """
    await connection.execute(
        """INSERT INTO ledger (account_id, task_id, kind, millicredits, created_at)
        VALUES ($1, $2, $3, $4, $5)""",
        task["account_id"],
        task_id,
        entry,
        released,
        now,
    )
    if released:
        await connection.execute(
            "UPDATE account SET balance = balance + $2 WHERE account_id = $1", task["account_id"], released
        )
    if task["callback_url"] is not None:
        await _queue_delivery(connection, task_id, task, now=now)
    await _drop_job(connection, task_id)
    await connection.execute("SELECT pg_notify($1, $2)", TASK_CHANNEL, f"{task_id} ended")


async def _queue_delivery(
    connection: asyncpg.Connection, task_id: TaskId, task: asyncpg.Record, *, now: datetime
) -> None:
    delivery_id = uuid4()
    await connection.execute(
        """INSERT INTO delivery (delivery_id, task_id, account_id, url, created_at)
        VALUES ($1, $2, $3, $4, $5)""",
        delivery_id,
        task_id,
        task["account_id"],
        task["callback_url"],
        now,
    )
    queries = Queries.from_asyncpg_connection(connection)
    await queries.enqueue(DELIVER, str(delivery_id).encode())


async def _drop_job(connection: asyncpg.Connection, task_id: TaskId) -> None:
    # The row is locked by whoever holds the job only inside a claim, so this never waits for a render.
    await connection.execute(
        """WITH dropped AS (
            DELETE FROM pgqueuer WHERE dedupe_key = 'render:' || $1 AND status IN ('queued', 'picked')
            RETURNING id, entrypoint, priority
        )
        INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
        SELECT id, 'deleted', entrypoint, priority FROM dropped""",
        str(task_id),
    )
