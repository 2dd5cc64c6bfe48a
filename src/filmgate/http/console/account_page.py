"""One's own account: the password, and the browsers that are logged in."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import SessionId
from filmgate.domain.errors import InvalidRequest, TooManyRequests
from filmgate.http.console.browsers import browser_words
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import back_to_form, page_router, see
from filmgate.http.console.visitors import Door
from filmgate.ports import Clock, PeopleStore
from filmgate.service.enter import Enter


@dataclass(frozen=True, kw_only=True)
class AccountPage:
    """The page of one's own account."""

    door: Door
    pages: Pages
    people: PeopleStore
    enter: Enter
    clock: Clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/account", self.account, methods=["GET"])
        router.add_api_route("/account/password", self.change_password, methods=["POST"])
        router.add_api_route("/account/sessions/{session_id}/end", self.end_session, methods=["POST"])
        return router

    async def account(self, request: Request) -> Response:
        """Show the account."""
        visitor, session = await self.door.member(request)
        found = await self.people.sessions(session.account.account_id, now=self.clock.now())
        refusal = self.door.refusal(request, visitor)
        page = self.pages.page(
            request,
            visitor,
            "account.html",
            sessions=[(each, browser_words(each.browser)) for each in found],
            current=session.session_id,
            troubles=refusal.troubles,
            notice=request.query_params.get("done", ""),
        )
        return self.door.shown(request, page, refusal)

    async def change_password(self, request: Request) -> Response:
        """Change the password; every other browser is logged out."""
        visitor, session = await self.door.member(request)
        fields = await self.door.form(request, visitor)
        try:
            await self.enter.change_password(
                session, old=fields.get("old_password", ""), new=fields.get("password", "")
            )
        except (InvalidRequest, TooManyRequests) as error:
            return back_to_form(self.door, request, visitor, error, place="/account")
        return see("/account?done=password")

    async def end_session(self, request: Request, session_id: UUID) -> Response:
        """Log another browser out."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        await self.people.end_session(SessionId(session_id), account_id=session.account.account_id)
        return see("/account?done=session")
