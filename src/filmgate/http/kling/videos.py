"""`POST /kling/videos` and `POST /kling/price`."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.background import BackgroundTask
from starlette.requests import Request

from filmgate.domain.accounts import Caller
from filmgate.domain.errors import Unavailable
from filmgate.domain.models import Catalog
from filmgate.domain.tasks import Task, TaskId
from filmgate.http.errors import RETRY_UNAVAILABLE_AFTER_SECONDS, error_body, note_code, note_task
from filmgate.http.keys import KeyCheck
from filmgate.http.kling.answers import (
    accepted_body,
    outcome_body,
    outcome_response,
    price_body,
    stream_line,
    warnings_field,
)
from filmgate.http.kling.bodies import read_json
from filmgate.http.kling.body import parse_create
from filmgate.http.kling.intake import create_of
from filmgate.http.origins import Origins
from filmgate.ports import TaskNews
from filmgate.service.admit import Admit
from filmgate.service.answer import AnswerBook
from filmgate.service.submit import Accepted, Submit

STREAM_TYPE = "application/x-ndjson"
# A proxy that collects a stream before it passes it on makes the stream useless.
_UNBUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}
_STREAM_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Videos:
    """The routes that create; each is a method."""

    catalog: Catalog
    check_key: KeyCheck
    origins: Origins
    admit: Admit
    submit: Submit
    news: TaskNews
    answers: AnswerBook

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["videos"])
        router.add_api_route("/kling/videos", self.create, methods=["POST"])
        router.add_api_route("/kling/price", self.price, methods=["POST"])
        return router

    async def create(self, request: Request) -> Response:
        """Generate a video from text, from a picture, or by extending one that was generated before."""
        caller = await self.check_key(request)
        body = await read_json(request)
        parsed = parse_create(body, self.catalog)
        create = create_of(request, body, parsed, origins=self.origins)
        await self.answers.settle()
        accepted = await self.submit(create, caller)
        note_task(request, accepted.task_id)
        if parsed.asynchronous:
            return await self._accepted(request, accepted)
        if _wants_stream(request):
            lines = self._lines(request, accepted.task_id)
            return StreamingResponse(lines, media_type=STREAM_TYPE, headers=_UNBUFFERED)
        return await self._held(request, accepted.task_id)

    async def price(self, request: Request) -> JSONResponse:
        """Say what a create would cost, without creating anything."""
        caller: Caller = await self.check_key(request)
        parsed = parse_create(await read_json(request), self.catalog)
        admitted = await self.admit(
            parsed.request, account_id=caller.account_id, callback_url=parsed.callback_url
        )
        warnings = (*parsed.warnings, *admitted.warnings)
        body = price_body(admitted.price, trace_id=request.state.trace_id, warnings=warnings)
        return JSONResponse(body)

    async def _accepted(self, request: Request, accepted: Accepted) -> Response:
        # One client takes 201 or 202 for an error, so it is 200.
        task_id = accepted.task_id
        body = accepted_body(task_id, trace_id=request.state.trace_id, warnings=accepted.warnings)
        if await request.is_disconnected():
            self.answers.hung_up(task_id)
            return JSONResponse(body)
        return self._answering(JSONResponse(body), task_id)

    async def _held(self, request: Request, task_id: TaskId) -> Response:
        """Wait for the task's end as long as the client waits for us."""
        ending = asyncio.ensure_future(self.news.ended(task_id))
        leaving = asyncio.ensure_future(_until_disconnected(request))
        try:
            with self.answers.holding():
                await asyncio.wait({ending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() or not ending.done():
                self.answers.hung_up(task_id)
                return Response(status_code=HTTPStatus.NO_CONTENT)
            _note_failure(request, ending.result())
            return self._answering(outcome_response(ending.result()), task_id)
        except Unavailable as error:
            response = JSONResponse(
                _unfinished(error, request, task_id),
                status_code=HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"retry-after": str(RETRY_UNAVAILABLE_AFTER_SECONDS)},
            )
            return self._answering(response, task_id)
        finally:
            ending.cancel()
            leaving.cancel()

    async def _lines(self, request: Request, task_id: TaskId) -> AsyncIterator[bytes]:
        """Yield the task's state at once, then its changes, and its outcome as the last line."""
        is_answered = False
        try:
            with self.answers.holding():
                async for task in self.news.follow(task_id, at_most_every=_STREAM_EVERY):
                    if task.status.is_final:
                        _note_failure(request, task)
                        yield _line(outcome_body(task) | warnings_field(task.warnings))
                        is_answered = True
                        self.answers.answered(task_id, outcome_response(task).status_code)
                    else:
                        yield _line(stream_line(task))
        except Unavailable as error:
            yield _line(_unfinished(error, request, task_id))
        finally:
            if not is_answered:
                self.answers.hung_up(task_id)

    def _answering(self, response: JSONResponse, task_id: TaskId) -> Response:
        # Only once the answer has left is it an answer: a crash before that lets the repeat join.
        response.background = BackgroundTask(self.answers.note, task_id, response.status_code)
        return response


async def _until_disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _note_failure(request: Request, task: Task) -> None:
    if task.failure is not None:
        note_code(request, task.failure.code)


def _unfinished(error: Unavailable, request: Request, task_id: TaskId) -> dict[str, object]:
    """The answer when waiting ends before the task does: it goes on, and can be looked up."""
    trace_id = request.state.trace_id
    note_code(request, error.code)
    return error_body(error.code, str(error), trace_id=trace_id, task_id=task_id, state="processing")


def _wants_stream(request: Request) -> bool:
    return any(STREAM_TYPE in accepted.lower() for accepted in request.headers.getlist("accept"))


def _line(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
