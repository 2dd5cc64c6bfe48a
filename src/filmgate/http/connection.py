"""One connection to a client: its bytes become requests, within limits, or are refused in our one shape."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from filmgate.http.errors import error_body

LARGEST_HEADER = 64 * 1024
HEADER_TIME = timedelta(seconds=30)
_LINGER_SECONDS = 2.0

_log = structlog.get_logger(__name__)
# These two tell where a body ends.
_FRAMING = (b"content-length", b"transfer-encoding")


class _Refused(ValueError):
    """Raised in a callback of the parser, which then stops."""


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, with three things mended.

    What is no HTTP is answered like every other error; the header of a request is bounded in size and time;
    and a request that also offers to change the protocol keeps its body.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        header_time: timedelta = HEADER_TIME,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._header_time = header_time
        self._deadline: asyncio.TimerHandle | None = None
        self._reason = ""
        # Bytes since the last whole part of a message; an endless header or trailer is nothing else.
        self._n_unfinished = 0
        self._is_resuming = False
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._n_unfinished += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._reason or "This is not a well-formed request of HTTP/1.1.")
        else:
            if self._n_unfinished > LARGEST_HEADER:
                self._refuse(_too_large())

    def on_message_begin(self) -> None:
        if self._is_resuming:
            return
        super().on_message_begin()
        self._set_deadline()

    def on_url(self, url: bytes) -> None:
        if not self._is_resuming:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        # A header field that comes behind the body would change a request that is being answered.
        if self._reads_header:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._n_unfinished = 0
        if self._is_resuming:
            self._is_resuming = False
            return
        self._unset_deadline()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEADER:
            self._reason = _too_large()
            raise _Refused(self._reason)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._n_unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._n_unfinished = 0
        super().on_message_complete()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read on as if no other protocol had been offered.

        The parser takes what follows such a header for the other protocol. Clients that prefer HTTP/2 offer
        it with every first request, so a new parser is told how the body is framed, and reads it.
        """
        self.parser = httptools.HttpRequestParser(self)
        framing = [name + b": " + value for name, value in self.headers if name in _FRAMING]
        if framing:
            self.cycle.more_body = True
            self.cycle.message_event.clear()
            self._is_resuming = True
            self.parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *framing, b"", b""]))
        if rest:
            self.data_received(rest)

    def _refuse(self, message: str) -> None:
        """Read nothing more; answer with the message where an answer has its place."""
        self._is_refused = True
        self._unset_deadline()
        cycle = self.cycle
        is_under_way = cycle is not None and not cycle.response_complete
        if is_under_way and (cycle.response_started or not cycle.more_body):
            # What came before is whole and gets its answer; another one would be taken for that.
            cycle.keep_alive = False
        elif self.pipeline:
            self.transport.close()
        else:
            if is_under_way:
                cycle.disconnected = True
                cycle.message_event.set()
            self._answer(message)
            # A connection closed on a client that still sends is reset, and the answer may be lost.
            self.transport.write_eof()
            self._deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _answer(self, message: str) -> None:
        trace_id = uuid4()
        _log.info("request refused", code="bad_request", reason=message, trace_id=str(trace_id))
        body = json.dumps(error_body("bad_request", message, trace_id=trace_id)).encode()
        lines = (
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            b"x-trace-id: %s" % str(trace_id).encode(),
            b"x-content-type-options: nosniff",
            b"connection: close",
        )
        self.transport.write(STATUS_LINE[400] + b"\r\n".join([*lines, b"", body]))

    @property
    def _reads_header(self) -> bool:
        return self._deadline is not None

    def _set_deadline(self) -> None:
        self._unset_deadline()
        self._deadline = self.loop.call_later(self._header_time.total_seconds(), self._run_out)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _run_out(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # Whoever waits for an answer has started the next request early; that is no reason to lose it.
            self._set_deadline()
        elif self._n_unfinished:
            self._refuse(f"The header was not complete within {self._header_time.total_seconds():g} s.")
        else:
            self.transport.close()


def _too_large() -> str:
    return f"The header of the request is over {LARGEST_HEADER // 1024} KiB, the most this server accepts."
