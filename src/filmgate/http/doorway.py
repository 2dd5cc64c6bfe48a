"""What every request passes first: a trace id, a tidy path, a limit on its body, a count, a log line."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from filmgate.http.inbound import Inbound
from filmgate.http.meter import PrometheusMeter

_log = structlog.get_logger("filmgate.access")
_SLASHES = re.compile("/{2,}")
# Whoever knows one of these has what it leads to; the start tells one from another.
_CAPABILITY = re.compile(r"^/(enter|inbox|files)/([^/]{4})[^/]+")
# Health probes come every few seconds and say nothing when all is well.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
# What the routes note of a request, for its line in the log.
_TOLD = ("code", "task_id")


class Doorway:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, meter: PrometheusMeter) -> None:
        self._app = app
        self._meter = meter
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
        inbound = Inbound(scope, receive, max_bytes=self._max_body_bytes)
        started = time.monotonic()
        status = 0

        async def send_with_trace(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                headers["x-trace-id"] = str(trace_id)
                headers.setdefault("x-content-type-options", "nosniff")
            elif inbound.is_under_way and not message.get("more_body", False):
                # The answer leaves at once, but it ends only when the client has sent all.
                await send({**message, "more_body": True})
                await inbound.drain()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=str(trace_id)):
            try:
                await self._app(scope, inbound, send_with_trace)
            finally:
                route = scope.get("route")
                self._meter.request_ended(getattr(route, "path", None), status)
                if scope["path"] not in _QUIET_PATHS:
                    milliseconds = round((time.monotonic() - started) * 1000, 1)
                    told = {name: value for name in _TOLD if (value := scope["state"].get(name)) is not None}
                    _log.info(
                        scope["method"],
                        path=_CAPABILITY.sub(r"/\1/\2…", scope["path"]),
                        status=status,
                        milliseconds=milliseconds,
                        **told,
                    )
