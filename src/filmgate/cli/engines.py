"""`filmgate engines`: which there are and how they are, on the database itself and on this machine."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from filmgate.cli.ending import CommandFailed
from filmgate.cli.loop import run
from filmgate.cli.opened import opened_store
from filmgate.cli.options import DataOption
from filmgate.cli.tables import print_table
from filmgate.domain.errors import EngineFailed
from filmgate.domain.roster import Listing, health_words
from filmgate.domain.tasks import Task
from filmgate.logs import configure_logs
from filmgate.settings import Settings, load_settings

if TYPE_CHECKING:
    from filmgate.ports import Engine

_COLUMNS = ("name", "kind", "slots", "price", "models", "health")
_UNKNOWN_COLUMNS = ("id", "account", "engine", "ended", "last word")
NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="These engines; else all configured ones.")
]

engines = typer.Typer(epilog="`filmgate engines` is short for `filmgate engines list`.")


@engines.callback(invoke_without_command=True)
def each_or_all(ctx: typer.Context, data: DataOption = None) -> None:
    """List, check and warm the engines of filmgate.toml."""
    if ctx.invoked_subcommand is None:
        list_engines(data=data)


@engines.command("list")
def list_engines(data: DataOption = None) -> None:
    """List the engines: which models lead to them, what they cost, and how living workers find them."""
    # `filmgate tasks` and its like import this module too, and should not wait for what only engines need.
    from filmgate.kinds import load_engines

    settings = load_settings(data=data)
    file = load_engines(settings)

    async def health() -> Mapping[str, str | None]:
        async with opened_store(settings) as store:
            return await store.queue.live_engines()

    live = run(health())
    print_table(_COLUMNS, [_row(each, live=live) for each in file.roster()], cut="health")


@engines.command()
def check(names: NamesArgument = None, data: DataOption = None) -> None:
    """Start each engine on this machine, ask it how it is, and close it; no video is made.

    A model is loaded for it, beside one that a worker may hold already. Ends with 1 when an engine fails.
    """
    _try_each(load_settings(data=data), names, is_asked=True)


@engines.command()
def warm(names: NamesArgument = None, data: DataOption = None) -> None:
    """Fetch and build now what the first start of each engine would, and close it again.

    A diffusion engine fetches its checkpoint, where its table has `download = true`, and loads it once; a
    relay has nothing to fetch. No engine runs afterwards: a worker starts its own, and starts it faster.
    Ends with 1 when an engine fails.
    """
    _try_each(load_settings(data=data), names, is_asked=False)


@engines.command()
def unknown(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    data: DataOption = None,
) -> None:
    """List tasks, of every account, whose video an upstream may have made and charged without our hearing.

    They failed as "outcome unknown", cost their callers nothing, and are never ordered again by themselves.
    """
    settings = load_settings(data=data)

    async def listed() -> list[Task]:
        async with opened_store(settings, makes_folder=False) as store:
            return await store.tasks.of_unknown_outcome(limit=limit)

    print_table(_UNKNOWN_COLUMNS, [_unknown_row(task) for task in run(listed())], cut="last word")


def _try_each(settings: Settings, names: Sequence[str] | None, *, is_asked: bool) -> None:
    from filmgate.kinds import line_up

    configure_logs(settings.log_format, least=logging.CRITICAL)
    known = line_up(settings).engines
    if unknown := [name for name in names or () if name not in known]:
        raise CommandFailed(f"There is no engine {', '.join(unknown)}; known are: {', '.join(known)}")

    async def failed() -> list[str]:
        # One after the other: two of them may not fit into the memory of one device.
        return [name for name in names or known if not await _works(known[name], is_asked=is_asked)]

    if fallen := run(failed()):
        raise CommandFailed(f"{len(fallen)} of the engines failed: {', '.join(fallen)}")


async def _works(engine: "Engine", *, is_asked: bool) -> bool:
    began, told = time.monotonic(), ""
    try:
        await engine.start()
        if is_asked:
            await engine.check()
    except EngineFailed as error:
        told = str(error)
    finally:
        await engine.close()
    typer.echo(f"{engine.name}\t{told or 'works'}\t{time.monotonic() - began:.1f} s")
    return not told


def _row(engine: Listing, *, live: Mapping[str, str | None]) -> tuple[str, ...]:
    return (
        engine.name,
        engine.kind,
        str(engine.slots),
        engine.price_words,
        engine.model_words,
        health_words(engine.name, live=live),
    )


def _unknown_row(task: Task) -> tuple[str, ...]:
    setback = task.setbacks[-1] if task.setbacks else None
    upstream = setback and setback.upstream
    return (
        str(task.task_id),
        str(task.account_id),
        task.engine,
        f"{task.finished_at:%Y-%m-%d %H:%M} UTC",
        f"{upstream.code} {upstream.message}".strip() if upstream else "none",
    )
