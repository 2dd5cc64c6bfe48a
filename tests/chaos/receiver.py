"""A receiver of callbacks, on a real socket, that answers as the plan says."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One post that arrived: under which `webhook-id`, what it said, and what was answered (0: hung up)."""

    webhook_id: str
    body: dict[str, Any]
    is_signed: bool
    answered: int


@dataclass
class Receiver:
    """Everything that arrived, by the path it was posted to.

    The first posts to a path get its `refusals`; each later one is taken. `secrets` verify the signatures,
    and the first part of a path says whose it is: `/<account>/<number>`.
    """

    refusals: Mapping[str, tuple[int, ...]]
    secrets: Mapping[str, str]
    url: str = ""
    arrivals: defaultdict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen on loopback while the block runs."""
        server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers["content-length"]))
            status = self._note(head[0].split()[1], headers, body)
            if status:
                writer.write(
                    f"HTTP/1.1 {status} Noted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            # Its sender was killed in the middle of it, and posts it again.
            return
        finally:
            writer.close()

    def _note(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        earlier = self.arrivals[path]
        refusals = self.refusals.get(path, ())
        status = refusals[len(earlier)] if len(earlier) < len(refusals) else 200
        earlier.append(
            Arrival(
                webhook_id=headers["webhook-id"],
                body=json.loads(body),
                is_signed=self._verifies(path, headers, body),
                answered=status,
            )
        )
        return status

    def _verifies(self, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        try:
            Webhook(self.secrets[path.split("/")[1]]).verify(body, dict(headers))
        except WebhookVerificationError:
            return False
        return True
