"""`GET /healthz` and `GET /readyz`, for whoever watches over the process."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from filmgate.domain.errors import Unavailable
from filmgate.ports import ObjectStore, RenderQueue


@dataclass(frozen=True, kw_only=True)
class Health:
    """The routes of health."""

    queue: RenderQueue
    objects: ObjectStore

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["health"])
        router.add_api_route("/healthz", self.alive, methods=["GET", "HEAD"])
        router.add_api_route("/readyz", self.ready, methods=["GET", "HEAD"])
        return router

    async def alive(self) -> JSONResponse:
        """Answer as long as the process lives."""
        return JSONResponse({"alive": True})

    async def ready(self) -> JSONResponse:
        """Answer 200 when database, storage and a worker answer, else 503 with what does not."""
        checks = {"database": "ok", "worker": "ok", "storage": "ok"}
        try:
            if not await self.queue.live_engines():
                checks["worker"] = "no worker is alive"
        except Unavailable as error:
            checks["database"] = checks["worker"] = str(error)
        try:
            await self.objects.check()
        except Unavailable as error:
            checks["storage"] = str(error)
        ready = all(outcome == "ok" for outcome in checks.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready, **checks}, status_code=status)
