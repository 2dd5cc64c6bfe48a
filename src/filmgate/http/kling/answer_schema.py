"""The answers about videos as types: what OpenAPI says of them, and what the tests hold them against."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from filmgate.http.error_table import ERRORS
from filmgate.http.kling.answers import STATE

_TASK_ID = "The id to look the task up by."
_TRACE_ID = "Finds the request in the server's log."
_CODES: list[JsonValue] = [case.code for case in ERRORS]


def _without_defaults(schema: dict[str, Any]) -> None:
    # A default only says that a field may be absent; nothing stands for it then.
    for each in schema.get("properties", {}).values():
        each.pop("default", None)


class Answer(BaseModel):
    """Part of an answer; fields that may be absent have a default here, and are never null."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)


class WarningPart(Answer):
    """A field that was accepted and has no effect."""

    field: str = Field(description="Its name, as sent.")
    message: str
    nearest: str = Field("", description="The nearest name that has an effect; absent where none is near.")


class ClipPart(Answer):
    """A finished clip; all values are strings."""

    video_id: str = Field(description="The id to extend the clip by.", pattern="^[0-9]+$")
    video_url: str = Field(description="Where the MP4 lies: absolute, and good for the retention.")
    duration: str = Field(description="Measured seconds.", pattern=r"^[0-9]+\.[0-9]{3}$")
    state: Literal["succeed"]


class ClipMirror(ClipPart):
    """The same clip once more, for clients that read nothing but `data`."""

    id: str = Field(description="The same as `video_id`.")


class VideoAnswer(ClipPart):
    """The answer to a synchronous create, and the callback of an asynchronous one."""

    success: Literal[True]
    task_id: UUID = Field(description=_TASK_ID)
    data: ClipMirror
    warnings: list[WarningPart] = []
    trace_id: UUID = Field(description=_TRACE_ID)


class AcceptedAnswer(Answer):
    """The answer to an asynchronous create, once the task is stored for good."""

    success: Literal[True]
    task_id: UUID = Field(description=_TASK_ID)
    warnings: list[WarningPart] = []
    trace_id: UUID = Field(description=_TRACE_ID)


class StreamLine(Answer):
    """A line of a stream while the task is open; the last line is a `VideoAnswer` or an `ErrorAnswer`."""

    task_id: UUID = Field(description=_TASK_ID)
    state: Literal["submitted", "processing"]
    progress: int = Field(description="Per cent.", ge=0, le=100)


class ErrorPart(Answer):
    """What went wrong."""

    code: str = Field(description="A word for programs.", json_schema_extra={"enum": [*_CODES]})
    message: str = Field(
        description="A sentence for people; it names the field, its value and what is accepted."
    )


class ErrorAnswer(Answer):
    """The one shape of every error, and the callback of a task that failed."""

    success: Literal[False]
    task_id: UUID = Field(UUID(int=0), description="Only once there is a task.")
    state: str = Field(
        "failed",
        description="Only once there is a task.",
        json_schema_extra={"enum": [state for state in STATE.values() if state != "succeed"]},
    )
    warnings: list[WarningPart] = []
    trace_id: UUID = Field(description=_TRACE_ID)
    error: ErrorPart


class PriceLine(Answer):
    """One line of a price."""

    item: str
    credits: str = Field(pattern=r"^[0-9]+\.[0-9]{2,3}$")


class PriceAnswer(Answer):
    """What a create would cost."""

    success: Literal[True]
    credits: str = Field(description="The sum, in credits.", pattern=r"^[0-9]+\.[0-9]{2,3}$")
    breakdown: list[PriceLine]
    warnings: list[WarningPart] = []
    trace_id: UUID = Field(description=_TRACE_ID)
