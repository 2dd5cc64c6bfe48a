"""Accepting requests: inline pictures go with their task, and an unknown outcome can be joined."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import CreditsUsedUp, Unavailable
from filmgate.domain.models import ModelSpec
from filmgate.domain.quotas import Quotas
from filmgate.domain.requests import Action, GenerationRequest, InlineMedia, StoredMedia
from filmgate.kinds import load_default_catalog
from filmgate.media.pictures import read_picture
from filmgate.service.admit import Admit
from filmgate.service.answer import AnswerBook
from filmgate.service.reach import Reach
from filmgate.service.submit import Create, Submit
from filmgate.store.database import Database
from filmgate.store.tasks import PostgresTaskStore
from tests.service.studio import Studio, a_picture
from tests.store.stock import LosingAnswers, a_request


class OnlyStage:
    """A `Router` with one way to go."""

    async def choose(self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None) -> str:
        """See the port."""
        return "stage"

    async def next_choice(
        self,
        request: GenerationRequest,
        spec: ModelSpec,
        *,
        source_engine: str | None,
        refused_by: Sequence[str],
    ) -> str | None:
        """See the port."""
        return None

    def able(
        self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None
    ) -> Sequence[str]:
        """See the port."""
        return ["stage"]

    def factor(self, engine: str) -> Fraction:
        """See the port."""
        return Fraction(1)


async def nobodys(url: str, *, account_id: AccountId) -> str | None:
    """Know no URL of our own."""
    return None


async def no_inbox(url: str) -> str | None:
    """Know no inbox of our own."""
    return None


def _submit(studio: Studio, *, database: Database | None = None) -> tuple[Submit, AnswerBook]:
    tasks = PostgresTaskStore(database or studio.stock.database)
    admit = Admit(
        catalog=load_default_catalog(),
        tasks=tasks,
        router=OnlyStage(),
        read_picture=read_picture,
        clock=studio.clock,
        retention=timedelta(days=30),
        reach=Reach(check_url=lambda _: None, own_files=nobodys, own_inboxes=no_inbox),
    )
    book = AnswerBook(studio.stock.tasks, clock=studio.clock, write_every=timedelta(hours=1))
    submit = Submit(
        admit=admit,
        tasks=tasks,
        objects=studio.objects,
        news=studio.stock.news,
        answers=book,
        clock=studio.clock,
        quotas=Quotas(),
    )
    return submit, book


def _from_inline_picture(content: bytes, **changes: Any) -> Create:
    request = replace(
        a_request("a quiet sea"),
        action=Action.IMAGE2VIDEO,
        start_image=InlineMedia(content=content, content_type="image/png"),
    )
    create = Create(
        request=request,
        body={"prompt": "a quiet sea"},
        body_hash=hashlib.sha256(content).digest(),
        warnings=(),
        callback_url=None,
        idempotency_key=None,
        public_origin="http://films.example",
        trace_id=uuid4(),
    )
    return replace(create, **changes)


def _folders(studio: Studio) -> int:
    tasks = studio.root / "objects" / "tasks"
    return len(list(tasks.iterdir())) if tasks.exists() else 0


async def test_an_inline_picture_is_stored_with_its_task(studio: Studio) -> None:
    (submit, _), picture = _submit(studio), a_picture()

    submitted = await submit(_from_inline_picture(picture), await studio.stock.caller())

    request = (await studio.stock.known(submitted.task_id)).request
    assert request is not None
    stored = request.start_image
    assert isinstance(stored, StoredMedia)
    assert stored.sha256 == hashlib.sha256(picture).hexdigest()
    assert studio.objects_of(submitted.task_id) == {"inputs/start_image"}


async def test_nothing_is_kept_of_a_refused_request(studio: Studio) -> None:
    submit, _ = _submit(studio)

    with pytest.raises(CreditsUsedUp):
        await submit(_from_inline_picture(a_picture()), await studio.stock.caller(credits_left=1))

    assert _folders(studio) == 0


async def test_a_repeat_that_joins_leaves_only_the_first_trys_pictures(studio: Studio) -> None:
    (submit, book), caller = _submit(studio), await studio.stock.caller()
    create = _from_inline_picture(a_picture())
    first = await submit(create, caller)
    book.hung_up(first.task_id)
    await book.settle()

    repeat = await submit(create, caller)

    assert (repeat.task_id, repeat.joined) == (first.task_id, True)
    assert _folders(studio) == 1


async def test_a_task_of_unknown_outcome_keeps_its_pictures_and_is_joined(
    studio: Studio, database_url: str
) -> None:
    database, create = LosingAnswers(database_url), _from_inline_picture(a_picture())
    await database.open()
    caller = await studio.stock.caller(credits_left=1400)
    submit, book = _submit(studio, database=database)
    database.answers_to_lose = 2
    with pytest.raises(Unavailable):
        await submit(create, caller)

    await book.settle()
    repeat = await submit(create, caller)

    assert repeat.joined
    assert studio.objects_of(repeat.task_id) == {"inputs/start_image"}
    assert await studio.stock.value("SELECT count(*) FROM task") == 1
    await database.close()
