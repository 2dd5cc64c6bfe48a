"""Asking a server over its own API."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from filmgate.cli.ending import Refused, ServerAway

_CONNECT_SECONDS = 10.0
_SILENT_SECONDS = 60.0
_STREAM_TYPE = "application/x-ndjson"
_CHUNK_BYTES = 1 << 20


class Client:
    """A server of this API, and a key to it.

    Every method raises `ServerAway` when nothing answers, and `Refused` when the answer is no.
    """

    def __init__(self, http: httpx.AsyncClient, *, url: str) -> None:
        self._http = http
        self._url = url

    async def create(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the task's states and last its outcome, each the JSON object of one line.

        A server that does not stream yields its outcome alone, whenever that comes.
        """
        headers = {"accept": f"{_STREAM_TYPE}, application/json", "idempotency-key": str(uuid4())}
        with _told(self._url):
            async with self._http.stream("POST", "/kling/videos", json=body, headers=headers) as response:
                if not response.headers.get("content-type", "").startswith(_STREAM_TYPE):
                    await response.aread()
                    yield _answer(response)
                    return
                async for line in response.aiter_lines():
                    yield json.loads(line)

    async def price(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a create would cost, and of what that is made up."""
        return await self._ask(body, path="/kling/price")

    async def record(self, task_id: str) -> dict[str, Any]:
        """Return the task's record; {} when the server knows no such task of ours."""
        return await self._ask({"id": task_id})

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the records of the newest tasks, newest first."""
        answer = await self._ask({"action": "retrieve_batch", "limit": limit})
        with _told(self._url):
            return list(answer["items"])

    async def delete(self, task_id: str) -> bool:
        """Cancel an open task, or delete the files of one that has ended; False when there is neither."""
        return bool((await self._ask({"action": "delete", "id": task_id}))["deleted"])

    async def delivery(self, task_id: str) -> dict[str, Any]:
        """Return what became of the task's callback; {} when the server knows of none."""
        return await self._ask({"task_id": task_id}, path="/kling/deliveries")

    async def replay(self, task_id: str) -> bool:
        """Have the task's callback sent again; False when the server knows of none."""
        body = {"action": "replay", "task_id": task_id}
        return bool((await self._ask(body, path="/kling/deliveries"))["replayed"])

    async def download(self, url: str, target: Path) -> None:
        """Write the file at `url` to `target`; raises `OSError` when that cannot be written."""
        with _told(url):
            # Result files need no key, and may lie with a storage service that should not see it.
            request = self._http.build_request("GET", url)
            del request.headers["authorization"]
            response = await self._http.send(request, stream=True, follow_redirects=True)
            try:
                if response.status_code != HTTPStatus.OK:
                    await response.aread()
                    _answer(response)
                with target.open("wb") as file:
                    async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                        file.write(chunk)
            finally:
                await response.aclose()

    async def _ask(self, body: dict[str, Any], *, path: str = "/kling/tasks") -> dict[str, Any]:
        with _told(self._url):
            return _answer(await self._http.post(path, json=body))


@asynccontextmanager
async def open_client(url: str, *, key: str) -> AsyncIterator[Client]:
    """Connect to the server at `url`."""
    timeout = httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS)
    headers = {"authorization": f"Bearer {key}", "accept": "application/json"}
    # A proxy for the outside world cannot lead back to this machine.
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=timeout, trust_env=not is_loopback(url)
    ) as http:
        yield Client(http, url=url)


def is_loopback(url: str) -> bool:
    """Say whether the URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise ServerAway(f"The server at {url} does not answer: {reason}.") from error
    except (httpx.InvalidURL, ValueError, LookupError, TypeError) as error:
        raise Refused(f"What answers at {url} does not speak this API.", code="not_an_answer") from error


def _answer(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    if response.status_code < HTTPStatus.BAD_REQUEST and isinstance(body, dict):
        return body
    raise Refused(str(body["error"]["message"]), code=str(body["error"]["code"]))
