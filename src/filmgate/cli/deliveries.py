"""`filmgate deliveries`: what became of a task's callback, and sending it again."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from filmgate.cli.connection import connected
from filmgate.cli.ending import Refused
from filmgate.cli.loop import run
from filmgate.cli.options import DataOption, KeyOption, ServerOption
from filmgate.cli.tables import age, print_table
from filmgate.cli.tasks import TaskArgument
from filmgate.settings import load_settings

_COLUMNS = ("post", "sent", "status", "ms", "reason")


class _ShownByDefault(TyperGroup):
    """`deliveries TASK_ID` is short for `deliveries show TASK_ID`."""

    def resolve_command(self, ctx: "typer._click.Context", args: list[str]) -> Any:
        if args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


deliveries = typer.Typer(
    cls=_ShownByDefault,
    no_args_is_help=True,
    help="Show what became of a task's callback, and send it again.",
    epilog="`filmgate deliveries TASK_ID` is short for `filmgate deliveries show TASK_ID`.",
)


@deliveries.command()
def show(
    task_id: TaskArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole record as JSON.")] = False,
    server: ServerOption = None,
    key: KeyOption = None,
    data: DataOption = None,
) -> None:
    """List the posts of a task's callback; what became of it all is told on stderr."""
    settings = load_settings(server=server, api_key=key, data=data)

    async def record() -> dict[str, Any]:
        async with connected(settings, renders=False, makes_folder=False) as client:
            return await client.delivery(task_id)

    found = run(record())
    if not found:
        raise _none_of(task_id)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    print_table(_COLUMNS, [_row(post) for post in found["posts"]], cut="reason")
    typer.echo(state_in_words(found, now=time.time()), err=True)


@deliveries.command()
def replay(
    task_id: TaskArgument, server: ServerOption = None, key: KeyOption = None, data: DataOption = None
) -> None:
    """Send the callback of a task again, under the same id."""
    settings = load_settings(server=server, api_key=key, data=data)

    async def replayed() -> bool:
        async with connected(settings, renders=False, makes_folder=False) as client:
            return await client.replay(task_id)

    if not run(replayed()):
        raise _none_of(task_id)
    typer.echo(f"The callback of task {task_id} is sent again.")


def _none_of(task_id: str) -> Refused:
    return Refused(
        f"There is no callback of a task {task_id}: it is unknown, has none, or has not ended.",
        code="not_found",
    )


def _row(post: Mapping[str, Any]) -> tuple[str, ...]:
    sent = datetime.fromtimestamp(post["sent_at"], tz=UTC)
    return (
        str(post["number"]),
        f"{sent:%Y-%m-%d %H:%M:%S} UTC",
        str(post.get("status", "none")),
        str(post["elapsed_ms"]),
        str(post["reason"]),
    )


def state_in_words(record: Mapping[str, Any], *, now: float) -> str:
    """Say in a sentence what became of a callback; `now` is in Unix seconds."""
    if record["state"] != "pending":
        how = "Delivered" if record["state"] == "delivered" else "Given up"
        return f"{how} {age(now - record['ended_at'])} ago."
    if "next_post_at" not in record:
        return "A post is under way."
    seconds_left = record["next_post_at"] - now
    return f"The next post is due {f'in {age(seconds_left)}' if seconds_left > 0 else 'now'}."
