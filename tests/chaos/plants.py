"""`python -m tests.chaos.plants FAULT …` is `filmgate …` with one fault planted, for a run that must fail."""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any

import asyncpg

from filmgate.cli import app
from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.store import endings, render_queue
from filmgate.store.database import Database

_LATE_SECONDS = 3.0


class Fault(StrEnum):
    """What can be planted."""

    FENCING_OFF = "fencing-off"
    DELIVERY_OUTSIDE_TRANSACTION = "delivery-outside-transaction"


def turn_fencing_off() -> None:
    """Let any attempt write to its task, whether a newer one exists or not, and ended or not."""
    render_queue._OURS = "task_id = $1 AND $2::integer > 0"


def deliver_outside_the_transaction() -> None:
    """Record and queue a callback a moment after its task's end is committed."""
    queue_delivery = endings._queue_delivery
    databases: list[Database] = []
    open_database = Database.open
    writing: set[asyncio.Task[None]] = set()

    async def remember(database: Database) -> None:
        databases.append(database)
        await open_database(database)

    async def write(task_id: TaskId, task: Any, now: datetime) -> None:
        await asyncio.sleep(_LATE_SECONDS)
        with suppress(Unavailable):
            async with databases[0].transaction() as connection:
                await queue_delivery(connection, task_id, task, now=now)

    async def write_later(_: asyncpg.Connection, task_id: TaskId, task: Any, *, now: datetime) -> None:
        written = asyncio.create_task(write(task_id, task, now))
        writing.add(written)
        written.add_done_callback(writing.discard)

    # A fault is planted where the product has no seam for it, and only in this process.
    setattr(Database, "open", remember)  # noqa: B010
    setattr(endings, "_queue_delivery", write_later)  # noqa: B010


_PLANT = {
    Fault.FENCING_OFF: turn_fencing_off,
    Fault.DELIVERY_OUTSIDE_TRANSACTION: deliver_outside_the_transaction,
}

if __name__ == "__main__":
    _PLANT[Fault(sys.argv.pop(1))]()
    app()
