"""The worker's end of one renderer's child process. `child_main` is the other end."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from filmgate.domain.errors import BrokeOnTask, EngineFailed, InvalidRequest
from filmgate.engines.child_pipe import (
    STOP_LINE,
    Done,
    Failed,
    Progress,
    Ready,
    Refused,
    Report,
    Setup,
    Stopped,
    job_line,
    read_report,
    setup_line,
)
from filmgate.engines.child_process import ChildProcess
from filmgate.engines.reasons import obituary
from filmgate.ports import RenderedFile, RenderJob, RenderWatch


@dataclass(frozen=True, kw_only=True)
class ChildPlan:
    """How children of one engine are made.

    `renderer` is the `module:Class` of a `Renderer`, `options` (JSON values) its keyword arguments.
    `environment` is all that the child sees of ours. Limits are None where there is none: memory is what
    the child may write to, processor time is for each job. A child is replaced after `jobs` jobs, or when
    more than `rss_limit_bytes` stay resident after one. A cancelled job is first asked to stop where
    `stop_within` is given, so that the child may live on.
    """

    renderer: str
    options: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_limit_bytes: int | None = None
    cpu_limit_seconds: float | None = None
    jobs: int | None = 200
    rss_limit_bytes: int | None = None
    warm_limit: timedelta = timedelta(minutes=10)
    stop_within: timedelta | None = None


class RendererBroke(BrokeOnTask):
    """A failure with what the operator's log should keep of it: a trace, or the end of the output."""

    def __init__(self, message: str, *, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


class WarmChild:
    """One child and the talk with it. `start` it, `run` one job after another, `end` it."""

    def __init__(self, plan: ChildPlan, process: ChildProcess) -> None:
        self._plan = plan
        self._process = process
        self._line = process.line
        self._jobs_begun = 0
        self._at_rest = False

    @classmethod
    async def start(cls, plan: ChildPlan) -> Self:
        """Start a child and wait until its renderer is warm.

        Raises:
            RendererBroke: the renderer could not be built or warmed, or took longer than `warm_limit`.
        """
        try:
            process = await ChildProcess.start(plan.renderer, environment=plan.environment)
        except OSError as error:
            raise RendererBroke("The renderer could not be started.", trace=str(error)) from error
        child = cls(plan, process)
        try:
            async with asyncio.timeout(plan.warm_limit.total_seconds()):
                await child._warm_up()
        except TimeoutError:
            await child.end()
            raise child._broke("The renderer took too long to get ready.") from None
        except BaseException:
            await child.end()
            raise
        return child

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def is_reusable(self) -> bool:
        """Say whether it waits for a job, lives, and is not worn out."""
        if not self._at_rest or self._process.is_ending or self._line.reader.at_eof():
            return False
        if self._plan.jobs is not None and self._jobs_begun >= self._plan.jobs:
            return False
        held = self._process.resident_bytes()
        limit = self._plan.rss_limit_bytes
        return held is not None and (limit is None or held <= limit)

    async def run(self, job: RenderJob, watch: RenderWatch) -> tuple[RenderedFile, ...]:
        """Render one job. After a failure or a cancel ask `is_reusable`, and end the child where it is not.

        Raises:
            InvalidRequest: from the renderer, with its objections.
            RendererBroke: the renderer raised, or the child ended or spoke out of turn.
        """
        try:
            line = job_line(job)
        except ValueError as error:
            raise self._broke("The request has text that cannot be written as UTF-8.") from error
        self._at_rest = False
        self._jobs_begun += 1
        self._process.forget_output()
        await self._send(line)
        try:
            return await self._outcome(watch)
        except asyncio.CancelledError:
            if self._plan.stop_within is not None and not self._at_rest:
                await self._ask_to_stop(self._plan.stop_within)
            raise

    async def _outcome(self, watch: RenderWatch | None) -> tuple[RenderedFile, ...]:
        while True:
            match await self._receive():
                case Progress(fraction):
                    if watch is not None:
                        await watch.progress(fraction)
                case Done(files):
                    self._at_rest = True
                    return tuple(files)
                case Refused(objections):
                    self._at_rest = True
                    raise InvalidRequest(objections)
                case Failed() as failed:
                    self._at_rest = not failed.is_spoilt
                    raise RendererBroke(failed.reason, trace=failed.trace)
                case Stopped():
                    self._at_rest = True
                    return ()
                case Ready():
                    raise self._broke("The renderer spoke out of turn.")

    async def _ask_to_stop(self, within: timedelta) -> None:
        # However the job ends after all, it is over; a child that says nothing in time is not at rest.
        with suppress(TimeoutError, InvalidRequest, EngineFailed):
            async with asyncio.timeout(within.total_seconds()):
                await self._send(STOP_LINE)
                await self._outcome(None)

    async def end(self) -> None:
        """Kill the child and all that it started; see `ChildProcess.end`."""
        await self._process.end()

    async def _warm_up(self) -> None:
        await self._send(
            setup_line(
                Setup(
                    options=self._plan.options,
                    memory_limit_bytes=self._plan.memory_limit_bytes,
                    cpu_limit_seconds=self._plan.cpu_limit_seconds,
                )
            )
        )
        match await self._receive():
            case Ready():
                pass
            case Failed() as failed:
                raise RendererBroke(failed.reason, trace=failed.trace)
            case _:
                raise self._broke("The renderer spoke out of turn.")
        self._at_rest = True

    async def _send(self, line: bytes) -> None:
        # A child that is gone is noticed where its answer is read, and there with the reason.
        with suppress(OSError):
            self._line.writer.write(line)
            await self._line.writer.drain()

    async def _receive(self) -> Report:
        try:
            line = await self._line.reader.readline()
        except OSError:
            line = b""
        except ValueError:
            raise self._broke("The renderer sent more than fits.") from None
        if not line:
            raise self._broke(await self._why_it_ended())
        try:
            return read_report(line)
        except ValueError as error:
            raise self._broke("The renderer sent something unreadable.") from error

    async def _why_it_ended(self) -> str:
        # A renderer that closed its line while it lives can do no more jobs either.
        returncode = await self._process.wait_a_moment()
        if self._process.is_ending:
            return "The renderer was stopped because its engine is closing."
        if returncode is None:
            return "The renderer closed its line to the worker."
        return obituary(
            returncode,
            output=self._process.printed,
            memory_limit_bytes=self._plan.memory_limit_bytes,
            cpu_limit_seconds=self._plan.cpu_limit_seconds,
        )

    def _broke(self, message: str) -> RendererBroke:
        return RendererBroke(message, trace=self._process.printed)
