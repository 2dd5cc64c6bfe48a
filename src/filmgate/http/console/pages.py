"""Writing a page: its template, the frame around it, and the headers that keep it in bounds."""

import hashlib
import json
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
_NEVER = {"cache-control": "no-store"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Writes pages. `media_from` are schemes or origins, beside our own, that clips and posters come from."""

    media_from: tuple[str, ...] = ()

    def router(self) -> APIRouter:
        """Return the routes of style sheets and scripts."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/static/{version}/{name}", self.asset, methods=["GET", "HEAD"])
        return router

    async def asset(self, version: str, name: str) -> Response:
        """Answer with a file of the console; its URL changes with what any of them holds.

        So a script that imports the one beside it gets the one that it was written with.
        """
        if name not in _assets():
            raise FileUnknown("There is no such file.")
        # A page that is older than this server asks for the files of another, which ours are not kept as.
        headers = _FOR_EVER if version == _version() else _NEVER
        return FileResponse(_STATIC / name, media_type=_assets()[name], headers=headers)

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
    environment.globals["asset"] = _asset_url
    environment.filters |= {"credits": in_credits, "counted": counted, "pretty_json": _pretty_json}
    return environment


def _pretty_json(value: object) -> str:
    """JSON to be read: in the order in which it was sent, with no character escaped that need not be."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _asset_url(name: str) -> str:
    assert name in _assets(), name
    return f"/static/{_version()}/{name}"


@cache
def _assets() -> Mapping[str, str]:
    """The files that pages may ask for, each with its media type."""
    return {path.name: _TYPES[path.suffix] for path in sorted(_STATIC.iterdir()) if path.suffix in _TYPES}


@cache
def _version() -> str:
    """A word that changes with the content of any file."""
    digest = hashlib.sha256()
    for name in _assets():
        digest.update((_STATIC / name).read_bytes())
    return digest.hexdigest()[:12]
