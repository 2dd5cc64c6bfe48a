"""What an upstream of our own dialect answers about a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from filmgate.engines.relay.exchange import UnreadableAnswer
from filmgate.engines.relay.polling import State

_STATES: Mapping[str, State] = {
    "submitted": State.WAITING,
    "processing": State.RUNNING,
    "succeed": State.SUCCEEDED,
    "failed": State.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class UpstreamTask:
    """A task as the upstream tells it; `progress` is a fraction, `code` and `message` say why it failed."""

    task_id: str
    state: State
    progress: float = 0.0
    url: str | None = None
    video_id: str | None = None
    engine: str | None = None
    code: str = ""
    message: str = ""

    @property
    def has_clip(self) -> bool:
        """Say whether there is a link to it."""
        return bool(self.url)


Answer = TypeVar("Answer", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Fault(_Part):
    """Why something was refused, or failed."""

    code: str = "api_error"
    message: str = ""


class _Outcome(_Part):
    task_id: str | None = None
    state: Literal["submitted", "processing", "succeed", "failed"] | None = None
    video_id: str | None = None
    video_url: str | None = None
    error: Fault | None = None


class _Mirror(_Part):
    progress: float = 0.0


class _Record(_Part):
    id: str | None = None
    engine: str | None = None
    response: _Outcome = _Outcome()
    data: _Mirror = _Mirror()


def read_accepted(content: bytes) -> UpstreamTask:
    """Return the task of an answer to a create, whether it is to be asked for or over already.

    Raises:
        UnreadableAnswer: it names no task.
    """
    outcome = _read(_Outcome, content)
    if outcome.task_id is None:
        raise UnreadableAnswer("The answer to the create names no task.")
    return _task(outcome, task_id=outcome.task_id)


def read_record(content: bytes) -> UpstreamTask | None:
    """Return the task of a record; None where the upstream does not know it.

    Raises:
        UnreadableAnswer: it is no record.
    """
    record = _read(_Record, content)
    if record.id is None:
        return None
    return _task(record.response, task_id=record.id, progress=record.data.progress, engine=record.engine)


def read_fault(content: bytes) -> Fault | None:
    """Return why a request was refused; None where the answer does not say it in the dialect's words."""
    try:
        return _read(_Outcome, content).error
    except UnreadableAnswer:
        return None


def _task(
    outcome: _Outcome, *, task_id: str, progress: float = 0.0, engine: str | None = None
) -> UpstreamTask:
    fault = outcome.error or Fault(code="", message="")
    return UpstreamTask(
        task_id=task_id,
        state=_STATES[outcome.state or "submitted"],
        progress=min(max(progress / 100, 0.0), 1.0),
        url=outcome.video_url,
        video_id=outcome.video_id,
        engine=engine,
        code=fault.code,
        message=fault.message,
    )


def _read(model: type[Answer], content: bytes) -> Answer:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise UnreadableAnswer("The answer is not one of the dialect.") from error
