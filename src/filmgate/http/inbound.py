"""What a client sends after its header: within a limit, and read to its end."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from filmgate.domain.errors import InvalidRequest, Objection, TooLarge

_LINGER_SECONDS = 30.0
_SILENCE_SECONDS = 5.0
_MOST_DIGITS = 20
PATIENCE = timedelta(seconds=60)


class Inbound:
    """The body of a request, as an ASGI `receive`; `is_under_way` until its end has been read.

    `patience` is how long nothing of it may arrive.
    """

    def __init__(
        self, scope: Scope, receive: Receive, *, max_bytes: int, patience: timedelta = PATIENCE
    ) -> None:
        self._receive = receive
        self._patience = patience
        self._max_bytes = max_bytes
        headers = Headers(scope=scope)
        # Python reads no number of thousands of digits, be they all zeros.
        announced = headers.get("content-length", "").lstrip("0")[:_MOST_DIGITS]
        self._announced_bytes = int(announced) if announced.isdecimal() else 0
        self._n_received = 0
        self.is_under_way = self._announced_bytes > 0 or "transfer-encoding" in headers
        self._waits_for_leave = "expect" in headers

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            TooLarge: the body is over its limit.
            InvalidRequest: the client stopped sending before the body was complete.
        """
        # Before the first byte is asked for, so that who waits for "100 Continue" need not send any.
        if self._announced_bytes > self._max_bytes:
            raise self._too_large()
        message = await (self._next_in_time() if self.is_under_way else self._next())
        if self._n_received > self._max_bytes:
            raise self._too_large()
        return message

    async def drain(self) -> None:
        """Read what is still being sent and throw it away, for a while.

        A connection that is closed on a client that still sends is reset, and the answer may be lost.
        """
        if self._waits_for_leave:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self.is_under_way:
                    async with asyncio.timeout(_SILENCE_SECONDS):
                        await self._next()

    async def _next_in_time(self) -> Message:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                return await self._next()
        except TimeoutError as error:
            message = (
                f"Nothing of the body came for {self._patience.total_seconds():g} s, and it is not complete."
            )
            raise InvalidRequest([Objection("body", None, message)]) from error

    async def _next(self) -> Message:
        message = await self._receive()
        self._n_received += len(message.get("body", b""))
        self._waits_for_leave = False
        if not message.get("more_body", False):
            self.is_under_way = False
        return message

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body is over {self._max_bytes / 2**20:g} MiB, the most this server accepts.")
