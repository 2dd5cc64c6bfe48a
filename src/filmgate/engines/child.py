"""An engine whose renderer runs in warm child processes, so that no crash of it reaches the worker."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog

from filmgate.domain.errors import EngineFailed, NotAccepted, Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.engines.reasons import excerpt
from filmgate.engines.seam import SteadyWatch, checked_files
from filmgate.engines.warm_child import ChildPlan, RendererBroke, WarmChild
from filmgate.ports import RenderedFile, RenderJob, RenderWatch

Objections = Callable[[GenerationRequest, ModelSpec], Iterable[Objection]]

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ChildEngine:
    """Renders in children, one job at a time in each; a crash, a limit or a cancel ends only the child.

    There are as many children as `slots`, and with `spare` one more, so that the next job starts at once
    after one was killed. Jobs beyond the slots wait their turn. A failure's message is fit for a caller;
    traces and output go to the log. With `stop_within` a cancelled job is first asked to stop, and its
    child killed only where it does not in that time. Memory is limited by what a child may write to
    (`RLIMIT_DATA`), processor time for each job. On Linux a child also dies with the thread that runs the
    event loop.
    """

    def __init__(
        self,
        *,
        name: str,
        renderer: str,
        objections: Objections,
        options: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        memory_limit_bytes: int | None = None,
        cpu_limit_seconds: float | None = None,
        rss_limit_bytes: int | None = None,
        jobs_per_child: int | None = 200,
        warm_limit: timedelta = timedelta(minutes=10),
        stop_within: timedelta | None = None,
        slots: int = 1,
        spare: bool = True,
    ) -> None:
        self._name = name
        self._objections = objections
        self._plan = ChildPlan(
            renderer=renderer,
            options=options or {},
            environment=environment or {},
            memory_limit_bytes=memory_limit_bytes,
            cpu_limit_seconds=cpu_limit_seconds,
            jobs=jobs_per_child,
            rss_limit_bytes=rss_limit_bytes,
            warm_limit=warm_limit,
            stop_within=stop_within,
        )
        self._n_slots = slots
        self._n_children = slots + spare
        self._free_slots = asyncio.Semaphore(slots)
        self._waiting: deque[asyncio.Future[WarmChild]] = deque()
        self._busy: set[WarmChild] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._open = False

    @property
    def name(self) -> str:
        """See `Engine`."""
        return self._name

    @property
    def slots(self) -> int:
        """See `Engine`."""
        return self._n_slots

    @property
    def continues_only_its_own(self) -> bool:
        """See `Engine`; it is given the clip itself, whoever made it."""
        return False

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Engine`."""
        return self._objections(request, spec)

    async def start(self) -> None:
        """Return when every slot has a warm child; the spare warms up meanwhile.

        Raises:
            EngineFailed: the renderer could not be built or warmed.
        """
        self._open = True
        self._forget_failed_starts()
        self._fill_up()
        for starting in list(self._waiting)[: self._n_slots]:
            await asyncio.wait({starting})
            if not self._open:
                raise self._not_running()
            starting.result()

    async def check(self) -> None:
        """See `Engine`: a child renders, or waits for a job, or warms up. One that cannot start says why."""
        if not self._open:
            raise self._not_running()
        if self._busy or any(not _has_failed(child) for child in self._waiting):
            return
        self._forget_failed_starts()
        self._fill_up()
        await asyncio.wait(self._waiting, return_when=asyncio.FIRST_COMPLETED)
        if not self._open:
            raise self._not_running()
        for starting in self._waiting:
            if starting.done():
                starting.result()

    async def close(self) -> None:
        """Kill every child; renders that still run fail."""
        self._open = False
        for starting in self._waiting:
            starting.cancel()
        if self._waiting:
            await asyncio.wait(self._waiting)
        idle = [child.result() for child in self._waiting if not _has_failed(child)]
        self._waiting.clear()
        for child in (*idle, *self._busy):
            self._end(child)
        if self._endings:
            await asyncio.wait(self._endings)

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Engine`; fails at once while the engine is not started."""
        steady = SteadyWatch(watch)
        async with self._free_slots:
            child = await self._take()
            try:
                files = checked_files(await child.run(job, steady), folder=job.folder)
            except EngineFailed as failure:
                self._log_failure(
                    failure, event="render failed", task_id=str(job.task_id), attempt=job.attempt
                )
                raise
            finally:
                await self._give_back(child)
        await steady.progress(1.0)
        return files

    async def _take(self) -> WarmChild:
        # A start that failed long ago says nothing of now; one that fails from here on fails this job.
        self._forget_failed_starts()
        while True:
            if not self._open:
                raise self._not_running()
            self._fill_up()
            if (ready := next((child for child in self._waiting if child.done()), None)) is None:
                # After a render was cancelled twice its child may still be ending, and hold its place.
                coming: set[asyncio.Future[Any]] = {*self._waiting, *self._endings}
                await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
                continue
            self._waiting.remove(ready)
            child = _started(ready)
            self._busy.add(child)
            if child.is_reusable:
                return child
            # Something killed it while it had nothing to do.
            await asyncio.shield(self._end(child))

    async def _give_back(self, child: WarmChild) -> None:
        if self._open and child.is_reusable:
            self._busy.discard(child)
            back: asyncio.Future[WarmChild] = asyncio.get_running_loop().create_future()
            back.set_result(child)
            self._waiting.appendleft(back)
        else:
            # The job's folder is free only when nothing can write to it any more.
            await asyncio.shield(self._end(child))

    def _forget_failed_starts(self) -> None:
        for starting in [child for child in self._waiting if child.done() and _has_failed(child)]:
            self._waiting.remove(starting)

    def _fill_up(self) -> None:
        while self._open and len(self._waiting) + len(self._busy) < self._n_children:
            starting = asyncio.create_task(WarmChild.start(self._plan))
            starting.add_done_callback(self._note_failed_start)
            self._waiting.append(starting)

    def _end(self, child: WarmChild) -> asyncio.Task[None]:
        ending = asyncio.create_task(self._end_and_replace(child))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending

    async def _end_and_replace(self, child: WarmChild) -> None:
        await child.end()
        # Only now: two of them may not fit into the memory of one device.
        self._busy.discard(child)
        self._fill_up()

    def _note_failed_start(self, starting: asyncio.Future[WarmChild]) -> None:
        if starting.cancelled() or (failure := starting.exception()) is None:
            return
        self._log_failure(failure, event="renderer did not start")

    def _log_failure(self, failure: BaseException, *, event: str, **context: object) -> None:
        trace = excerpt(failure.trace) if isinstance(failure, RendererBroke) else None
        _log.warning(event, engine=self._name, reason=str(failure), trace=trace, **context)

    def _not_running(self) -> NotAccepted:
        return NotAccepted(f"The engine {self._name} is not running.")


def _started(starting: asyncio.Future[WarmChild]) -> WarmChild:
    try:
        return starting.result()
    except EngineFailed as failure:
        # No child has seen the job yet.
        raise NotAccepted(str(failure)) from failure


def _has_failed(starting: asyncio.Future[WarmChild]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)
