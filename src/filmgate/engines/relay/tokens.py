"""What relays keep with a task, so that its job upstream is found again; each dialect adds its own fields."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class ResumeToken(BaseModel):
    """Where a job can be asked for. A dialect tells its own tokens by the field `dialect`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    base_url: str

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Return the token that was saved; None for none, and for one of another make."""
        if text is None:
            return None
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None
