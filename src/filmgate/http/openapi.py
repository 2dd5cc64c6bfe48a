"""The OpenAPI document of the whole server, as data."""

from typing import Any

from filmgate import __version__
from filmgate.domain.models import Catalog
from filmgate.http.document import HEADERS, error_responses, response
from filmgate.http.kling import operations

_DESCRIPTION = (
    "Every answer carries the header `x-trace-id`, and every error has one shape. URLs in answers are "
    "absolute. Browser apps of any origin may call `/kling/*` and `/files/*`."
)


def api_document(catalog: Catalog) -> dict[str, Any]:
    """Return the document, with the catalogue's models, limits and prices written in."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Filmgate",
            "version": __version__,
            "summary": "The Kling Videos Generation API on your own machine.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"key": []}],
        "tags": [
            {"name": "videos", "description": "Making clips."},
            {"name": "tasks", "description": "What becomes of them."},
            {"name": "files", "description": "Clips and their stills."},
            {"name": "health", "description": "For whoever watches over the server."},
        ],
        "paths": {
            **operations.paths(catalog),
            "/files/{name}": {method: _file(method) for method in ("get", "head")},
            "/healthz": {"get": _alive()},
            "/readyz": {"get": _ready()},
        },
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`authorization: Bearer <key>`; `filmgate keys create NAME` makes a key.",
                }
            },
            "headers": dict(HEADERS),
            "schemas": operations.schemas(catalog),
            # Any request may meet these two, whatever it asks for.
            "responses": error_responses("no_api", "method_not_allowed"),
        },
    }


def _file(method: str) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    content = {"video/mp4": binary, "image/jpeg": binary} if method == "get" else None
    partial = {"content-range": {"schema": {"type": "string"}, "example": "bytes 0-99/10240"}}
    part = response("The part that was asked for.", content=content)
    past_the_end = response("The range lies past the end.", content=None)
    for each in (part, past_the_end):
        each["headers"] |= partial
    return {
        "operationId": f"{method}File",
        "tags": ["files"],
        "summary": "Download a clip or its still" if method == "get" else "Ask for its size and type",
        "description": "The URLs in answers lead here. No key is needed: names cannot be guessed.",
        "security": [],
        "parameters": [
            {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "range",
                "in": "header",
                "description": "Which bytes to send.",
                "schema": {"type": "string"},
                "example": "bytes=0-99",
            },
        ],
        "responses": {
            "200": response("The whole file.", content=content),
            "206": part,
            "302": response("The file lies elsewhere, at a URL that is good for minutes.", content=None),
            "416": past_the_end,
            **error_responses("not_found", "expired", "api_error", "unavailable"),
        },
    }


def _alive() -> dict[str, Any]:
    shape = {"type": "object", "properties": {"alive": {"const": True}}, "required": ["alive"]}
    content = {"application/json": {"schema": shape, "example": {"alive": True}}}
    return _unguarded("Say that the process lives", {"200": response("It lives.", content=content)})


def _ready() -> dict[str, Any]:
    parts = ("database", "worker", "storage")
    shape = {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}, **{part: {"type": "string"} for part in parts}},
        "required": ["ready", *parts],
    }
    well = {"ready": True, **dict.fromkeys(parts, "ok")}
    told = well | {"ready": False, "worker": "no worker is alive"}
    responses = {
        status: response(description, content={"application/json": {"schema": shape, "example": example}})
        for status, description, example in (
            ("200", "Database, storage and a worker answer.", well),
            ("503", "One of them does not; it says what is wrong.", told),
        )
    }
    return _unguarded("Say whether clips can be made", responses)


def _unguarded(summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"tags": ["health"], "summary": summary, "security": [], "responses": responses}
