"""Asking the system for the addresses of a host, so that names which hang hold up nobody else."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

Lookup = Callable[..., Sequence[tuple[Any, ...]]]
"""`socket.getaddrinfo`, or what answers like it."""


class SystemResolver:
    """A `Resolver` on the system's own, each lookup in a thread of its own.

    The system's resolver blocks for as long as a name server is silent, which whoever owns a name can
    arrange. The event loop has a handful of threads for such calls and shares them with files, so that a
    few such names would hold up everything. `at_most` bounds how many lookups are under way.
    """

    def __init__(self, *, lookup: Lookup = socket.getaddrinfo, at_most: int = 256) -> None:
        self._lookup = lookup
        self._free = asyncio.Semaphore(at_most)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return every address of the host, in the system's order of preference.

        Raises:
            OSError, UnicodeError: the name has no address, or cannot be a name.
        """
        await self._free.acquire()
        answer: asyncio.Future[Sequence[str]] = asyncio.get_running_loop().create_future()
        # Process and tests may end while a lookup hangs, which a pool would wait for.
        threading.Thread(target=self._look_up, args=(host, port, answer), daemon=True, name="resolve").start()
        return await answer

    def _look_up(self, host: str, port: int, answer: asyncio.Future[Sequence[str]]) -> None:
        found: Sequence[str] | Exception
        try:
            entries = self._lookup(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as error:
            found = error
        with suppress(RuntimeError):
            # A loop that is closed by now needs no answer.
            answer.get_loop().call_soon_threadsafe(self._settle, answer, found)

    def _settle(self, answer: asyncio.Future[Sequence[str]], found: Sequence[str] | Exception) -> None:
        # A lookup counts until it ends, even where nobody waits for it any more.
        self._free.release()
        if answer.done():
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)
