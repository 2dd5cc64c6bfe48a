"""One question to an upstream: answered, certainly not heard, or perhaps heard."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

MAX_ANSWER_BYTES = 4 * 2**20
"""No answer but a clip is larger."""

_LONGEST_BUSY_SECONDS = 30.0
# What is shorter is no secret, and may well be part of a word.
_SHORTEST_KEY = 6

Form = Mapping[str, tuple[str | None, str | bytes, str | None]]
"""The parts of a multipart form: for each its file name, its content and the type of that."""

# Nothing of a request has left this machine when one of these is raised.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# What breaks TLS after the handshake passes through httpx as it is.
_SENT = (httpx.HTTPError, ssl.SSLError, TimeoutError)


class Unreached(Exception):
    """The upstream was not reached at all: it cannot have taken anything."""


class Unanswered(Exception):
    """The request may have arrived; what became of it is not known."""


class UnreadableAnswer(ValueError):
    """The upstream answered something that its dialect does not have; it says nothing about the job."""


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    form: Form | None = None,
    query: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return the whole answer, whatever its status; `body` is sent as JSON, or `form` as multipart.

    Where the answer repeats the key that was sent, it is taken out: what upstreams say is kept with tasks.

    Raises:
        Unreached, Unanswered: there is none, or one without end; as each says.
    """
    request = client.build_request(method, url, json=body, files=form, params=query, headers=headers)
    try:
        response = await client.send(request, stream=True)
        try:
            # Every single read has its own limit, and a drip would never meet it.
            async with asyncio.timeout(client.timeout.read):
                content = await _whole(response)
        finally:
            await response.aclose()
    except _UNSENT as error:
        raise Unreached(type(error).__name__) from error
    except _SENT as error:
        raise Unanswered(type(error).__name__) from error
    return httpx.Response(
        response.status_code, headers=_told(response), content=_without_key(content, headers), request=request
    )


async def _whole(response: httpx.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            raise Unanswered(f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
    return bytes(content)


def _without_key(content: bytes, headers: Mapping[str, str]) -> bytes:
    key = headers.get("authorization", "").removeprefix("Bearer ")
    return content.replace(key.encode(), b"***") if len(key) >= _SHORTEST_KEY else content


def _told(response: httpx.Response) -> list[tuple[str, str]]:
    # These told of the bytes on the wire, which are decoded by now.
    gone = ("content-encoding", "content-length", "transfer-encoding")
    return [(name, value) for name, value in response.headers.multi_items() if name not in gone]


def busy_seconds(asked: float | None) -> float:
    """Return how long to leave an upstream alone that is busy and asks for so long; half a minute at most."""
    return min(asked or 0.0, _LONGEST_BUSY_SECONDS)


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return how long the upstream asks us to wait; None where it does not say so in seconds."""
    written = response.headers.get("retry-after", "")
    return float(written) if written.isascii() and written.isdigit() and len(written) < 9 else None
