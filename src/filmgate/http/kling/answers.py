"""What a task looks like on the wire, in each of its states."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi.responses import JSONResponse

from filmgate.domain.accounts import VIDEOS_API, Price
from filmgate.domain.callbacks import DeliveryLog, Post
from filmgate.domain.tasks import Status, Task, TaskId, Warned
from filmgate.domain.wording import in_credits
from filmgate.http.error_table import STATUS_OF_CODE
from filmgate.http.errors import error_body

TYPE = "videos"

STATE: Mapping[Status, str] = {
    Status.WAITING: "submitted",
    Status.RUNNING: "processing",
    Status.SUCCEEDED: "succeed",
    Status.FAILED: "failed",
}


def accepted_body(task_id: TaskId, *, trace_id: UUID, warnings: Sequence[Warned]) -> dict[str, object]:
    """The answer to an asynchronous create."""
    body: dict[str, object] = {"success": True, "task_id": str(task_id)}
    return body | warnings_field(warnings) | {"trace_id": str(trace_id)}


def outcome_body(task: Task) -> dict[str, Any]:
    """The synchronous answer and the callback of a task that has ended."""
    if task.failure is not None:
        return error_body(
            task.failure.code, task.failure.message, trace_id=task.trace_id, task_id=task.task_id
        )
    video = _video(task)
    return {
        "success": True,
        "task_id": str(task.task_id),
        **video,
        # One client's plain view reads nothing but `data`, and all of it as strings.
        "data": {"id": task.video_id, **video},
        "trace_id": str(task.trace_id),
    }


def price_body(price: Price, *, trace_id: UUID, warnings: Sequence[Warned]) -> dict[str, object]:
    """The answer to the question what a create would cost."""
    lines = [{"item": item.label, "credits": in_credits(item.millicredits)} for item in price.items]
    body = {"success": True, "credits": in_credits(price.millicredits), "breakdown": lines}
    return body | warnings_field(warnings) | {"trace_id": str(trace_id)}


def callback_body(task: Task) -> bytes:
    """The outcome as it is posted to a `callback_url`."""
    return json.dumps(outcome_body(task), ensure_ascii=False).encode()


def outcome_response(task: Task) -> JSONResponse:
    """The synchronous answer with its HTTP status."""
    status = HTTPStatus.OK if task.failure is None else STATUS_OF_CODE[task.failure.code]
    return JSONResponse(outcome_body(task) | warnings_field(task.warnings), status_code=status)


def stream_line(task: Task) -> dict[str, object]:
    """One line of a streamed answer while the task is open."""
    return {"task_id": str(task.task_id), "state": STATE[task.status], "progress": task.progress}


def record_body(task: Task, *, is_for_operator: bool = False) -> dict[str, Any]:
    """The task's record, as `/kling/tasks` shows it; what upstreams said is for the operator alone."""
    state = STATE[task.status]
    record: dict[str, Any] = {
        "id": str(task.task_id),
        "type": TYPE,
        "created_at": _seconds(task.created_at),
        "started_at": task.started_at and _seconds(task.started_at),
        "finished_at": task.finished_at and _seconds(task.finished_at),
        "elapsed": _elapsed(task),
        "trace_id": str(task.trace_id),
        "application_id": str(task.application_id),
        "credential_id": str(task.key_id),
        "user_id": str(task.account_id),
        "api_id": VIDEOS_API,
        "engine": task.engine,
        "credits": _credits(task),
        "making": None if task.making is None else dict(task.making),
        **_setbacks(task if is_for_operator else None),
        **warnings_field(task.warnings),
        "request": dict(task.body),
        "response": _response(task),
        "data": {"id": str(task.task_id), "state": state, "status": state, "progress": task.progress},
    }
    if task.clip is not None and task.files_deleted_at is None:
        record["data"]["video_url"] = file_url(task, task.clip.name)
        if task.poster is not None:
            record["data"]["poster_url"] = file_url(task, task.poster.name)
    # A field that has no value yet is absent: some clients take any value for an ended task.
    return {name: value for name, value in record.items() if value is not None}


def delivery_body(log: DeliveryLog) -> dict[str, Any]:
    """What became of a task's callback, as `/kling/deliveries` shows it."""
    delivery = log.delivery
    ended_at = delivery.delivered_at or delivery.given_up_at
    state = "pending" if delivery.is_open else "delivered" if delivery.delivered_at else "given_up"
    record: dict[str, Any] = {
        "id": str(delivery.delivery_id),
        "task_id": str(delivery.task_id),
        "callback_url": delivery.url,
        "state": state,
        "created_at": _seconds(delivery.created_at),
        "ended_at": ended_at and _seconds(ended_at),
        "next_post_at": log.next_post_at and _seconds(log.next_post_at),
        "posts": [_post(post) for post in log.posts],
    }
    return {name: value for name, value in record.items() if value is not None}


def _setbacks(task: Task | None) -> dict[str, Any]:
    if task is None or not task.setbacks:
        return {}
    told = [
        {
            "attempt": setback.attempt,
            "engine": setback.engine,
            "at": _seconds(setback.at),
            "reason": setback.reason,
            **({} if setback.upstream is None else {"upstream": asdict(setback.upstream)}),
        }
        for setback in task.setbacks
    ]
    return {"setbacks": told}


def _post(post: Post) -> dict[str, Any]:
    return {
        "number": post.number,
        "sent_at": _seconds(post.sent_at),
        **({} if post.status is None else {"status": post.status}),
        "reason": post.reason,
        "elapsed_ms": round(post.elapsed.total_seconds() * 1000),
    }


def warnings_field(warnings: Sequence[Warned]) -> dict[str, object]:
    """Each field that was accepted without an effect, and the nearest name that has one; {} for none."""
    told = [
        {
            "field": warned.field,
            "message": warned.reason or f"{warned.field} is not known here and has no effect.",
        }
        | ({"nearest": warned.nearest} if warned.nearest else {})
        for warned in warnings
    ]
    return {"warnings": told} if told else {}


def file_url(task: Task, name: str) -> str:
    """The absolute URL of one of the task's files."""
    return f"{task.public_origin}/files/{name}"


def _response(task: Task) -> dict[str, Any]:
    if not task.status.is_final:
        return {"task_id": str(task.task_id), "state": STATE[task.status]}
    body = outcome_body(task)
    if task.failure is None:
        del body["data"]
    if task.clip is not None and task.files_deleted_at is not None:
        del body["video_url"]
        body["deleted"] = True
    return body


def _video(task: Task) -> dict[str, Any]:
    assert task.clip is not None, "a task that succeeded has a clip"
    assert task.clip.clip is not None, "a clip carries its measurements"
    return {
        "video_id": task.video_id,
        "video_url": file_url(task, task.clip.name),
        "duration": f"{float(task.clip.clip.duration):.3f}",
        "state": STATE[task.status],
    }


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), 3)


def _elapsed(task: Task) -> float | None:
    if task.finished_at is None:
        return None
    return round((task.finished_at - (task.started_at or task.created_at)).total_seconds(), 3)


def _credits(task: Task) -> dict[str, str]:
    credits_ = {"reserved": in_credits(task.reserved)}
    if task.settled is not None:
        credits_["settled"] = in_credits(task.settled)
    return credits_
