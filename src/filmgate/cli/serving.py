"""`filmgate serve` and `filmgate worker`."""

import contextlib
from typing import Annotated

import typer

from filmgate.cli.ending import Interrupted
from filmgate.cli.loop import run
from filmgate.cli.options import DataOption
from filmgate.cli.start_lines import serve_lines, warning_lines, worker_lines
from filmgate.logs import configure_logs
from filmgate.settings import load_engines, load_settings

DevOption = Annotated[
    bool,
    typer.Option("--dev", help="Let picture URLs and callbacks reach this machine's own addresses."),
]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any free one.")] = 8000,
    data: DataOption = None,
    dev: DevOption = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only answer; render elsewhere.")] = False,
) -> None:
    """Serve the API, and render, until stopped.

    Ctrl-C and SIGTERM end it cleanly: waiting callers are answered, renders go back to the queue. A second
    Ctrl-C ends it at once; nothing accepted is lost either way.
    """
    # The other commands should not wait for the imports of a whole server.
    from filmgate.serve import Address, serving

    settings = load_settings(data=data)
    configure_logs(settings.log_format)
    address = Address(host, port)

    async def until_stopped() -> None:
        async with serving(settings, address, is_dev=dev, with_worker=not no_worker) as (filmgate, url, end):
            for line in warning_lines(settings, is_loopback=address.is_loopback):
                typer.echo(f"filmgate: {line}", err=True)
            lines = serve_lines(
                settings,
                url=url,
                key=filmgate.local_key,
                sheltered_in=filmgate.store.is_sheltered_in,
                engines=() if no_worker else tuple(load_engines(settings).engines),
            )
            _echo(lines)
            await end

    with contextlib.suppress(Interrupted):
        run(until_stopped(), on_signal=_say_stopping)


def worker(
    engines: Annotated[
        str | None, typer.Option(metavar="A,B", help="Serve only these engines; else all configured ones.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Videos at once on each engine; else as configured.")
    ] = None,
    data: DataOption = None,
    dev: DevOption = False,
) -> None:
    """Render what servers accepted, on this machine, until stopped."""
    from filmgate.serve import working

    settings = load_settings(data=data)
    configure_logs(settings.log_format)
    known = load_engines(settings).engines
    wanted = frozenset(known) if engines is None else frozenset(filter(None, engines.split(",")))
    if not wanted or (unknown := wanted - frozenset(known)):
        told = ", ".join(sorted(unknown)) if wanted else engines
        raise typer.BadParameter(f"{told} is not configured; known are: {', '.join(known)}")

    async def until_stopped() -> None:
        async with working(settings, engines=wanted, slots=concurrency, is_dev=dev) as end:
            slots = {name: concurrency or known[name].slots for name in sorted(wanted)}
            _echo(worker_lines(settings, slots=slots))
            await end

    with contextlib.suppress(Interrupted):
        run(until_stopped(), on_signal=_say_stopping)


def _echo(lines: list[str]) -> None:
    # One write, so that whoever reads the first line through a pipe has the others too.
    typer.echo("\n".join(lines))


def _say_stopping() -> None:
    typer.echo("Stopping; Ctrl-C again ends it at once.", err=True)
