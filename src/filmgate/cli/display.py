"""How a task's progress looks: a bar in a terminal, now and then a line anywhere else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from filmgate.cli.filming import Show

_WORDS: Mapping[str, str] = {
    "submitted": "waiting for a free engine",
    "processing": "filming",
    "away": "the server is away, waiting for it",
}
_PLAIN_STEP_PERCENT = 10


@contextmanager
def shown(console: Console) -> Iterator[Show]:
    """Yield what shows each state; the display is gone after the block."""
    if not console.is_terminal:
        yield _Plain(console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("asking the server", total=100)

        def show(state: str, percent: int) -> None:
            progress.update(bar, description=_WORDS[state], completed=percent)

        yield show


class _Plain:
    """A line when the state changes, and one for each ten per cent."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = ("", 0)

    def __call__(self, state: str, percent: int) -> None:
        step = percent - percent % _PLAIN_STEP_PERCENT
        if (state, step) == self._said:
            return
        self._said = (state, step)
        self._console.print(f"{_WORDS[state]}, {percent} %" if percent else _WORDS[state], highlight=False)
