"""A body as it may be stored and shown again: nothing a database refuses, no pictures."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.wording import shown
from filmgate.http.kling.data_urls import DataURL, bare_base64, decoded

DEEPEST = 32
MOST_VALUES = 10_000


def refuse_unstorable(body: Mapping[str, Any]) -> None:
    """Check that a decoded JSON body can be kept as it was sent.

    Raises:
        InvalidRequest: nested too deep, too many values, or a string or number that no database keeps:
            a NUL character, half of a surrogate pair, NaN, an infinity.
    """
    if found := next(_unstorable(body), None):
        raise InvalidRequest([found])


def _unstorable(body: Mapping[str, Any]) -> Iterator[Objection]:
    # A list of what is left to see, not recursion: the depth is the caller's choice.
    left: list[tuple[str, Any, int]] = [("", body, 0)]
    seen = 0
    while left:
        field, value, depth = left.pop()
        seen += 1
        # A body of the documented fields has under a hundred; this bounds the time that reading takes.
        if seen + len(left) > MOST_VALUES:
            message = f"The body holds too many values; at most {MOST_VALUES:,} are accepted."
            yield Objection("body", None, message)
            return
        if depth > DEEPEST:
            message = f"The body is nested deeper than {DEEPEST} levels; that many are accepted."
            yield Objection(field.partition(".")[0], f"nested {depth} deep", message)
        elif isinstance(value, str) and not _is_storable(value):
            message = (
                f"{field or 'A name'} holds a NUL character or half of a surrogate pair; "
                "any other text is accepted."
            )
            yield Objection(field, shown(value), message)
        elif isinstance(value, float) and not math.isfinite(value):
            yield Objection(field, shown(value), f"{field} must be a finite number, not {shown(value)}.")
        elif isinstance(value, Mapping):
            left += [("", name, depth) for name in value]
            left += [
                (_below(field, name), each, depth + 1) for name, each in value.items() if _is_storable(name)
            ]
        elif isinstance(value, list):
            left += [(field, each, depth + 1) for each in value]


def _below(field: str, name: str) -> str:
    return f"{field}.{name[:60]}"[:200].strip(".")


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def redacted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as it was sent, each inline picture replaced by its type, size and SHA-256.

    The size is in bytes and the hash is of the content, as decoded; of the text where it does not decode.

    Raises:
        InvalidRequest: the body cannot be stored.
    """
    refuse_unstorable(body)
    return {name: _redacted(value) for name, value in body.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        inline = DataURL.of(value)
        return _summary(inline, value) if inline and inline.is_base64 else value
    if isinstance(value, Mapping):
        return {name: _redacted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    return value


def _summary(head: DataURL, text: str) -> dict[str, Any]:
    coded = text[head.n_characters :]
    try:
        content = decoded(bare_base64(coded))
    except ValueError:
        content = coded.encode()
    return {
        "type": head.content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
