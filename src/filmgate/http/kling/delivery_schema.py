"""The questions about deliveries and their answers as types."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from filmgate.http.kling.answer_schema import Answer
from filmgate.http.kling.task_schema import Question

_TASK_ID = "The task's id; `id` is understood as well."


class DeliveryBody(Question):
    """Look at the callback of a task."""

    action: Literal["retrieve"] = "retrieve"
    task_id: str = Field(description=_TASK_ID)


class ReplayBody(Question):
    """Send the callback of a task again, at once and then by the schedule."""

    action: Literal["replay"]
    task_id: str = Field(description=_TASK_ID)


class PostPart(Answer):
    """One post of a callback, and what came back; never the receiver's own words."""

    number: int = Field(description="Counts from 1.", ge=1)
    sent_at: float = Field(description="Unix seconds.")
    status: int = Field(0, description="The HTTP status; absent where no answer came.")
    reason: str = Field(description="What was answered, or why nothing was.")
    elapsed_ms: int = Field(description="Milliseconds until the answer, or until it was given up.", ge=0)


class DeliveryRecord(Answer):
    """What became of a task's callback. Times are Unix seconds; what has no value yet is absent."""

    id: UUID = Field(description="The `webhook-id` of every post.")
    task_id: UUID
    callback_url: str
    state: Literal["pending", "delivered", "given_up"]
    created_at: float
    ended_at: float = Field(0, description="When it was delivered or given up.")
    next_post_at: float = Field(0, description="When it is posted next.")
    posts: list[PostPart] = Field(description="The newest 100, oldest first.")


class ReplayedAnswer(Answer):
    """Whether it is sent again; false for a task without a callback, or one that has not ended."""

    task_id: str
    replayed: bool
