"""How refusals put values into words: short, printable, and without secrets."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LONGEST_SHOWN = 60

_USERINFO = re.compile(r"://[^/?#]*@")


def shown(value: object) -> str:
    """Return a caller's value as it may stand in a message or a log.

    Long strings are cut, control characters escaped, inline pictures and the parts of URLs that carry
    secrets left out; lists and objects are counted, never printed.
    """
    if isinstance(value, str):
        return _shown_text(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        # Python refuses to print integers of more than 4300 digits.
        return str(value) if abs(value) < 10**18 else "a number of more than 18 digits"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return f"an object of {counted(len(value), 'field')}"
    if isinstance(value, list | tuple):
        return f"a list of {counted(len(value), 'item')}"
    return f"a value of type {type(value).__name__}"


def _shown_text(text: str) -> str:
    if text[:5].lower() == "data:":
        head = text[:LONGEST_SHOWN].partition(",")[0]
        return f'"{_printable(head)},…" ({len(text):,} characters)'
    # Signed links carry their signature in the query, and messages end up in logs.
    if "://" in text[:LONGEST_SHOWN]:
        text = _USERINFO.sub("://…@", text[:4096], count=1)
        bare = re.split(r"[?#]", text, maxsplit=1)[0]
        text = bare if bare == text else f"{bare}?…"
    if len(text) > LONGEST_SHOWN:
        return f'"{_printable(text[:LONGEST_SHOWN])}…"'
    return f'"{_printable(text)}"'


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in text
    )


def counted(number: int, noun: str) -> str:
    """Return `1 field`, `2 fields`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def either(choices: Iterable[object]) -> str:
    """Join choices as `a, b or c`."""
    return _joined([str(choice) for choice in choices], last="or")


def both(things: Iterable[object]) -> str:
    """Join things as `a, b and c`."""
    return _joined([str(thing) for thing in things], last="and")


def _joined(words: Sequence[str], *, last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def instead(name: object, known: Iterable[str]) -> str:
    """Return what may follow the refusal of a name: the nearest of the known ones, and all of them."""
    known = list(known)
    near = get_close_matches(str(name)[:LONGEST_SHOWN], known, n=1)
    guess = f'; did you mean "{near[0]}"?' if near else "."
    return f"{guess} Known are: {', '.join(known)}."


def in_credits(millicredits: int) -> str:
    """Return whole milli-credits as credits: `2.10`, or `3.024` where two decimals would bend it."""
    return f"{millicredits / 1000:.{3 if millicredits % 10 else 2}f}"


def seconds(durations: Sequence[int]) -> str:
    """Return whole seconds as `5 or 10`, or as `3 to 15` where none between is missing."""
    if len(durations) > 2 and list(durations) == list(range(durations[0], durations[-1] + 1)):
        return f"{durations[0]} to {durations[-1]}"
    return either(durations)
