"""Registering, logging in and out, and the one-time link by which a password is chosen."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import Account
from filmgate.domain.errors import FileGone, InvalidRequest, PolicyRefusal, TooManyRequests
from filmgate.http.console.pages import Pages
from filmgate.http.console.registration import Registration
from filmgate.http.console.routes import back_to_form, page_router, see
from filmgate.http.console.visitors import Door, place_of, safe_place
from filmgate.ports import Clock, PeopleStore
from filmgate.service.enter import Enter

ACQUIRE_HERE = "/?then=acquire"
"""The place that whoever pressed Acquire comes back to."""

_CLOSED = "Registration is closed here. Ask whoever runs this server for an account."


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """The pages in front of the console."""

    door: Door
    pages: Pages
    people: PeopleStore
    enter: Enter
    clock: Clock
    registration: Registration

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/register", self.registration_page, methods=["GET"])
        router.add_api_route("/register", self.register, methods=["POST"])
        router.add_api_route("/log-in", self.log_in_page, methods=["GET"])
        router.add_api_route("/log-in", self.log_in, methods=["POST"])
        router.add_api_route("/log-out", self.log_out, methods=["POST"])
        router.add_api_route("/enter/{secret}", self.link_page, methods=["GET"])
        router.add_api_route("/enter/{secret}", self.use_link, methods=["POST"])
        return router

    async def registration_page(self, request: Request) -> Response:
        """Show the form for a new account."""
        visitor = await self.door.visitor(request)
        if visitor.session:
            return see(_next(request))
        self._check_open(request)
        return await self._form(request, "register.html")

    async def register(self, request: Request) -> Response:
        """Make an account, log in to it, and go on to where its owner came from."""
        self._check_open(request)
        visitor = await self.door.visitor(request)
        fields = await self.door.form(request, visitor)
        email = fields.get("email", "")
        try:
            secret = await self.enter.register(
                email, fields.get("password", ""), browser=self.door.browser(request)
            )
        except (InvalidRequest, TooManyRequests) as error:
            return back_to_form(self.door, request, visitor, error, place=place_of(request), email=email)
        return self.door.let_in(request, see(_next(request)), secret)

    async def log_in_page(self, request: Request) -> Response:
        """Show the form for logging in."""
        visitor = await self.door.visitor(request)
        return see(_next(request)) if visitor.session else await self._form(request, "log_in.html")

    async def log_in(self, request: Request) -> Response:
        """Log in and go on to where its owner came from."""
        visitor = await self.door.visitor(request)
        fields = await self.door.form(request, visitor)
        email = fields.get("email", "")
        try:
            secret = await self.enter.log_in(
                email, fields.get("password", ""), browser=self.door.browser(request)
            )
        except (InvalidRequest, TooManyRequests) as error:
            return back_to_form(self.door, request, visitor, error, place=place_of(request), email=email)
        return self.door.let_in(request, see(_next(request)), secret)

    async def log_out(self, request: Request) -> Response:
        """End this browser's session."""
        visitor = await self.door.visitor(request)
        # A page that was left open still has the button after the session ended elsewhere. So does a form on
        # another site, which browsers send without the cookie, and whose answer must not take it away.
        if visitor.session is None:
            return see("/")
        await self.door.form(request, visitor)
        await self.people.end_session(
            visitor.session.session_id, account_id=visitor.session.account.account_id
        )
        return self.door.let_out(request, see("/"))

    async def link_page(self, request: Request, secret: str) -> Response:
        """Show the form that a one-time link opens."""
        account = await self.people.account_of_link(secret, now=self.clock.now())
        if account is None:
            raise FileGone("This link was used already, or is too old. Ask for a new one.")
        return await self._form(request, "link.html", owner=account, email=account.email or "")

    async def use_link(self, request: Request, secret: str) -> Response:
        """Set the password, and log in."""
        visitor = await self.door.visitor(request)
        fields = await self.door.form(request, visitor)
        email = fields.get("email", "")
        try:
            session = await self.enter.by_link(
                secret, email, fields.get("password", ""), browser=self.door.browser(request)
            )
        except InvalidRequest as error:
            return back_to_form(self.door, request, visitor, error, place=place_of(request), email=email)
        if session is None:
            raise FileGone("This link was used already, or is too old. Ask for a new one.")
        return self.door.let_in(request, see("/"), session)

    async def _form(
        self, request: Request, template: str, *, email: str = "", owner: Account | None = None
    ) -> Response:
        visitor = await self.door.visitor(request)
        refusal = self.door.refusal(request, visitor)
        page = self.pages.page(
            request,
            visitor,
            template,
            email=refusal.value("email", otherwise=email),
            owner=owner,
            troubles=refusal.troubles,
            is_to_acquire=_next(request) == ACQUIRE_HERE,
            unsent=request.query_params.get("unsent"),
            may_register=self.registration.is_open(request),
        )
        return self.door.remember(request, self.door.shown(request, page, refusal), visitor)

    def _check_open(self, request: Request) -> None:
        if not self.registration.is_open(request):
            raise PolicyRefusal(_CLOSED)


def _next(request: Request) -> str:
    return safe_place(request.query_params.get("next", "/"))
