"""Every code on the wire: its HTTP status, when it is given, and what such a refusal reads like."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class ErrorCase:
    """One row: the code, its status, when it is given, and an example of its message."""

    code: str
    status: HTTPStatus
    when: str
    message: str


ERRORS: tuple[ErrorCase, ...] = (
    ErrorCase(
        "bad_request",
        HTTPStatus.BAD_REQUEST,
        "A parameter is missing, invalid or not supported; the message says what would be accepted.",
        "duration 7 is not supported by kling-v1; it accepts 5 or 10.",
    ),
    ErrorCase(
        "token_mismatched",
        HTTPStatus.BAD_REQUEST,
        "The key is real but is not for this API.",
        "This API key is not for kling-videos; it opens: kling-images.",
    ),
    ErrorCase(
        "api_not_implemented",
        HTTPStatus.BAD_REQUEST,
        "No engine on the route can honour the request; the message names the field.",
        "model kling-v3 has no route on this server; its operator decides which have.",
    ),
    ErrorCase(
        "cancelled",
        HTTPStatus.BAD_REQUEST,
        "The task of a held call was deleted.",
        "The task was deleted before it ended.",
    ),
    ErrorCase(
        "invalid_token",
        HTTPStatus.UNAUTHORIZED,
        "There is no key, or it is unknown, revoked or expired.",
        "This API key is not known here.",
    ),
    ErrorCase(
        "used_up",
        HTTPStatus.FORBIDDEN,
        "There are not enough credits; the message says how many are needed and left.",
        "Not enough credits: this request needs 2.80, 1.40 are left.",
    ),
    ErrorCase(
        "forbidden",
        HTTPStatus.FORBIDDEN,
        "The operator's content policy refuses the request.",
        "The prompt is refused by this server's content policy.",
    ),
    ErrorCase(
        "no_api",
        HTTPStatus.NOT_FOUND,
        "There is no such path.",
        "There is no API at /kling/films.",
    ),
    ErrorCase(
        "not_found",
        HTTPStatus.NOT_FOUND,
        "No file ever had this name, and no inbox this secret.",
        "There is no such file.",
    ),
    ErrorCase(
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "The path is right and the method is not; the header `allow` lists those that are.",
        "GET is not allowed here; use POST.",
    ),
    ErrorCase(
        "idempotency_conflict",
        HTTPStatus.CONFLICT,
        "The same `Idempotency-Key` came with another body.",
        'The Idempotency-Key "order-7" was used for another body; send the same body again, or another key.',
    ),
    ErrorCase(
        "expired",
        HTTPStatus.GONE,
        "The file was deleted, or its retention is over; or the inbox was revoked.",
        "This file was kept for 30 days and is gone.",
    ),
    ErrorCase(
        "too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is over a limit, as a whole or beside its inline pictures; the message names the limit.",
        "The body is over 64 MiB, the most this server accepts.",
    ),
    ErrorCase(
        "unsupported_media_type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is not said to be JSON.",
        'The content-type is "text/plain"; send the body as application/json.',
    ),
    ErrorCase(
        "too_many_requests",
        HTTPStatus.TOO_MANY_REQUESTS,
        "A limit of account or inbox is reached or the queue is full; try again after `retry-after` seconds.",
        "This account may create 600 tasks a minute; try again in 3 s.",
    ),
    ErrorCase(
        "api_error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Our fault or the engine's; the trace id finds it in the log.",
        "Something went wrong on our side; the trace id finds it in the log.",
    ),
    ErrorCase(
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Database or storage is away, or the server stops; try again after `retry-after` seconds.",
        "The database cannot be reached; try again in a moment.",
    ),
    ErrorCase(
        "timeout",
        HTTPStatus.GATEWAY_TIMEOUT,
        "The engine exceeded the task's time limit.",
        "The task exceeded its time limit of 1800 s.",
    ),
)

STATUS_OF_CODE: Mapping[str, HTTPStatus] = {case.code: case.status for case in ERRORS}
