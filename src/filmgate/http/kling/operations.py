"""What OpenAPI says of this dialect's routes; the examples are written by the code that answers."""

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from filmgate.domain.accounts import price
from filmgate.domain.models import Catalog
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.http.document import error_responses, json_content, one_of, response, schema
from filmgate.http.kling.answer_schema import (
    AcceptedAnswer,
    ErrorAnswer,
    PriceAnswer,
    StreamLine,
    VideoAnswer,
)
from filmgate.http.kling.answers import (
    accepted_body,
    delivery_body,
    outcome_body,
    price_body,
    record_body,
    stream_line,
)
from filmgate.http.kling.create_schema import create_schema
from filmgate.http.kling.delivery_schema import DeliveryBody, DeliveryRecord, ReplayBody, ReplayedAnswer
from filmgate.http.kling.examples import (
    CANCELLED,
    DELETED,
    DELIVERED,
    FAILED,
    PENDING_DELIVERY,
    RUNNING,
    SUCCEEDED,
    WAITING,
    WARNED,
)
from filmgate.http.kling.intake import LONGEST_IDEMPOTENCY_KEY
from filmgate.http.kling.task_schema import (
    DeleteBody,
    DeletedAnswer,
    NoRecord,
    RetrieveBatchBody,
    RetrieveBody,
    TaskPage,
    TaskRecord,
)
from filmgate.http.kling.videos import STREAM_TYPE

_REF = "#/components/schemas/{model}"
_REFUSALS = ("bad_request", "token_mismatched", "invalid_token", "too_large", "unsupported_media_type")
_FAULTS = ("too_many_requests", "api_error", "unavailable")
_ADMISSION = ("api_not_implemented", "forbidden")
_ID = str(WAITING.task_id)


def schemas(catalog: Catalog) -> dict[str, Any]:
    """Return every schema of this dialect by its name."""
    models = (
        *(VideoAnswer, AcceptedAnswer, StreamLine, ErrorAnswer, PriceAnswer),
        *(RetrieveBody, RetrieveBatchBody, DeleteBody),
        *(TaskRecord, NoRecord, TaskPage, DeletedAnswer),
        *(DeliveryBody, ReplayBody, DeliveryRecord, ReplayedAnswer),
    )
    _, answers = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    create = create_schema(catalog, ref_template=_REF)
    parts = create.pop("$defs")
    return {"CreateBody": create, **parts, **answers["$defs"]}


def paths(catalog: Catalog) -> dict[str, Any]:
    """Return what each path does."""
    return {
        "/kling/videos": {"post": _create(catalog)},
        "/kling/tasks": {"post": _tasks()},
        "/kling/deliveries": {"post": _deliveries()},
        "/kling/price": {"post": _price(catalog)},
    }


def _create(catalog: Catalog) -> dict[str, Any]:
    return {
        "operationId": "createVideo",
        "tags": ["videos"],
        "summary": "Generate a video from text, from a picture, or by extending an earlier one",
        "description": (
            "Without `async` and `callback_url` the call is held until the clip is there, however long "
            f"that takes; with `accept: {STREAM_TYPE}` its progress is streamed meanwhile. Otherwise it is "
            "answered at once. If the caller goes away the task goes on, and sending the same request again "
            "joins it."
        ),
        "parameters": [_accept(), _idempotency_key()],
        "requestBody": _body(catalog),
        "responses": {
            "200": response(
                "The clip, or the task that will make it.",
                content={
                    **json_content(
                        one_of("VideoAnswer", "AcceptedAnswer"),
                        {
                            "sync": ("Synchronous", outcome_body(SUCCEEDED)),
                            "async": ("Asynchronous", _accepted()),
                            "warned": ("With a field that is not known", _accepted(warned=True)),
                        },
                    ),
                    STREAM_TYPE: _stream(),
                },
            ),
            **error_responses(
                *_REFUSALS,
                *_ADMISSION,
                *("cancelled", "used_up", "idempotency_conflict", "timeout"),
                *_FAULTS,
            ),
        },
        "callbacks": {"outcome": {"{$request.body#/callback_url}": {"post": _callback()}}},
    }


def _tasks() -> dict[str, Any]:
    questions = {
        "retrieve": ("One task", {"id": _ID}),
        "retrieve_batch": ("Several tasks", {"action": "retrieve_batch", "ids": [_ID]}),
        "list": ("The newest tasks", {"action": "retrieve_batch", "limit": 20, "offset": 0}),
        "delete": ("Cancel or delete", {"action": "delete", "id": _ID}),
    }
    answers = {
        "waiting": ("A waiting task", record_body(WAITING)),
        "running": ("A running task", record_body(RUNNING)),
        "succeeded": ("A finished task", record_body(SUCCEEDED)),
        "failed": ("A failed task", record_body(FAILED)),
        "cancelled": ("A task that was deleted before it ended", record_body(CANCELLED)),
        "files_deleted": ("A task whose files were deleted", record_body(DELETED)),
        "unknown": ("An unknown id, or another account's", {}),
        "batch": ("Several tasks", {"items": [record_body(SUCCEEDED)], "count": 1}),
        "deleted": ("Deleted", {"id": _ID, "deleted": True}),
    }
    shape = one_of("RetrieveBody", "RetrieveBatchBody", "DeleteBody")
    answer = one_of("TaskRecord", "NoRecord", "TaskPage", "DeletedAnswer")
    return {
        "operationId": "tasks",
        "tags": ["tasks"],
        "summary": "Look up, list, cancel and delete tasks",
        "description": "Free of charge, and cheap enough to ask every second.",
        "requestBody": {"required": True, "content": json_content(shape, questions)},
        "responses": {
            "200": response(
                "The record, the records, or whether it was deleted.", content=json_content(answer, answers)
            ),
            **error_responses(*_REFUSALS, *_FAULTS),
        },
    }


def _deliveries() -> dict[str, Any]:
    questions = {
        "retrieve": ("The callback of a task", {"task_id": _ID}),
        "replay": ("Send it again", {"action": "replay", "task_id": _ID}),
    }
    answers = {
        "pending": ("Not taken so far", delivery_body(PENDING_DELIVERY)),
        "delivered": ("Taken at the third post", delivery_body(DELIVERED)),
        "unknown": ("A task without a callback, one that has not ended, or an unknown id", {}),
        "replayed": ("It is sent again", {"task_id": _ID, "replayed": True}),
    }
    shape = one_of("DeliveryBody", "ReplayBody")
    answer = one_of("DeliveryRecord", "NoRecord", "ReplayedAnswer")
    return {
        "operationId": "deliveries",
        "tags": ["tasks"],
        "summary": "See what became of a callback, and send it again",
        "description": "Every post is listed with its time, its answer's status and how long that took. "
        "Sent again, the callback has the same `webhook-id`.",
        "requestBody": {"required": True, "content": json_content(shape, questions)},
        "responses": {
            "200": response(
                "The delivery, or whether it is sent again.", content=json_content(answer, answers)
            ),
            **error_responses(*_REFUSALS, *_FAULTS),
        },
    }


def _price(catalog: Catalog) -> dict[str, Any]:
    request = GenerationRequest(
        action=Action.TEXT2VIDEO, model="kling-v2-6", mode=Mode.PRO, duration=5, generate_audio=True
    )
    cost = price(request, catalog.spec(request.model, request.mode))
    example = price_body(cost, trace_id=WAITING.trace_id, warnings=())
    return {
        "operationId": "price",
        "tags": ["videos"],
        "summary": "Say what a create would cost, without creating anything",
        "description": "Takes the body of a create, and refuses what a create would refuse.",
        "requestBody": _body(catalog),
        "responses": {
            "200": response(
                "The price.",
                content=json_content(schema("PriceAnswer"), {"price": ("With sound", example)}),
            ),
            **error_responses(*_REFUSALS, *_ADMISSION, *_FAULTS),
        },
    }


def _body(catalog: Catalog) -> dict[str, Any]:
    told = create_schema(catalog)["examples"]
    examples = {each["action"] if n != 2 else "camera": (_summary(each), each) for n, each in enumerate(told)}
    return {"required": True, "content": json_content(schema("CreateBody"), examples)}


def _summary(body: dict[str, Any]) -> str:
    if "camera_control" in body:
        return "With a camera move and a callback"
    return {
        Action.TEXT2VIDEO: "From text",
        Action.IMAGE2VIDEO: "From a first and a last picture, with sound",
        Action.EXTEND: "Continue an earlier clip",
    }[Action(body["action"])]


def _accepted(*, warned: bool = False) -> dict[str, object]:
    warnings = [WARNED] if warned else []
    return accepted_body(WAITING.task_id, trace_id=WAITING.trace_id, warnings=warnings)


def _stream() -> dict[str, Any]:
    lines = (stream_line(WAITING), stream_line(RUNNING), outcome_body(SUCCEEDED))
    return {
        "schema": {
            "type": "string",
            "description": "One JSON object on each line: a `StreamLine` at once and on change, at most once "
            "a second, and as the last line a `VideoAnswer` or an `ErrorAnswer`.",
        },
        "examples": {
            "stream": {
                "summary": "Streamed",
                "value": "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines),
            }
        },
    }


def _callback() -> dict[str, Any]:
    signed = [
        _header("webhook-id", "The same for every post of one delivery."),
        _header("webhook-timestamp", "Unix seconds of this post."),
        _header(
            "webhook-signature",
            "Of id, timestamp and body, as Standard Webhooks defines it; two, with a space between them, "
            "while the secret is rotated.",
        ),
    ]
    examples = {
        "succeeded": ("The clip", outcome_body(SUCCEEDED)),
        "failed": ("Why there is none", outcome_body(FAILED)),
    }
    return {
        "summary": "The task has ended",
        "description": "Posted again, for about three days by default, until it is answered with 2xx; 410 "
        "ends it.",
        "parameters": signed,
        "requestBody": {
            "required": True,
            "content": json_content(one_of("VideoAnswer", "ErrorAnswer"), examples),
        },
        "responses": {"2XX": {"description": "Received; the body does not matter."}},
        "security": [],
    }


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _accept() -> dict[str, Any]:
    return {
        "name": "accept",
        "in": "header",
        "description": f"`{STREAM_TYPE}` streams a synchronous call; anything else is answered in JSON.",
        "schema": {"type": "string", "default": "application/json"},
    }


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "idempotency-key",
        "in": "header",
        "description": "Within 24 hours, the same key and body lead to the same task, however that ended.",
        "schema": {"type": "string", "maxLength": LONGEST_IDEMPOTENCY_KEY},
        "example": "order-7",
    }
