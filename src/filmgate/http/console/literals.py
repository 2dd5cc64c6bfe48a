"""JSON values as literals of programming languages, laid out for people.

What a container holds stands on one line where it fits, else on a line each. Printable characters of any
script stay as they are; all others are written as escapes, so that nothing in a program is invisible.
"""

import json
import math
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from filmgate.domain.wording import shown

# Past this JavaScript rounds whole numbers.
LARGEST_WHOLE = 2**53 - 1

_WIDTH = 88
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# They join and part the letters of Persian and Hindi, and the pieces of many an emoji.
_JOINERS = "\u200c\u200d"
# A constant of a Java class has at most 65,535 bytes, and a character takes up to six of them.
_JAVA_CONSTANT = 10_000


def json_text(value: JsonValue) -> str:
    """Return JSON."""
    return _JSON.literal(value)


def shell_literal(value: JsonValue) -> str:
    """Return a redirection of a shell's input from JSON."""
    # A quoted here-document has no escapes at all, and unlike an argument it may be of any length.
    return f"<<'JSON'\n{json_text(value)}\nJSON"


def php_literal(value: JsonValue) -> str:
    """Return a string of PHP whose value is JSON."""
    # A nowdoc has no escapes either.
    return f"<<<'JSON'\n{json_text(value)}\nJSON"


def python_literal(value: JsonValue) -> str:
    """Return an expression of Python."""
    return _PYTHON.literal(value)


def javascript_literal(value: JsonValue) -> str:
    """Return an expression of JavaScript; names stand without quotes where they can."""
    return _JAVASCRIPT.literal(value)


def go_literal(value: JsonValue) -> str:
    """Return a raw string of Go whose value is JSON."""
    # Nothing escapes a backtick in Go, but JSON can do without one.
    return f"`{json_text(value).replace('`', _utf16_escape('`'))}`"


def java_literal(value: JsonValue) -> str:
    """Return an expression of Java whose value is JSON: a text block, or parts where that is too long."""
    text = json_text(value)
    if len(text) > _JAVA_CONSTANT:
        starts = range(0, len(text), _JAVA_CONSTANT)
        parts = [java_text(text[start : start + _JAVA_CONSTANT]) for start in starts]
        return 'String.join("",\n' + textwrap.indent(",\n".join(parts), " " * 12) + ")"
    # JSON never has three quotes in a row, so nothing inside ends the block.
    block = text.replace("\\", "\\\\")
    return '"""\n' + textwrap.indent(block, " " * 12) + '"""'


def java_text(text: str) -> str:
    """Return a string of Java; of characters that do not print, only newlines may be in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def shell_text(text: str) -> str:
    """Return a word of a shell, between single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def php_text(text: str) -> str:
    """Return a string of PHP, between single quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _utf16_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _python_escape(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def _javascript_name(quoted: str) -> str:
    name = quoted[1:-1]
    if name == "__proto__":
        # Written as other names are, it would set the object's prototype.
        return f"[{quoted}]"
    return name if _IDENTIFIER.fullmatch(name) else quoted


@dataclass(frozen=True, kw_only=True)
class _Dialect:
    """How a language writes what JSON can hold; strings and numbers are the same in all of them.

    `padding` stands inside the braces of an object on one line, `last_comma` after the last item of a
    container on several.
    """

    null: str = "null"
    true: str = "true"
    false: str = "false"
    indent: str = "  "
    padding: str = ""
    last_comma: str = ""
    escape: Callable[[str], str] = _utf16_escape
    name: Callable[[str], str] = str

    def literal(self, value: JsonValue) -> str:
        """Write a value; an object at the top always stands on several lines.

        Raises:
            ValueError: see `snippet`.
        """
        return self._tall(value) if isinstance(value, dict) and value else self._wide(value)

    def _wide(self, value: JsonValue) -> str:
        if isinstance(value, dict):
            pad = self.padding if value else ""
            items = (f"{self.name(self._text(name))}: {self._wide(each)}" for name, each in value.items())
            return "{" + pad + ", ".join(items) + pad + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._wide, value)) + "]"
        if isinstance(value, str):
            return self._text(value)
        return self._word(value)

    def _fitting(self, value: JsonValue, *, margin: str, lead: str) -> str:
        """Write a value behind `lead`, with a comma to follow; `margin` begins the line."""
        wide = self._wide(value)
        if isinstance(value, dict | list) and value and len(margin + lead + wide) >= _WIDTH:
            return self._tall(value, margin=margin)
        return wide

    def _tall(self, value: dict[str, JsonValue] | list[JsonValue], *, margin: str = "") -> str:
        deeper = margin + self.indent
        if isinstance(value, dict):
            brackets = "{}"
            leads = [(f"{self.name(self._text(name))}: ", each) for name, each in value.items()]
        else:
            brackets = "[]"
            leads = [("", each) for each in value]
        items = [lead + self._fitting(each, margin=deeper, lead=lead) for lead, each in leads]
        lines = f",\n{deeper}".join(items)
        return f"{brackets[0]}\n{deeper}{lines}{self.last_comma}\n{margin}{brackets[1]}"

    def _text(self, text: str) -> str:
        quoted = json.dumps(text, ensure_ascii=False)
        return "".join(
            each if each.isprintable() or each in _JOINERS else self.escape(each) for each in quoted
        )

    def _word(self, value: float | None) -> str:
        if value is None:
            return self.null
        if isinstance(value, bool):
            return self.true if value else self.false
        carried = abs(value) <= LARGEST_WHOLE if isinstance(value, int) else math.isfinite(value)
        if not carried:
            raise ValueError(f"Not every language can carry {shown(value)}.")
        return repr(value)


_JSON = _Dialect()
_JAVASCRIPT = _Dialect(padding=" ", last_comma=",", name=_javascript_name)
_PYTHON = _Dialect(
    null="None", true="True", false="False", indent="    ", last_comma=",", escape=_python_escape
)
