"""All commands in one table, and the one place where a failure becomes a line and an exit code."""

import errno
import os

import typer
from typer.core import TyperGroup

from filmgate import __version__
from filmgate.cli.accounts import accounts
from filmgate.cli.backing_up import backup, restore
from filmgate.cli.deliveries import deliveries
from filmgate.cli.ending import CommandFailed, ExitCode
from filmgate.cli.engines import engines
from filmgate.cli.generating import extend, generate
from filmgate.cli.keys import keys
from filmgate.cli.serving import serve, worker
from filmgate.cli.tasks import cancel, task, tasks
from filmgate.cli.webhooks import webhooks
from filmgate.domain.errors import FilmgateError

# What a write meets where stdout leads to a disk; a pipe that was closed is no failure worth a line.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class _Commands(TyperGroup):
    """Commands whose failures end in one line on stderr."""

    def invoke(self, ctx: "typer._click.Context") -> object:
        try:
            return super().invoke(ctx)
        except CommandFailed as error:
            code, told = error.exit_code, str(error)
        except FilmgateError as error:
            code, told = ExitCode.FAILED, str(error)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            _let_go_of_stdout()
            code, told = ExitCode.FAILED, f"Nothing more can be written: {error.strerror}."
        typer.echo(f"filmgate: {told}", err=True)
        raise typer.Exit(code)


def _let_go_of_stdout() -> None:
    # What is still in its buffer would fail once more at the end of the program.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=(
        "Exit codes: 0 done; 1 refused or failed; 2 the command line is wrong; "
        "3 the server is away; 130 interrupted."
    ),
)
for command in (serve, worker, generate, extend, tasks, task, cancel, backup, restore):
    app.command()(command)
app.add_typer(accounts, name="accounts")
app.add_typer(deliveries, name="deliveries")
app.add_typer(engines, name="engines")
app.add_typer(keys, name="keys")
app.add_typer(webhooks, name="webhooks")


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and end.", is_eager=True),
) -> None:
    """Filmgate: the Kling Videos Generation API on your own machine."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    del ctx
