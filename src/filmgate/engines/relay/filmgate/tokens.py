"""What is kept with a task that was handed on to another Filmgate, or to the hosted service."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class Token(BaseModel):
    """Where the upstream's task can be asked for.

    `task_id` is None while an order is on its way, since `ordered_at` in Unix seconds. `video_id` is known
    once the task has ended well; an extension names the video by it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    dialect: Literal["filmgate"] = "filmgate"
    base_url: str
    key: str
    ordered_at: float
    task_id: str | None = None
    video_id: str | None = None


def read_token(text: str | None) -> Token | None:
    """Return the token that was saved; None for none, and for one of another make."""
    if text is None:
        return None
    try:
        return Token.model_validate_json(text)
    except ValidationError:
        return None
