"""What runs beside the renders, under PgQueuer's own manager: deliveries and schedules."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from pgqueuer import PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule

from filmgate.domain.callbacks import DeliveryId
from filmgate.domain.errors import Unavailable
from filmgate.store.database import Database, lost_is_unavailable
from filmgate.store.deliveries import DELIVER, PostgresDeliveryStore, post_of

_log = structlog.get_logger(__name__)
_ROWS_AT_ONCE = 5000
_BATCH = 25


class Chores:
    """Runs deliveries as they fall due, and a sweep every few minutes, on any number of machines."""

    def __init__(
        self,
        database: Database,
        *,
        deliver: Callable[[DeliveryId, int], Awaitable[timedelta | None]],
        sweep: Callable[[], Awaitable[object]],
        sweep_orphans: Callable[[], Awaitable[object]],
        lost_after: timedelta,
        restart_after: timedelta,
        posts_at_once: int = 200,
        stop_within: timedelta = timedelta(seconds=2),
    ) -> None:
        """`deliver` makes a post, or returns when there may be room for it.

        Posts that are under way at the end have `stop_within` left; then they are broken off, to be made
        again by whoever runs next.
        """
        self._database = database
        self._deliveries = PostgresDeliveryStore(database)
        self._deliver = deliver
        self._sweep = sweep
        self._sweep_orphans = sweep_orphans
        self._lost_after = lost_after
        self._restart_after = restart_after
        self._posts_at_once = posts_at_once
        self._stop_within = stop_within

    async def __call__(self) -> None:
        """Run until cancelled; PgQueuer's manager ends with its connection, so it is started again."""
        while True:
            try:
                with lost_is_unavailable():
                    await self._manage()
            except Unavailable as error:
                _log.warning("chores interrupted", reason=str(error))
            except Exception:  # noqa: BLE001 - a fault in a chore must not end the server.
                _log.exception("chores broke")
            await asyncio.sleep(self._restart_after.total_seconds())

    async def _manage(self) -> None:
        connection = await self._database.connect()
        try:
            manager = PgQueuer.from_asyncpg_connection(connection)
            # The manager itself would notice only when it next asks for work.
            connection.add_termination_listener(lambda _: manager.shutdown.set())
            manager.entrypoint(DELIVER, on_failure="hold")(self._post)
            manager.schedule("sweep", "*/10 * * * *")(self._sweep_on_schedule)
            manager.schedule("sweep_orphans", "7 4 * * *")(self._sweep_orphans_on_schedule)
            # Its heartbeats and its claims share one connection, which must not wait for a slow post.
            running = manager.run(
                dequeue_timeout=timedelta(seconds=5),
                batch_size=min(_BATCH, self._posts_at_once // 2),
                max_concurrent_tasks=self._posts_at_once,
                heartbeat_timeout=self._lost_after,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
            await self._until_stopped(asyncio.create_task(running), stop=manager.shutdown.set)
        finally:
            connection.terminate()

    async def _until_stopped(self, running: asyncio.Task[None], *, stop: Callable[[], None]) -> None:
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            stop()
            await asyncio.wait({running}, timeout=self._stop_within.total_seconds())
            # The manager waits for every post; cancelled while it does, it cancels them instead.
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            raise

    async def _post(self, job: Job) -> None:
        try:
            wait = await self._deliver(*post_of(job.payload or b""))
        except (Unavailable, asyncio.CancelledError) as error:
            # Without this the manager would log the job as failed or canceled and forget the post.
            raise RetryRequested(delay=self._restart_after, reason=repr(error)) from error
        if wait is not None:
            raise RetryRequested(delay=wait, reason="enough posts are under way")

    async def _sweep_on_schedule(self, _schedule: Schedule) -> None:
        await self._deliveries.queue_lost_posts()
        await forget_old_jobs(self._database)
        await self._sweep()

    async def _sweep_orphans_on_schedule(self, _schedule: Schedule) -> None:
        await self._sweep_orphans()


async def forget_old_jobs(database: Database) -> None:
    """Remove what the queue's own log says of jobs that ended a day ago, in small batches."""
    while await database.row(_FORGET_OLD_JOBS, _ROWS_AT_ONCE) is not None:
        pass


# PgQueuer counts what became of every job and forgets none; nothing here reads it.
_FORGET_OLD_JOBS = """
    WITH jobs AS (
        DELETE FROM pgqueuer_log WHERE id IN (
            SELECT id FROM pgqueuer_log WHERE created < now() - interval '1 day'
            LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), counts AS (
        DELETE FROM pgqueuer_statistics WHERE id IN (
            SELECT id FROM pgqueuer_statistics WHERE created < now() - interval '1 day'
            LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    )
    SELECT FROM jobs UNION ALL SELECT FROM counts LIMIT 1
"""
