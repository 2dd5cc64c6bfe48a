"""`POST /inbox/{secret}`: where anybody who knows the URL of a callback inbox may post."""

from dataclasses import dataclass
from string import punctuation
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from filmgate.domain.inboxes import MOST_ENTRY_BYTES, Arrival, InboxAnswer
from filmgate.http.errors import error_body, note_code
from filmgate.ports import InboxReceiver

_CODES = {
    InboxAnswer.GONE: "expired",
    InboxAnswer.BROKEN: "api_error",
    InboxAnswer.BUSY: "unavailable",
}
# A browser that is logged in here would send the secret of its session along.
_UNKEPT = frozenset({b"cookie"})


@dataclass(frozen=True, kw_only=True)
class InboxDoor:
    """The route by which callbacks arrive."""

    receive: InboxReceiver

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/inbox/{secret}", self.take, methods=["POST"])
        return router

    async def take(self, request: Request, secret: str) -> Response:
        """Keep what is posted, and answer as the inbox's owner has chosen."""
        answer = await self.receive(secret, await _arrival(request))
        if answer is InboxAnswer.TAKEN:
            return JSONResponse({"success": True})
        code = _CODES[answer]
        note_code(request, code)
        message = f"The owner of this inbox has it answer {answer:d}."
        headers = {"retry-after": f"{answer.retry_after.total_seconds():.0f}"} if answer.retry_after else None
        body = error_body(code, message, trace_id=request.state.trace_id)
        return JSONResponse(body, status_code=answer, headers=headers)


async def _arrival(request: Request) -> Arrival:
    """Return what is posted.

    Raises:
        TooLarge: it is more than an inbox takes; the rest of it is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_ENTRY_BYTES:
            break
    arrival = Arrival(
        query=quote(request.scope["query_string"], safe=punctuation),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name not in _UNKEPT
        ),
        body=bytes(body),
    )
    arrival.check_size()
    return arrival
