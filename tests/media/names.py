"""A name server on loopback that answers as a test scripts it, and a resolver that asks it."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

_A, _AAAA = 1, 28
_KINDS = {4: _A, 6: _AAAA}
_HEADER = struct.Struct(">HHHHHH")
_QUESTION_END = struct.Struct(">HH")
# A pointer to the question's name, then type, class IN, no time to live, and the length of the address.
_RECORD = struct.Struct(">HHHIH")


@dataclass(kw_only=True)
class NameServer(asyncio.DatagramProtocol):
    """A running server. Each resolution of a name takes its next answer; the last one stays."""

    port: int = 0
    answers: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self.transport is not None
        name, end = _read_name(data)
        kind, _ = _QUESTION_END.unpack_from(data, end)
        nth = self.asked.count((name, kind))
        self.asked.append((name, kind))
        answers = self.answers[name]
        found = [ip_address(text) for text in answers[min(nth, len(answers) - 1)]]
        packed = [address.packed for address in found if _KINDS[address.version] == kind]
        head = _HEADER.pack(struct.unpack_from(">H", data)[0], 0x8180, 1, len(packed), 0, 0)
        records = b"".join(_RECORD.pack(0xC00C, kind, 1, 0, len(address)) + address for address in packed)
        question = data[_HEADER.size : end + _QUESTION_END.size]
        self.transport.sendto(head + question + records, addr)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Ask for IPv4 and then IPv6 addresses, as a `Resolver`."""
        return [*await self._ask(host, _A), *await self._ask(host, _AAAA)]

    async def _ask(self, host: str, kind: int) -> list[str]:
        transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
            _Client, remote_addr=("127.0.0.1", self.port)
        )
        try:
            labels = b"".join(bytes([len(label)]) + label.encode() for label in host.split("."))
            transport.sendto(
                _HEADER.pack(7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + _QUESTION_END.pack(kind, 1)
            )
            return _addresses(await client.answer)
        finally:
            transport.close()


class _Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.answer.set_result(data)


def _read_name(message: bytes) -> tuple[str, int]:
    """Return the name that is asked for, and where it ends in the message."""
    labels: list[str] = []
    position = _HEADER.size
    while length := message[position]:
        labels.append(message[position + 1 : position + 1 + length].decode())
        position += 1 + length
    return ".".join(labels), position + 1


def _addresses(message: bytes) -> list[str]:
    _, end = _read_name(message)
    position = end + _QUESTION_END.size
    found: list[str] = []
    while position < len(message):
        *_, length = _RECORD.unpack_from(message, position)
        position += _RECORD.size + length
        found.append(str(ip_address(message[position - length : position])))
    return found


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """Run a server on a free port of 127.0.0.1 until the block ends."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    server.transport, server.port = transport, transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
