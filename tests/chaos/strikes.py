"""Carrying out the strikes of a plan."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import psutil

from tests.chaos.plan import Strike, Victim
from tests.chaos.site import Role, Site

_GLANCE_SECONDS = 0.02
# A victim that is away was hit a moment ago, and comes back; this is for one that never does.
_LONGEST_WAIT_SECONDS = 300
_REPORTED_BLOWS = 20
_LONGEST_WAIT_FOR_WORK_SECONDS = 10
_LONGER_THAN_QUICK_SECONDS = 0.8


class Striker:
    """Strikes in the order and after the pauses of the plan, and counts what it hit."""

    def __init__(self, site: Site, *, report: Callable[[str], None]) -> None:
        """`report` is told now and then how far it is."""
        self._site = site
        self._report = report
        self._thawing: set[asyncio.Task[None]] = set()
        self.hits: Counter[Victim] = Counter()

    @property
    def kills(self) -> Counter[Victim]:
        """The hits that killed."""
        return Counter({victim: n for victim, n in self.hits.items() if victim is not Victim.FROZEN_WORKER})

    async def __call__(self, strikes: Sequence[Strike]) -> None:
        """Return once all have been struck, and what was frozen is thawed."""
        before = 0.0
        for number, strike in enumerate(strikes):
            if number % _REPORTED_BLOWS == 0 and number:
                self._report(f"{number} of {len(strikes)} blows")
            if strike.is_patient:
                # A slow machine would otherwise be struck again before anything is up, and prove nothing.
                await self._until_up(strike)
            await asyncio.sleep(strike.at - before)
            await self._strike(strike)
            before = strike.at
        await asyncio.gather(*self._thawing)

    async def _until_up(self, strike: Strike) -> None:
        match strike.victim:
            case Victim.API:
                await self._site.all_up(self._site.api, within=_LONGEST_WAIT_SECONDS)
            case Victim.WORKER | Victim.RENDERER:
                await self._site.all_up(self._worker(strike), within=_LONGEST_WAIT_SECONDS)
            case Victim.EVERYTHING:
                await self._site.all_up(*self._site.roles, within=_LONGEST_WAIT_SECONDS)

    def _worker(self, strike: Strike) -> Role:
        return self._site.workers[strike.draw % len(self._site.workers)]

    async def _strike(self, strike: Strike) -> None:
        site, worker = self._site, self._worker(strike)
        match strike.victim:
            case Victim.API:
                await self._kill_role(site.api, pause=strike.pause)
            case Victim.WORKER:
                await self._kill_role(worker, pause=strike.pause)
            case Victim.RENDERER:
                await self._kill_one(lambda: _renderers(site), draw=strike.draw)
            case Victim.DATABASE:
                await self._kill_one(lambda: _postmasters(site), draw=0)
            case Victim.DATABASE_BACKEND:
                await self._kill_one(lambda: _backends(site), draw=strike.draw)
            case Victim.EVERYTHING:
                for role in site.roles:
                    await self._kill_role(role, pause=strike.pause)
                for postmaster in _postmasters(site):
                    postmaster.kill()
            case Victim.FROZEN_WORKER:
                await self._freeze_one(strike)
                return
        self.hits[strike.victim] += 1

    async def _kill_role(self, role: Role, *, pause: float) -> None:
        await _until(lambda: role.is_alive)
        role.strike(pause=pause)

    async def _kill_one(self, find: Callable[[], list[psutil.Process]], *, draw: int) -> None:
        """Kill one of those that are found, as soon as there are any."""

        def is_killed() -> bool:
            found = find()
            with suppress(psutil.NoSuchProcess):
                if found:
                    found[draw % len(found)].kill()
                    return True
            return False

        await _until(is_killed)

    async def _freeze_one(self, strike: Strike) -> None:
        """Freeze a worker with a long script at work, as soon as there is one.

        It thaws while another renders the same task, and its own renderer is done by then.
        """
        at_work: list[Role] = []

        def is_any_at_work() -> bool:
            # One at a time: while both are frozen, neither takes the other's task over.
            if self._thawing:
                return False
            at_work.extend(
                worker
                for worker in self._site.workers
                if self._site.is_at_work(worker, for_seconds=_LONGER_THAN_QUICK_SECONDS)
            )
            return bool(at_work)

        # In the end all wishes may be granted, and nobody be at work any more.
        with suppress(TimeoutError):
            await _until(is_any_at_work, within=_LONGEST_WAIT_FOR_WORK_SECONDS)
            self._freeze(at_work[strike.draw % len(at_work)], seconds=strike.pause)
            self.hits[strike.victim] += 1

    def _freeze(self, worker: Role, *, seconds: float) -> None:
        worker.signal(signal.SIGSTOP)

        async def thaw() -> None:
            frozen = worker.process
            await asyncio.sleep(seconds)
            if frozen is not None and frozen.returncode is None:
                frozen.send_signal(signal.SIGCONT)

        thawing = asyncio.create_task(thaw())
        self._thawing.add(thawing)
        thawing.add_done_callback(self._thawing.discard)


async def _until(is_done: Callable[[], bool], *, within: float = _LONGEST_WAIT_SECONDS) -> None:
    # Other processes tell nobody when they come and go.
    async with asyncio.timeout(within):
        while not is_done():  # noqa: ASYNC110
            await asyncio.sleep(_GLANCE_SECONDS)


def _renderers(site: Site) -> list[psutil.Process]:
    found = [child for worker in site.workers for child in worker.children()]
    return sorted(found, key=lambda each: each.pid)


def _postmasters(site: Site) -> list[psutil.Process]:
    found = site.postmaster()
    return [] if found is None else [found]


def _backends(site: Site) -> list[psutil.Process]:
    found = site.postmaster()
    try:
        return [] if found is None else found.children()
    except psutil.NoSuchProcess:
        return []
