"""The one shape in which every failure is answered."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from filmgate.domain.errors import FilmgateError, TooManyRequests, Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.http.error_table import STATUS_OF_CODE
from filmgate.http.plain_pages import no_page

_log = structlog.get_logger(__name__)

RETRY_UNAVAILABLE_AFTER_SECONDS = 2
_LONGEST_PATH = 200


def error_body(
    code: str, message: str, *, trace_id: UUID, task_id: TaskId | None = None, state: str = "failed"
) -> dict[str, object]:
    """Return the body that every error has; with the task's id and state once there is a task."""
    body: dict[str, object] = {"success": False}
    if task_id is not None:
        body |= {"task_id": str(task_id), "state": state}
    return body | {"trace_id": str(trace_id), "error": {"code": code, "message": message}}


def note_code(request: Request, code: str) -> None:
    """Let the request's line in the log tell the error's code."""
    request.state.code = code


def note_task(request: Request, task_id: TaskId) -> None:
    """Let the request's line in the log tell the task."""
    request.state.task_id = str(task_id)


def answer_errors(app: FastAPI) -> None:
    """Make the application answer every failure in our shape."""
    app.add_exception_handler(FilmgateError, _answer_ours)
    app.add_exception_handler(HTTPException, _answer_routing)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_fault)


def error_response(request: Request, error: FilmgateError) -> JSONResponse:
    """Return the answer to a refusal."""
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after_seconds)
    elif isinstance(error, Unavailable):
        headers["retry-after"] = str(RETRY_UNAVAILABLE_AFTER_SECONDS)
    elif error.code == "invalid_token":
        headers["www-authenticate"] = "Bearer"
    return _answer(request, error.code, str(error), headers=headers)


def _answer(
    request: Request, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = error_body(code, message, trace_id=request.state.trace_id)
    note_code(request, code)
    return JSONResponse(body, status_code=STATUS_OF_CODE[code], headers=headers)


async def _answer_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FilmgateError)
    if isinstance(error, Unavailable):
        # Every request says so while the database is away; a stack trace would add nothing.
        _log.warning("request failed", code=error.code, reason=str(error), cause=repr(error.__cause__))
    elif STATUS_OF_CODE[error.code] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request failed", code=error.code, exc_info=error)
    return error_response(request, error)


async def _answer_routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"{request.method} is not allowed here; use {allowed.replace(', ', ' or ')}."
        return _answer(request, "method_not_allowed", message, headers=error.headers)
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        note_code(request, "no_api")
        return no_page()
    return _answer(request, "no_api", f"There is no API at {request.url.path[:_LONGEST_PATH]}.")


async def _answer_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
    return _answer(request, "bad_request", told)


async def _answer_nobody(request: Request, _error: Exception) -> JSONResponse:
    return _answer(request, "bad_request", "The connection closed before the body was complete.")


async def _answer_fault(request: Request, error: Exception) -> JSONResponse:
    _log.error("request broke", exc_info=error)
    return _answer(
        request, "api_error", "Something went wrong on our side; the trace id finds it in the log."
    )
