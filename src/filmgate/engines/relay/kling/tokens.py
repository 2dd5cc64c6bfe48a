"""What is kept with a task, so that its job at the hosted service is found again and can be continued."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from filmgate.engines.relay.kling.orders import Kind


class Token(BaseModel):
    """Where a job can be asked for: regions are separate accounts, and each kind has a path of its own.

    `job_id` is None while an order is on its way. `video_id` is known once the job has ended well; an
    extension names the video by it, and goes on with the `model` that made it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    dialect: Literal["kling"] = "kling"
    base_url: str
    kind: Kind
    model: str
    external_id: str
    job_id: str | None = None
    video_id: str | None = None


def read_token(text: str | None) -> Token | None:
    """Return the token that was saved; None for none, and for one of another make."""
    if text is None:
        return None
    try:
        return Token.model_validate_json(text)
    except ValidationError:
        return None
