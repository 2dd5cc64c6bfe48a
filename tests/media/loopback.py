"""A small HTTP server on loopback that answers as a test scripts it, well-behaved or hostile."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

# A key and a self-signed certificate for "pictures.example", good for nothing but these tests.
CERTIFICATE = Path(__file__).parent / "tls" / "pictures.example.pem"

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came in; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True)
class Loopback:
    """A running server: what it answers by path, and what it was asked."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str, answer: Answer) -> str:
        """Answer the path so from now on, and return its URL."""
        self.answers[path] = answer
        return self.origin + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _read_request(reader)
        self.received.append(request)
        answer = self.answers.get(request.target.partition("?")[0], plain(404))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(writer)


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-1])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, target=target, headers=headers, body=body)


@asynccontextmanager
async def loopback(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Run a server on a free port of 127.0.0.1 until the block ends; one request for each connection."""
    server = Loopback()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await server.serve(reader, writer)
        writer.transport.abort() if writer.is_closing() else writer.close()
        connections.discard(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await listening.wait_closed()


def plain(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole answer; underscores in header names stand for dashes."""
    lines = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def silent(writer: asyncio.StreamWriter) -> None:
    """Accept the request and never say a word."""
    await asyncio.Event().wait()


def dripping(head: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Send the head, then a byte of body every hundredth of a second, for ever."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            await asyncio.sleep(0.01)
            writer.write(b"\0")
            await writer.drain()

    return drip


def endless(head: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Send the head, then zeros as fast as they are taken."""

    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    return pour
