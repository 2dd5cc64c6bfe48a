"""What every request passes first: a trace id, a tidy path, a limit on its body, a line in the log."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from filmgate.domain.errors import TooLarge

_log = structlog.get_logger("filmgate.access")
_SLASHES = re.compile("/{2,}")
# Health probes come every few seconds and say nothing when all is well.
_QUIET_PATHS = frozenset({"/healthz", "/readyz"})


class Doorway:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = uuid4()
        scope.setdefault("state", {})["trace_id"] = trace_id
        # Clients join base URL and path carelessly: `//kling/videos` and `/kling/videos/` are meant well.
        scope["path"] = _SLASHES.sub("/", scope["path"]).rstrip("/") or "/"
        started = time.monotonic()
        status = 0

        async def send_with_trace(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                headers["x-trace-id"] = str(trace_id)
                headers.setdefault("x-content-type-options", "nosniff")
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=str(trace_id)):
            try:
                await self._app(scope, self._limited(scope, receive), send_with_trace)
            finally:
                if scope["path"] not in _QUIET_PATHS:
                    milliseconds = round((time.monotonic() - started) * 1000, 1)
                    _log.info(scope["method"], path=scope["path"], status=status, milliseconds=milliseconds)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        announced = Headers(scope=scope).get("content-length", "")
        n_received = 0

        async def receive_within_limit() -> Message:
            nonlocal n_received
            # Before the first byte is asked for, so that who waits for "100 Continue" need not send any.
            if announced.isdecimal() and int(announced) > self._max_body_bytes:
                raise self._too_large()
            message = await receive()
            n_received += len(message.get("body", b""))
            if n_received > self._max_body_bytes:
                raise self._too_large()
            return message

        return receive_within_limit

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body is over {self._max_body_bytes / 2**20:g} MiB, the most this server accepts."
        )
