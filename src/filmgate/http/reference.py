"""The documentation from the same data for programs, for people, and, as Markdown, for language models."""

import json
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from filmgate.domain.models import Catalog
from filmgate.http.docs_page import docs_page
from filmgate.http.openapi import api_document
from filmgate.http.plain_pages import style_of, style_policy

_PAGES = Path(__file__).parent / "pages"
_TEXTS = {"docs.md": "text/markdown; charset=utf-8", "llms.txt": "text/plain; charset=utf-8"}
_BRIEFLY = {"cache-control": "public, max-age=60"}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The routes of the documentation; what they send is written once, at the start."""

    catalog: Catalog

    def router(self) -> APIRouter:
        """Return the routes."""
        document = api_document(self.catalog)
        as_json = json.dumps(document, ensure_ascii=False).encode()
        style = style_of("docs.css")
        told = docs_page(document, self.catalog)
        page = _pages().get_template("docs.html").render(style=style, **told)
        policy = style_policy(style)
        texts = {name: _pages().get_template(name).render(**told) for name in _TEXTS}

        async def openapi() -> Response:
            return Response(as_json, media_type="application/json", headers=_BRIEFLY)

        async def docs() -> Response:
            return HTMLResponse(page, headers=_BRIEFLY | policy)

        async def text(request: Request) -> Response:
            name = request.url.path.strip("/")
            return Response(texts[name], media_type=_TEXTS[name], headers=_BRIEFLY)

        router = APIRouter(tags=["reference"])
        routes = {"/openapi.json": openapi, "/docs": docs} | {f"/{name}": text for name in _TEXTS}
        for path, route in routes.items():
            router.add_api_route(path, route, methods=["GET", "HEAD"])
        return router


def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
