"""What relays keep with a task, so that its job upstream is found again; each dialect adds its own fields."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from filmgate.domain.errors import FilmgateError
from filmgate.domain.verdicts import Next, verdict
from filmgate.ports import RenderWatch


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


class RenewableToken(ResumeToken):
    """One whose job may be ordered again where it `is_over`: it failed, and nobody makes it any more."""

    is_over: bool = False

    @classmethod
    def of_job(cls, text: str | None) -> Self | None:
        """Return the token that was saved, as `read` does; None too where its job is over."""
        token = cls.read(text)
        return None if token is None or token.is_over else token

    async def note_failure(self, failure: FilmgateError, *, watch: RenderWatch) -> None:
        """Keep that the job is over, where its failure lets it be ordered again."""
        if verdict(failure).next is Next.AGAIN:
            await watch.save_resume_token(self.model_copy(update={"is_over": True}).model_dump_json())
