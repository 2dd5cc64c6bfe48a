"""Writing a page: its template, the frame around it, and the headers that keep it in bounds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from filmgate.domain.errors import FileUnknown
from filmgate.domain.wording import counted, in_credits
from filmgate.http.console.visitors import Visitor, place_of

_TEMPLATES = Path(__file__).parent / "templates"
_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Writes pages. `media_from` are schemes or origins, beside our own, that clips and posters come from."""

    media_from: tuple[str, ...] = ()

    def router(self) -> APIRouter:
        """Return the routes of style sheets and scripts."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/static/{name}", self.asset, methods=["GET", "HEAD"])
        return router

    async def asset(self, name: str) -> Response:
        """Answer with a file of the console; its URL changes with its content."""
        path = _STATIC / name
        if name not in _digests():
            raise FileUnknown("There is no such file.")
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOR_EVER)

    def page(
        self,
        request: Request,
        visitor: Visitor,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        at: str | None = None,
        **told: object,
    ) -> Response:
        """Return a page; every template may name `visitor`, `account`, `place` and what is `told`.

        A page that answers a form names the place `at` that a reload asks for, in place of sending it again.
        """
        content = (
            _environment()
            .get_template(template)
            .render(visitor=visitor, account=visitor.account, place=place_of(request), at=at, **told)
        )
        return HTMLResponse(content, status_code=status, headers=self._headers())

    def _headers(self) -> Mapping[str, str]:
        media = " ".join(("'self'", "data:", "blob:", *self.media_from))
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            f"img-src {media}; media-src {media}; font-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        return {
            "content-security-policy": policy,
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            # What a page shows is one person's own.
            "cache-control": "no-store",
        }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What was sent is shown in the order in which it was sent.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    environment.globals["asset"] = _asset_url
    environment.filters |= {"credits": in_credits, "counted": counted}
    return environment


def _asset_url(name: str) -> str:
    return f"/static/{name}?{_digests()[name]}"


@cache
def _digests() -> Mapping[str, str]:
    """The files that pages may ask for, each with a word that changes with its content."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in _STATIC.iterdir()
        if path.suffix in _TYPES
    }
