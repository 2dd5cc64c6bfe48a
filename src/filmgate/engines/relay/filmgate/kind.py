"""Another Filmgate, or the hosted service of the same API, as a kind: `kind = "filmgate"`."""

from datetime import timedelta

from pydantic import Field, field_validator

from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips
from filmgate.engines.relay.filmgate.relay import FilmgateRelay
from filmgate.engines.relay.web_address import web_address
from filmgate.ports import Engine


class FilmgateSettings(EngineSettings):
    """Another Filmgate, or the hosted service that speaks the same API."""

    slots: int = Field(50, ge=1, description="Tasks handed on at once.")
    base_url: str = Field(description="The upstream's address; `/kling/videos` is below it.")
    api_key_env: str = Field(min_length=1, description="The environment variable with its API key.")
    hosted: bool = Field(
        False,
        description="Whether it is no Filmgate: it knows neither `Idempotency-Key` nor `seed`, so that an "
        "order whose answer is lost ends the task as `outcome unknown` instead of being repeated.",
    )
    poll_seconds: float = Field(2, gt=0, le=300, description="How often a task is asked for, give or take.")
    answer_seconds: float = Field(60, gt=0, description="How long one answer may take.")

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        return web_address(value, example="https://films.example.com")


def _build(name: str, *, settings: FilmgateSettings, tools: EngineTools) -> Engine:
    relay = FilmgateRelay(
        base_url=settings.base_url,
        api_key=tools.secret(settings.api_key_env),
        is_hosted=settings.hosted,
        clips=Clips(
            max_bytes=tools.max_download_bytes, open_client=lambda: tools.link_client(settings.base_url)
        ),
        poll_every=timedelta(seconds=settings.poll_seconds),
        answer_within=timedelta(seconds=settings.answer_seconds),
    )
    return LoopEngine(relay, name=name, slots=settings.slots, continues_only_its_own=True)


_EXAMPLE = {"base_url": "https://films.example.com", "api_key_env": "UPSTREAM_KEY"}

FILMGATE = EngineKind(
    settings=FilmgateSettings,
    build=_build,
    examples={"filmgate": _EXAMPLE, "filmgate, hosted": {**_EXAMPLE, "hosted": True}},
)
