"""The book of answers: what was noted reaches the store, and a repeat waits for it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.service.answer import AnswerBook
from filmgate.store.tasks import PostgresTaskStore
from tests.service.studio import Studio

NEVER = timedelta(hours=1)


class RecordingStore(PostgresTaskStore):
    """A store that keeps what it is told of answers, and can be away."""

    def __init__(self) -> None:
        self.written: list[dict[TaskId, int | None]] = []
        self.is_away = False
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def mark_answered(self, answers: Mapping[TaskId, int | None], *, now: datetime) -> None:
        """Keep them."""
        if self.is_away:
            raise Unavailable("away")
        await self.may_write.wait()
        self.written.append(dict(answers))


def _book(studio: Studio, store: PostgresTaskStore) -> AnswerBook:
    return AnswerBook(store, clock=studio.clock, write_every=NEVER)


async def test_a_repeat_waits_for_hang_ups_but_not_for_answers(studio: Studio) -> None:
    store, answered, left = RecordingStore(), TaskId(uuid4()), TaskId(uuid4())
    book = _book(studio, store)

    book.answered(answered, 200)
    await book.settle()
    before = list(store.written)
    book.hung_up(left)
    await book.settle()

    assert before == []
    assert store.written == [{answered: 200, left: None}]


async def test_a_repeat_waits_for_a_fault_that_is_just_being_written(studio: Studio) -> None:
    store, task_id = RecordingStore(), TaskId(uuid4())
    book = _book(studio, store)
    store.may_write.clear()
    book.answered(task_id, 500)
    writing = asyncio.create_task(book.settle())
    await asyncio.sleep(0)

    repeat = asyncio.create_task(book.settle())
    await asyncio.sleep(0)
    is_early = repeat.done()
    store.may_write.set()
    await asyncio.gather(writing, repeat)

    assert not is_early
    assert store.written == [{task_id: 500}]


async def test_what_an_outage_kept_from_the_store_is_written_afterwards(studio: Studio) -> None:
    store, task_id = RecordingStore(), TaskId(uuid4())
    book = _book(studio, store)
    store.is_away = True
    book.hung_up(task_id)
    with pytest.raises(Unavailable):
        await book.settle()

    store.is_away = False
    await book.settle()

    assert store.written == [{task_id: None}]


async def test_closing_the_book_writes_what_is_left(studio: Studio) -> None:
    store, task_id = RecordingStore(), TaskId(uuid4())
    book = _book(studio, store)
    await book.open()
    book.answered(task_id, 200)

    await book.close()

    assert store.written == [{task_id: 200}]


async def test_a_repeat_joins_what_its_caller_hung_up_on(studio: Studio) -> None:
    caller, book = await studio.stock.caller(), _book(studio, studio.stock.tasks)
    first = await studio.stock.submit(caller, prompt="sea", now=studio.clock.now())

    book.hung_up(first.task_id)
    await book.settle()

    assert (await studio.stock.submit(caller, prompt="sea", now=studio.clock.now())).task_id == first.task_id
