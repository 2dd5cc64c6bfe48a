"""Holding a body against the schema: every mistake of type becomes an objection in our words."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from filmgate.domain.errors import Objection
from filmgate.domain.models import Catalog
from filmgate.domain.sizes import too_many
from filmgate.domain.wording import shown
from filmgate.http.kling.create_schema import CreateBody, list_limits
from filmgate.http.kling.field_names import MOST_UNKNOWN, nearest

_MOST_TOLD = 6
_EXPECTED: Mapping[str, str] = {
    "string_type": "a string",
    "bool_type": "true or false",
    "float_type": "a number",
    "list_type": "a list",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "enum": "{expected}",
    "expected": "{expected}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
}


def read_shapes(given: Mapping[str, Any], catalog: Catalog) -> tuple[CreateBody, list[Objection]]:
    """Return the fields that have the right shape, and an objection to each that has not."""
    found: list[Objection] = []
    kept = dict(given)
    for field, limit in list_limits(catalog).items():
        # Before the items are read, so that a list of a million costs nothing.
        items = kept.get(field)
        if isinstance(items, list) and len(items) > limit:
            found.append(too_many(field, len(items), limit=limit))
            del kept[field]
    try:
        return CreateBody.model_validate(kept), found
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
    found += [_objection(mistake) for mistake in mistakes]
    # What is left has the right shape, so the rules can still speak about it in the same answer.
    for field in {str(mistake["loc"][0]) for mistake in mistakes}:
        kept.pop(field)
    return CreateBody.model_validate(kept), found


def _objection(mistake: ErrorDetails) -> Objection:
    field = _path(mistake["loc"])
    sent = shown(mistake["input"])
    if mistake["type"] == "missing":
        return Objection(field, None, f"{field} is required{_sent_instead(mistake)}.")
    if mistake["type"] == "refused":
        return Objection(field, sent, f"{field} {mistake['msg']}")
    expected = _EXPECTED[mistake["type"]].format(**mistake.get("ctx", {}))
    known = "model is invalid. " if field == "model" else ""
    return Objection(field, sent, f"{known}{field} must be {expected}, not {sent}.")


def _sent_instead(mistake: ErrorDetails) -> str:
    """Return which unknown names seem to be meant for the one that is missing."""
    missing = str(mistake["loc"][-1])
    names = list(mistake["input"])[:MOST_UNKNOWN]
    sent = [name for name in names if nearest(name, known=[missing])]
    return "".join(f"; {shown(name)} is not known there" for name in sent[:_MOST_TOLD])


def _path(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
