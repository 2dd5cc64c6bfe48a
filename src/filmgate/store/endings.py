"""How a task ends: one transaction of status, credits, callback and job, whoever ends it."""

from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg

from filmgate.domain.callbacks import DeliveryId
from filmgate.domain.tasks import Failure, TaskId
from filmgate.ports import Making
from filmgate.store.deliveries import queue_post

TASK_CHANNEL = "filmgate_task"
LEFT_FOR = timedelta(seconds=30)
"""How long the worker that renders has for deleting what was ordered, before another one sees to it."""

# Spelled like the partial index, which is not used otherwise.
_JOB_OF = "dedupe_key = $1 AND status IN ('queued', 'picked')"


async def hold_job(connection: asyncpg.Connection, task_id: TaskId) -> None:
    """Keep the task's job from being claimed until this transaction ends.

    A claim locks the job and then the task. Whoever changes both calls this before locking the task:
    in the other order the two would wait for each other.
    """
    await connection.execute(f"SELECT FROM pgqueuer WHERE {_JOB_OF} FOR UPDATE", f"render:{task_id}")


async def end_as_failed(
    connection: asyncpg.Connection, task_id: TaskId, failure: Failure, *, now: datetime
) -> None:
    """Fail an open task and give all its credits back; the caller has locked job and task."""
    row = await connection.fetchrow(
        """UPDATE task SET status = 'failed', failure_code = $2, failure_message = $3, settled = 0,
            finished_at = $4, outcome_unknown = $5,
            leftover_at = CASE WHEN $6 AND resume_token IS NOT NULL THEN $4::timestamptz + $7::interval END
        WHERE task_id = $1
        RETURNING account_id, key_id, callback_url, reserved,
            CASE attempt WHEN 0 THEN tag_cost ELSE 0 END AS unused_turn""",
        task_id,
        failure.code,
        failure.message,
        now,
        failure.is_outcome_unknown,
        failure.leaves_order,
        LEFT_FOR,
    )
    await _close(
        connection, task_id, row, entry="refund", back=row["reserved"], turn=row["unused_turn"], now=now
    )


async def end_as_succeeded(
    connection: asyncpg.Connection, task_id: TaskId, making: Making | None, *, now: datetime
) -> None:
    """Settle an open task, whose files are recorded already; the caller has locked job and task.

    What was reserved beyond its price is given back.
    """
    row = await connection.fetchrow(
        """UPDATE task SET status = 'succeeded', progress = 100, settled = least(reserved, $3),
            making = $4, finished_at = $2, video_id = draw_video_id()
        WHERE task_id = $1 RETURNING account_id, key_id, callback_url, reserved - settled AS unspent""",
        task_id,
        now,
        None if making is None else making.price,
        None if making is None else making.told,
    )
    await _close(connection, task_id, row, entry="settle", back=row["unspent"], turn=0, now=now)


async def _close(
    connection: asyncpg.Connection,
    task_id: TaskId,
    task: asyncpg.Record,
    *,
    entry: str,
    back: int,
    turn: float,
    now: datetime,
) -> None:
    """Write what every ending needs, once the status is set.

    `task` carries account_id, key_id and callback_url; `back` are the milli-credits that the account gets
    back, `turn` what a task that never started did not use of its account's turn in the queue.
    """
    await connection.execute(
        """INSERT INTO ledger (account_id, task_id, kind, millicredits, created_at)
        VALUES ($1, $2, $3, $4, $5)""",
        task["account_id"],
        task_id,
        entry,
        back,
        now,
    )
    if task["callback_url"] is not None:
        await _queue_delivery(connection, task_id, task, now=now)
    await connection.execute(f"DELETE FROM pgqueuer WHERE {_JOB_OF}", f"render:{task_id}")
    if back:
        await connection.execute(
            "UPDATE api_key SET spent = spent - $2 WHERE key_id = $1 AND spending_limit IS NOT NULL",
            task["key_id"],
            back,
        )
    # Every submit of the account waits for this row, so it is the last to be touched.
    await connection.execute(
        """UPDATE account SET balance = balance + $2, last_tag = last_tag - $3, n_open = n_open - 1
        WHERE account_id = $1""",
        task["account_id"],
        back,
        turn,
    )
    await connection.execute("SELECT pg_notify($1, $2)", TASK_CHANNEL, f"{task_id} ended")


async def _queue_delivery(
    connection: asyncpg.Connection, task_id: TaskId, task: asyncpg.Record, *, now: datetime
) -> None:
    delivery_id = DeliveryId(uuid4())
    await connection.execute(
        """INSERT INTO delivery (delivery_id, task_id, account_id, url, created_at)
        VALUES ($1, $2, $3, $4, $5)""",
        delivery_id,
        task_id,
        task["account_id"],
        task["callback_url"],
        now,
    )
    await queue_post(connection, delivery_id, n_posts=0, after=timedelta(0))
