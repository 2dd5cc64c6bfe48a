"""Accepting a request: once this returns, the task is durable and will end."""

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from filmgate.domain.accounts import Caller
from filmgate.domain.errors import RequestRefused, Unavailable
from filmgate.domain.quotas import Quotas
from filmgate.domain.requests import GenerationRequest, InlineMedia, StoredMedia
from filmgate.domain.tasks import Status, Task, TaskId, Warned
from filmgate.ports import Clock, ObjectStore, Submission, TaskNews, TaskStore
from filmgate.service.admit import Admit, Admitted
from filmgate.service.answer import AnswerBook


@dataclass(frozen=True, kw_only=True)
class Create:
    """A parsed create. `body` is what was sent, without the bytes of inline pictures."""

    request: GenerationRequest
    body: Mapping[str, Any]
    body_hash: bytes
    warnings: tuple[Warned, ...]
    callback_url: str | None
    idempotency_key: str | None
    public_origin: str
    trace_id: UUID


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A create that is durable: as which task, new or `joined`, and what of it has no effect."""

    task_id: TaskId
    joined: bool
    warnings: tuple[Warned, ...]


class Submit:
    """Stores a request as a task, or joins the earlier task that it repeats."""

    def __init__(
        self,
        *,
        admit: Admit,
        tasks: TaskStore,
        objects: ObjectStore,
        news: TaskNews,
        answers: AnswerBook,
        clock: Clock,
        quotas: Quotas,
    ) -> None:
        self._admit = admit
        self._tasks = tasks
        self._objects = objects
        self._news = news
        self._answers = answers
        self._clock = clock
        self._quotas = quotas

    async def __call__(self, create: Create, caller: Caller) -> Accepted:
        """Return the id of the task, which may be an earlier one.

        Raises:
            RequestRefused: nothing was stored.
            Unavailable: the same request may be sent again; it joins whatever was stored.
        """
        admitted = await self._admit(
            create.request, account_id=caller.account_id, callback_url=create.callback_url
        )
        task = await self._task(create, caller, admitted)
        submission = Submission(
            task=task,
            body_hash=create.body_hash,
            idempotency_key=create.idempotency_key,
            holder=self._news.holder,
            cost_seconds=create.request.duration,
            extends=None if admitted.source is None else admitted.source.task_id,
            quotas=self._quotas,
        )
        try:
            submitted = await self._tasks.submit(submission, now=task.created_at)
        except RequestRefused:
            await self._forget_pictures(create.request, task.task_id)
            raise
        except Unavailable:
            # The task may have been stored, so its pictures stay, and the book lets the repeat join it.
            self._answers.answered(task.task_id, HTTPStatus.SERVICE_UNAVAILABLE)
            raise
        if submitted.joined:
            await self._forget_pictures(create.request, task.task_id)
        return Accepted(task_id=submitted.task_id, joined=submitted.joined, warnings=task.warnings)

    async def _task(self, create: Create, caller: Caller, admitted: Admitted) -> Task:
        """Return the task to be; its inline pictures are in the object store already."""
        task_id = TaskId(uuid4())
        seed = create.request.seed
        return Task(
            task_id=task_id,
            trace_id=create.trace_id,
            account_id=caller.account_id,
            application_id=caller.application_id,
            key_id=caller.key_id,
            status=Status.WAITING,
            attempt=0,
            request=await self._stored(create.request, task_id),
            body=create.body,
            warnings=(*create.warnings, *admitted.warnings),
            engine=admitted.engine,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            reserved=admitted.price.millicredits,
            public_origin=create.public_origin,
            callback_url=create.callback_url,
            created_at=self._clock.now(),
        )

    async def _stored(self, request: GenerationRequest, task_id: TaskId) -> GenerationRequest:
        stored: dict[str, StoredMedia] = {}
        for name, media in request.media():
            if isinstance(media, InlineMedia):
                key = f"{folder_of(task_id)}/inputs/{name}"
                await self._objects.put(key, media.content, content_type=media.content_type)
                stored[name] = StoredMedia(
                    key=key,
                    content_type=media.content_type,
                    n_bytes=len(media.content),
                    sha256=hashlib.sha256(media.content).hexdigest(),
                )
        return request.with_media(stored) if stored else request

    async def _forget_pictures(self, request: GenerationRequest, task_id: TaskId) -> None:
        if any(isinstance(media, InlineMedia) for _, media in request.media()):
            # Without their task nobody finds them again; that they take up room is no reason to fail.
            with suppress(Unavailable):
                await self._objects.delete_all(folder_of(task_id))


def folder_of(task_id: TaskId) -> str:
    """Return the prefix of every object of a task, so that they can go together."""
    return f"tasks/{task_id}"
