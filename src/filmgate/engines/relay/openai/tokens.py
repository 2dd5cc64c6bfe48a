"""What is kept with a task that a server of the OpenAI videos dialect makes."""

from enum import StrEnum
from typing import Literal

from filmgate.engines.relay.tokens import ResumeToken


class Stage(StrEnum):
    """Where an order stands."""

    ORDERING = "ordering"
    """It is on its way; the dialect has no way to ask what became of it."""
    TAKEN = "taken"
    OVER = "over"
    """Its job failed or was lost: nobody makes it any more, and it may be ordered again."""


class Token(ResumeToken):
    """Where a job can be asked for; `job_id` is None while the order is on its way."""

    dialect: Literal["openai"] = "openai"
    stage: Stage
    job_id: str | None = None
