"""Tasks as workers see them: claimed through PgQueuer, kept alive, and ended once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from pgqueuer.types import QueueEntrypoint, QueueManagerId

from filmgate.domain.errors import StaleAttempt
from filmgate.domain.tasks import Failure, FileKind, Setback, Status, StoredFile, TaskId
from filmgate.ports import Claim, Making, SourceMaker
from filmgate.store.database import Database
from filmgate.store.endings import TASK_CHANNEL, end_as_failed, end_as_succeeded, hold_job
from filmgate.store.leaps import LeapWatch
from filmgate.store.news import PostgresTaskNews
from filmgate.store.records import CLIP_FACTS, file_of, may_become, task_of
from filmgate.store.returns import WORK_CHANNEL, move, note_setback, queue_again


class PostgresRenderQueue:
    """`ports.RenderQueue` on PostgreSQL, for one worker.

    A job whose worker has been silent for `lost_after`, by the database's clock, is given to another.
    Where the database itself was away, or its clock was set, its workers get as long to speak again.
    """

    def __init__(self, database: Database, news: PostgresTaskNews, *, lost_after: timedelta) -> None:
        self._database = database
        self._work_arrived = asyncio.Event()
        news.on(WORK_CHANNEL, lambda _: self._work_arrived.set())
        self._lost_after = lost_after
        self._worker_id = uuid4()
        self._unanswered: UUID | None = None
        self._leaps = LeapWatch(tolerance=max(lost_after / 2, _SLOW_ANSWER), grace=lost_after)
        self._is_new = True

    async def claim(self, engines: Sequence[str], *, now: datetime) -> Claim | None:
        """See the port."""
        claim = await self._claim_of_lost_answer()
        if claim is not None:
            return claim
        self._unanswered = uuid4()
        claim = await self._claim(engines, claim_id=self._unanswered, now=now)
        self._unanswered = None
        return claim

    async def _claim(self, engines: Sequence[str], *, claim_id: UUID, now: datetime) -> Claim | None:
        entrypoints = {
            QueueEntrypoint(f"render:{name}"): EntrypointExecutionParameter(concurrency_limit=0)
            for name in engines
        }
        async with self._database.transaction() as connection:
            silence = await self._silence_of_the_lost(connection)
            jobs = await Queries.from_asyncpg_connection(connection).dequeue(
                1, entrypoints, QueueManagerId(claim_id), None, silence
            )
            if not jobs:
                return None
            row = await connection.fetchrow(_START, TaskId(UUID((jobs[0].payload or b"").decode())), now)
            assert row is not None, "a job is dropped in the transaction that ends its task"
            await connection.execute(
                "UPDATE queue_clock SET virtual_time = $1 WHERE virtual_time < $1", row["start_tag"]
            )
        return Claim(task=task_of(row), job_id=jobs[0].id, claim_id=claim_id)

    async def _silence_of_the_lost(self, connection: asyncpg.Connection) -> timedelta:
        """Return how long a worker must have been silent to be taken for lost."""
        now, has_just_started = await connection.fetchrow(
            "SELECT now(), now() - pg_postmaster_start_time() < $1", self._lost_after
        )
        leap = self._leaps.leap(now)
        if leap < timedelta(0) or self._is_new:
            # Times of a clock that has been set back lie ahead; a new worker cannot know whether it was.
            await connection.execute(_CALL_BACK)
            self._is_new = False
        return _FOR_EVER if has_just_started or not self._leaps.silence_means_death else self._lost_after

    async def _claim_of_lost_answer(self) -> Claim | None:
        """Return what the last claim took, when its answer did not arrive."""
        if self._unanswered is None:
            return None
        row = await self._database.row(
            """SELECT task.*, NULL AS files, pgqueuer.id AS job_id
            FROM pgqueuer JOIN task ON dedupe_key = 'render:' || task_id
            WHERE queue_manager_id = $1 AND pgqueuer.status = 'picked' AND task.status = 'running'""",
            self._unanswered,
        )
        claim_id, self._unanswered = self._unanswered, None
        return None if row is None else Claim(task=task_of(row), job_id=row["job_id"], claim_id=claim_id)

    async def heartbeat(
        self,
        claims: Sequence[Claim],
        *,
        engines: Sequence[str],
        expected: Sequence[str] = (),
        ailing: Mapping[str, str] | None = None,
    ) -> None:
        """See the port."""
        async with self._database.transaction() as connection:
            await connection.execute(
                """INSERT INTO worker (worker_id, engines, ailing, expected) VALUES ($1, $2, $3, $4)
                ON CONFLICT (worker_id)
                DO UPDATE SET engines = $2, ailing = $3, expected = $4, seen_at = now()""",
                self._worker_id,
                list(engines),
                dict(ailing or {}),
                list(expected),
            )
            await connection.execute("DELETE FROM worker WHERE seen_at < now() - interval '1 day'")
            # Only what is still held: a job that was taken over is another worker's to keep alive.
            await connection.execute(
                """UPDATE pgqueuer SET heartbeat = now()
                FROM unnest($1::bigint[], $2::uuid[]) AS held (job_id, claim_id)
                WHERE id = held.job_id AND queue_manager_id = held.claim_id""",
                [claim.job_id for claim in claims],
                [claim.claim_id for claim in claims],
            )

    async def wait_for_work(self, *, at_most: timedelta) -> None:
        """See the port."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most.total_seconds()):
                await self._work_arrived.wait()
        self._work_arrived.clear()

    async def leave(self) -> None:
        """See the port."""
        claim = await self._claim_of_lost_answer()
        if claim is not None:
            await self.hand_back(claim, after=timedelta(0), is_failure=False)
        await self._database.fetch("DELETE FROM worker WHERE worker_id = $1", self._worker_id)

    async def is_expected(self, engine: str) -> bool:
        """See the port."""
        row = await self._database.row(
            """SELECT FROM worker
            WHERE $1 = ANY(engines || expected) AND seen_at > now() - $2::interval LIMIT 1""",
            engine,
            self._lost_after,
        )
        return row is not None

    async def live_engines(self) -> Mapping[str, str | None]:
        """See the port."""
        rows = await self._database.fetch(
            """SELECT engine, CASE WHEN bool_and(ailing ->> engine IS NOT NULL)
                THEN min(ailing ->> engine) END AS reason
            FROM worker, unnest(engines) AS engine
            WHERE seen_at > now() - $1::interval GROUP BY engine""",
            self._lost_after,
        )
        return {row["engine"]: row["reason"] for row in rows}

    async def report_progress(self, claim: Claim, percent: int) -> None:
        """See the port."""
        await self._write(claim, "progress = $3", percent)

    async def save_resume_token(self, claim: Claim, token: str) -> None:
        """See the port."""
        await self._write(claim, "resume_token = $3, refused_by = '{}', refused_since = NULL", token)

    async def source_maker(self, claim: Claim) -> SourceMaker | None:
        """See the port."""
        row = await self._database.row(
            """SELECT source.engine, source.resume_token
            FROM task JOIN task AS source ON source.task_id = task.extends WHERE task.task_id = $1""",
            claim.task.task_id,
        )
        return None if row is None else SourceMaker(row["engine"], row["resume_token"])

    async def record_input(self, claim: Claim, name: str, file: StoredFile) -> None:
        """See the port."""
        async with self._fenced(claim) as connection:
            await _insert_file(connection, claim.task.task_id, role=name, file=file)

    async def inputs(self, claim: Claim) -> Mapping[str, StoredFile]:
        """See the port."""
        rows = await self._database.fetch(
            """SELECT * FROM artefact WHERE task_id = $1 AND kind = 'input'
            UNION ALL
            SELECT source.task_id, 'source_clip', source.kind, source.object_key, source.name,
                source.content_type, source.n_bytes, source.clip
            FROM task JOIN artefact AS source ON source.task_id = task.extends AND source.kind = 'clip'
            WHERE task.task_id = $1""",
            claim.task.task_id,
        )
        return {row["role"]: file_of(row) for row in rows}

    async def succeed(
        self, claim: Claim, files: Sequence[StoredFile], *, making: Making | None = None, now: datetime
    ) -> None:
        """See the port."""
        try:
            await self._succeed(claim, files, making=making, now=now)
        except StaleAttempt:
            # Told again because the answer to the first time was lost: then it is true already.
            if not await self._has_succeeded(claim):
                raise

    async def _succeed(
        self, claim: Claim, files: Sequence[StoredFile], *, making: Making | None, now: datetime
    ) -> None:
        async with self._fenced(claim) as connection:
            for file in files:
                await _insert_file(connection, claim.task.task_id, role=file.kind, file=file)
            await end_as_succeeded(connection, claim.task.task_id, making, now=now)

    async def _has_succeeded(self, claim: Claim) -> bool:
        row = await self._database.row(
            "SELECT FROM task WHERE task_id = $1 AND attempt = $2 AND status = 'succeeded'",
            claim.task.task_id,
            claim.task.attempt,
        )
        return row is not None

    async def fail(
        self, claim: Claim, failure: Failure, *, setback: Setback | None = None, now: datetime
    ) -> None:
        """See the port."""
        async with self._fenced(claim) as connection:
            await note_setback(connection, claim, setback)
            await end_as_failed(connection, claim.task.task_id, failure, now=now)

    async def hand_back(
        self, claim: Claim, *, after: timedelta, is_failure: bool, setback: Setback | None = None
    ) -> None:
        """See the port."""
        async with self._fenced(claim) as connection:
            await note_setback(connection, claim, setback)
            await queue_again(connection, claim, after=after, is_failure=is_failure)

    async def pass_on(
        self,
        claim: Claim,
        *,
        to: str,
        refused_by: Sequence[str],
        after: timedelta,
        setback: Setback | None,
        now: datetime,
    ) -> None:
        """See the port."""
        async with self._fenced(claim) as connection:
            await note_setback(connection, claim, setback)
            await move(connection, claim, to=to, refused_by=refused_by, now=now)
            await queue_again(connection, claim, after=after, is_failure=False)

    async def _write(self, claim: Claim, change: str, value: object) -> None:
        """Change a column of a task that is still ours, and tell those who follow it."""
        row = await self._database.row(
            f"""UPDATE task SET {change} WHERE {_OURS}
            RETURNING pg_notify('{TASK_CHANNEL}', task_id || ' changed')""",
            claim.task.task_id,
            claim.task.attempt,
            value,
        )
        if row is None:
            raise _stale(claim)

    @asynccontextmanager
    async def _fenced(self, claim: Claim) -> AsyncIterator[asyncpg.Connection]:
        """A transaction in which job and task are ours and locked, or `StaleAttempt`."""
        async with self._database.transaction() as connection:
            await hold_job(connection, claim.task.task_id)
            is_ours = await connection.fetchval(
                f"SELECT true FROM task WHERE {_OURS} FOR NO KEY UPDATE",
                claim.task.task_id,
                claim.task.attempt,
            )
            if not is_ours:
                raise _stale(claim)
            yield connection


# A task and the attempt that may write to it.
_OURS = "task_id = $1 AND attempt = $2 AND status = 'running'"

_FOR_EVER = timedelta(days=36500)
# What lies between a reading of the database's clock and its arrival, on a machine with much to do.
_SLOW_ANSWER = timedelta(seconds=2)

# A task that is handed back waits for seconds; minutes ahead are times of a clock that was wrong.
_CALL_BACK = """
    WITH schedules AS (
        UPDATE pgqueuer_schedules SET next_run = now()
        WHERE next_run > now() + CASE entrypoint WHEN 'sweep' THEN '1 hour' ELSE '25 hours' END::interval
    )
    UPDATE pgqueuer
    SET execute_after = least(execute_after, now() - interval '1 second'), heartbeat = least(heartbeat, now())
    WHERE entrypoint LIKE 'render:%' AND greatest(execute_after, heartbeat) > now() + interval '5 minutes'
"""

# A running task has no outputs yet.
_START = f"""
    UPDATE task SET status = 'running', attempt = attempt + 1, progress = 0,
        started_at = coalesce(started_at, $2)
    WHERE task_id = $1 AND {may_become(Status.RUNNING)}
    RETURNING *, NULL AS files, pg_notify('{TASK_CHANNEL}', task_id || ' changed')
"""


def _stale(claim: Claim) -> StaleAttempt:
    return StaleAttempt(f"Attempt {claim.task.attempt} of task {claim.task.task_id} is over.")


async def _insert_file(
    connection: asyncpg.Connection, task_id: TaskId, *, role: str, file: StoredFile
) -> None:
    assert file.kind is not FileKind.CLIP or file.clip is not None, "a clip carries its measurements"
    await connection.execute(
        """INSERT INTO artefact (task_id, role, kind, object_key, name, content_type, n_bytes, clip)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        task_id,
        role,
        file.kind,
        file.key,
        file.name,
        file.content_type,
        file.n_bytes,
        file.clip and CLIP_FACTS.dump_python(file.clip, mode="json"),
    )
