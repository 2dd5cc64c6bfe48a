"""Speaking HTTP by hand, byte for byte, to a server that really listens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filmgate.app.whole import Filmgate
from filmgate.serve import Address, serving
from filmgate.settings import Settings
from tests.http.stage import Stage


@dataclass(frozen=True)
class Reply:
    """What came back: the status line's number, header fields by lower-case name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, raw: bytes) -> None:
        """Write."""
        self._writer.write(raw)
        await self._writer.drain()

    async def head(self) -> Reply:
        """Read a status line and header fields."""
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.split(": ", 1) for line in lines[1:] if line)
        return Reply(int(lines[0].split()[1]), {name.lower(): value for name, value in fields}, b"")

    async def reply(self) -> Reply:
        """Read a whole answer of known length, or up to the connection's end."""
        head = await self.head()
        length = head.headers.get("content-length")
        body = await (self._reader.read() if length is None else self._reader.readexactly(int(length)))
        return Reply(head.status, head.headers, body)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read chunks to the end of a chunked body."""
        while chunk := await self.chunk():
            yield chunk

    async def chunk(self) -> bytes:
        """Read one chunk of a chunked body; empty at its end."""
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:-2]

    async def some(self) -> bytes:
        """Read what has come, or wait for something; empty at the connection's end."""
        return await self._reader.read(65536)

    def hang_up(self) -> None:
        """Go away without a word."""
        self._writer.transport.abort()


class Server:
    """A Filmgate that listens on loopback."""

    def __init__(self, filmgate: Filmgate, stage: Stage, *, url: str, serving: asyncio.Task[None]) -> None:
        self.filmgate = filmgate
        self.stage = stage
        self.serving = serving
        self.host = urlsplit(url).netloc

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Connect."""
        host, _, port = self.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            yield Line(reader, writer)
        finally:
            writer.close()

    def post(self, target: str, body: object, *fields: str, version: str = "1.1") -> bytes:
        """Return the bytes of a request with the operator's key."""
        content = json.dumps(body).encode()
        lines = [
            f"POST {target} HTTP/{version}",
            *([f"host: {self.host}"] if version == "1.1" else []),
            f"authorization: Bearer {self.filmgate.local_key}",
            "content-type: application/json",
            f"content-length: {len(content)}",
            *fields,
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content

    async def ask(self, raw: bytes) -> Reply:
        """Send one request on a connection of its own, and return the answer."""
        async with self.line() as line:
            await line.send(raw)
            return await line.reply()


@asynccontextmanager
async def listening(database_url: str, data: Path, **changes: object) -> AsyncIterator[Server]:
    """Serve with a stage; `changes` are settings."""
    stage = Stage()
    settings = Settings.model_validate(
        {"database_url": database_url, "data": data, "max_tries": 1, **changes}
    )
    address = Address("127.0.0.1", 0)
    async with serving(settings, address, is_dev=False, with_worker=True, engines=[stage]) as served:
        filmgate, url, task = served
        yield Server(filmgate, stage, url=url, serving=task)
