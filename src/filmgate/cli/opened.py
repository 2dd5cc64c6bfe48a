"""The database itself, for commands that work whether a server runs or not."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from filmgate.logs import configure_logs
from filmgate.settings import Settings

if TYPE_CHECKING:
    from filmgate.app import Store


@asynccontextmanager
async def opened_store(settings: Settings) -> "AsyncIterator[Store]":
    """Open what rests on the database."""
    # `filmgate tasks` and its like import the commands that use this, and should not wait for what it needs.
    from filmgate.app import open_store

    configure_logs(settings.log_format, least=logging.ERROR)
    async with open_store(settings) as store:
        yield store
