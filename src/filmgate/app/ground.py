"""What everything stands on: the database, the clock, and what the use cases take of them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from filmgate.callbacks.verifying import signature_verdict
from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import InvalidSettings
from filmgate.domain.models import Catalog
from filmgate.domain.roster import Listing
from filmgate.http.meter import PrometheusMeter
from filmgate.media.egress import EgressPolicy
from filmgate.ports import Clock, Engine, ObjectStore, Router, Scratch
from filmgate.service.open_file import OpenFile
from filmgate.service.receive import FindOwnInbox, Receive
from filmgate.service.route import Route
from filmgate.settings import Settings
from filmgate.store.accounts import KEYS_CHANNEL, PostgresAccountStore
from filmgate.store.census import PostgresCensus
from filmgate.store.credits import PostgresCreditStore
from filmgate.store.database import Database
from filmgate.store.deliveries import PostgresDeliveryStore
from filmgate.store.embedded import EmbeddedPostgres
from filmgate.store.inboxes import PostgresInboxStore
from filmgate.store.leftovers import PostgresLeftovers
from filmgate.store.news import PostgresTaskNews
from filmgate.store.past import PostgresPastStore
from filmgate.store.people import PostgresPeopleStore
from filmgate.store.render_queue import PostgresRenderQueue
from filmgate.store.tasks import PostgresTaskStore

MIB = 2**20


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
    deliveries: PostgresDeliveryStore
    census: PostgresCensus
    tasks: PostgresTaskStore
    past: PostgresPastStore
    news: PostgresTaskNews
    queue: PostgresRenderQueue
    leftovers: PostgresLeftovers
    operator_id: AccountId
    is_sheltered_in: Path | None


@dataclass(frozen=True, kw_only=True)
class Ground:
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
async def open_store(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Store]:
    """Open what rests on the database, whether a server runs or not.

    Raises:
        Unavailable: the database cannot be used.
    """
    clock = clock or SystemClock()
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
            deliveries=PostgresDeliveryStore(database),
            census=PostgresCensus(database, lost_after=settings.worker_lost_after),
            tasks=tasks,
            past=PostgresPastStore(database),
            news=news,
            queue=queue,
            leftovers=PostgresLeftovers(database),
            operator_id=await accounts.ensure_operator(now=clock.now()),
            is_sheltered_in=sheltered,
        )


def open_file(ground: Ground) -> OpenFile:
    """Return what opens files by their public names."""
    return OpenFile(tasks=ground.store.tasks, clock=ground.clock, retention=ground.settings.retention)


def find_own_inbox(ground: Ground) -> FindOwnInbox:
    """Return what knows the URLs of our own inboxes."""
    return FindOwnInbox(ground.store.inboxes, public_url=ground.settings.public_url)


def receive(ground: Ground) -> Receive:
    """Return what takes in posts to our own inboxes."""
    store = ground.store
    return Receive(
        inboxes=store.inboxes, accounts=store.accounts, check=signature_verdict, clock=ground.clock
    )


@contextmanager
def blaming(variable: str) -> Iterator[None]:
    """A block in which a value that cannot be used is the fault of the variable's setting."""
    try:
        yield
    except ValueError as error:
        raise InvalidSettings(f"{variable}: {error}") from error
