"""An engine whose renders run in the worker's event loop, many at once: relays to other servers."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from filmgate.domain.errors import EngineFailed, NotAccepted, Objection, Unavailable
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.engines.reasons import reason_of
from filmgate.engines.seam import SteadyWatch, checked_files
from filmgate.ports import ClearsUp, RenderedFile, RenderJob, RenderWatch

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Relay(Protocol):
    """The asynchronous half of an engine. It must not block the loop, nor catch `CancelledError` for good.

    With `job.resume_token` it takes up what an earlier attempt began; it saves such a token with
    `watch.save_resume_token` before it waits for anything that must not be ordered twice. One whose upstream
    can cancel has a `clear_up` besides: see `ClearsUp`.
    """

    @property
    def foreign(self) -> tuple[type[Exception], ...]:
        """The errors of its libraries and its upstream, which fail a render; all others are our bugs."""
        ...

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Engine`."""
        ...

    async def check(self) -> None:
        """Ask the upstream whether it could take a job now; orders nothing. As for errors, see `render`."""
        ...

    async def start(self) -> None:
        """Open what all renders share."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Engine`; the errors in `foreign` may pass as they are."""
        ...


class LoopEngine:
    """Runs up to `slots` renders of a relay at once; further ones wait their turn."""

    def __init__(
        self, relay: Relay, *, name: str, slots: int = 200, continues_only_its_own: bool = False
    ) -> None:
        self._relay = relay
        self._continues_only_its_own = continues_only_its_own
        self._name = name
        self._n_slots = slots
        self._free_slots = asyncio.Semaphore(slots)
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
        """See `Engine`."""
        return self._continues_only_its_own

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Engine`."""
        return self._relay.objections(request, spec)

    async def check(self) -> None:
        """See `Engine`."""
        if not self._open:
            raise self._not_running()
        try:
            await self._relay.check()
        except self._relay.foreign as error:
            raise EngineFailed(f"The upstream does not answer well: {reason_of(error)}") from error

    async def start(self) -> None:
        """See `Engine`."""
        if self._open:
            return
        try:
            await self._relay.start()
        except self._relay.foreign as error:
            raise EngineFailed(f"The engine {self._name} does not start: {reason_of(error)}") from error
        self._open = True

    async def close(self) -> None:
        """Close the relay; whoever awaits renders cancels them first."""
        if self._open:
            self._open = False
            await self._relay.close()

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Engine`; fails at once while the engine is not started."""
        steady = SteadyWatch(watch)
        async with self._free_slots:
            if not self._open:
                # What was ordered already is not for another engine.
                raise self._not_running() if job.resume_token is None else Unavailable(self._is_closed())
            try:
                files = checked_files(await self._relay.render(job, steady), folder=job.folder)
            except self._relay.foreign as error:
                _log.warning("render failed", engine=self._name, task_id=str(job.task_id), exc_info=error)
                raise EngineFailed(f"The upstream failed: {reason_of(error)}") from error
        await steady.progress(1.0)
        return files

    async def clear_up(self, token: str) -> None:
        """See `ClearsUp`; a relay without such a method cannot delete there, and says so for good."""
        if not isinstance(self._relay, ClearsUp):
            raise EngineFailed(f"The engine {self._name} has no way to take it back.", is_for_good=True)
        try:
            await self._relay.clear_up(token)
        except self._relay.foreign as error:
            raise EngineFailed(f"The upstream failed: {reason_of(error)}") from error

    def _not_running(self) -> NotAccepted:
        return NotAccepted(self._is_closed())

    def _is_closed(self) -> str:
        return f"The engine {self._name} is not running."
