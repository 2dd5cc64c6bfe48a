"""Reading a request's JSON body."""

import json
from typing import Any, NoReturn

from starlette.requests import Request

from filmgate.domain.errors import InvalidRequest, Objection, UnsupportedMediaType
from filmgate.domain.wording import shown


class _NotPlain(ValueError):
    """What Python reads as JSON, but JSON or good sense does not allow."""


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body.

    Raises:
        UnsupportedMediaType: the content type names something else.
        InvalidRequest: it is not JSON, not an object, or says one thing twice.
    """
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise UnsupportedMediaType(
            f'The content-type is "{content_type[:60]}"; send the body as application/json.'
        )
    raw = await request.body()
    try:
        body = json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        message = f"The body is not valid JSON: {_reason(error)}."
        raise InvalidRequest([Objection("body", None, message)]) from error
    if not isinstance(body, dict):
        message = f"The body must be a JSON object, not {shown(body)}."
        raise InvalidRequest([Objection("body", shown(body), message)])
    return body


def _reason(error: ValueError | RecursionError) -> str:
    match error:
        case json.JSONDecodeError() | _NotPlain():
            return str(error)
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case RecursionError():
            return "it is nested too deep"
        case _:
            return "it holds a number of thousands of digits"


def _refuse_constant(name: str) -> NoReturn:
    raise _NotPlain(f"{name} is not a number of JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        # Readers differ in which of the two counts, so neither does.
        if name in read:
            raise _NotPlain(f"it gives {shown(name)} more than once")
        read[name] = value
    return read
