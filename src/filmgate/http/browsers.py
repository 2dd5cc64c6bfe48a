"""CORS: browser apps of any origin may call the API with a key of their own, and nothing else."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No cookie of ours ever counts on these, so an origin need not be told from another.
_OPEN = ("/kling/", "/files/")
_METHODS = "GET, HEAD, POST"
_READABLE = "x-trace-id, retry-after, content-disposition, content-range"
_REMEMBER_SECONDS = 86400


class OpenToBrowsers:
    """ASGI middleware that answers CORS on the open paths and is not there on all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass on and add the headers to whatever comes back."""
        if scope["type"] != "http" or not scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            await Response(status_code=204, headers=_permission(asked))(scope, receive, send)
            return

        async def send_openly(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["access-control-allow-origin"] = "*"
                headers["access-control-expose-headers"] = _READABLE
            await send(message)

        await self._app(scope, receive, send_openly)


def _permission(asked: Mapping[str, str]) -> dict[str, str]:
    return {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": _METHODS,
        # The names are repeated because `*` would leave out `authorization`.
        "access-control-allow-headers": asked.get("access-control-request-headers", "*"),
        "access-control-max-age": str(_REMEMBER_SECONDS),
        "vary": "access-control-request-headers",
    }
