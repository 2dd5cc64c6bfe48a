"""Which server a command asks: the one named, the one that runs here, or one started for the call."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typer

from filmgate.announcement import running_url
from filmgate.cli.client import Client, is_loopback, open_client
from filmgate.cli.ending import CommandFailed, Interrupted
from filmgate.cli.opened import check_folder
from filmgate.logs import configure_logs
from filmgate.settings import LOCAL_KEY, Settings


@asynccontextmanager
async def connected(settings: Settings, *, renders: bool, makes_folder: bool = True) -> AsyncIterator[Client]:
    """Connect; a server that has to be started for it also renders where `renders`, and ends with the block.

    Raises:
        CommandFailed: there is no key for the server that was named; or there is no data folder, and the
            command, which looks for what is in it, `makes_folder` not.
        FilmgateError: no server could be started.
    """
    url = settings.server or running_url(settings.data)
    if url is not None:
        async with open_client(url, key=_key(settings, url)) as client:
            yield client
        return
    if not makes_folder:
        check_folder(settings)
    # Most calls find a server; only the others wait a second for the imports of a whole one.
    from filmgate.serve import Address, serving

    configure_logs(settings.log_format, least=logging.ERROR)
    typer.echo(f"No server runs on {settings.data.absolute()}; starting one for this call.", err=True)
    # Its files are fetched right here, whatever outsiders would call it.
    own = settings.model_copy(update={"public_url": None})
    started = serving(own, Address("127.0.0.1", 0), is_dev=True, with_worker=renders, is_announced=False)
    async with (
        started as (filmgate, url, ended),
        open_client(url, key=settings.api_key or filmgate.local_key) as client,
        _ending_with(ended),
    ):
        yield client


@asynccontextmanager
async def _ending_with(server: asyncio.Task[None]) -> AsyncIterator[None]:
    """Cancel the block when the server ends by itself, and raise what it ended of."""
    block = asyncio.current_task()
    assert block is not None

    def end(_server: asyncio.Task[None]) -> None:
        block.cancel()

    server.add_done_callback(end)
    try:
        yield
    except (asyncio.CancelledError, Interrupted):
        if server.done():
            server.result()
        raise
    finally:
        server.remove_done_callback(end)


def _key(settings: Settings, url: str) -> str:
    if settings.api_key is not None:
        return settings.api_key
    if not is_loopback(url):
        # The local key opens this machine's server; it is nobody else's to see.
        raise CommandFailed(f"The server at {url} needs a key: give --key or set FILMGATE_API_KEY.")
    path: Path = settings.data / LOCAL_KEY
    try:
        return path.read_text().strip()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailed(
            f"No local key can be read from {path} ({reason}): give --key, set FILMGATE_API_KEY, "
            "or name the server's data folder with --data."
        ) from error
