"""One attempt at one task: gather its inputs, render, store what came of it, and end it."""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from filmgate.domain.errors import (
    Cancelled,
    EngineFailed,
    InvalidRequest,
    StaleAttempt,
    TimedOut,
    Unavailable,
)
from filmgate.domain.models import Catalog
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import Failure, FileKind, StoredFile, TaskId
from filmgate.domain.wording import counted
from filmgate.ports import (
    Claim,
    Clock,
    Engine,
    Meter,
    ObjectStore,
    RenderedFile,
    RenderJob,
    RenderQueue,
    RenderWatch,
    Scratch,
    TaskNews,
)
from filmgate.service.gather import Gather
from filmgate.service.insist import Insist
from filmgate.service.submit import folder_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class RenderRules:
    """How long and how often an attempt may be made, and when what failed for a moment is tried again."""

    time_limit: timedelta
    max_tries: int
    retry_after: timedelta
    progress_every: timedelta = timedelta(seconds=1)


class Render:
    """Makes an attempt and writes its outcome, unless a newer attempt has taken the task over."""

    def __init__(
        self,
        *,
        queue: RenderQueue,
        engines: Mapping[str, Engine],
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
        self._engines = engines
        self._objects = objects
        self._gather = gather
        self._news = news
        self._catalog = catalog
        self._clock = clock
        self._meter = meter
        self._rules = rules
        self._insist = Insist(every=rules.retry_after)
        self._scratch = scratch

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
            engine, settled = claim.task.engine, claim.task.reserved
            self._meter.attempt_ended(engine, outcome, elapsed=elapsed, settled=settled)
            log.info("attempt ended", outcome=outcome, code=code, seconds=round(elapsed.total_seconds(), 3))

    async def _attempt(self, claim: Claim) -> tuple[str, str | None]:
        """Return how the attempt ended, and the code of what it failed by."""
        if claim.task.tries > self._rules.max_tries:
            tries = counted(self._rules.max_tries, "time")
            reason = f"The task was tried {tries}, and no attempt came to an end."
            return await self._fail(claim, Failure(EngineFailed.code, reason))
        if claim.task.request is None:
            reason = "This version of the server cannot read the task, which another version stored."
            return await self._fail(claim, Failure(EngineFailed.code, reason))
        time_limit = asyncio.timeout(self._rules.time_limit.total_seconds())
        try:
            async with time_limit:
                files = await self._unless_ended(claim, claim.task.request)
        except InvalidRequest as refusal:
            return await self._fail(claim, Failure(refusal.code, str(refusal)))
        except EngineFailed as fault:
            return await self._fail_or_retry(claim, fault)
        except Unavailable as error:
            return await self._wait(claim, reason=str(error))
        except TimeoutError:
            if not time_limit.expired():
                raise
            return await self._fail(claim, Failure(TimedOut.code, await self._reason_of_timeout()))
        await self._insist(lambda: self._queue.succeed(claim, files, now=self._clock.now()))
        return "succeeded", None

    async def _fail_or_retry(self, claim: Claim, fault: EngineFailed) -> tuple[str, str | None]:
        _log.warning("engine failed", task_id=str(claim.task.task_id), reason=str(fault))
        if not self._scratch.has_room():
            # A full disk breaks any engine, and is not the task's fault.
            return await self._wait(claim, reason=str(fault))
        if claim.task.tries >= self._rules.max_tries:
            return await self._fail(claim, Failure(fault.code, _in_the_end(fault, claim.task.tries)))
        delay = self._rules.retry_after
        await self._insist(lambda: self._queue.hand_back(claim, after=delay, is_failure=True))
        return "to be tried again", fault.code

    async def _wait(self, claim: Claim, *, reason: str) -> tuple[str, str | None]:
        """Leave the task to a later attempt without holding this one against it."""
        _log.warning("no room to render", task_id=str(claim.task.task_id), reason=reason)
        delay = self._rules.retry_after
        await self._insist(lambda: self._queue.hand_back(claim, after=delay, is_failure=False))
        return "to be tried again", Unavailable.code

    async def _reason_of_timeout(self) -> str:
        reason = f"The task exceeded its time limit of {self._rules.time_limit.total_seconds():g} s."
        try:
            await self._objects.check()
        except Unavailable:
            return f"{reason} The object store cannot be reached or written."
        return reason

    async def _fail(self, claim: Claim, failure: Failure) -> tuple[str, str | None]:
        await self._insist(lambda: self._queue.fail(claim, failure, now=self._clock.now()))
        return "failed", failure.code

    async def _clear_away(self, claim: Claim) -> tuple[str, str | None]:
        """Remove what an attempt stored whose task ended or was taken over."""
        outcome, code, folder = "taken over", None, _folder_of_attempt(claim)
        with suppress(Unavailable):
            changes = self._news.follow(claim.task.task_id, at_most_every=timedelta(0))
            async with aclosing(changes):
                task = await anext(changes)
            if task.failure is not None and task.failure.code == Cancelled.code:
                # Its inputs may have been stored after the caller deleted it.
                outcome, code, folder = "cancelled", Cancelled.code, folder_of(task.task_id)
        with suppress(Unavailable):
            await self._objects.delete_all(folder)
        return outcome, code

    async def _unless_ended(self, claim: Claim, request: GenerationRequest) -> Sequence[StoredFile]:
        """Make the files; stop at once when the task is cancelled or taken over."""
        watch = _Watch(self._queue, claim, insist=self._insist)
        making = asyncio.create_task(self._make(claim, request, watch))
        publishing = asyncio.create_task(watch.publish(every=self._rules.progress_every))
        ending = asyncio.create_task(self._told_of_end(claim.task.task_id))
        try:
            await asyncio.wait({making, publishing, ending}, return_when=asyncio.FIRST_COMPLETED)
            if making.done():
                return making.result()
            if publishing.done():
                publishing.result()
            raise StaleAttempt(f"Task {claim.task.task_id} ended elsewhere.")
        finally:
            for future in (making, publishing, ending):
                future.cancel()
            await asyncio.gather(making, publishing, ending, return_exceptions=True)

    async def _told_of_end(self, task_id: TaskId) -> None:
        try:
            await self._news.ended(task_id)
        except Unavailable:
            # This process stops and tells nobody anything any more; the render goes on until it is cancelled.
            await asyncio.Event().wait()

    async def _make(
        self, claim: Claim, request: GenerationRequest, watch: RenderWatch
    ) -> Sequence[StoredFile]:
        with self._scratch.folder(claim.task.task_id) as folder:
            job = await self._job(claim, request, folder=folder)
            files = await self._engines[claim.task.engine].render(job, watch)
            n_clips = sum(file.kind is FileKind.CLIP for file in files)
            if n_clips != 1:
                raise EngineFailed(f"The engine made {n_clips} clips instead of one.")
            return [await self._insist(partial(self._store, claim, file)) for file in files]

    async def _job(self, claim: Claim, request: GenerationRequest, *, folder: Path) -> RenderJob:
        task = claim.task
        inputs = await self._insist(partial(self._gather, claim, request, folder=folder / "inputs"))
        return RenderJob(
            task_id=task.task_id,
            attempt=task.attempt,
            request=request,
            spec=self._catalog.spec(request.model, request.mode),
            seed=task.seed,
            inputs=inputs,
            folder=folder / "output",
            resume_token=task.resume_token,
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


def _in_the_end(fault: EngineFailed, tries: int) -> str:
    told = str(fault)
    return told if tries == 1 else f"{told.removesuffix('.')}; the task was tried {counted(tries, 'time')}."


def _folder_of_attempt(claim: Claim) -> str:
    return f"{folder_of(claim.task.task_id)}/{claim.task.attempt}"


class _Watch:
    """Takes an engine's reports; progress is published by the clock, not by the frame."""

    def __init__(self, queue: RenderQueue, claim: Claim, *, insist: Insist) -> None:
        self._queue = queue
        self._claim = claim
        self._insist = insist
        self._percent = 0

    async def progress(self, fraction: float) -> None:
        # One hundred is for a task that has ended: its files are stored and its result can be had.
        self._percent = min(99, int(fraction * 100))

    async def save_resume_token(self, token: str) -> None:
        await self._insist(lambda: self._queue.save_resume_token(self._claim, token))

    async def publish(self, *, every: timedelta) -> None:
        """Publish what changed, for ever; ends with `StaleAttempt` when the task is no longer ours."""
        published = 0
        while True:
            await asyncio.sleep(every.total_seconds())
            if (percent := self._percent) != published:
                with suppress(Unavailable):
                    await self._queue.report_progress(self._claim, percent)
                    published = percent
