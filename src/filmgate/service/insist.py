"""Not giving up on the store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from filmgate.domain.errors import Unavailable

_T = TypeVar("_T")


class Insist:
    """Acts again and again while the store is away.

    What was rendered is not thrown away because database or storage blink; the fence decides later.
    """

    def __init__(self, *, every: timedelta) -> None:
        self._every = every

    async def __call__(self, act: Callable[[], Awaitable[_T]]) -> _T:
        """Return what the act returns, once the store takes part."""
        while True:
            try:
                return await act()
            except Unavailable:
                await asyncio.sleep(self._every.total_seconds())
