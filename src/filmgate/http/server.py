"""The whole HTTP application from its routes."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from filmgate import __version__
from filmgate.http.browsers import OpenToBrowsers
from filmgate.http.doorway import Doorway
from filmgate.http.errors import answer_errors
from filmgate.http.meter import PrometheusMeter


def build_app(routers: Sequence[APIRouter], *, max_body_bytes: int, meter: PrometheusMeter) -> ASGIApp:
    """Return the ASGI application; every failure of it is answered in the documented shape."""
    app = FastAPI(
        title="Filmgate",
        summary="The Kling Videos Generation API on your own machine.",
        version=__version__,
        # Its own document would promise a 422 that is never sent; ours is in `openapi`.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    answer_errors(app)
    return Doorway(OpenToBrowsers(app), max_body_bytes=max_body_bytes, meter=meter)
