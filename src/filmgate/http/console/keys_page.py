"""Keys: made, shown once, rotated and revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import (
    LONGEST_KEY_NAME,
    VIDEOS_API,
    KeyId,
    KeyTerms,
    is_key_name,
    written_millicredits,
)
from filmgate.domain.entrance import Session
from filmgate.domain.errors import FileUnknown, InvalidRequest, Objection
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import back_to_form, page_router, see
from filmgate.http.console.visitors import Door, Visitor
from filmgate.ports import AccountStore, Clock

LIFETIMES = {"": "never", "1": "in a day", "7": "in a week", "30": "in 30 days", "365": "in a year"}
"""What may be chosen for a key's expiry, by the number of days."""

_MOST_OPEN_KEYS = 100


@dataclass(frozen=True, kw_only=True)
class KeysPage:
    """The page of an account's keys."""

    door: Door
    pages: Pages
    accounts: AccountStore
    clock: Clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/keys", self.keys, methods=["GET"])
        router.add_api_route("/keys", self.create, methods=["POST"])
        router.add_api_route("/keys/{key_id}/rotate", self.rotate, methods=["POST"])
        router.add_api_route("/keys/{key_id}/revoke", self.revoke, methods=["POST"])
        return router

    async def keys(self, request: Request) -> Response:
        """Show the keys."""
        visitor, session = await self.door.member(request)
        return await self._page(request, visitor, session)

    async def create(self, request: Request) -> Response:
        """Make a key and show its secret, this once."""
        visitor, session = await self.door.member(request)
        fields = await self.door.form(request, visitor)
        now = self.clock.now()
        account_id = session.account.account_id
        typed = {name: fields.get(name, "") for name in ("name", "days", "limit")}
        try:
            terms = key_terms(typed["name"], days=typed["days"], limit=typed["limit"], now=now)
            if not session.account.has_acquired:
                raise InvalidRequest(
                    [Objection("name", terms.name, "Keys come with the API; acquire it first.")]
                )
            known = await self.accounts.keys(account_id=account_id)
            _check_room(sum(key.is_open(now=now) for key in known), name=terms.name)
            key, secret = await self.accounts.create_key(terms, account_id=account_id, now=now)
        except InvalidRequest as error:
            return back_to_form(self.door, request, visitor, error, place="/keys", **typed)
        return await self._page(request, visitor, session, secret=secret, shown=key.key_id)

    async def rotate(self, request: Request, key_id: UUID) -> Response:
        """Give a key a new secret and show it, this once; the old one opens nothing any more."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        secret = await self.accounts.rotate_key(
            KeyId(key_id), account_id=session.account.account_id, now=self.clock.now()
        )
        if secret is None:
            raise FileUnknown("There is no such open key.")
        return await self._page(request, visitor, session, secret=secret, shown=KeyId(key_id))

    async def revoke(self, request: Request, key_id: UUID) -> Response:
        """Close a key for good."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        account_id = session.account.account_id
        if not await self.accounts.revoke_key(KeyId(key_id), account_id=account_id, now=self.clock.now()):
            raise FileUnknown("There is no such open key.")
        return see("/keys")

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        session: Session,
        *,
        secret: str | None = None,
        shown: KeyId | None = None,
    ) -> Response:
        known = await self.accounts.keys(account_id=session.account.account_id)
        now = self.clock.now()
        refusal = self.door.refusal(request, visitor)
        page = self.pages.page(
            request,
            visitor,
            "keys.html",
            at="/keys" if secret else None,
            open_keys=[key for key in known if key.is_open(now=now)],
            closed_keys=[key for key in known if not key.is_open(now=now)],
            lifetimes=LIFETIMES,
            secret=secret,
            shown=shown,
            refusal=refusal,
        )
        return self.door.shown(request, page, refusal)


def key_terms(name: str, *, days: str, limit: str, now: datetime) -> KeyTerms:
    """Return what a form asks of a new key; `limit` is in credits, and empty for none.

    Raises:
        InvalidRequest: names each field that will not do.
    """
    name, objections = name.strip(), []
    if not is_key_name(name):
        message = f"Please give the key a name of at most {LONGEST_KEY_NAME} characters."
        objections.append(Objection("name", name, message))
    if days not in LIFETIMES:
        objections.append(Objection("days", days, "Please choose one of the times in the list."))
    most = written_millicredits(limit)
    if limit.strip() and (most is None or most < 0):
        message = "Please enter a number of credits above 0, such as 2.5, or nothing for no limit."
        objections.append(Objection("limit", limit, message))
    if objections:
        raise InvalidRequest(objections)
    return KeyTerms(
        name=name,
        expires_at=now + timedelta(days=int(days)) if days else None,
        spending_limit=most,
        allowed_apis=(VIDEOS_API,),
    )


def _check_room(n_open: int, *, name: str) -> None:
    if n_open >= _MOST_OPEN_KEYS:
        message = f"An account may have {_MOST_OPEN_KEYS} open keys; revoke one that is not needed."
        raise InvalidRequest([Objection("name", name, message)])
