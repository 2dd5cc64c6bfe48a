"""The first page: what the service is, what it costs, and the button that acquires it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.models import Catalog
from filmgate.http.console.entrance import ACQUIRE_HERE
from filmgate.http.console.pages import Pages
from filmgate.http.console.registration import Registration
from filmgate.http.console.routes import page_router
from filmgate.http.console.visitors import Door, LogInFirst, Visitor
from filmgate.http.docs_page import models_table
from filmgate.service.acquire import Acquire


@dataclass(frozen=True, kw_only=True)
class ServicePage:
    """The page of the Kling Videos Generation API."""

    door: Door
    pages: Pages
    acquire: Acquire
    registration: Registration
    catalog: Catalog

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/", self.service, methods=["GET", "HEAD"])
        router.add_api_route("/acquire", self.press_acquire, methods=["POST"])
        return router

    async def service(self, request: Request) -> Response:
        """Show the service to anybody."""
        visitor = await self.door.visitor(request)
        return self.door.remember(request, self._page(request, visitor), visitor)

    async def press_acquire(self, request: Request) -> Response:
        """Acquire the service and show the first key, this once; who is not logged in is led there first."""
        visitor = await self.door.visitor(request)
        await self.door.form(request, visitor)
        if visitor.account is None:
            raise LogInFirst(ACQUIRE_HERE)
        secret = await self.acquire(visitor.account.account_id)
        # What the account has was read before it had this.
        return self._page(request, await self.door.visitor(request), secret=secret)

    def _page(self, request: Request, visitor: Visitor, *, secret: str | None = None) -> Response:
        return self.pages.page(
            request,
            visitor,
            "service.html",
            at="/" if secret else None,
            models=models_table(self.catalog),
            free_millicredits=self.acquire.free_millicredits,
            secret=secret,
            is_to_acquire=request.query_params.get("then") == "acquire",
            may_register=self.registration.is_open(request),
            entry_query=urlencode({"next": ACQUIRE_HERE}),
        )
