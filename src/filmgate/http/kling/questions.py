"""What the routes that ask about tasks share: whose id is meant, and how a field is refused."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.tasks import TaskId
from filmgate.domain.wording import shown
from filmgate.http.errors import note_task


def id_field(body: Mapping[str, Any], *, name: str, other: str, besides: str = "") -> str:
    """Return the id of a task, as it was written, under `name` or its `other` name.

    Raises:
        InvalidRequest: it is under neither, or no text; names `name`, and ends with what is sent `besides`.
    """
    given = body.get(name) or body.get(other)
    if given is None:
        message = f"{name} is required: the id of a task, as a string.{besides}"
        raise InvalidRequest([Objection(name, None, message)])
    if not isinstance(given, str) or not given:
        raise refusal(name, given, accepted="the id of a task, as a string")
    return given


def task_id_of(given: str) -> TaskId | None:
    """Return None for what cannot be an id: to its caller it is an unknown one."""
    try:
        return TaskId(UUID(given))
    except ValueError:
        return None


def noted_task_id(request: Request, given: str) -> TaskId | None:
    """Return the id as `task_id_of`, and let the request's line in the log tell it."""
    task_id = task_id_of(given)
    if task_id is not None:
        note_task(request, task_id)
    return task_id


def refusal(field: str, value: object, *, accepted: str) -> InvalidRequest:
    """Return the refusal of a field's value, which says what is accepted."""
    message = f"{field} {shown(value)} is not accepted; send {accepted}."
    return InvalidRequest([Objection(field, shown(value), message)])
