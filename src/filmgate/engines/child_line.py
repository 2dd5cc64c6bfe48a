"""A pair of sockets between a worker and its child."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from filmgate.engines.child_pipe import MAX_LINE_BYTES


@dataclass(frozen=True)
class Line:
    """Our end of a line to a child."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls) -> tuple[Self, socket.socket]:
        """Return our end of a new socket pair, and the child's."""
        ours, theirs = socket.socketpair()
        try:
            return cls(*await asyncio.open_unix_connection(sock=ours, limit=MAX_LINE_BYTES)), theirs
        except BaseException:
            ours.close()
            theirs.close()
            raise

    async def close(self) -> None:
        """Close our end; safe to call twice."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()
