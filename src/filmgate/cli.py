"""The commands people type: parse, call, print."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from filmgate.domain.errors import FilmgateError
from filmgate.logs import configure_logs
from filmgate.serve import Address, serving
from filmgate.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Filmgate: the Kling Videos Generation API on your own machine."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    data: Annotated[Path | None, typer.Option(help="The data folder.")] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Let URLs and callbacks reach loopback.")] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only answer; render elsewhere.")] = False,
) -> None:
    """Serve the API, and render, until stopped."""
    settings = load_settings(data=data)
    configure_logs(settings.log_format)

    async def run() -> None:
        async with serving(settings, Address(host, port), is_dev=dev, with_worker=not no_worker) as (
            filmgate,
            url,
            ended,
        ):
            typer.echo(f"Filmgate serves {url}; key {filmgate.local_key}")
            await ended

    _run(run())


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end, or until SIGINT or SIGTERM cancels it."""

    async def until_signalled() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await main

    try:
        uvloop.run(until_signalled())
    except asyncio.CancelledError:
        pass
    except FilmgateError as error:
        typer.echo(f"filmgate: {error}", err=True)
        raise typer.Exit(1) from error
