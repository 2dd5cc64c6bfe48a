"""The whole HTTP application from its routes."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from filmgate import __version__
from filmgate.http.doorway import Doorway
from filmgate.http.errors import answer_errors

# Browser apps call these with a key of their own; no cookie of ours ever counts here.
_OPEN_TO_ANY_ORIGIN = ("/kling/", "/files/")


def build_app(routers: Sequence[APIRouter], *, max_body_bytes: int) -> ASGIApp:
    """Return the ASGI application; every failure of it is answered in the documented shape."""
    app = FastAPI(
        title="Filmgate",
        summary="The Kling Videos Generation API on your own machine.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    answer_errors(app)
    return Doorway(_OpenPaths(app), max_body_bytes=max_body_bytes)


class _OpenPaths:
    """Answers CORS on some paths and is not there on all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._closed = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["*"],
            expose_headers=["x-trace-id", "retry-after"],
            max_age=86400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"].startswith(_OPEN_TO_ANY_ORIGIN)
        await (self._open if is_open else self._closed)(scope, receive, send)
