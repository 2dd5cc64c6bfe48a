"""The questions about tasks and their answers as types, and how long a page may be."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from filmgate.http.kling.answer_schema import Answer, ClipPart, ErrorAnswer, WarningPart

PAGE = 20
LONGEST_PAGE = 100
DEEPEST_OFFSET = 1_000_000

_State = Literal["submitted", "processing", "succeed", "failed"]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Question(BaseModel):
    """What may be asked of tasks; unknown fields are ignored."""

    model_config = ConfigDict(extra="allow")


class RetrieveBody(Question):
    """Look one task up."""

    action: Literal["retrieve"] = "retrieve"
    id: str = Field(description="The task's id; `task_id` is understood as well.")


class RetrieveBatchBody(Question):
    """Look several tasks up, or list the newest."""

    action: Literal["retrieve_batch"]
    ids: list[str] = Field(
        [],
        description="Left out, the account's tasks are listed.",
        max_length=LONGEST_PAGE,
        json_schema_extra=_without_default,
    )
    limit: int = Field(PAGE, description="How many to list.", ge=1, le=LONGEST_PAGE)
    offset: int = Field(0, description="How many of the newest to leave out.", ge=0, le=DEEPEST_OFFSET)
    type: Literal["videos"] = Field("videos", description="Every task here is of this type.")
    created_at_min: float = Field(
        0, description="Unix seconds; only tasks from then on.", json_schema_extra=_without_default
    )
    created_at_max: float = Field(
        0, description="Unix seconds; only tasks up to then.", json_schema_extra=_without_default
    )


class DeleteBody(Question):
    """Cancel a task that waits or runs; take the files of one that has ended."""

    action: Literal["delete"]
    id: str = Field(description="The task's id; `task_id` is understood as well.")


class OpenResponse(Answer):
    """`response` while the task waits or runs: without `success`."""

    task_id: UUID
    state: Literal["submitted", "processing"]


class DoneResponse(ClipPart):
    """`response` of a task that succeeded."""

    success: Literal[True]
    task_id: UUID
    trace_id: UUID


class DeletedResponse(Answer):
    """`response` of a task that succeeded and whose files are gone."""

    success: Literal[True]
    task_id: UUID
    video_id: str
    duration: str
    state: Literal["succeed"]
    trace_id: UUID
    deleted: Literal[True]


class RecordMirror(Answer):
    """The state once more, for clients that read nothing but `data`."""

    id: UUID
    state: _State
    status: _State
    progress: int = Field(description="Per cent.", ge=0, le=100)
    video_url: str = Field("", description="Only while the clip can be had.")
    poster_url: str = Field("", description="A still of the clip, while it can be had.")


class CreditsPart(Answer):
    """What the task costs, in credits."""

    reserved: str
    settled: str = Field("", description="Once the task has ended; 0.00 where it failed.")


class UpstreamPart(Answer):
    """What another server said, in its own code and words."""

    code: str
    message: str


class SetbackPart(Answer):
    """An attempt that came to nothing."""

    attempt: int
    engine: str
    at: float
    reason: str
    upstream: UpstreamPart = Field(
        UpstreamPart(code="", message=""),
        description="Where another server said no.",
        json_schema_extra=_without_default,
    )


class TaskRecord(Answer):
    """All that is known of a task. Times are Unix seconds; what has no value yet is absent."""

    id: UUID
    type: Literal["videos"]
    created_at: float
    started_at: float = Field(0, description="When rendering began.")
    finished_at: float = Field(0, description="When the task ended.")
    elapsed: float = Field(0, description="Seconds of rendering.")
    trace_id: UUID
    application_id: UUID
    credential_id: UUID = Field(description="The key that was used.")
    user_id: UUID
    api_id: Literal["kling-videos"]
    engine: str = Field(description="Which engine makes the clip.")
    credits: CreditsPart
    making: dict[str, Any] = Field(
        {},
        description="How the engine says that the clip came about, once there is one: what was rendered, "
        "interpolated or upscaled, and how long it took.",
        json_schema_extra=_without_default,
    )
    setbacks: list[SetbackPart] = Field(
        [],
        description="For the operator's keys only: attempts that came to nothing, oldest first.",
        json_schema_extra=_without_default,
    )
    warnings: list[WarningPart] = []
    request: dict[str, Any] = Field(
        description="The body as sent; an inline picture shows as its type, size and SHA-256."
    )
    response: OpenResponse | DoneResponse | DeletedResponse | ErrorAnswer
    data: RecordMirror


class NoRecord(Answer):
    """An unknown id, or another account's: an empty object."""


class TaskPage(Answer):
    """Several records."""

    items: list[TaskRecord]
    count: int


class DeletedAnswer(Answer):
    """Whether anything was deleted; false for an unknown or already deleted task."""

    id: str
    deleted: bool
