"""The tree of errors is drawn as it is."""

import re

from filmgate.domain import errors
from filmgate.domain.errors import FilmgateError

NODE = re.compile(r"^([│├└─ ]*)(\w+) .*?(\w+|\(never on the wire\))$")
# They are raised by their kinds only, so the drawing gives no code for them.
GROUPS = {"RequestRefused", "TaskFailed"}


def _drawn() -> list[tuple[str, str, str]]:
    """Return each node of the drawing with its parent and its last word."""
    nodes = []
    above = [FilmgateError.__name__]
    for node in filter(None, map(NODE.match, (errors.__doc__ or "").splitlines())):
        depth = len(node[1]) // 4
        above = [*above[:depth], node[2]]
        nodes.append((node[2], above[depth - 1], node[3]))
    return nodes


def _below(kind: type[FilmgateError]) -> list[type[FilmgateError]]:
    own = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return [deeper for each in own for deeper in (each, *_below(each))]


def test_the_drawing_shows_every_error_below_its_parent() -> None:
    drawn = {(name, parent) for name, parent, _ in _drawn()}

    assert drawn == {(each.__name__, each.__bases__[0].__name__) for each in _below(FilmgateError)}


def test_the_drawing_gives_the_code_of_every_error_on_the_wire() -> None:
    codes = {each.__name__: each.code for each in _below(FilmgateError)}

    told = {name: word for name, _, word in _drawn() if name not in GROUPS and "never" not in word}

    assert len(told) > 10
    assert told == {name: codes[name] for name in told}
