"""A database that the first version filled is upgraded, and every task in it goes on where it stood."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg

from filmgate.domain.tasks import Status, TaskId
from filmgate.store.database import Database
from filmgate.store.migration import migrate
from tests.store.stock import NOW, Stock, a_clip, open_stock, take

_KEYS = (_ACCOUNT, _APPLICATION, _KEY) = (uuid4(), uuid4(), uuid4())

# As the first version's functions take it.
_SUBMIT = """
    SELECT found_id FROM submit_task($1, $1, $2, $3, $4, $5, $6, $7, '[]', 'stage', 7, 1000, 5,
        'http://films.example', 'https://receiver.example', $8, 1, NULL, $9)
"""
_REQUEST = {
    "action": "text2video",
    "model": "kling-v1",
    "mode": "std",
    "duration": 5,
    "prompt": "a quiet sea",
}


@asynccontextmanager
async def _of_the_first_version(postgres: str) -> AsyncIterator[Database]:
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    database = Database(urlsplit(postgres)._replace(path=f"/{name}").geturl())
    try:
        await migrate(database.connect, revision="0001")
        yield database
    finally:
        await database.close()
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


async def _fill(old: asyncpg.Connection) -> dict[Status, TaskId]:
    """Leave one task in each state, as the first version would; return their ids."""
    await old.execute(
        """INSERT INTO account (account_id, name, balance, webhook_secrets, created_at)
        VALUES ($1, 'old', 6000, '{whsec_dGVzdA==}', $2)""",
        _ACCOUNT,
        NOW,
    )
    await old.execute("INSERT INTO ledger VALUES (DEFAULT, $1, NULL, 'grant', 6000, $2)", _ACCOUNT, NOW)
    await old.execute("INSERT INTO application VALUES ($1, $2, 'kling-videos', $3)", *_KEYS[1::-1], NOW)
    await old.execute(
        "INSERT INTO api_key VALUES ($1, $2, $3, 'old', 'fg_old', 'hash', NULL, NULL, $4)",
        *(_KEY, _APPLICATION, _ACCOUNT, NOW),
    )
    made = {}
    for status in (Status.SUCCEEDED, Status.FAILED, Status.RUNNING, Status.WAITING):
        values = (uuid4(), *_KEYS, _REQUEST, {"prompt": status}, status.encode(), f"order-{status}", NOW)
        made[status] = TaskId(await old.fetchval(_SUBMIT, *values))
    for status in (Status.SUCCEEDED, Status.FAILED, Status.RUNNING):
        await old.execute("UPDATE task SET status = $2, attempt = 1 WHERE task_id = $1", made[status], status)
    await _end(old, made[Status.SUCCEEDED], kind="settle", back=0)
    await _end(old, made[Status.FAILED], kind="refund", back=1000)
    await old.execute(
        """UPDATE pgqueuer SET status = 'picked', queue_manager_id = $2, heartbeat = now() - interval '1 day'
        WHERE dedupe_key = 'render:' || $1::uuid""",
        made[Status.RUNNING],
        uuid4(),
    )
    clip = a_clip()
    await old.execute(
        "INSERT INTO artefact VALUES ($1, 'clip', 'clip', $2, 'old.mp4', 'video/mp4', 10, NULL)",
        made[Status.SUCCEEDED],
        clip.key,
    )
    return made


async def _end(old: asyncpg.Connection, task_id: UUID, *, kind: str, back: int) -> None:
    await old.execute(
        "UPDATE task SET finished_at = $2, settled = 1000 - $3::bigint WHERE task_id = $1", task_id, NOW, back
    )
    await old.execute(
        "INSERT INTO ledger VALUES (DEFAULT, $1, $2, $3, $4, $5)", _ACCOUNT, task_id, kind, back, NOW
    )
    await old.execute("UPDATE account SET balance = balance + $1", back)
    await old.execute("DELETE FROM pgqueuer WHERE dedupe_key = 'render:' || $1::uuid", task_id)
    await old.execute(
        """INSERT INTO delivery (delivery_id, task_id, account_id, url, created_at)
        VALUES ($1, $2, $3, 'x', $4)""",
        *(uuid4(), task_id, _ACCOUNT, NOW),
    )


@asynccontextmanager
async def _upgraded(postgres: str) -> AsyncIterator[tuple[Stock, dict[Status, TaskId]]]:
    async with _of_the_first_version(postgres) as database:
        old = await database.connect()
        made = await _fill(old)
        await old.close()
        await database.open()
        async with open_stock(database) as stock:
            yield stock, made


async def test_tasks_of_the_first_version_are_what_they_were(postgres: str) -> None:
    async with _upgraded(postgres) as (stock, made):
        known = {status: (await stock.known(task_id)).status for status, task_id in made.items()}
        found = await stock.tasks.file("old.mp4")
        open_tasks = await stock.value("SELECT n_open FROM account")
        balance = await stock.balance(_ACCOUNT)  # type: ignore[arg-type]

    assert all(status is was for was, status in known.items())
    assert found is not None
    assert (found[1].task_id, open_tasks, balance) == (made[Status.SUCCEEDED], 2, 3000)


async def test_tasks_of_the_first_version_that_are_open_go_on_and_end(postgres: str) -> None:
    async with _upgraded(postgres) as (stock, made):
        worker = stock.worker(lost_after=timedelta(seconds=1))
        claims = [await take(worker), await take(worker)]
        for number, claim in enumerate(claims):
            await worker.succeed(claim, [a_clip(key=f"tasks/{number}.mp4")], now=NOW)
        ended = {claim.task.task_id: claim.task.attempt for claim in claims}
        statuses = [(await stock.known(task_id)).status for task_id in ended]
        n_open = await stock.value("SELECT n_open FROM account")

    assert ended == {made[Status.RUNNING]: 2, made[Status.WAITING]: 1}
    assert (statuses, n_open) == ([Status.SUCCEEDED] * 2, 0)


async def test_an_upgrade_leaves_every_row(postgres: str) -> None:
    async with _of_the_first_version(postgres) as database:
        old = await database.connect()
        await _fill(old)
        count = "SELECT count(*) FROM task JOIN ledger USING (task_id) LEFT JOIN delivery USING (task_id)"
        before = await old.fetchval(count)
        await old.close()

        await database.open()

        assert (await database.fetch(count))[0][0] == before == 6
