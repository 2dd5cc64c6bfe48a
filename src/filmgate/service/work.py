"""What a worker does all day: claim when a slot is free, render, keep its claims alive."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import structlog

from filmgate.domain.errors import StaleAttempt, Unavailable
from filmgate.ports import Claim, Clock, RenderQueue, Scratch
from filmgate.service.clear_up import ClearUp
from filmgate.service.crew import Crew
from filmgate.service.health import Health
from filmgate.service.render import Render
from filmgate.service.strays import Strays

_log = structlog.get_logger(__name__)

# Each is a few statements in the database.
_STRAYS_AT_ONCE = 8


class Work:
    """Serves the given engines with as many jobs at once as each has slots.

    Nothing is claimed while there is no room for what it would make: the tasks wait, or are another's.
    """

    def __init__(
        self,
        *,
        queue: RenderQueue,
        crew: Crew,
        health: Health,
        strays: Strays,
        clear_up: ClearUp,
        render: Render,
        scratch: Scratch,
        clock: Clock,
        heartbeat_every: timedelta,
        look_every: timedelta,
        check_every: timedelta,
    ) -> None:
        self._queue = queue
        self._crew = crew
        self._health = health
        self._strays = strays
        self._clear_up = clear_up
        self._render = render
        self._scratch = scratch
        self._clock = clock
        self._heartbeat_every = heartbeat_every
        self._look_every = look_every
        self._check_every = check_every
        self._rendering: dict[asyncio.Task[None], Claim] = {}
        self._had_room = True
        self._is_draining = False

    async def __call__(self) -> None:
        """Work until cancelled; then hand back what is not finished."""
        self._crew.muster()
        beating = asyncio.create_task(self._keep_beating(), name="worker: heartbeat")
        checking = asyncio.create_task(self._keep_checking(), name="worker: checks")
        clearing = asyncio.create_task(self._keep_clearing_up(), name="worker: clears up")
        try:
            while True:
                await self._fill_slots()
                await self._wait_for_change(beating)
        finally:
            await self._stop(beating, checking, clearing)

    def insist(self) -> None:
        """End by the first engine that cannot start; a server for one call has nothing to wait for."""
        self._crew.insist()

    async def drain(self) -> None:
        """Claim nothing more, and return when everything that was claimed is done."""
        self._is_draining = True
        while self._rendering:
            await asyncio.wait(set(self._rendering))

    async def _stop(self, *chores: asyncio.Task[None]) -> None:
        for rendering in self._rendering:
            rendering.cancel()
        await asyncio.gather(*self._rendering, return_exceptions=True)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        with suppress(Unavailable):
            await self._queue.leave()
        await self._crew.dismiss()

    async def _fill_slots(self) -> None:
        while free := [*self._engines_with_a_slot(), *self._engines_missing()]:
            try:
                claim = await self._queue.claim(free, now=self._clock.now())
            except Unavailable as error:
                _log.warning("cannot claim", reason=str(error))
                await asyncio.sleep(self._heartbeat_every.total_seconds())
                return
            if claim is None:
                return
            name = f"render {claim.task.task_id}"
            rendering = asyncio.create_task(self._render_one(claim), name=name)
            self._rendering[rendering] = claim
            rendering.add_done_callback(self._rendering.pop)

    def _open_engines(self) -> list[str]:
        """Return the engines for which this worker may take a task now or as soon as a slot is free."""
        if self._is_draining:
            return []
        has_room = self._scratch.has_room()
        if has_room != self._had_room:
            self._had_room = has_room
            _log.warning("there is room again" if has_room else "disk full: no task is taken")
        return list(self._crew.ready) if has_room else []

    def _engines_with_a_slot(self) -> list[str]:
        busy = Counter(claim.task.engine for claim in self._rendering.values())
        return [name for name in self._open_engines() if busy[name] < self._crew.ready[name].slots]

    def _engines_missing(self) -> list[str]:
        """Return the engines that nobody has any more, whose tasks are claimed to be given up."""
        if not self._open_engines():
            return []
        busy = Counter(claim.task.engine for claim in self._rendering.values())
        return [name for name in self._strays.due() if busy[name] < _STRAYS_AT_ONCE]

    async def _render_one(self, claim: Claim) -> None:
        try:
            await self._render(claim)
        except Exception:  # noqa: BLE001 - a fault of one render must not stop the others.
            _log.exception("render broke", task_id=str(claim.task.task_id), attempt=claim.task.attempt)
            # Handing back counts as a try, so a task that breaks every worker ends too.
            with suppress(StaleAttempt, Unavailable):
                await self._queue.hand_back(claim, after=self._look_every, is_failure=True)

    async def _wait_for_change(self, beating: asyncio.Task[None]) -> None:
        arrival = asyncio.create_task(self._queue.wait_for_work(at_most=self._look_every))
        joining = asyncio.create_task(self._crew.wait_for_one_more())
        try:
            await asyncio.wait(
                {arrival, joining, beating, *self._rendering}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            arrival.cancel()
            joining.cancel()
            await asyncio.gather(arrival, joining, return_exceptions=True)
        if beating.done():
            # Without a heartbeat every attempt would be taken over; it ends only by a fault, raised here.
            beating.result()
        if not joining.cancelled():
            joining.result()
            # Routes lead to an engine from the moment a worker says that it serves it.
            await self._beat()

    async def _keep_beating(self) -> None:
        while True:
            await self._beat()
            await asyncio.sleep(self._heartbeat_every.total_seconds())

    async def _keep_checking(self) -> None:
        while True:
            await self._strays.look()
            await asyncio.sleep(self._check_every.total_seconds())
            await self._health.look(self._crew.ready)

    async def _keep_clearing_up(self) -> None:
        while True:
            with suppress(Unavailable):
                await self._clear_up(self._crew.ready)
            await asyncio.sleep(self._heartbeat_every.total_seconds())

    async def _beat(self) -> None:
        with suppress(Unavailable):
            await self._queue.heartbeat(
                list(self._rendering.values()),
                engines=self._open_engines(),
                expected=self._crew.expected,
                ailing=self._health.ailing(),
            )
