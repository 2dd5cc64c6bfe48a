"""The database itself, for commands that work whether a server runs or not."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from filmgate.cli.ending import CommandFailed
from filmgate.logs import configure_logs
from filmgate.settings import Settings

if TYPE_CHECKING:
    from filmgate.app.ground import Store


@asynccontextmanager
async def opened_store(settings: Settings, *, makes_folder: bool = True) -> "AsyncIterator[Store]":
    """Open what rests on the database.

    Raises:
        CommandFailed: there is no data folder, and the command, which looks for what is in it, `makes_folder`
            not.
        Unavailable: the database cannot be used.
    """
    if not makes_folder:
        check_folder(settings)
    # `filmgate tasks` and its like import the commands that use this, and should not wait for what it needs.
    from filmgate.app.ground import open_store

    configure_logs(settings.log_format, least=logging.ERROR)
    async with open_store(settings) as store:
        yield store


def check_folder(settings: Settings) -> None:
    """Return if the data folder exists, or nothing that is looked for would be in it.

    Raises:
        CommandFailed: there is none; a folder named wrongly must not be taken for an empty Filmgate.
    """
    if settings.database_url is None and not settings.data.exists():
        folder = settings.data.absolute()
        raise CommandFailed(f"There is no data folder {folder}: name another with --data (FILMGATE_DATA).")
