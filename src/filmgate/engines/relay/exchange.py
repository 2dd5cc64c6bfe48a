"""One question to an upstream: answered, certainly not heard, or perhaps heard."""

from collections.abc import Mapping
from typing import Any

import httpx

# Nothing of a request has left this machine when one of these is raised.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Unreached(Exception):
    """The upstream was not reached at all: it cannot have taken anything."""


class Unanswered(Exception):
    """The request may have arrived; what became of it is not known."""


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return the whole answer, whatever its status.

    Raises:
        Unreached, Unanswered: there is none; as each says.
    """
    try:
        return await client.request(method, url, json=body, params=query, headers=headers)
    except _UNSENT as error:
        raise Unreached(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Unanswered(type(error).__name__) from error


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return how long the upstream asks us to wait; None where it does not say so in seconds."""
    written = response.headers.get("retry-after", "")
    return float(written) if written.isascii() and written.isdigit() and len(written) < 9 else None
