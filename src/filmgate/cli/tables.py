"""Tables: drawn in a terminal, tabs between the fields anywhere else."""

import re
from collections.abc import Sequence

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_SPACES = re.compile(r"\s+")
_STYLES = {"succeed": "green", "failed": "red", "processing": "cyan", "open": "green", "revoked": "red"}
_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))
_GAP = 2
_LEAST_CUT_WIDTH = 12


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, cut: str) -> None:
    """Print rows of text under their columns on stdout.

    In a narrow terminal the column `cut` gives way, and no other: an id that is cut is of no use.
    """
    tidy = [[_SPACES.sub(" ", field) for field in row] for row in rows]
    console = Console()
    if not console.is_terminal:
        for fields in (columns, *tidy):
            typer.echo("\t".join(fields))
        return
    widths = [max(map(cell_len, (column, *fields))) for column, *fields in zip(columns, *tidy, strict=True)]
    place = list(columns).index(cut)
    room = console.width - sum(widths) + widths[place] - _GAP * len(columns)
    widths[place] = min(widths[place], max(room, _LEAST_CUT_WIDTH))
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, width=width, no_wrap=True, overflow="ellipsis")
    for fields in tidy:
        table.add_row(*(Text(field, style=_STYLES.get(field, "")) for field in fields))
    # A terminal that is too narrow even so wraps the lines itself, which copies better than cut ids.
    needed = sum(widths) + _GAP * len(columns)
    console.width = max(console.width, needed)
    console.print(table)


def age(seconds: float) -> str:
    """Return a length of time in its largest unit, such as `3 min`."""
    for length, unit in _STEPS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
