"""Reading a request's JSON body."""

import json
from typing import Any, NoReturn

from starlette.requests import Request

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.wording import shown
from filmgate.http.errors import UnsupportedMediaType


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body.

    Raises:
        UnsupportedMediaType: the content type names something else.
        InvalidRequest: it is not JSON, or not an object.
    """
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise UnsupportedMediaType(
            f'The content-type is "{content_type[:60]}"; send the body as application/json.'
        )
    raw = await request.body()
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "it cannot be decoded"
        raise InvalidRequest([Objection("body", None, f"The body is not valid JSON: {reason}.")]) from error
    if not isinstance(body, dict):
        message = f"The body must be a JSON object, not {shown(body)}."
        raise InvalidRequest([Objection("body", shown(body), message)])
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
