"""On which line of a TOML file something stands; the standard library's reader does not tell."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

# Up to an equals sign that is outside quotes: bare and quoted parts, joined by dots.
_KEY = re.compile(r"""\s*((?:[\w.\s-]|"[^"]*"|'[^']*')+?)\s*=""")

Where = tuple[str | int, ...]


def line_of(text: str, where: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of the key or table at `where`, or of the nearest one around it.

    `where` holds names, and positions in arrays of tables, as in `("routes", 0, "models")`. None where
    nothing around it is named. What looks like a key in a string of many lines is taken for one.
    """
    best, found = 0, None
    for number, path in _named(text):
        shared = min(len(path), len(where))
        if shared > best and path[:shared] == tuple(where[:shared]):
            best, found = shared, number
    return found


def _named(text: str) -> Iterator[tuple[int, Where]]:
    """Yield each line that names a table or a key, and what it names."""
    table: Where = ()
    seen: Counter[Where] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            if (path := _path(line)) is None:
                continue
            table = (*path, seen[path]) if line.lstrip().startswith("[[") else path
            seen[path] += 1
            yield number, table
        elif (found := _KEY.match(line)) and (path := _path(f"{found[1]} = 0")) is not None:
            yield number, (*table, *path)


def _path(line: str) -> Where | None:
    """Return the names that a line on its own nests in one another; None where it is no line on its own."""
    try:
        inside: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path: list[str | int] = []
    while isinstance(inside, dict) and inside:
        name, inside = next(iter(inside.items()))
        path.append(name)
    return tuple(path)
