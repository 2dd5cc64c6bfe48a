"""One question to an upstream: answered, certainly not heard, or perhaps heard."""

import asyncio
import json
import re
import ssl
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

MAX_ANSWER_BYTES = 4 * 2**20
"""No answer but a clip is larger."""

_LONGEST_BUSY_SECONDS = 30.0
# The headers that a key may travel in.
_OPENING = re.compile("auth|(?<!idempotency-)key|token|secret|cookie", re.IGNORECASE)
# What is shorter is no secret, and may well be part of a word.
_SHORTEST_KEY = 6

Form = Mapping[str, tuple[str | None, str | bytes, str | None]]
"""The parts of a multipart form: for each its file name, its content and the type of that."""

# Nothing of a request has left this machine when one of these is raised.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# What breaks TLS after the handshake passes through httpx as it is.
_HEARD = (httpx.HTTPError, ssl.SSLError, TimeoutError)


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
    secrets: Sequence[str] = (),
) -> httpx.Response:
    """Return the whole answer, whatever its status; `body` is sent as JSON, or `form` as multipart.

    Where the answer repeats a key that was sent, or one of the `secrets` behind it, that is taken out: what
    upstreams say is kept with tasks.

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
    except _HEARD as error:
        raise Unanswered(type(error).__name__) from error
    return httpx.Response(
        response.status_code,
        headers=_told(response),
        content=_discreet(content, headers, secrets),
        request=request,
    )


async def _whole(response: httpx.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            raise Unanswered(f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
    return bytes(content)


def _discreet(content: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bytes:
    for secret in sorted({*_sent(headers), *secrets}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_KEY:
            for form in _forms(secret):
                content = content.replace(form.encode(), b"***")
    return content


def _sent(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what the headers open something with, by whatever scheme; of a Basic one the password too."""
    for name, value in headers.items():
        if not _OPENING.search(name):
            continue
        yield value
        scheme, _, key = value.partition(" ")
        yield key
        if scheme.lower() == "basic":
            with suppress(ValueError):
                yield b64decode(key, validate=True).decode().partition(":")[2]


def _forms(secret: str) -> set[str]:
    """Return how an answer may write it: as it is, in JSON with its slashes escaped, or as part of a URL."""
    return {secret, secret.replace("/", "\\/"), json.dumps(secret)[1:-1], quote(secret, safe="")}


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
