"""A store that is played on without a loop around: for tests that Hypothesis drives step by step."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from filmgate.domain.accounts import Caller
from filmgate.store.database import Database
from tests.store.stock import Stock, empty, open_stock

_T = TypeVar("_T")


class Theatre:
    """A database on a loop of its own, which turns only while something is asked of it."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self.stock = self.run(self._stocked(url))

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do it, and return what comes of it."""
        return self._runner.run(work)

    def new_caller(self, *, credits_left: int) -> Caller:
        """Empty the database and return its only account."""
        return self.run(self._only_caller(credits_left))

    def close(self) -> None:
        """Let go of the database."""
        self.run(self._open.aclose())
        self._runner.close()

    async def _stocked(self, url: str) -> Stock:
        database = Database(url, pool_size=4)
        self._open.push_async_callback(database.close)
        await database.open()
        return await self._open.enter_async_context(open_stock(database))

    async def _only_caller(self, credits_left: int) -> Caller:
        async with self.stock.database.transaction() as connection:
            await empty(connection)
        return await self.stock.caller(credits_left=credits_left)
