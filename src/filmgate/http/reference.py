"""`GET /openapi.json` for programs and `GET /docs` for people, both from the same data."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from filmgate.domain.models import Catalog
from filmgate.http.docs_page import docs_page
from filmgate.http.openapi import api_document

_PAGES = Path(__file__).parent / "pages"
_BRIEFLY = {"cache-control": "public, max-age=60"}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The routes of the documentation; what they send is written once, at the start."""

    catalog: Catalog

    def router(self) -> APIRouter:
        """Return the routes."""
        document = api_document(self.catalog)
        as_json = json.dumps(document, ensure_ascii=False).encode()
        style = (_PAGES / "docs.css").read_text()
        page = _pages().get_template("docs.html").render(style=style, **docs_page(document, self.catalog))
        policy = _policy(style)

        async def openapi() -> Response:
            return Response(as_json, media_type="application/json", headers=_BRIEFLY)

        async def docs() -> Response:
            return HTMLResponse(page, headers=_BRIEFLY | policy)

        router = APIRouter(tags=["reference"])
        for path, route in {"/openapi.json": openapi, "/docs": docs}.items():
            router.add_api_route(path, route, methods=["GET", "HEAD"])
        return router


def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(style: str) -> dict[str, str]:
    """Let the page use its one style sheet, and nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
        "referrer-policy": "no-referrer",
    }
