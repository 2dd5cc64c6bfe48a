"""`filmgate serve` and `filmgate worker`."""

import asyncio
import contextlib
import signal
from datetime import timedelta
from typing import Annotated

import typer

from filmgate.announcement import running_url
from filmgate.cli.ending import Interrupted
from filmgate.cli.loop import run
from filmgate.cli.options import DataOption
from filmgate.cli.start_lines import (
    route_warnings,
    serve_lines,
    unknown_lines,
    warning_lines,
    worker_lines,
)
from filmgate.logs import configure_logs
from filmgate.settings import Settings, load_settings, unknown_variables

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

    SIGTERM lets renders end for FILMGATE_DRAIN_SECONDS, Ctrl-C for none; then waiting callers are answered,
    and renders go back to the queue. A second signal ends it at once; nothing accepted is lost either way.
    """
    # The other commands should not wait for the imports of a whole server.
    from filmgate.kinds import load_engines
    from filmgate.serve import Address, serving

    settings = load_settings(data=data)
    configure_logs(settings.log_format)
    _warn(unknown_lines(unknown_variables()))
    address = Address(host, port)
    other_url = running_url(settings.data)
    stopping = _Stopping(settings)

    async def until_stopped() -> None:
        serves = serving(settings, address, is_dev=dev, with_worker=not no_worker, grace=stopping.grace)
        async with serves as (filmgate, url, end):
            file = load_engines(settings)
            warnings = warning_lines(settings, is_loopback=address.is_loopback, other_url=other_url)
            _warn([*warnings, *route_warnings(file)])
            lines = serve_lines(
                settings,
                url=url,
                claim=await filmgate.claim(),
                sheltered_in=filmgate.store.is_sheltered_in,
                engines=() if no_worker else tuple(file.engines),
            )
            _echo(lines)
            await _until_ended(end)

    with contextlib.suppress(Interrupted):
        run(until_stopped(), on_signal=stopping.begin)


def worker(
    engines: Annotated[
        str | None, typer.Option(metavar="A,B", help="Serve only these engines; else all configured ones.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Videos at once on each engine; else as configured.")
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="PORT", help="Serve /metrics, /healthz and /readyz there."),
    ] = None,
    metrics_host: Annotated[str, typer.Option(metavar="HOST", help="On this address.")] = "127.0.0.1",
    data: DataOption = None,
    dev: DevOption = False,
) -> None:
    """Render what servers accepted, on this machine, until stopped."""
    from filmgate.kinds import load_engines
    from filmgate.serve import Address, working

    settings = load_settings(data=data)
    configure_logs(settings.log_format)
    _warn(unknown_lines(unknown_variables()))
    known = load_engines(settings).engines
    wanted = frozenset(known) if engines is None else frozenset(filter(None, engines.split(",")))
    if not wanted or (unknown := wanted - frozenset(known)):
        told = ", ".join(sorted(unknown)) if wanted else engines
        raise typer.BadParameter(f"{told} is not configured; known are: {', '.join(known)}")

    stopping = _Stopping(settings)

    watched_at = None if metrics_port is None else Address(metrics_host, metrics_port)

    async def until_stopped() -> None:
        works = working(
            settings,
            engines=wanted,
            slots=concurrency,
            is_dev=dev,
            grace=stopping.grace,
            watched_at=watched_at,
        )
        async with works as end:
            slots = {name: concurrency or known[name].settings.slots for name in sorted(wanted)}
            _echo(worker_lines(settings, slots=slots))
            await _until_ended(end)

    with contextlib.suppress(Interrupted):
        run(until_stopped(), on_signal=stopping.begin)


async def _until_ended(served: asyncio.Task[None]) -> None:
    # A signal cancels this command; what it serves must not be cancelled with it, but drained.
    await asyncio.wait({served})
    served.result()


def _warn(lines: list[str]) -> None:
    for line in lines:
        typer.echo(f"filmgate: {line}", err=True)


def _echo(lines: list[str]) -> None:
    # One write, so that whoever reads the first line through a pipe has the others too.
    typer.echo("\n".join(lines))


class _Stopping:
    """What the first signal means: a terminal is in a hurry, whoever runs services has a time limit."""

    def __init__(self, settings: Settings) -> None:
        self._drain = settings.drain
        self._number = 0

    def begin(self, number: int) -> None:
        self._number = number
        waits = f"for at most {self._drain.total_seconds():g} s" if self.grace() else "for nothing"
        typer.echo(f"Stopping, waiting {waits}; Ctrl-C again ends it at once.", err=True)

    def grace(self) -> timedelta:
        return self._drain if self._number == signal.SIGTERM else timedelta(0)
