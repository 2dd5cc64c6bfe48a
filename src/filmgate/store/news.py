"""Hearing how tasks fare: one listening connection for any number of waiting requests."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Task, TaskId
from filmgate.ports import TaskStore
from filmgate.store.database import Database, lost_is_unavailable
from filmgate.store.endings import TASK_CHANNEL

_log = structlog.get_logger(__name__)


class PostgresTaskNews:
    """`ports.TaskNews` on LISTEN/NOTIFY.

    The connection also holds a session lock on this process's number: PostgreSQL lets go of it at the
    moment the process dies, and a repeated request can tell that nobody waits for its first try.
    """

    def __init__(
        self,
        database: Database,
        tasks: TaskStore,
        *,
        reconnect_after: timedelta,
        ask_every: timedelta = timedelta(seconds=15),
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._reconnect_after = reconnect_after
        self._ask_every = ask_every
        self._holder = secrets.randbelow(2**62) + 1
        self._followers: defaultdict[TaskId, set[asyncio.Queue[Task | None]]] = defaultdict(set)
        self._awaiting_end: defaultdict[TaskId, set[asyncio.Future[Task]]] = defaultdict(set)
        self._ended_ids: set[TaskId] = set()
        self._changed_ids: set[TaskId] = set()
        self._something_happened = asyncio.Event()
        self._listeners: list[tuple[str, Callable[[str], None]]] = []
        self._loops: list[asyncio.Task[None]] = []
        self._is_stopping = False

    @property
    def holder(self) -> int:
        """See the port."""
        return self._holder

    @property
    def n_waiting(self) -> int:
        """How many tasks somebody in this process waits for."""
        return len(self._awaiting_end.keys() | self._followers.keys())

    def on(self, channel: str, listener: Callable[[str], None]) -> None:
        """Call the listener with each payload on a channel, and with "" after any gap in listening.

        To be called before `open`.
        """
        assert not self._loops, "the channels are chosen before listening starts"
        self._listeners.append((channel, listener))

    async def open(self) -> None:
        """Start listening; returns once nothing can be missed."""
        self.on(TASK_CHANNEL, self._note)
        connection = await self._listen()
        self._loops = [
            asyncio.create_task(self._keep_listening(connection), name="task news: listen"),
            asyncio.create_task(self._keep_fetching(), name="task news: fetch"),
        ]
        for loop in self._loops:
            loop.add_done_callback(self._note_fault)

    async def close(self) -> None:
        """Stop listening; safe to call twice."""
        self.dismiss()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    def dismiss(self) -> None:
        """Let everybody who waits go, with `Unavailable`; their tasks go on."""
        self._is_stopping = True
        for futures in self._awaiting_end.values():
            for future in futures:
                if not future.done():
                    future.set_exception(_stopping())
        for queues in self._followers.values():
            for changes in queues:
                changes.put_nowait(None)

    def _note_fault(self, loop: asyncio.Task[None]) -> None:
        # Without its loops nobody would ever be told anything: better to send them all away.
        if not loop.cancelled() and (fault := loop.exception()) is not None:
            _log.error("task news broke", exc_info=fault)
            self.dismiss()

    async def ended(self, task_id: TaskId) -> Task:
        """See the port."""
        if self._is_stopping:
            raise _stopping()
        future: asyncio.Future[Task] = asyncio.get_running_loop().create_future()
        waiting = self._awaiting_end[task_id]
        waiting.add(future)
        try:
            # It may have ended before anybody here was waiting for it.
            self._ended_ids.add(task_id)
            self._something_happened.set()
            return await future
        finally:
            waiting.discard(future)
            if not waiting and self._awaiting_end.get(task_id) is waiting:
                del self._awaiting_end[task_id]

    async def follow(self, task_id: TaskId, *, at_most_every: timedelta) -> AsyncGenerator[Task, None]:
        """See the port."""
        if self._is_stopping:
            raise _stopping()
        with self._following(task_id) as changes:
            task = await self._tasks.task(task_id)
            while task is not None and not self._is_stopping:
                yield task
                if task.status.is_final:
                    return
                task = await self._next_change(changes, quiet_for=at_most_every)
        if self._is_stopping:
            raise _stopping()

    async def _next_change(self, changes: asyncio.Queue[Task | None], *, quiet_for: timedelta) -> Task | None:
        quiet_until = asyncio.get_running_loop().time() + quiet_for.total_seconds()
        task = await changes.get()
        while task is not None and not task.status.is_final:
            try:
                async with asyncio.timeout_at(quiet_until):
                    task = await changes.get()
            except TimeoutError:
                break
        return task

    @contextmanager
    def _following(self, task_id: TaskId) -> Iterator[asyncio.Queue[Task | None]]:
        changes: asyncio.Queue[Task | None] = asyncio.Queue()
        self._followers[task_id].add(changes)
        try:
            yield changes
        finally:
            self._followers[task_id].discard(changes)
            if not self._followers[task_id]:
                del self._followers[task_id]

    def _note(self, payload: str) -> None:
        if not payload:
            self._ended_ids.update(self._awaiting_end)
            self._changed_ids.update(self._followers)
        else:
            task, _, what = payload.partition(" ")
            task_id = TaskId(UUID(task))
            if task_id in self._followers:
                self._changed_ids.add(task_id)
            if what == "ended" and task_id in self._awaiting_end:
                self._ended_ids.add(task_id)
        self._something_happened.set()

    async def _keep_fetching(self) -> None:
        # All that became news while the last fetch ran is fetched together: ten thousand tasks that end
        # at once cost a few statements, not ten thousand.
        while True:
            await self._something_happened.wait()
            self._something_happened.clear()
            ids = list(self._ended_ids | self._changed_ids)[:1000]
            self._ended_ids.difference_update(ids)
            self._changed_ids.difference_update(ids)
            if self._ended_ids or self._changed_ids:
                self._something_happened.set()
            try:
                tasks = await self._tasks.tasks(ids)
            except Unavailable:
                self._ended_ids.update(ids)
                await asyncio.sleep(self._reconnect_after.total_seconds())
                self._something_happened.set()
                continue
            for task in tasks:
                self._tell(task)

    def _tell(self, task: Task) -> None:
        for changes in self._followers.get(task.task_id, ()):
            changes.put_nowait(task)
        if task.status.is_final:
            for future in self._awaiting_end.get(task.task_id, ()):
                if not future.done():
                    future.set_result(task)

    async def _keep_listening(self, connection: asyncpg.Connection) -> None:
        while True:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            try:
                await self._until_lost(connection, lost)
            finally:
                connection.terminate()
            _log.warning("listening connection lost")
            connection = await self._listen_again()
            for _, listener in self._listeners:
                listener("")

    async def _listen_again(self) -> asyncpg.Connection:
        while True:
            with suppress(Unavailable):
                return await self._listen()
            await asyncio.sleep(self._reconnect_after.total_seconds())

    async def _listen(self) -> asyncpg.Connection:
        connection = await self._database.connect()
        try:
            with lost_is_unavailable():
                for channel, listener in self._listeners:
                    await connection.add_listener(channel, lambda *news, listener=listener: listener(news[3]))
                await connection.execute(_RELEASE_HOLDER, self._holder)
                await connection.execute("SELECT pg_advisory_lock($1)", self._holder)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _until_lost(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        # A dead network says nothing, so the silence is broken by a question now and then.
        while not connection.is_closed() and not lost.is_set():
            # `asyncio.wait_for` loses a cancellation that comes in the moment of the loss, and `close` would
            # wait for ever.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._ask_every.total_seconds()):
                    await lost.wait()
                return
            try:
                with lost_is_unavailable():
                    await connection.execute("SELECT 1", timeout=self._ask_every.total_seconds())
            except Unavailable:
                return


# The session of a connection that the network lost lives on in the server, and keeps our number.
_RELEASE_HOLDER = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND objsubid = 1
        AND pid <> pg_backend_pid()
        AND classid = ($1::bigint >> 32)::oid AND objid = ($1::bigint & 4294967295)::oid
"""


def _stopping() -> Unavailable:
    return Unavailable("The server is stopping; the task goes on and can be fetched by its task_id.")
