"""Who looks at a page: the session in a cookie, and the token that every form carries."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import Account
from filmgate.domain.entrance import SESSION_LASTS, Session
from filmgate.domain.errors import FileUnknown, FilmgateError, InvalidRequest, Objection
from filmgate.http.console.refusals import Refusal, sealed, unsealed
from filmgate.http.origins import Origins
from filmgate.ports import Clock, PeopleStore
from filmgate.service.enter import Browser

_SESSION = "filmgate_session"
_VISIT = "filmgate_visit"
_REFUSED = "filmgate_refused"
_REFUSED_SECONDS = 300
_TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - the name of a header.
_MOST_FIELDS = 100


class LogInFirst(FilmgateError):
    """The page is for people who are logged in; `place` is where to come back to.

    `unsent` says that a form was sent, and not done: `ended` where the browser still has the cookie of a
    session that has ended, `first` where it has none.
    """

    code = "invalid_token"

    def __init__(self, place: str, *, unsent: Literal["ended", "first"] | None = None) -> None:
        # Scripts alone show this, on pages that were there while their reader was logged in.
        super().__init__("You are not logged in any more; please log in again.")
        self.place = place
        self.unsent = unsent


class FormRefused(FilmgateError):
    """A form that did not come from one of our own pages, or from one that was open for too long."""

    code = "forbidden"

    def __init__(self) -> None:
        super().__init__(
            "This form is out of date, because you logged in or out since it was shown, or it did not come "
            "from this site. Nothing was changed. Please reload its page and try again."
        )


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody who looks at a page. `session` is None while logged out.

    `secret` lies in a cookie of this browser alone; forms prove by the `token` that they come from a page
    which this browser was shown. `is_new` says that the cookie has still to be set.
    """

    session: Session | None
    secret: str
    is_new: bool

    @property
    def account(self) -> Account | None:
        """Whose pages these are."""
        return self.session.account if self.session else None

    @property
    def token(self) -> str:
        """What every form of this browser carries."""
        digest = hmac.digest(self.secret.encode(), b"filmgate form", hashlib.sha256)
        return urlsafe_b64encode(digest).decode()


@dataclass(frozen=True, kw_only=True)
class Door:
    """Tells visitors from each other."""

    people: PeopleStore
    origins: Origins
    clock: Clock

    async def visitor(self, request: Request) -> Visitor:
        """Return who asks for a page."""
        secret = request.cookies.get(self._name(request, _SESSION), "")
        session = await self.people.session(secret, now=self.clock.now()) if secret else None
        if session is not None:
            return Visitor(session=session, secret=secret, is_new=False)
        visit = request.cookies.get(self._name(request, _VISIT), "")
        return Visitor(session=None, secret=visit or secrets.token_urlsafe(32), is_new=not visit)

    async def member(self, request: Request) -> tuple[Visitor, Session]:
        """Return who asks for a page of an account.

        Raises:
            LogInFirst: nobody is logged in.
        """
        visitor = await self.visitor(request)
        if visitor.session is None:
            if request.method in ("GET", "HEAD"):
                raise LogInFirst(place_of(request))
            has_cookie = self._name(request, _SESSION) in request.cookies
            raise LogInFirst(self.page_of(request), unsent="ended" if has_cookie else "first")
        return visitor, visitor.session

    def page_of(self, request: Request) -> str:
        """Return the page to come back to: the one asked for, or the one whose form was sent."""
        if request.method in ("GET", "HEAD"):
            return place_of(request)
        referer = request.headers.get("referer", "")
        origin = self.origins.of(request)
        return safe_place(referer.removeprefix(origin)) if referer.startswith(f"{origin}/") else "/"

    async def operator(self, request: Request) -> tuple[Visitor, Session]:
        """Return who asks for a page of the operator; to anybody else it is not there.

        Raises:
            LogInFirst: nobody is logged in.
            FileUnknown: somebody else is.
        """
        visitor, session = await self.member(request)
        if not session.account.is_operator:
            raise FileUnknown("There is no such page.")
        return visitor, session

    async def form(self, request: Request, visitor: Visitor) -> Mapping[str, str]:
        """Return the fields of a form that this visitor sent; of a name given twice the last counts.

        Raises:
            FormRefused: it cannot have come from a page of ours.
            InvalidRequest: it is not a form.
        """
        try:
            text = (await request.body()).decode()
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError as error:
            message = "The form could not be read; please go back and try again."
            raise InvalidRequest([Objection("form", None, message)]) from error
        self.check(request, visitor, token=fields.pop("token", ""))
        return fields

    def check(self, request: Request, visitor: Visitor, *, token: str | None = None) -> None:
        """Return if the request comes from a page of ours, by its token and its origin.

        Scripts send the token in the header `x-csrf-token`.

        Raises:
            FormRefused: it does not.
        """
        given = request.headers.get(_TOKEN_HEADER, "") if token is None else token
        origin = request.headers.get("origin")
        is_ours = origin is None or origin == self.origins.of(request)
        if not is_ours or not hmac.compare_digest(given.encode(), visitor.token.encode()):
            raise FormRefused

    def let_in(self, request: Request, response: Response, secret: str) -> Response:
        """Set the cookie of a session that has just begun."""
        self._set(request, response, _SESSION, secret, max_age=int(SESSION_LASTS.total_seconds()))
        return self._drop(request, response, _VISIT)

    def remember(self, request: Request, response: Response, visitor: Visitor) -> Response:
        """Set the cookie by which the next form of a new visitor is told."""
        if visitor.is_new:
            self._set(request, response, _VISIT, visitor.secret, max_age=None)
        return response

    def let_out(self, request: Request, response: Response) -> Response:
        """Remove the cookie of a session that has ended."""
        return self._drop(request, response, _SESSION)

    def keep(self, request: Request, response: Response, visitor: Visitor, refusal: Refusal) -> Response:
        """Set the cookie by which the page with the form shows what was wrong with it, once."""
        value = sealed(refusal, secret=visitor.secret)
        self._set(request, response, _REFUSED, value, max_age=_REFUSED_SECONDS)
        return response

    def refusal(self, request: Request, visitor: Visitor) -> Refusal:
        """Return what was wrong with the form of this page; an empty one where nothing was."""
        cookie = request.cookies.get(self._name(request, _REFUSED), "")
        return unsealed(cookie, path=request.url.path, secret=visitor.secret)

    def shown(self, request: Request, response: Response, refusal: Refusal) -> Response:
        """Remove the cookie of a refusal, if there was one, that the response shows."""
        return self._drop(request, response, _REFUSED) if refusal.path else response

    def browser(self, request: Request) -> Browser:
        """Return where the request comes from, for the list of sessions and the limits of attempts."""
        return Browser(
            name=request.headers.get("user-agent", "an unnamed browser"),
            address=self.origins.client_of(request),
        )

    def _drop(self, request: Request, response: Response, name: str) -> Response:
        # Browsers keep a cookie with the prefix unless it is removed in the way it was set.
        full = self._name(request, name)
        response.delete_cookie(full, secure=full.startswith("__Host-"), httponly=True, samesite="lax")
        return response

    def _set(
        self, request: Request, response: Response, name: str, value: str, *, max_age: int | None
    ) -> None:
        full = self._name(request, name)
        response.set_cookie(
            full, value, max_age=max_age, secure=full.startswith("__Host-"), httponly=True, samesite="lax"
        )

    def _name(self, request: Request, name: str) -> str:
        # The prefix makes browsers refuse such a cookie from a neighbouring subdomain; it needs TLS.
        return f"__Host-{name}" if self.origins.of(request).startswith("https:") else name


def place_of(request: Request) -> str:
    """Return path and query of a page, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def safe_place(written: str) -> str:
    """Return a place of ours to go on to; the first page where it would lead anywhere else."""
    try:
        has_host = bool(urlsplit(written).netloc)
    except ValueError:
        return "/"
    is_ours = written.startswith("/") and not written.startswith(("//", "/\\")) and not has_host
    return quote(written, safe="/?&=%#:,+-_.~") if is_ours else "/"
