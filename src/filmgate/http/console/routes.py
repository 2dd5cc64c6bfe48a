"""Routes of pages: what goes wrong on them is told on a page, and who must log in is led there."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from filmgate.domain.errors import FilmgateError, InvalidRequest
from filmgate.http.console.pages import Pages
from filmgate.http.console.refusals import Refusal
from filmgate.http.console.visitors import Door, LogInFirst, Visitor
from filmgate.http.error_table import STATUS_OF_CODE
from filmgate.http.errors import note_code


def page_router(door: Door, pages: Pages) -> APIRouter:
    """Return a router whose failures are pages."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def answer_with_a_page(request: Request) -> Response:
                try:
                    return await answer(request)
                except LogInFirst as error:
                    return see(_door_to(error))
                except FilmgateError as error:
                    return await _trouble(request, door, pages, error)

            return answer_with_a_page

    return APIRouter(route_class=PageRoute, include_in_schema=False)


def _door_to(error: LogInFirst) -> str:
    asked = {"next": error.place} | ({"unsent": error.unsent} if error.unsent else {})
    return f"/log-in?{urlencode(asked)}"


def see(place: str) -> Response:
    """Send a browser on after a form, so that reloading the page does not send the form again."""
    return RedirectResponse(place, status_code=HTTPStatus.SEE_OTHER)


def back_to_form(
    door: Door, request: Request, visitor: Visitor, error: FilmgateError, *, place: str, **typed: str
) -> Response:
    """Send a browser back to a form that was refused, which shows what was wrong and what was `typed`.

    The answer to the form is no page, so that going back or reloading never sends it again.
    """
    note_code(request, error.code)
    troubles = troubles_of(error) if isinstance(error, InvalidRequest) else {"form": str(error)}
    refusal = Refusal(path=urlsplit(place).path, troubles=troubles, typed=typed)
    return door.keep(request, see(place), visitor, refusal)


def troubles_of(error: InvalidRequest) -> Mapping[str, str]:
    """Return what to say beside each field of a form."""
    return {each.field: each.message for each in error.objections}


async def _trouble(request: Request, door: Door, pages: Pages, error: FilmgateError) -> Response:
    note_code(request, error.code)
    status = HTTPStatus(STATUS_OF_CODE[error.code])
    visitor = await door.visitor(request)
    return pages.page(
        request,
        visitor,
        "trouble.html",
        status=status,
        message=str(error),
        code=error.code,
        trace_id=request.state.trace_id,
        at=None if request.method in ("GET", "HEAD") else door.page_of(request),
        entry_query=urlencode({"next": door.page_of(request)}),
    )
