"""Tasks as their callers see them: submitted, looked up, cancelled, deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import (
    Cancelled,
    CreditsUsedUp,
    IdempotencyConflict,
    RequestRefused,
    Unavailable,
)
from filmgate.domain.quotas import many_open, queue_full, too_fast
from filmgate.domain.tasks import Failure, Status, StoredFile, Task, TaskId, VideoId
from filmgate.ports import Submission, Submitted, TaskSearch
from filmgate.store.database import Database
from filmgate.store.endings import end_as_failed, hold_job
from filmgate.store.paging import Paging
from filmgate.store.records import REQUEST, SELECT_TASK, WARNINGS, may_become, task_of

JOINS_UNANSWERED_FOR = timedelta(hours=24)
JOINS_FAULT_FOR = timedelta(seconds=15)
# No process has this number: nobody waits for the task, and `join_until` alone decides.
_NOBODY = 0


class PostgresTaskStore:
    """`ports.TaskStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def submit(self, submission: Submission, *, now: datetime) -> Submitted:
        """See the port. Where the answer was lost, asking again with the same id is decisive."""
        values = _submission_values(submission, now=now)
        try:
            row = await self._database.row(_SUBMIT, *values)
        except Unavailable:
            row = await self._database.row(_SUBMIT, *values)
        assert row is not None, "the function always returns a row"
        if (refusal := _refusal(row, submission)) is not None:
            raise refusal
        return Submitted(task_id=TaskId(row["found_id"]), joined=row["outcome"] == "joined")

    async def task(self, task_id: TaskId, *, account_id: AccountId | None = None) -> Task | None:
        """See the port."""
        return next(iter(await self.tasks([task_id], account_id=account_id)), None)

    async def tasks(self, task_ids: Sequence[TaskId], *, account_id: AccountId | None = None) -> list[Task]:
        """See the port."""
        rows = await self._database.fetch(
            f"{SELECT_TASK} WHERE task_id = ANY($1) AND ($2::uuid IS NULL OR account_id = $2)",
            list(task_ids),
            account_id,
        )
        found = {row["task_id"]: task_of(row) for row in rows}
        return [found[task_id] for task_id in task_ids if task_id in found]

    async def newest_tasks(self, search: TaskSearch, *, account_id: AccountId) -> list[Task]:
        """See the port."""
        cursor = search.newer_than or search.older_than
        paging = Paging(
            table="task",
            key="task_id",
            cursor="$9",
            is_first=cursor is None,
            is_newer=search.newer_than is not None,
            whose="account_id = $1",
        )
        rows = await self._database.fetch(
            f"""{SELECT_TASK} WHERE account_id = $1
                AND ($4::timestamptz IS NULL OR created_at >= $4)
                AND ($5::timestamptz IS NULL OR created_at <= $5)
                AND ($6::text IS NULL OR status = $6)
                AND ($7::text IS NULL OR request->>'model' = $7)
                AND ($8 = '' OR strpos(lower(request->>'prompt'), lower($8)) > 0)
                AND {paging.condition}
            ORDER BY {paging.order} LIMIT $2 OFFSET $3""",
            account_id,
            search.limit,
            search.offset,
            search.created_from,
            search.created_to,
            search.status,
            search.model,
            search.text,
            cursor,
        )
        return [task_of(row) for row in paging.newest_first(rows)]

    async def of_unknown_outcome(self, *, limit: int) -> list[Task]:
        """See the port."""
        rows = await self._database.fetch(
            f"{SELECT_TASK} WHERE outcome_unknown ORDER BY finished_at DESC LIMIT $1", limit
        )
        return [task_of(row) for row in rows]

    async def newest_failed(self, *, since: datetime, limit: int) -> list[Task]:
        """See the port."""
        rows = await self._database.fetch(
            f"""{SELECT_TASK} WHERE finished_at IS NOT NULL AND finished_at > $1 AND status = 'failed'
                AND failure_code <> $2 AND NOT outcome_unknown
            ORDER BY finished_at DESC LIMIT $3""",
            since,
            Cancelled.code,
            limit,
        )
        return [task_of(row) for row in rows]

    async def task_of_video(self, video_id: VideoId, *, account_id: AccountId) -> Task | None:
        """See the port."""
        return next(iter(await self.tasks_of_videos([video_id], account_id=account_id)), None)

    async def tasks_of_videos(self, video_ids: Sequence[VideoId], *, account_id: AccountId) -> list[Task]:
        """See the port."""
        rows = await self._database.fetch(
            f"{SELECT_TASK} WHERE video_id = ANY($1) AND account_id = $2", list(video_ids), account_id
        )
        return [task_of(row) for row in rows]

    async def cancel(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """See the port."""
        async with self._database.transaction() as connection:
            await hold_job(connection, task_id)
            is_open = await connection.fetchval(
                f"""SELECT true FROM task WHERE task_id = $1 AND account_id = $2
                    AND {may_become(Status.FAILED)} FOR NO KEY UPDATE""",
                task_id,
                account_id,
            )
            if not is_open:
                return False
            failure = Failure(Cancelled.code, "The task was deleted before it ended.", leaves_order=True)
            await end_as_failed(connection, task_id, failure, now=now)
            # Who deletes a task and asks for the same again does not want it back.
            await connection.execute("UPDATE task SET holder = NULL WHERE task_id = $1", task_id)
            return True

    async def forget_files(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """See the port."""
        row = await self._database.row(
            """UPDATE task SET files_deleted_at = $3
            WHERE task_id = $1 AND account_id = $2 AND status = 'succeeded' AND files_deleted_at IS NULL
            RETURNING true""",
            task_id,
            account_id,
            now,
        )
        return row is not None

    async def file(self, name: str) -> tuple[StoredFile, Task] | None:
        """See the port."""
        row = await self._database.row(
            f"""SELECT found.* FROM ({SELECT_TASK}) AS found JOIN artefact USING (task_id)
            WHERE artefact.name = $1 AND artefact.kind <> 'input'""",
            name,
        )
        if row is None:
            return None
        task = task_of(row)
        return next(file for file in task.files if file.name == name), task

    async def mark_answered(self, answers: Mapping[TaskId, int | None], *, now: datetime) -> None:
        """See the port."""
        await self._database.fetch(
            """WITH answer AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS answer (task_id, status))
            UPDATE task SET
                holder = CASE WHEN coalesce(answer.status, 500) >= 500 THEN $3::bigint END,
                join_until = CASE
                    WHEN answer.status IS NULL THEN $4::timestamptz
                    WHEN answer.status >= 500 THEN $5::timestamptz
                END
            FROM (
                SELECT task_id, status FROM answer
                UNION ALL
                SELECT earlier.task_id, NULL FROM answer JOIN task AS earlier ON joined_as = answer.task_id
                WHERE answer.status IS NULL
            ) AS answer
            WHERE task.task_id = answer.task_id""",
            list(answers),
            list(answers.values()),
            _NOBODY,
            now + JOINS_UNANSWERED_FOR,
            now + JOINS_FAULT_FOR,
        )


_SUBMIT = f"SELECT * FROM submit_task({', '.join(f'${number}' for number in range(1, 23))})"


def _refusal(row: Mapping[str, Any], submission: Submission) -> RequestRefused | None:
    match row["outcome"]:
        case "used_up":
            return CreditsUsedUp(needed=submission.task.reserved, left=row["left_over"])
        case "key_used_up":
            return CreditsUsedUp(needed=submission.task.reserved, left=row["left_over"], is_of_key=True)
        case "many_open":
            return many_open(row["most"])
        case "too_fast":
            return too_fast(row["most"], seconds_to_wait=row["seconds_to_wait"])
        case "queue_full":
            return queue_full(row["most"])
        case "conflict":
            return IdempotencyConflict(
                f'The Idempotency-Key "{submission.idempotency_key}" was used for another body; '
                "send the same body again, or another key."
            )
    return None


def _submission_values(submission: Submission, *, now: datetime) -> tuple[object, ...]:
    task = submission.task
    assert task.request is not None, "what is submitted can be read"
    return (
        task.task_id,
        task.trace_id,
        task.account_id,
        task.application_id,
        task.key_id,
        REQUEST.dump_python(task.request, mode="json"),
        task.body,
        submission.body_hash,
        WARNINGS.dump_python(task.warnings, mode="json"),
        task.engine,
        task.seed,
        task.reserved,
        submission.cost_seconds,
        task.public_origin,
        task.callback_url,
        submission.idempotency_key,
        submission.holder,
        submission.extends,
        now,
        submission.quotas.open_of_account,
        submission.quotas.a_minute_of_account,
        submission.quotas.open_of_all,
    )
