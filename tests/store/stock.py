"""A database with accounts in it, and everything the tests of the store do with it in few words."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg

from filmgate.domain.accounts import AccountId, Caller, KeyTerms
from filmgate.domain.quotas import Quotas
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.domain.tasks import ClipFacts, FileKind, Status, StoredFile, Task, TaskId
from filmgate.ports import Claim, Submission, Submitted
from filmgate.store.accounts import KEYS_CHANNEL, PostgresAccountStore
from filmgate.store.database import Database, lost_is_unavailable
from filmgate.store.news import PostgresTaskNews
from filmgate.store.past import PostgresPastStore
from filmgate.store.render_queue import PostgresRenderQueue
from filmgate.store.tasks import PostgresTaskStore

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENGINE = "stage"
A_MOMENT = timedelta(milliseconds=50)
CLIP = ClipFacts(width=1280, height=720, fps=Fraction(30), duration=Fraction(5), has_audio=False)


@dataclass(frozen=True)
class Stock:
    """The store's classes on one database, as one process has them."""

    database: Database
    accounts: PostgresAccountStore
    tasks: PostgresTaskStore
    past: PostgresPastStore
    news: PostgresTaskNews
    queue: PostgresRenderQueue

    def worker(self, *, lost_after: timedelta = timedelta(minutes=1)) -> PostgresRenderQueue:
        """One more worker, which nothing wakes."""
        return PostgresRenderQueue(self.database, self.unopened_news(), lost_after=lost_after)

    def unopened_news(self) -> PostgresTaskNews:
        """News that tell nothing."""
        return PostgresTaskNews(self.database, self.tasks, reconnect_after=A_MOMENT)

    async def caller(self, *, credits_left: int | None = None, weight: float = 1) -> Caller:
        """A new account with a key: unlimited, or with so many milli-credits."""
        account_id = uuid4()
        await self.database.fetch(
            """INSERT INTO account (
                account_id, name, is_unlimited, balance, weight, webhook_secrets, created_at
            ) VALUES ($1, 'test', $2, $3, $4, '{whsec_dGVzdA==}', $5)""",
            account_id,
            credits_left is None,
            credits_left or 0,
            weight,
            NOW,
        )
        await self.database.fetch(
            "INSERT INTO ledger (account_id, kind, millicredits, created_at) VALUES ($1, 'grant', $2, $3)",
            account_id,
            credits_left or 0,
            NOW,
        )
        await self.database.fetch(
            "INSERT INTO application VALUES ($1, $2, 'kling-videos', $3)", uuid4(), account_id, NOW
        )
        return await self.key_of(AccountId(account_id))

    async def key_of(self, account_id: AccountId) -> Caller:
        """One more key of an account."""
        terms = KeyTerms(name=f"test {uuid4()}")
        _, secret = await self.accounts.create_key(terms, account_id=account_id, now=NOW)
        return await self.accounts.caller(secret, now=NOW)

    async def submit(
        self, caller: Caller, *, prompt: str | None = None, now: datetime = NOW, **changes: Any
    ) -> Submitted:
        """Submit a request; two of the same prompt have the same body. Without one it is like no other."""
        return await self.tasks.submit(self.submission(caller, prompt=prompt, now=now, **changes), now=now)

    def submission(
        self, caller: Caller, *, prompt: str | None = None, now: datetime = NOW, **changes: Any
    ) -> Submission:
        """What `submit` submits; `changes` are fields of the task or of the submission."""
        prompt = prompt or f"take {uuid4()}"
        of_submission = {name: changes.pop(name) for name in _OF_SUBMISSION if name in changes}
        task = Task(
            task_id=TaskId(uuid4()),
            trace_id=uuid4(),
            account_id=caller.account_id,
            application_id=caller.application_id,
            key_id=caller.key_id,
            status=Status.WAITING,
            attempt=0,
            request=a_request(prompt),
            body={"prompt": prompt},
            engine=ENGINE,
            seed=7,
            reserved=1000,
            public_origin="http://films.example",
            created_at=now,
        )
        submission = Submission(
            task=replace(task, **changes),
            body_hash=sha256(prompt.encode(errors="surrogatepass")).digest(),
            idempotency_key=None,
            holder=self.news.holder,
            cost_seconds=5,
            quotas=Quotas(),
        )
        return replace(submission, **of_submission)

    async def known(self, task_id: TaskId) -> Task:
        """The task as it is now."""
        task = await self.tasks.task(task_id)
        assert task is not None, "the task exists"
        return task

    async def value(self, question: str, *values: Any) -> Any:
        """The one value that a query answers with."""
        row = await self.database.row(question, *values)
        return None if row is None else row[0]

    async def until(self, question: str, *values: Any) -> None:
        """Ask until the answer is true; for what the database tells nobody."""
        async with asyncio.timeout(10):
            while not await self.value(question, *values):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def balance(self, account_id: AccountId) -> int:
        """The account's credits; its ledger is asked too, and must say the same."""
        balance = await self.value("SELECT balance FROM account WHERE account_id = $1", account_id)
        total = await self.value(
            "SELECT sum(millicredits)::bigint FROM ledger WHERE account_id = $1", account_id
        )
        assert balance == total, "the balance is the sum of the ledger"
        return int(balance)

    async def counts(self) -> Mapping[str, int]:
        """How many rows there are of what a submit and an ending write."""
        tables = ("task", "ledger", "pgqueuer", "artefact", "delivery")
        return {table: await self.value(f"SELECT count(*) FROM {table}") for table in tables}

    async def silence(self, claim: Claim) -> None:
        """Let an hour pass since the claim's last heartbeat."""
        await self.database.fetch(
            "UPDATE pgqueuer SET heartbeat = heartbeat - interval '1 hour' WHERE id = $1", claim.job_id
        )


_OF_SUBMISSION = ("body_hash", "idempotency_key", "holder", "cost_seconds", "extends", "quotas")


def a_request(prompt: str) -> GenerationRequest:
    """Five seconds from text."""
    return GenerationRequest(
        action=Action.TEXT2VIDEO, model="kling-v1", mode=Mode.STD, duration=5, prompt=prompt
    )


def a_clip(*, key: str = "tasks/clip.mp4") -> StoredFile:
    """A stored clip under a name of its own."""
    return StoredFile(
        kind=FileKind.CLIP,
        key=key,
        name=f"{uuid4().hex}.mp4",
        content_type="video/mp4",
        n_bytes=10,
        clip=CLIP,
    )


async def take(queue: PostgresRenderQueue, engine: str = ENGINE) -> Claim:
    """Claim a task that must be there."""
    claim = await queue.claim([engine], now=NOW)
    assert claim is not None, "there is work"
    return claim


@asynccontextmanager
async def open_stock(database: Database) -> AsyncIterator[Stock]:
    """The store as one process has it, listening for news."""
    tasks = PostgresTaskStore(database)
    accounts = PostgresAccountStore(database, cache_for=timedelta(seconds=10))
    news = PostgresTaskNews(database, tasks, reconnect_after=A_MOMENT)
    news.on(KEYS_CHANNEL, accounts.forget_callers)
    queue = PostgresRenderQueue(database, news, lost_after=timedelta(minutes=1))
    await news.open()
    try:
        past = PostgresPastStore(database)
        yield Stock(database=database, accounts=accounts, tasks=tasks, past=past, news=news, queue=queue)
    finally:
        await news.close()


async def emptied(url: str) -> str:
    """Return the URL of a database with our schema, once every row in it is gone.

    Making a database and dropping it takes two checkpoints, which a busy disk makes seconds of.
    """
    connection = await asyncpg.connect(url, server_settings={"search_path": "filmgate"})
    try:
        await empty(connection)
    finally:
        await connection.close()
    return url


async def empty(connection: asyncpg.Connection) -> None:
    """Remove every row."""
    await connection.execute("".join(f"DELETE FROM {table};" for table in _TABLES))
    await connection.execute("UPDATE queue_clock SET virtual_time = 0")
    await connection.execute("UPDATE queue_count SET n_open = 0, n_submits = nextval('submit_number')")


# Each before those that it refers to.
_TABLES = (
    "inbox_entry",
    "inbox",
    "post",
    "delivery",
    "artefact",
    "ledger",
    "task",
    "api_key",
    "application",
    "session",
    "entry_link",
    "entry_attempt",
    "account",
    "worker",
    "pgqueuer",
    "pgqueuer_log",
)


class LosingAnswers(Database):
    """A database whose connection breaks after the server did what it was asked, so many times."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answers_to_lose = 0
        self.commits_to_lose = 0

    async def row(self, statement: str, *values: Any) -> asyncpg.Record | None:
        """Ask, and lose the answer if one is to be lost."""
        row = await super().row(statement, *values)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            _lose_connection()
        return row

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Commit, and do not hear of it if that is to be lost."""
        async with super().transaction() as connection:
            yield connection
        if self.commits_to_lose:
            self.commits_to_lose -= 1
            _lose_connection()


def _lose_connection() -> None:
    with lost_is_unavailable():
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
