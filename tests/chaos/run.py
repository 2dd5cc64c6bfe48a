"""One run: start everything, load it, strike it, wait until it is quiet, and check every promise."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos import aftermath, checks
from tests.chaos.checks import Books, Finding
from tests.chaos.clients import Clients
from tests.chaos.ground import Ground
from tests.chaos.plan import Plan, Victim
from tests.chaos.plants import Fault
from tests.chaos.receiver import Receiver
from tests.chaos.scene import Payer, open_database, set_scene
from tests.chaos.site import Site
from tests.chaos.strikes import Striker

_SHOWN_FINDINGS = 40


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did and found; the same seed and figures make the same plan again."""

    seed: int
    plan: str
    seconds_of_load: float
    seconds_in_all: float
    planted: str | None
    kills: dict[str, int]
    n_kills: int
    n_freezes: int
    starts: dict[str, int]
    n_failed_starts: int
    n_wishes: int
    n_repeated_requests: int
    n_late_repeats: int
    tasks: dict[str, int]
    n_attempts: int
    n_posts: int
    n_clips_decoded: int
    logged_faults: dict[str, int]
    findings: tuple[Finding, ...]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")

    def lines(self) -> Iterator[str]:
        """Say it in a few lines."""
        yield f"seed {self.seed}, plan {self.plan}: {self.n_kills} kills, {self.n_freezes} freezes"
        yield f"kills: {_told(self.kills)}"
        yield f"tasks: {_told(self.tasks)}; {self.n_attempts} attempts, {self.n_clips_decoded} clips decoded"
        yield f"callbacks: {self.n_posts} posts; requests repeated: {self.n_repeated_requests}"
        for finding in self.findings[:_SHOWN_FINDINGS]:
            yield f"BROKEN  {finding}"
        more = len(self.findings) - _SHOWN_FINDINGS
        if more > 0:
            yield f"and {more} more"
        yield "every promise was kept" if not self.findings else f"{len(self.findings)} findings"


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


async def run(
    plan: Plan,
    ground: Ground,
    *,
    planted: Fault | None,
    quiet_within: float,
    report: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Carry out a plan.

    After the last strike everything has `quiet_within` seconds to run again, as many to answer the callers,
    and as many to come to rest. `report` is told how far it is.

    Raises:
        NotUp: a process did not come up again, so that nothing more could be asked.
    """
    began = time.monotonic()
    module = ("-m", "filmgate") if planted is None else ("-m", "tests.chaos.plants", planted)
    site = Site(ground, module=module)
    async with site.open():
        async with open_database(ground.database) as database:
            payers = await set_scene(database)
        receiver = Receiver(
            refusals=checks.callback_paths(plan.wishes),
            secrets={str(number): payer.webhook_secret for number, payer in enumerate(payers)},
        )
        async with receiver.listening():
            await site.start(*site.workers)
            clients = Clients(site.url, keys=[payer.key for payer in payers], callbacks=receiver.url)
            striker = Striker(site, report=report)
            findings = await _load(plan, site, clients=clients, striker=striker, quiet_within=quiet_within)
            async with open_database(ground.database) as database:
                is_quiet = await aftermath.until_quiet(database, within=quiet_within)
                books = await Books.read(database)
            if not is_quiet:
                findings.append(Finding("all comes to rest", f"not within {quiet_within:g} s"))
            observed = await _observe(site, payers, books)
            findings += _judge(plan, books, clients=clients, receiver=receiver, observed=observed)
        await site.stop()
        findings += await _search(site)
    logged = aftermath.logged_faults(ground)
    findings += checks.nothing_broke(logged)
    return Summary(
        seed=plan.seed,
        plan=plan.digest,
        seconds_of_load=plan.seconds,
        seconds_in_all=round(time.monotonic() - began, 1),
        planted=planted,
        kills={str(victim): count for victim, count in striker.kills.items()},
        n_kills=striker.kills.total(),
        n_freezes=striker.hits[Victim.FROZEN_WORKER],
        starts=dict(site.starts),
        n_failed_starts=sum(role.n_failed_starts for role in site.roles),
        n_wishes=len(plan.wishes),
        n_repeated_requests=sum(heard.n_repeats for heard in clients.heard.values()),
        n_late_repeats=sum(heard.is_late for heard in clients.heard.values()),
        tasks=checks.outcomes(books),
        n_attempts=sum(task["attempt"] for task in books.tasks.values()),
        n_posts=sum(len(posts) for posts in receiver.arrivals.values()),
        n_clips_decoded=len(observed.clips),
        logged_faults=dict(logged),
        findings=tuple(findings),
    )


async def _load(
    plan: Plan, site: Site, *, clients: Clients, striker: Striker, quiet_within: float
) -> list[Finding]:
    """Let clients ask and strikes fall until all is asked and struck, and everything runs again."""
    asking = asyncio.create_task(clients(plan))
    try:
        await striker(plan.strikes)
        await site.all_up(*site.roles, within=quiet_within)
        await asyncio.wait({asking}, timeout=quiet_within)
        if asking.done():
            asking.result()
            return []
        return [Finding("every caller gets an answer", "clients wait for ever")]
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@dataclass(frozen=True)
class _Observed:
    """What the API still says when all is quiet."""

    records: dict[str, dict[str, Any]]
    clips: dict[Any, Sequence[int] | str]


async def _observe(site: Site, payers: Sequence[Payer], books: Books) -> _Observed:
    records = await aftermath.records_of(
        site.url, keys=[payer.key for payer in payers], task_ids=[str(task_id) for task_id in books.tasks]
    )
    return _Observed(records, await aftermath.clips_of(records))


def _judge(
    plan: Plan, books: Books, *, clients: Clients, receiver: Receiver, observed: _Observed
) -> Iterator[Finding]:
    yield from checks.wishes_are_granted(books, plan, clients.heard)
    yield from checks.tasks_end_once(books)
    yield from checks.credits_add_up(books)
    yield from checks.queue_is_empty(books)
    yield from checks.callbacks_arrived(books, receiver.arrivals, observed.records)
    yield from checks.clips_decode(books, plan, observed.clips)


async def _search(site: Site) -> list[Finding]:
    """Look for what is left over, now that everything has been told to end."""
    ground = site.ground
    findings = [Finding("what runs goes on running", fault) for fault in site.faults]
    processes = [f"{each.pid} {' '.join(each.cmdline())[:200]}" for each in ground.processes()]
    scratch, beside = aftermath.scratch_folders(ground), aftermath.files_beside(ground)
    async with open_database(ground.database) as database:
        unowned = await aftermath.unowned_files(database, ground)
        unowned += await aftermath.files_past_retention(database, ground)
    processes += [f"{each.pid} {' '.join(each.cmdline())[:200]}" for each in ground.processes()]
    findings += checks.nothing_is_left(processes=processes, scratch=scratch, unowned=unowned, beside=beside)
    return findings
