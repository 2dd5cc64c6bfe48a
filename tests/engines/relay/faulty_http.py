"""A small HTTP server on bare sockets, so that an upstream can break off wherever a test wants it to."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def told(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"null")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered; `only_bytes` of the body are sent before the connection breaks.

    With `is_silent` nothing is ever answered, and with `is_dropped` the connection ends instead. What
    `is_dripping` goes on for ever, a byte at a time. Where there is an event, it is waited for first.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    only_bytes: int | None = None
    is_silent: bool = False
    is_dropped: bool = False
    is_dripping: bool = False
    after: asyncio.Event | None = None


def in_json(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with JSON in it."""
    return Reply(
        status=status,
        body=json.dumps(content).encode(),
        headers={"content-type": "application/json", **(headers or {})},
    )


Answers = Callable[[Question], Reply]


async def serve_until_killed(answer: Answers) -> None:
    """Serve on a free port of loopback, which is the one line printed."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await answer_one(reader, writer, answer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        # Whoever started it holds the other end of its standard input; when that closes, it ends too.
        await asyncio.to_thread(sys.stdin.read)


async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answers) -> bool:
    """Answer the next request, and say whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    method, target, _ = first.split()
    parts = urlsplit(target)
    question = Question(
        method=method,
        path=parts.path,
        query=dict(parse_qsl(parts.query)),
        headers=headers,
        body=await reader.readexactly(int(headers.get("content-length", 0))),
    )
    reply = answer(question)
    if reply.after is not None:
        await reply.after.wait()
    if reply.is_silent:
        await reader.read()
        return False
    if reply.is_dropped:
        return False
    if reply.is_dripping:
        writer.write(f"HTTP/1.1 {reply.status} Said\r\ncontent-length: 1000000\r\n\r\n".encode())
        while not reader.at_eof() and not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)
        return False
    told = {"content-length": str(len(reply.body)), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    writer.write(reply.body if reply.only_bytes is None else reply.body[: reply.only_bytes])
    await writer.drain()
    return reply.only_bytes is None
