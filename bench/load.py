"""A small HTTP/1.1 client that costs little, so that what is measured is the server."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Connection:
    """One kept-alive connection to a server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    host: str

    @classmethod
    async def to(cls, url: str) -> "Connection":
        """Connect to the origin of the URL."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, parts.netloc)

    async def post(self, path: str, body: object, *, key: str) -> tuple[int, bytes]:
        """Send JSON and return status and body of the answer."""
        await self.send(path, body, key=key)
        return await self.receive()

    async def send(self, path: str, body: object, *, key: str) -> None:
        """Send JSON without waiting for the answer."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self.host}\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        await self.writer.drain()

    async def receive(self) -> tuple[int, bytes]:
        """Wait for an answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(None, 2)[1])
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
        )
        return status, await self.reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


@dataclass
class Timings:
    """Latencies in seconds, and how long all of them together took."""

    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.elapsed

    def percentile(self, percent: float) -> float:
        """The latency in milliseconds that `percent` of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def load(
    url: str, path: str, *, keys: Sequence[str], bodies: Iterator[object], n_connections: int, seconds: float
) -> Timings:
    """Post as fast as answers come, on several connections; every answer must be 200."""
    timings = Timings()
    started = time.perf_counter()

    async def one(number: int) -> None:
        connection = await Connection.to(url)
        while time.perf_counter() - started < seconds:
            sent = time.perf_counter()
            status, body = await connection.post(path, next(bodies), key=keys[number % len(keys)])
            timings.latencies.append(time.perf_counter() - sent)
            if status != 200:
                raise RuntimeError(f"{status}: {body[:300]!r}")
        connection.close()

    await asyncio.gather(*(one(number) for number in range(n_connections)))
    timings.elapsed = time.perf_counter() - started
    return timings
