"""What is kept with a task that a server of the OpenAI videos dialect makes."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class Stage(StrEnum):
    """Where an order stands."""

    ORDERING = "ordering"
    """It is on its way; the dialect has no way to ask what became of it."""
    TAKEN = "taken"
    OVER = "over"
    """Its job failed or was lost: nobody makes it any more, and it may be ordered again."""


class Token(BaseModel):
    """Where a job can be asked for; `job_id` is None while the order is on its way."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    dialect: Literal["openai"] = "openai"
    base_url: str
    stage: Stage
    job_id: str | None = None


def read_token(text: str | None) -> Token | None:
    """Return the token that was saved; None for none, and for one of another make."""
    if text is None:
        return None
    try:
        return Token.model_validate_json(text)
    except ValidationError:
        return None
