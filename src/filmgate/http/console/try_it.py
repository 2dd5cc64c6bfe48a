"""Trying the API: a form on one side, the call as a program on the other, and the clip in the page."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import VIDEOS_API, AccountId, KeyId
from filmgate.domain.entrance import Session
from filmgate.domain.errors import FileUnknown, FilmgateError, InvalidRequest, Objection
from filmgate.domain.models import Catalog
from filmgate.domain.pictures import PictureFacts
from filmgate.domain.tasks import Status, TaskId
from filmgate.domain.wording import in_credits
from filmgate.http.console.capabilities import EXAMPLE, capabilities, in_pixels, opening
from filmgate.http.console.form_pictures import seen_pictures, size_of_clip
from filmgate.http.console.labels import LABELS, in_labels
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import page_router, troubles_of
from filmgate.http.console.snippets import LANGUAGES, snippet
from filmgate.http.console.titles import titles_of
from filmgate.http.console.visitors import Door
from filmgate.http.error_table import STATUS_OF_CODE
from filmgate.http.errors import error_body, note_code
from filmgate.http.kling.answers import price_body, record_body
from filmgate.http.kling.bodies import read_json
from filmgate.http.kling.body import parse_create
from filmgate.http.kling.intake import create_of
from filmgate.http.origins import Origins
from filmgate.ports import AccountStore, Clock, PictureReader, TaskSearch, TaskStore
from filmgate.service.admit import Admit
from filmgate.service.submit import Submit

_FIRST_LANGUAGE = next(iter(LANGUAGES.values()))
_SOURCES = 24
_LONGEST_SHOWN = 300
_PICTURE = "the URL of your picture, or data:image/jpeg;base64,…"


@dataclass(frozen=True, kw_only=True)
class TryIt:
    """The page on which the API is tried, and what its script asks for."""

    door: Door
    pages: Pages
    accounts: AccountStore
    tasks: TaskStore
    admit: Admit
    submit: Submit
    catalog: Catalog
    origins: Origins
    clock: Clock
    read_picture: PictureReader

    def router(self) -> APIRouter:
        """Return the route of the page."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/try", self.page, methods=["GET"])
        return router

    def script_router(self) -> APIRouter:
        """Return the routes that the page's script asks; they answer JSON as the API does."""
        router = APIRouter(prefix="/try", include_in_schema=False)
        router.add_api_route("/draft", self.draft, methods=["POST"])
        router.add_api_route("/run", self.run, methods=["POST"])
        router.add_api_route("/tasks/{task_id}", self.task, methods=["GET"])
        return router

    async def page(self, request: Request) -> Response:
        """Show the form."""
        visitor, session = await self.door.member(request)
        account_id = session.account.account_id
        now = self.clock.now()
        keys = [key for key in await self.accounts.keys(account_id=account_id) if key.is_open(now=now)]
        newest = await self.tasks.newest_tasks(
            TaskSearch(limit=_SOURCES, status=Status.SUCCEEDED), account_id=account_id
        )
        sources = [task for task in newest if task.files_deleted_at is None]
        first = opening(self.catalog, asked=request.query_params.get("action", ""))
        return self.pages.page(
            request,
            visitor,
            "try.html",
            keys=keys,
            sources=sources,
            titles=await titles_of(sources, tasks=self.tasks, account_id=account_id),
            models=capabilities(self.catalog),
            names=self.catalog.models,
            languages=list(LANGUAGES.values()),
            labels=LABELS,
            example=EXAMPLE,
            longest_picture=self.catalog.limits.image_bytes,
            opening=first,
            code=snippet(_FIRST_LANGUAGE, origin=self.origins.of(request), body=first.body),
        )

    async def draft(self, request: Request) -> JSONResponse:
        """Say what is wrong with a body, what it would cost, and how it is called in each language."""
        session = await self._member(request)
        body = _object(await read_json(request), "body")
        judged: dict[str, object] = {"balance": in_credits(session.account.balance)}
        judged |= await self._judged(request, session, body)
        origin, short = self.origins.of(request), _without_pictures(body)
        try:
            code = {name: snippet(each, origin=origin, body=short) for name, each in LANGUAGES.items()}
        except ValueError as error:
            return JSONResponse(
                {"troubles": {"form": str(error)}, "code": {}, "unwritable": str(error)} | judged
            )
        return JSONResponse(judged | {"code": code})

    async def run(self, request: Request) -> JSONResponse:
        """Create a task under a key of the account, and answer with its record, or with what is wrong."""
        session = await self._member(request)
        sent = await read_json(request)
        try:
            task_id, account_id = await self._submitted(request, session, sent)
        except FilmgateError as error:
            note_code(request, error.code)
            refused = _refused(error, trace_id=request.state.trace_id)
            return JSONResponse(refused, status_code=STATUS_OF_CODE[error.code])
        return JSONResponse(await self._record(task_id, account_id=account_id))

    async def task(self, request: Request, task_id: UUID) -> JSONResponse:
        """Answer with the record of a task of the account."""
        _, session = await self.door.member(request)
        return JSONResponse(await self._record(TaskId(task_id), account_id=session.account.account_id))

    async def _submitted(
        self, request: Request, session: Session, sent: Mapping[str, Any]
    ) -> tuple[TaskId, AccountId]:
        account_id = session.account.account_id
        caller = await self.accounts.caller_of(_key_id(sent), account_id=account_id, now=self.clock.now())
        caller.check_api(VIDEOS_API)
        body = _object(sent, "body")
        parsed = parse_create(body, self.catalog)
        submitted = await self.submit(create_of(request, body, parsed, origins=self.origins), caller)
        return submitted.task_id, account_id

    async def _judged(self, request: Request, session: Session, body: dict[str, Any]) -> dict[str, object]:
        try:
            parsed = parse_create(body, self.catalog)
            admitted = await self.admit(
                parsed.request, account_id=session.account.account_id, callback_url=parsed.callback_url
            )
        except FilmgateError as error:
            seen = await asyncio.to_thread(
                seen_pictures, body, read_picture=self.read_picture, limits=self.catalog.limits
            )
            refused = _refused(error, trace_id=request.state.trace_id, beside=seen.objections)
            return refused | {"size": self._size(body, seen.usable)}
        price = price_body(admitted.price, trace_id=request.state.trace_id, warnings=parsed.warnings)
        size = self._size(body, admitted.pictures)
        return {"troubles": {}, "credits": price["credits"], "breakdown": price["breakdown"], "size": size}

    def _size(self, body: Mapping[str, Any], pictures: Mapping[str, PictureFacts]) -> str | None:
        size = size_of_clip(body, pictures, catalog=self.catalog)
        return None if size is None else in_pixels(size)

    async def _member(self, request: Request) -> Session:
        visitor, session = await self.door.member(request)
        self.door.check(request, visitor)
        return session

    async def _record(self, task_id: TaskId, *, account_id: AccountId) -> dict[str, Any]:
        task = await self.tasks.task(task_id, account_id=account_id)
        if task is None:
            raise FileUnknown("There is no such task.")
        return record_body(task)


def _object(sent: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = sent.get(name)
    if not isinstance(found, dict):
        raise InvalidRequest([Objection(name, None, f"{name} must be a JSON object.")])
    return found


def _refused(error: FilmgateError, *, trace_id: UUID, beside: Sequence[Objection] = ()) -> dict[str, object]:
    """What to say beside each field, and what the API would answer.

    The API looks into pictures once the rest is in order; what is said `beside` its answer is told before.
    """
    told = {each.field: each.message for each in beside}
    told |= troubles_of(error) if isinstance(error, InvalidRequest) else {"form": str(error)}
    return {
        "troubles": {name: in_labels(message) for name, message in told.items()},
        "refusal": error_body(error.code, str(error), trace_id=trace_id),
    }


def _without_pictures(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as it stands in programs: an inline picture would fill them."""
    return {name: _PICTURE if _is_inline(value) else value for name, value in body.items()}


def _is_inline(value: object) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST_SHOWN and value.startswith("data:")


def _key_id(sent: Mapping[str, Any]) -> KeyId:
    try:
        return KeyId(UUID(str(sent.get("key_id"))))
    except ValueError as error:
        message = "key_id must be the id of one of your keys; choose one, or make one first."
        raise InvalidRequest([Objection("key_id", None, message)]) from error
