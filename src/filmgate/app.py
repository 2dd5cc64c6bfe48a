"""The composition root: the only file that knows every concrete class."""

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path

import httpx
from fastapi import APIRouter
from starlette.types import ASGIApp

from filmgate.callbacks.inside import InsideSender
from filmgate.callbacks.sender import SignedSender
from filmgate.callbacks.verifying import signature_verdict
from filmgate.domain.accounts import AccountId, KeyTerms
from filmgate.domain.breakers import BreakerRules
from filmgate.domain.entrance import LINK_LASTS
from filmgate.domain.errors import InvalidSettings, KeyRefused
from filmgate.domain.models import Catalog
from filmgate.domain.roster import Listing
from filmgate.http.console.account_page import AccountPage
from filmgate.http.console.accounts_pages import AccountsPages
from filmgate.http.console.entrance import Entrance
from filmgate.http.console.inbox_page import InboxPage
from filmgate.http.console.keys_page import KeysPage
from filmgate.http.console.oversight_pages import OversightPages
from filmgate.http.console.pages import Pages
from filmgate.http.console.service_page import ServicePage
from filmgate.http.console.tasks_page import TasksPage
from filmgate.http.console.try_it import TryIt
from filmgate.http.console.usage_page import UsagePage
from filmgate.http.console.visitors import Door
from filmgate.http.files import Files
from filmgate.http.health import Health
from filmgate.http.inbox import InboxDoor
from filmgate.http.keys import KeyCheck
from filmgate.http.kling.answers import callback_body
from filmgate.http.kling.deliveries import Deliveries
from filmgate.http.kling.tasks import Tasks
from filmgate.http.kling.videos import Videos
from filmgate.http.meter import PrometheusMeter
from filmgate.http.metrics import Metrics
from filmgate.http.origins import Origins
from filmgate.http.reference import Reference
from filmgate.http.server import build_app
from filmgate.kinds import LineUp, line_up, load_default_catalog
from filmgate.media.egress import EgressPolicy
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.guarded_http import guarded_client
from filmgate.media.objects import open_objects
from filmgate.media.pictures import read_picture
from filmgate.media.scratch import LocalScratch
from filmgate.media.web_urls import url_objection
from filmgate.ports import Clock, Engine, ObjectStore, Router, Scratch
from filmgate.service.acquire import Acquire
from filmgate.service.admit import Admit
from filmgate.service.aftermath import RenderRules
from filmgate.service.answer import AnswerBook
from filmgate.service.crew import Crew
from filmgate.service.delete import Delete
from filmgate.service.deliver import Deliver, DeliveryRules
from filmgate.service.enter import Enter
from filmgate.service.gather import Gather
from filmgate.service.health import Health as EngineHealth
from filmgate.service.open_file import FindOwnFile, OpenFile
from filmgate.service.reach import Reach
from filmgate.service.receive import FindOwnInbox, Receive
from filmgate.service.render import Render
from filmgate.service.route import Route, Routes
from filmgate.service.submit import Submit
from filmgate.service.sweep import Sweep
from filmgate.service.work import Work
from filmgate.settings import LOCAL_KEY, Settings
from filmgate.store.accounts import KEYS_CHANNEL, PostgresAccountStore
from filmgate.store.census import PostgresCensus
from filmgate.store.chores import Chores
from filmgate.store.credits import PostgresCreditStore
from filmgate.store.database import Database
from filmgate.store.deliveries import PostgresDeliveryStore
from filmgate.store.embedded import EmbeddedPostgres
from filmgate.store.inboxes import PostgresInboxStore
from filmgate.store.news import PostgresTaskNews
from filmgate.store.passwords import Argon2Passwords
from filmgate.store.people import PostgresPeopleStore
from filmgate.store.render_queue import PostgresRenderQueue
from filmgate.store.tasks import PostgresTaskStore

_MIB = 2**20


class SystemClock:
    """`ports.Clock` by the machine's clock."""

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Store:
    """Everything that rests on the database."""

    database: Database
    accounts: PostgresAccountStore
    people: PostgresPeopleStore
    credits: PostgresCreditStore
    inboxes: PostgresInboxStore
    tasks: PostgresTaskStore
    news: PostgresTaskNews
    queue: PostgresRenderQueue
    operator_id: AccountId
    is_sheltered_in: Path | None


@dataclass(frozen=True, kw_only=True)
class Filmgate:
    """A Filmgate that is put together: an HTTP application, and what a worker runs.

    `health` is the part of the application that a worker serves, to those who watch over it.
    """

    settings: Settings
    store: Store
    http: ASGIApp
    health: ASGIApp
    work: Work
    chores: Chores
    local_key: str

    async def claim(self) -> str | None:
        """Return the secret of a new link that claims the operator's account, or None once it is claimed."""
        people, operator_id = self.store.people, self.store.operator_id
        if (await people.account(operator_id)).has_password:
            return None
        return await people.make_link(operator_id, lasts=LINK_LASTS, now=SystemClock().now())


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What the use cases stand on; they differ in what they take of it."""

    settings: Settings
    store: Store
    objects: ObjectStore
    policy: EgressPolicy
    client: httpx.AsyncClient
    catalog: Catalog
    engines: Mapping[str, Engine]
    roster: Sequence[Listing]
    routes: Sequence[Route]
    router: Router
    clock: Clock
    scratch: Scratch
    meter: PrometheusMeter


@asynccontextmanager
async def open_filmgate(
    settings: Settings,
    *,
    is_dev: bool = False,
    only_engines: frozenset[str] | None = None,
    slots: int | None = None,
    engines: Sequence[Engine] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Filmgate]:
    """Put everything together, and take it apart at the end.

    `is_dev` opens loopback addresses to picture URLs and callbacks. A worker serves `only_engines`, or
    all of the configured ones, with `slots` jobs at once for each, or as configured. Where `engines` are
    given, they stand in place of the configured ones, and every model leads to them in their order.

    Raises:
        InvalidSettings, Unavailable: says what is wrong.
    """
    clock = clock or SystemClock()
    cast = line_up(settings, slots=slots) if engines is None else _given_line_up(engines)
    wanted = frozenset(cast.engines) if only_engines is None else only_engines
    served = {name: each for name, each in cast.engines.items() if name in wanted}
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_open_store(settings, clock=clock))
        with _blaming("FILMGATE_STORAGE_URL"):
            objects = open_objects(settings.objects_url)
        with _blaming("FILMGATE_EGRESS_ALLOW"):
            policy = EgressPolicy(allow=settings.egress_allow, allow_loopback=is_dev)
        scratch = LocalScratch(settings.data / "work", min_free_bytes=settings.min_free_mib * _MIB)
        stack.callback(scratch.close)
        ground = _Ground(
            settings=settings,
            store=store,
            objects=objects,
            policy=policy,
            client=await stack.enter_async_context(guarded_client(policy)),
            catalog=cast.catalog,
            roster=cast.roster,
            routes=cast.routes,
            engines=cast.engines,
            router=Routes(
                cast.routes,
                engines=cast.engines,
                factors=cast.factors,
                queue=store.queue,
                clock=clock,
                believe_for=timedelta(seconds=2),
            ),
            clock=clock,
            scratch=scratch,
            meter=PrometheusMeter(),
        )
        answers = AnswerBook(store.tasks, clock=clock, write_every=timedelta(milliseconds=50))
        await answers.open()
        stack.push_async_callback(answers.close)
        yield Filmgate(
            settings=settings,
            store=store,
            http=_http(ground, admit=_admit(ground), answers=answers),
            health=_app(ground, _health(ground)),
            work=_work(ground, served),
            chores=_chores(ground),
            local_key=await _local_key(settings, store, clock=clock),
        )


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Open what rests on the database, whether a server runs or not.

    Raises:
        Unavailable: the database cannot be used.
    """
    async with _open_store(settings, clock=SystemClock()) as store:
        yield store


@asynccontextmanager
async def open_database_url(settings: Settings) -> AsyncIterator[str]:
    """Yield the URL of the database as it is, started for the block where it is embedded and rests.

    Raises:
        Unavailable: the embedded database cannot be used.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    async with EmbeddedPostgres(settings.data / "database") as embedded:
        yield embedded.url


@asynccontextmanager
async def _open_store(settings: Settings, *, clock: Clock) -> AsyncIterator[Store]:
    async with AsyncExitStack() as stack:
        url, sheltered = settings.database_url, None
        if url is None:
            embedded = await stack.enter_async_context(EmbeddedPostgres(settings.data / "database"))
            url, sheltered = embedded.url, embedded.location if embedded.sheltered else None
        database = Database(url)
        stack.push_async_callback(database.close)
        await database.open()
        accounts = PostgresAccountStore(database, cache_for=timedelta(seconds=10))
        tasks = PostgresTaskStore(database)
        news = PostgresTaskNews(database, tasks, reconnect_after=timedelta(milliseconds=200))
        news.on(KEYS_CHANNEL, accounts.forget_callers)
        queue = PostgresRenderQueue(database, news, lost_after=settings.worker_lost_after)
        stack.push_async_callback(news.close)
        await news.open()
        yield Store(
            database=database,
            accounts=accounts,
            people=PostgresPeopleStore(database),
            credits=PostgresCreditStore(database),
            inboxes=PostgresInboxStore(database),
            tasks=tasks,
            news=news,
            queue=queue,
            operator_id=await accounts.ensure_operator(now=clock.now()),
            is_sheltered_in=sheltered,
        )


def _admit(ground: _Ground) -> Admit:
    return Admit(
        catalog=ground.catalog,
        tasks=ground.store.tasks,
        router=ground.router,
        read_picture=read_picture,
        clock=ground.clock,
        retention=ground.settings.retention,
        reach=Reach(
            check_url=partial(url_objection, policy=ground.policy),
            own_files=FindOwnFile(_open_file(ground), public_url=ground.settings.public_url),
            own_inboxes=_find_own_inbox(ground),
        ),
    )


def _http(ground: _Ground, *, admit: Admit, answers: AnswerBook) -> ASGIApp:
    store, objects, clock, settings = ground.store, ground.objects, ground.clock, ground.settings
    check_key = KeyCheck(store.accounts, clock=clock)
    submit = Submit(
        admit=admit,
        tasks=store.tasks,
        objects=objects,
        news=store.news,
        answers=answers,
        clock=clock,
        quotas=settings.quotas,
    )
    origins = Origins(settings.public_url, trusted=settings.trusted_proxies)
    videos = Videos(
        catalog=ground.catalog,
        check_key=check_key,
        origins=origins,
        admit=admit,
        submit=submit,
        news=store.news,
        answers=answers,
    )
    delete = Delete(tasks=store.tasks, objects=objects, clock=clock)
    routers = [
        videos.router(),
        Tasks(check_key=check_key, tasks=store.tasks, delete=delete, operator_id=store.operator_id).router(),
        Deliveries(check_key=check_key, deliveries=PostgresDeliveryStore(store.database)).router(),
        Files(open_file=_open_file(ground), objects=objects).router(),
        InboxDoor(receive=_receive(ground)).router(),
        Reference(catalog=ground.catalog).router(),
        *_health(ground),
        *_console(ground, admit=admit, submit=submit, origins=origins),
    ]
    return _app(ground, routers)


def _console(ground: _Ground, *, admit: Admit, submit: Submit, origins: Origins) -> list[APIRouter]:
    store, clock, settings = ground.store, ground.clock, ground.settings
    enter = Enter(people=store.people, passwords=Argon2Passwords(), clock=clock)
    door = Door(
        people=store.people,
        origins=Origins(settings.public_url, trusted=settings.trusted_proxies),
        clock=clock,
    )
    pages = Pages()
    acquire = Acquire(
        accounts=store.accounts,
        credits=store.credits,
        clock=clock,
        free_millicredits=settings.free_millicredits,
    )
    try_it = TryIt(
        door=door,
        pages=pages,
        accounts=store.accounts,
        tasks=store.tasks,
        admit=admit,
        submit=submit,
        catalog=ground.catalog,
        origins=origins,
        clock=clock,
    )
    tasks_page = TasksPage(
        door=door,
        pages=pages,
        tasks=store.tasks,
        deliveries=PostgresDeliveryStore(store.database),
        delete=Delete(tasks=store.tasks, objects=ground.objects, clock=clock),
        catalog=ground.catalog,
    )
    return [
        pages.router(),
        tasks_page.router(),
        try_it.router(),
        try_it.script_router(),
        ServicePage(door=door, pages=pages, acquire=acquire, catalog=ground.catalog).router(),
        Entrance(
            door=door,
            pages=pages,
            people=store.people,
            enter=enter,
            clock=clock,
            registration=settings.registration_here,
        ).router(),
        AccountPage(door=door, pages=pages, people=store.people, enter=enter, clock=clock).router(),
        KeysPage(door=door, pages=pages, accounts=store.accounts, clock=clock).router(),
        UsagePage(door=door, pages=pages, credits=store.credits, clock=clock).router(),
        InboxPage(
            door=door,
            pages=pages,
            inboxes=store.inboxes,
            accounts=store.accounts,
            tasks=store.tasks,
            origins=origins,
            clock=clock,
        ).router(),
        *_operator_pages(ground, door=door, pages=pages, origins=origins),
    ]


def _operator_pages(ground: _Ground, *, door: Door, pages: Pages, origins: Origins) -> list[APIRouter]:
    store, clock, settings = ground.store, ground.clock, ground.settings
    oversight = OversightPages(
        door=door,
        pages=pages,
        census=PostgresCensus(store.database, lost_after=settings.worker_lost_after),
        queue=store.queue,
        tasks=store.tasks,
        people=store.people,
        clock=clock,
        roster=ground.roster,
        routes=ground.routes,
        free_bytes=ground.scratch.free_bytes,
        data=settings.data.absolute(),
        is_stored_elsewhere=settings.storage_url is not None,
        retention=settings.retention,
    )
    accounts = AccountsPages(
        door=door, pages=pages, people=store.people, credits=store.credits, origins=origins, clock=clock
    )
    return [oversight.router(), accounts.router()]


def _health(ground: _Ground) -> list[APIRouter]:
    store, settings = ground.store, ground.settings
    metrics = Metrics(
        census=PostgresCensus(store.database, lost_after=settings.worker_lost_after),
        meter=ground.meter,
        clock=ground.clock,
        check_key=KeyCheck(store.accounts, clock=ground.clock),
        operator_id=store.operator_id,
        n_held=lambda: store.news.n_waiting,
        allow=settings.metrics_allow,
        is_open_on_loopback=settings.public_url is None,
    )
    return [Health(queue=store.queue, objects=ground.objects).router(), metrics.router()]


def _app(ground: _Ground, routers: Sequence[APIRouter]) -> ASGIApp:
    return build_app(routers, max_body_bytes=ground.settings.max_body_mib * _MIB, meter=ground.meter)


def _open_file(ground: _Ground) -> OpenFile:
    return OpenFile(tasks=ground.store.tasks, clock=ground.clock, retention=ground.settings.retention)


def _receive(ground: _Ground) -> Receive:
    store = ground.store
    return Receive(
        inboxes=store.inboxes, accounts=store.accounts, check=signature_verdict, clock=ground.clock
    )


def _find_own_inbox(ground: _Ground) -> FindOwnInbox:
    return FindOwnInbox(ground.store.inboxes, public_url=ground.settings.public_url)


def _work(ground: _Ground, served: Mapping[str, Engine]) -> Work:
    health = EngineHealth(clock=ground.clock, rules=BreakerRules(), answer_within=timedelta(seconds=10))
    return Work(
        queue=ground.store.queue,
        crew=Crew(served, first_pause=timedelta(seconds=1), longest_pause=timedelta(minutes=1)),
        health=health,
        render=_render(ground, health),
        scratch=ground.scratch,
        clock=ground.clock,
        heartbeat_every=ground.settings.worker_lost_after / 5,
        look_every=timedelta(seconds=1),
        check_every=timedelta(seconds=15),
    )


def _render(ground: _Ground, health: EngineHealth) -> Render:
    settings, store = ground.settings, ground.store
    own_files = FindOwnFile(_open_file(ground), public_url=settings.public_url)
    gather = Gather(
        queue=store.queue,
        objects=ground.objects,
        fetcher=GuardedFetcher(ground.client, objects=ground.objects, own_files=own_files),
        read_picture=read_picture,
        limits=ground.catalog.limits,
    )
    return Render(
        queue=store.queue,
        engines=ground.engines,
        router=ground.router,
        health=health,
        objects=ground.objects,
        gather=gather,
        news=store.news,
        catalog=ground.catalog,
        clock=ground.clock,
        meter=ground.meter,
        rules=RenderRules(
            time_limit=timedelta(seconds=settings.task_time_limit_seconds),
            max_tries=settings.max_tries,
            retry_after=timedelta(seconds=1),
            accept_within=timedelta(seconds=settings.accept_within_seconds),
        ),
        scratch=ground.scratch,
    )


def _chores(ground: _Ground) -> Chores:
    store, clock, settings = ground.store, ground.clock, ground.settings
    deliver = Deliver(
        deliveries=PostgresDeliveryStore(store.database),
        tasks=store.tasks,
        write=callback_body,
        sender=InsideSender(
            SignedSender(ground.client), own_inboxes=_find_own_inbox(ground), receive=_receive(ground)
        ),
        clock=clock,
        rules=DeliveryRules(
            delays=settings.callback_retries,
            posts_of_account=settings.account_callbacks_at_once,
            posts_to_host=settings.host_callbacks_at_once,
        ),
    )
    sweep = Sweep(tasks=store.tasks, objects=ground.objects, clock=clock, retention=settings.retention)
    return Chores(
        store.database,
        deliver=deliver,
        sweep=sweep,
        sweep_orphans=sweep.orphans,
        lost_after=2 * settings.worker_lost_after,
        restart_after=timedelta(seconds=1),
    )


def _given_line_up(engines: Sequence[Engine]) -> LineUp:
    names = tuple(engine.name for engine in engines)
    return LineUp(
        engines=dict(zip(names, engines, strict=True)),
        routes=[Route(("*",), names)],
        factors={},
        catalog=load_default_catalog(),
        roster=[
            Listing(name=each.name, kind="given", slots=each.slots, factor=Fraction(1), models=("*",))
            for each in engines
        ],
    )


@contextmanager
def _blaming(variable: str) -> Iterator[None]:
    """A block in which a value that cannot be used is the fault of the variable's setting."""
    try:
        yield
    except ValueError as error:
        raise InvalidSettings(f"{variable}: {error}") from error


async def _local_key(settings: Settings, store: Store, *, clock: Clock) -> str:
    """Return the operator's own key, made at the first start and kept in the data folder."""
    path = settings.data / LOCAL_KEY
    with suppress(OSError, KeyRefused):
        secret = path.read_text().strip()
        await store.accounts.caller(secret, now=clock.now())
        return secret
    _, secret = await store.accounts.create_key(
        KeyTerms(name="local"), account_id=store.operator_id, now=clock.now()
    )
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{secret}\n")
    draft.replace(path)
    return secret
