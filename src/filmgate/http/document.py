"""The building stones of the OpenAPI document: contents, headers, and the answers to what goes wrong."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from filmgate.http.error_table import ERRORS, ErrorCase
from filmgate.http.errors import RETRY_UNAVAILABLE_AFTER_SECONDS, error_body

TRACE_HEADER = "x-trace-id"

_TRACE_ID = UUID("2cf86e86-22a4-46e1-ac2f-032c0f2a4e89")
_HEADERS_OF_STATUS: Mapping[str, tuple[str, ...]] = {
    "401": ("www-authenticate",),
    "405": ("allow",),
    "429": ("retry-after",),
    "503": ("retry-after",),
}

HEADERS: Mapping[str, Any] = {
    TRACE_HEADER: {
        "description": "Finds the request in the server's log.",
        "schema": {"type": "string", "format": "uuid"},
        "required": True,
    },
    "retry-after": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": RETRY_UNAVAILABLE_AFTER_SECONDS,
    },
    "www-authenticate": {"description": "Which key is wanted.", "schema": {"const": "Bearer"}},
    "allow": {"description": "The methods that the path has.", "schema": {"type": "string"}},
}


def schema(name: str) -> dict[str, str]:
    """Return a reference to one of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(*names: str) -> dict[str, Any]:
    """Return a choice between the document's schemas."""
    return {"oneOf": [schema(name) for name in names]}


def json_content(shape: Mapping[str, Any], examples: Mapping[str, tuple[str, object]]) -> dict[str, Any]:
    """Return content in JSON, with its examples by name: a summary and a value."""
    shown = {name: {"summary": summary, "value": value} for name, (summary, value) in examples.items()}
    return {"application/json": {"schema": dict(shape), "examples": shown}}


def response(
    description: str, *, content: Mapping[str, Any] | None, headers: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a response; every one carries the trace id."""
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in (TRACE_HEADER, *headers)}
    return {"description": description, "headers": named} | ({"content": content} if content else {})


def error_responses(*codes: str) -> dict[str, Any]:
    """Return the responses to these errors, by status."""
    responses = {}
    chosen = [case for case in ERRORS if case.code in codes]
    for status in dict.fromkeys(str(case.status.value) for case in chosen):
        cases = [case for case in chosen if str(case.status.value) == status]
        examples = {case.code: (case.when, _example(case)) for case in cases}
        responses[status] = response(
            " ".join(f"`{case.code}`: {case.when}" for case in cases),
            content=json_content(schema("ErrorAnswer"), examples),
            headers=_HEADERS_OF_STATUS.get(status, ()),
        )
    return responses


def _example(case: ErrorCase) -> dict[str, object]:
    return error_body(case.code, case.message, trace_id=_TRACE_ID)
