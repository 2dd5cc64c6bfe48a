"""What the operator watches over: work as it goes on, what failed, and what is kept."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import AccountId
from filmgate.domain.roster import Listing, health_words
from filmgate.domain.tasks import FileKind, Status
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import page_router
from filmgate.http.console.visitors import Door
from filmgate.ports import Census, Clock, Figures, PeopleStore, RenderQueue, Stored, TaskStore
from filmgate.service.route import Route

FAILURES_OF = timedelta(days=7)
"""How far back failed tasks are shown."""

_MOST_FAILURES = 50
_MOST_KEEPERS = 10
_KIND_WORDS = {
    FileKind.CLIP: "Videos",
    FileKind.POSTER: "Posters",
    FileKind.INPUT: "Pictures and videos of callers",
}


@dataclass(frozen=True, kw_only=True)
class EngineWork:
    """An engine and its share of the work; `listing` is None where only other machines know the engine.

    `n_done` and `n_failed` count the last hour.
    """

    name: str
    listing: Listing | None
    health: str
    n_workers: int
    n_waiting: int
    n_running: int
    n_done: int
    n_failed: int


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """An account and what it has in the store."""

    account_id: AccountId
    n_files: int
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class OversightPages:
    """The operator's pages, but those of accounts. `free_bytes` is of the disk of the folder `data`."""

    door: Door
    pages: Pages
    census: Census
    queue: RenderQueue
    tasks: TaskStore
    people: PeopleStore
    clock: Clock
    roster: Sequence[Listing]
    routes: Sequence[Route]
    free_bytes: Callable[[], int | None]
    data: Path
    is_stored_elsewhere: bool
    retention: timedelta

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/operator", self.now, methods=["GET"])
        router.add_api_route("/operator/failures", self.failures, methods=["GET"])
        router.add_api_route("/operator/storage", self.storage, methods=["GET"])
        return router

    async def now(self, request: Request) -> Response:
        """Show engines, routes, queue and workers as they are."""
        visitor, _ = await self.door.operator(request)
        figures = await self.census.figures(now=self.clock.now())
        live = await self.queue.live_engines()
        waiting = [each for each in figures.open if each.status == Status.WAITING]
        return self.pages.page(
            request,
            visitor,
            "operator_now.html",
            engines=engine_work(self.roster, figures, live=live),
            routes=self.routes,
            oldest=min((each.oldest for each in waiting), default=None),
            reserved=sum(each.reserved for each in figures.open),
            deliveries=figures.deliveries,
        )

    async def failures(self, request: Request) -> Response:
        """Show what failed, of all accounts, and what may have been made unseen."""
        visitor, _ = await self.door.operator(request)
        since = self.clock.now() - FAILURES_OF
        unknown = await self.tasks.of_unknown_outcome(limit=_MOST_FAILURES)
        failed = await self.tasks.newest_failed(since=since, limit=_MOST_FAILURES)
        return self.pages.page(
            request,
            visitor,
            "operator_failures.html",
            unknown=unknown,
            failed=failed,
            most=_MOST_FAILURES,
            days=FAILURES_OF.days,
            names=await self._names({task.account_id for task in (*unknown, *failed)}),
        )

    async def storage(self, request: Request) -> Response:
        """Show what is kept, and how much room there is."""
        visitor, _ = await self.door.operator(request)
        stored = await self.census.stored()
        largest = keepers(stored)[:_MOST_KEEPERS]
        return self.pages.page(
            request,
            visitor,
            "operator_storage.html",
            kinds=by_kind(stored),
            n_bytes=sum(each.n_bytes for each in stored),
            keepers=largest,
            names=await self._names({each.account_id for each in largest}),
            free_bytes=self.free_bytes(),
            data=self.data,
            is_stored_elsewhere=self.is_stored_elsewhere,
            retention=self.retention,
        )

    async def _names(self, only: Collection[AccountId]) -> Mapping[AccountId, str]:
        return {each.account_id: each.email or each.name for each in await self.people.accounts(only)}


def engine_work(
    roster: Sequence[Listing], figures: Figures, *, live: Mapping[str, str | None]
) -> list[EngineWork]:
    """Return the configured engines in their order, then others that have work or a worker."""
    listings = {each.name: each for each in roster}
    open_tasks = {(each.engine, each.status): each.n_tasks for each in figures.open}
    others = [*live, *figures.workers, *(name for name, _ in (*open_tasks, *figures.ended))]
    return [
        EngineWork(
            name=name,
            listing=listings.get(name),
            health=health_words(name, live=live),
            n_workers=figures.workers.get(name, 0),
            n_waiting=open_tasks.get((name, Status.WAITING), 0),
            n_running=open_tasks.get((name, Status.RUNNING), 0),
            n_done=figures.ended.get((name, Status.SUCCEEDED), 0),
            n_failed=figures.ended.get((name, Status.FAILED), 0),
        )
        for name in dict.fromkeys([*listings, *others])
    ]


def by_kind(stored: Sequence[Stored]) -> Mapping[str, tuple[int, int]]:
    """Return the number of files and their bytes for each kind, in words; also for a kind without any."""
    return {
        words: (
            sum(each.n_files for each in stored if each.kind is kind),
            sum(each.n_bytes for each in stored if each.kind is kind),
        )
        for kind, words in _KIND_WORDS.items()
    }


def keepers(stored: Sequence[Stored]) -> list[Keeper]:
    """Return the accounts that have files, the one with the most bytes first."""
    files: dict[AccountId, int] = defaultdict(int)
    sums: dict[AccountId, int] = defaultdict(int)
    for each in stored:
        files[each.account_id] += each.n_files
        sums[each.account_id] += each.n_bytes
    found = [Keeper(account_id=each, n_files=files[each], n_bytes=sums[each]) for each in sums]
    return sorted(found, key=lambda keeper: -keeper.n_bytes)
