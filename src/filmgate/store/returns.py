"""How a claimed task goes back to the queue: to the same engine, or to another one.

The caller has locked job and task, and found that they are the claim's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
from pgqueuer.queries import Queries

from filmgate.domain.tasks import Setback
from filmgate.ports import Claim
from filmgate.store.endings import TASK_CHANNEL
from filmgate.store.records import SETBACKS

# The database speaks here when a task is queued where none was waiting.
WORK_CHANNEL = "filmgate_work"


async def queue_again(
    connection: asyncpg.Connection, claim: Claim, *, after: timedelta, is_failure: bool
) -> None:
    """Let the task wait, and be claimed again after a while; `is_failure` counts this claim as a try."""
    engine = await connection.fetchval(
        """UPDATE task SET status = 'waiting', progress = 0, handed_back = handed_back + $2
        WHERE task_id = $1 RETURNING engine""",
        claim.task.task_id,
        0 if is_failure else 1,
    )
    queries = Queries.from_asyncpg_connection(connection)
    await queries.driver.execute(queries.qbq.build_retry_job_query(), claim.job_id, after, None)
    await connection.execute(
        "SELECT pg_notify($1, $2), pg_notify($3, $4)",
        TASK_CHANNEL,
        f"{claim.task.task_id} changed",
        WORK_CHANNEL,
        engine,
    )


async def move(
    connection: asyncpg.Connection, claim: Claim, *, to: str, refused_by: Sequence[str], now: datetime
) -> None:
    """Give task and job to another engine, to which what the last one kept means nothing."""
    await connection.execute(
        """UPDATE task SET engine = $2, resume_token = NULL, refused_by = $3, refused_since = $4
        WHERE task_id = $1""",
        claim.task.task_id,
        to,
        list(refused_by),
        # As the claim knew it: a token that was kept before an order was refused is no acceptance.
        claim.task.refused_since or now,
    )
    await connection.execute(
        "UPDATE pgqueuer SET entrypoint = $2 WHERE id = $1", claim.job_id, f"render:{to}"
    )


async def note_setback(connection: asyncpg.Connection, claim: Claim, setback: Setback | None) -> None:
    """Keep what came of this attempt, after what the claim already knew; None is nothing worth keeping."""
    if setback is None:
        return
    await connection.execute(
        "UPDATE task SET setbacks = $2 WHERE task_id = $1",
        claim.task.task_id,
        SETBACKS.dump_python((*claim.task.setbacks, setback), mode="json"),
    )
