"""What the hosted Kling service answers, in both of its designs, as one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from filmgate.engines.relay.exchange import UnreadableAnswer
from filmgate.engines.relay.kling.orders import Kind
from filmgate.engines.relay.polling import State

_STATES: Mapping[str, State] = {
    "submitted": State.WAITING,
    "processing": State.RUNNING,
    "succeed": State.SUCCEEDED,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as the service tells of it.

    `url` leads to the clip for a while; `video_id` is what an extension names it by. `deducted` is what
    the service took for it, in its own units and as it wrote it.
    """

    job_id: str
    state: State
    message: str = ""
    url: str | None = None
    video_id: str | None = None
    deducted: str | None = None

    @property
    def progress(self) -> float:
        """The service tells none."""
        return 0.0

    @property
    def has_clip(self) -> bool:
        """Say whether there is a link to it."""
        return bool(self.url)


def _written(value: object) -> object:
    # Ids and amounts are strings in the dialect; numbers have been seen in their place.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_Text = Annotated[str, BeforeValidator(_written)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Envelope(_Part):
    """What every answer has around it; `code` is 0 where all is well."""

    code: int
    message: str | None = None
    request_id: _Text | None = None
    data: Any = None


class _Video(_Part):
    id: _Text | None = None
    url: str | None = None


class _Result(_Part):
    videos: list[_Video] = []


class _OlderJob(_Part):
    task_id: _Text
    task_status: str
    task_status_msg: str | None = None
    task_result: _Result | None = None
    final_unit_deduction: _Text | None = None


class _Output(_Video):
    type: str = ""


class _Bill(_Part):
    amount: _Text | None = None


class _NewerJob(_Part):
    id: _Text
    status: str
    message: str | None = None
    outputs: list[_Output] | None = None
    billing: list[_Bill] | None = None


def read_envelope(content: bytes) -> Envelope:
    """Return what an answer's body says.

    Raises:
        UnreadableAnswer: it is no envelope of the dialect.
    """
    try:
        return Envelope.model_validate_json(content)
    except ValidationError as error:
        raise UnreadableAnswer("The answer is not one of the dialect.") from error


def read_job(kind: Kind, told: object) -> Job | None:
    """Return the job of an answer's `data`; None where it holds none.

    The newer design answers a question with a list.

    Raises:
        UnreadableAnswer: a field is missing or of another type.
    """
    if isinstance(told, list):
        told = told[0] if told else None
    if told is None or told == {}:
        return None
    try:
        return _newer(told) if kind.is_newer else _older(told)
    except ValidationError as error:
        raise UnreadableAnswer("The job is not told as the dialect tells one.") from error


def _older(told: object) -> Job:
    job = _OlderJob.model_validate(told)
    videos = job.task_result.videos if job.task_result is not None else []
    video = videos[0] if videos else _Video()
    return Job(
        job_id=job.task_id,
        state=_state(job.task_status),
        message=job.task_status_msg or "",
        url=video.url,
        video_id=video.id,
        deducted=job.final_unit_deduction,
    )


def _newer(told: object) -> Job:
    job = _NewerJob.model_validate(told)
    video = next((each for each in job.outputs or [] if each.type == "video"), _Video())
    amounts = [bill.amount for bill in job.billing or [] if bill.amount is not None]
    return Job(
        job_id=job.id,
        state=_state(job.status),
        message=job.message or "",
        url=video.url,
        video_id=video.id,
        deducted=" + ".join(amounts) or None,
    )


def _state(word: str) -> State:
    if (state := _STATES.get(word)) is None:
        raise UnreadableAnswer(f"The state {word!r} is not one of the dialect.")
    return state
