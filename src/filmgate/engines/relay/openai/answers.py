"""What servers of the OpenAI videos dialect answer; none of them keeps to its types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from filmgate.engines.relay.exchange import UnreadableAnswer
from filmgate.engines.relay.polling import State

_STATES: Mapping[str, State] = {
    "queued": State.WAITING,
    "pending": State.WAITING,
    "in_progress": State.RUNNING,
    "processing": State.RUNNING,
    "running": State.RUNNING,
    "completed": State.SUCCEEDED,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "cancelled": State.FAILED,
    "expired": State.FAILED,
    "deleted": State.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as the server tells of it; `progress` from 0 to 1, `url` a second way to its clip."""

    job_id: str
    state: State
    progress: float = 0.0
    code: str = ""
    message: str = ""
    url: str | None = None

    @property
    def has_clip(self) -> bool:
        """Every clip has an address of its own at the server."""
        return True


def _percent(value: object) -> object:
    if isinstance(value, str):
        value = value.strip().removesuffix("%")
    try:
        number = float(value)  # type: ignore[arg-type] # whatever is no number tells nothing
    except (TypeError, ValueError):
        return 0.0
    return min(max(number, 0.0), 100.0) if number == number else 0.0


def _written(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Job(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, BeforeValidator(_written), Field(min_length=1, max_length=1000)]
    status: str
    progress: Annotated[float, BeforeValidator(_percent)] = 0.0
    error: Any = None
    url: Any = None


def read_job(content: bytes, *, job_id: str | None = None) -> Job:
    """Return the job that is told of.

    Raises:
        UnreadableAnswer: it is no job, or not the one with the given id.
    """
    try:
        told = _Job.model_validate_json(content)
    except ValidationError as error:
        raise UnreadableAnswer("The answer is no job of the dialect.") from error
    if job_id is not None and told.id != job_id:
        raise UnreadableAnswer("The answer tells of another job.")
    if (state := _STATES.get(told.status.lower())) is None:
        raise UnreadableAnswer("The job is in a state that the dialect does not have.")
    code, message = _words_of(told.error)
    return Job(
        job_id=told.id,
        state=state,
        progress=told.progress / 100,
        code=code or told.status,
        message=message,
        url=told.url if isinstance(told.url, str) and told.url.startswith(("http://", "https://")) else None,
    )


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    error: Any = None
    detail: Any = None
    message: Any = None


def read_refusal(content: bytes) -> tuple[str, str]:
    """Return the code and the words of an answer that says no; empty ones where it has none."""
    try:
        told = _Refusal.model_validate_json(content)
    except ValidationError:
        return "", ""
    return _words_of(next((each for each in (told.error, told.detail, told.message) if each), None))


def _words_of(error: object) -> tuple[str, str]:
    match error:
        case {"message": message, **rest}:
            return str(rest.get("code") or rest.get("type") or ""), str(message)
        case [{"msg": message, **rest}, *_]:
            where = rest.get("loc")
            return "invalid", f"{where}: {message}" if where else str(message)
        case None:
            return "", ""
    return "", str(error)
