"""`filmgate tasks`, `filmgate task` and `filmgate cancel`."""

import json
import time
from typing import Annotated, Any

import typer

from filmgate.cli.connection import connected
from filmgate.cli.ending import Refused
from filmgate.cli.loop import run
from filmgate.cli.options import DataOption, KeyOption, ServerOption
from filmgate.cli.tables import age, print_table
from filmgate.settings import Settings, load_settings

_COLUMNS = ("id", "state", "model", "seconds", "credits", "age", "prompt")
TaskArgument = Annotated[str, typer.Argument(metavar="TASK_ID", help="The id of a task.")]


def tasks(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole records as JSON.")] = False,
    server: ServerOption = None,
    key: KeyOption = None,
    data: DataOption = None,
) -> None:
    """List the newest tasks."""
    settings = load_settings(server=server, api_key=key, data=data)

    async def newest() -> list[dict[str, Any]]:
        async with connected(settings, renders=False, makes_folder=False) as client:
            return await client.newest(limit)

    records = run(newest())
    if as_json:
        _print_json(records)
    elif records:
        now = time.time()
        rows = [_row(record, now=now) for record in records]
        print_table(_COLUMNS, rows, cut="prompt")
    else:
        typer.echo('There are no tasks yet. Make one with: filmgate generate "a prompt"', err=True)


def task(
    task_id: TaskArgument, server: ServerOption = None, key: KeyOption = None, data: DataOption = None
) -> None:
    """Print the record of a task as JSON."""
    settings = load_settings(server=server, api_key=key, data=data)

    async def record() -> dict[str, Any]:
        async with connected(settings, renders=False, makes_folder=False) as client:
            return await client.record(task_id)

    found = run(record())
    if not found:
        raise Refused(f"There is no task {task_id}.", code="not_found")
    _print_json(found)


def cancel(
    task_id: TaskArgument, server: ServerOption = None, key: KeyOption = None, data: DataOption = None
) -> None:
    """Cancel a task that waits or runs; its credits come back."""
    settings = load_settings(server=server, api_key=key, data=data)
    run(_cancel(settings, task_id))
    typer.echo(f"Task {task_id} is cancelled.")


async def _cancel(settings: Settings, task_id: str) -> None:
    async with connected(settings, renders=False, makes_folder=False) as client:
        record = await client.record(task_id)
        if not record:
            raise Refused(f"There is no task {task_id}.", code="not_found")
        # Deleting an ended task removes its video, which nobody asked for.
        if "success" in record["response"] or not await client.delete(task_id):
            raise Refused(f"Task {task_id} has already ended.", code="bad_request")


def _row(record: dict[str, Any], *, now: float) -> tuple[str, ...]:
    request, credit = record["request"], record.get("credits", {})
    return (
        str(record["id"]),
        str(record["data"]["state"]),
        str(request.get("model", "kling-v1")),
        str(record["response"].get("duration") or request.get("duration", 5)),
        str(credit.get("settled", credit.get("reserved", ""))),
        age(now - float(record["created_at"])),
        str(request.get("prompt", "")),
    )


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
