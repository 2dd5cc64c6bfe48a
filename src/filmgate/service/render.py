"""One attempt at one task: gather its inputs, render, store what came of it, and end it."""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from filmgate.domain.accounts import price
from filmgate.domain.errors import (
    Cancelled,
    EngineFailed,
    NotAccepted,
    RequestRefused,
    StaleAttempt,
    TaskFailed,
    TimedOut,
    Unavailable,
)
from filmgate.domain.models import Catalog, ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import Failure, FileKind, StoredFile, Task, TaskId
from filmgate.domain.wording import counted
from filmgate.ports import (
    TASK_ENDED,
    Claim,
    Clock,
    Engine,
    LeftoverStore,
    Making,
    Meter,
    ObjectStore,
    RenderedFile,
    RenderJob,
    RenderQueue,
    RenderWatch,
    Router,
    Scratch,
    TaskNews,
)
from filmgate.service.aftermath import Aftermath, Outcome, RenderRules
from filmgate.service.gather import Gather
from filmgate.service.health import Health
from filmgate.service.insist import Insist
from filmgate.service.reports import Reports
from filmgate.service.submit import folder_of

_log = structlog.get_logger(__name__)

_Made = tuple[Sequence[StoredFile], Mapping[str, Any] | None]
"""What is stored, and how the engine says that the clip came about."""


class Render:
    """Makes an attempt and writes its outcome, unless a newer attempt has taken the task over."""

    def __init__(
        self,
        *,
        queue: RenderQueue,
        leftovers: LeftoverStore,
        engines: Mapping[str, Engine],
        router: Router,
        health: Health,
        objects: ObjectStore,
        gather: Gather,
        news: TaskNews,
        catalog: Catalog,
        clock: Clock,
        meter: Meter,
        rules: RenderRules,
        scratch: Scratch,
    ) -> None:
        self._queue = queue
        self._leftovers = leftovers
        self._engines = engines
        self._router = router
        self._health = health
        self._objects = objects
        self._gather = gather
        self._news = news
        self._catalog = catalog
        self._clock = clock
        self._meter = meter
        self._rules = rules
        self._insist = Insist(every=rules.retry_after)
        self._scratch = scratch
        self._after = Aftermath(queue=queue, router=router, scratch=scratch, clock=clock, rules=rules)

    async def __call__(self, claim: Claim) -> None:
        """End the task, or leave it to a later attempt; cancelling hands it back to the queue."""
        log = _log.bind(
            trace_id=str(claim.task.trace_id),
            task_id=str(claim.task.task_id),
            attempt=claim.task.attempt,
            engine=claim.task.engine,
        )
        started = time.monotonic()
        outcome, code = "handed back", None
        try:
            outcome, code = await self._attempt(claim)
        except asyncio.CancelledError:
            try:
                await self._queue.hand_back(claim, after=timedelta(0), is_failure=False)
            except (StaleAttempt, Unavailable) as error:
                outcome = "left behind" if isinstance(error, Unavailable) else "over already"
            raise
        except StaleAttempt:
            outcome, code = await self._clear_away(claim)
        finally:
            elapsed = timedelta(seconds=time.monotonic() - started)
            engine = claim.task.engine
            self._meter.attempt_ended(engine, outcome, elapsed=elapsed, settled=self._cost(claim))
            log.info("attempt ended", outcome=outcome, code=code, seconds=round(elapsed.total_seconds(), 3))

    async def _attempt(self, claim: Claim) -> Outcome:
        """Return how the attempt ended, and the code of what it failed by."""
        if claim.task.tries > self._rules.max_tries:
            tries = counted(self._rules.max_tries, "time")
            reason = f"The task was tried {tries}, and no attempt came to an end."
            return await self._after.end(claim, Failure(EngineFailed.code, reason, leaves_order=True))
        request = claim.task.request
        if request is None:
            reason = "This version of the server cannot read the task, which another version stored."
            return await self._after.end(claim, Failure(EngineFailed.code, reason))
        spec, engine = self._catalog.spec(request.model, request.mode), claim.task.engine
        if engine not in self._engines:
            return await self._after.without_engine(claim, request=request, spec=spec)
        account_id = claim.task.account_id
        if pause := self._health.pause(engine, account_id=account_id):
            reason = self._health.reason(engine, account_id=account_id)
            if claim.task.resume_token is not None:
                # It was ordered there: anywhere else it would be made, and paid for, twice.
                return await self._after.wait(claim, reason=reason, after=pause)
            left_alone = NotAccepted(reason)
            return await self._after.not_accepted(claim, left_alone, request=request, spec=spec, pause=pause)
        time_limit = asyncio.timeout(self._rules.time_limit.total_seconds())
        try:
            with self._health.job(engine, account_id=account_id):
                async with time_limit:
                    files, told = await self._unless_ended(claim, request, spec, limit=time_limit)
        except (RequestRefused, TaskFailed, Unavailable) as error:
            return await self._after.failed(claim, error, request=request, spec=spec)
        except TimeoutError:
            if not time_limit.expired():
                raise
            reason = await self._reason_of_timeout()
            return await self._after.end(claim, Failure(TimedOut.code, reason, leaves_order=True))
        making = Making(price=self._cost(claim), told=told)
        await self._insist(lambda: self._queue.succeed(claim, files, making=making, now=self._clock.now()))
        return "succeeded", None

    def _cost(self, claim: Claim) -> int:
        """Return what a clip of this attempt costs in milli-credits: never more than was reserved."""
        request, reserved = claim.task.request, claim.task.reserved
        if request is None:
            return reserved
        factor = self._router.factor(claim.task.engine)
        cost = price(request, self._catalog.spec(request.model, request.mode), engine_factor=factor)
        return min(cost.millicredits, reserved)

    async def _reason_of_timeout(self) -> str:
        reason = f"The task exceeded its time limit of {self._rules.time_limit.total_seconds():g} s."
        try:
            await self._objects.check()
        except Unavailable:
            return f"{reason} The object store cannot be reached or written."
        return reason

    async def _clear_away(self, claim: Claim) -> Outcome:
        """Remove what an attempt stored whose task ended or was taken over."""
        outcome, code, folder = "taken over", None, _folder_of_attempt(claim)
        with suppress(Unavailable):
            task = await self._as_it_is(claim.task.task_id)
            if task.failure is not None and task.failure.code == Cancelled.code:
                # Its inputs may have been stored after the caller deleted it.
                outcome, code, folder = "cancelled", Cancelled.code, folder_of(task.task_id)
        with suppress(Unavailable):
            await self._objects.delete_all(folder)
        return outcome, code

    async def _has_ended(self, task_id: TaskId) -> bool:
        """Say whether the task is over; where the store is away nobody knows, and it may go on."""
        try:
            return (await self._as_it_is(task_id)).status.is_final
        except Unavailable:
            return False

    async def _as_it_is(self, task_id: TaskId) -> Task:
        changes = self._news.follow(task_id, at_most_every=timedelta(0))
        async with aclosing(changes):
            return await anext(changes)

    async def _unless_ended(
        self, claim: Claim, request: GenerationRequest, spec: ModelSpec, *, limit: asyncio.Timeout
    ) -> _Made:
        """Make the files; stop at once when the task is cancelled or taken over, or past its limit."""
        watch = Reports(
            self._queue, claim, leftovers=self._leftovers, insist=self._insist, health=self._health
        )
        making = asyncio.create_task(self._make(claim, request, spec, watch))
        publishing = asyncio.create_task(watch.publish(every=self._rules.progress_every))
        ending = asyncio.create_task(self._told_of_end(claim.task.task_id))
        is_over = False
        try:
            await asyncio.wait({making, publishing, ending}, return_when=asyncio.FIRST_COMPLETED)
            if making.done():
                return making.result()
            if publishing.done():
                # A write was refused, perhaps before the word came that the task has ended.
                is_over = await self._has_ended(claim.task.task_id)
                publishing.result()
            raise StaleAttempt(f"Task {claim.task.task_id} ended elsewhere.")
        finally:
            watch.stop()
            making.cancel(TASK_ENDED if is_over or ending.done() or limit.expired() else None)
            for future in (publishing, ending):
                future.cancel()
            await asyncio.gather(making, publishing, ending, return_exceptions=True)

    async def _told_of_end(self, task_id: TaskId) -> None:
        try:
            await self._news.ended(task_id)
        except Unavailable:
            # This process stops and tells nobody anything any more; the render goes on until it is cancelled.
            await asyncio.Event().wait()

    async def _make(
        self, claim: Claim, request: GenerationRequest, spec: ModelSpec, watch: RenderWatch
    ) -> _Made:
        with self._scratch.folder(claim.task.task_id) as folder:
            job = await self._job(claim, request, spec, folder=folder)
            files = await self._engines[claim.task.engine].render(job, watch)
            clips = [file for file in files if file.kind is FileKind.CLIP]
            if len(clips) != 1:
                raise EngineFailed(f"The engine made {len(clips)} clips instead of one.")
            stored = [await self._insist(partial(self._store, claim, file)) for file in files]
            return stored, clips[0].making

    async def _job(
        self, claim: Claim, request: GenerationRequest, spec: ModelSpec, *, folder: Path
    ) -> RenderJob:
        task = claim.task
        source = await self._insist(lambda: self._queue.source_maker(claim))
        inputs = await self._insist(partial(self._gather, claim, request, folder=folder / "inputs"))
        return RenderJob(
            task_id=task.task_id,
            attempt=task.attempt,
            request=request,
            spec=spec,
            seed=task.seed,
            inputs=inputs,
            folder=folder / "output",
            resume_token=task.resume_token,
            source_token=source.resume_token if source and source.engine == task.engine else None,
        )

    async def _store(self, claim: Claim, file: RenderedFile) -> StoredFile:
        # The attempt is in the key: a stale worker that uploads late overwrites nothing.
        key = f"{_folder_of_attempt(claim)}/{file.path.name}"
        n_bytes = await self._objects.put(key, file.path, content_type=file.content_type)
        return StoredFile(
            kind=file.kind,
            key=key,
            name=f"{secrets.token_hex(16)}{file.path.suffix}",
            content_type=file.content_type,
            n_bytes=n_bytes,
            clip=file.clip,
        )


def _folder_of_attempt(claim: Claim) -> str:
    return f"{folder_of(claim.task.task_id)}/{claim.task.attempt}"
