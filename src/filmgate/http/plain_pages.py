"""Pages that stand on their own: their style lies within them, and they load nothing."""

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse, Response

_HERE = Path(__file__).parent


def style_of(name: str) -> str:
    """Return a style sheet of ours, after what all pages share."""
    palette = (_HERE / "console" / "static" / "palette.css").read_text()
    return palette + (_HERE / "pages" / name).read_text()


def style_policy(style: str) -> dict[str, str]:
    """Let the page use its one style sheet, and nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
        "referrer-policy": "no-referrer",
    }


def no_page() -> Response:
    """Return what a browser is shown where there is no page."""
    content, policy = _no_page()
    return HTMLResponse(content, status_code=HTTPStatus.NOT_FOUND, headers=policy)


@cache
def _no_page() -> tuple[str, dict[str, str]]:
    style = style_of("no_page.css")
    page = (_HERE / "pages" / "no_page.html").read_text()
    return page.replace("/* style */", style), style_policy(style)
