"""Servers of the OpenAI videos dialect as a kind: `kind = "openai"`."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from filmgate.domain.requests import Action
from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips
from filmgate.engines.relay.openai.flavours import DIALECTS, Dialect, Flavour, Scalar, Server, Size
from filmgate.engines.relay.openai.relay import OpenAIRelay
from filmgate.engines.relay.wanted import Means
from filmgate.engines.relay.web_address import web_address
from filmgate.ports import Engine

_SizeText = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$")]
_OURS = ("prompt", "model", "seconds", "size", "input_reference")


class OpenAISettings(EngineSettings):
    """A server that speaks the OpenAI videos dialect, and what the model behind it can do."""

    slots: int = Field(4, ge=1, description="Jobs at once; a server with one GPU queues what it is given.")
    base_url: str = Field(description="The server's address, with `/v1` at its end.")
    flavour: Flavour = Field(description="What the server is: the fields it takes differ.")
    api_key_env: str | None = Field(
        None, min_length=1, description="The environment variable with the server's key, where it has one."
    )
    model: str | None = Field(None, min_length=1, description="The server's name of its model.")
    models: dict[str, str] = Field(
        {}, description="The server's name for each of our models; those without one are not served."
    )
    actions: tuple[Literal[Action.TEXT2VIDEO, Action.IMAGE2VIDEO], ...] | None = Field(
        None, min_length=1, description="What its model does, `text2video` and `image2video`."
    )
    sound: bool = Field(False, description="Whether its model makes sound.")
    sizes: tuple[_SizeText, ...] | None = Field(
        None, description="The sizes its model makes, such as `1280x720`; without it, any."
    )
    seconds: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        None, description="The lengths its model makes; the next longer one is asked for and cut."
    )
    size_step: int | None = Field(None, ge=1, le=128, description="Sides are asked for as multiples of it.")
    frame_step: int | None = Field(
        None, ge=1, le=64, description="Frames are asked for as a multiple of it and one more."
    )
    guidance: tuple[float, float] = Field(
        (1.0, 9.0), description="The guidance scales that `cfg_scale` 0 and 1 stand for."
    )
    extra: dict[str, Scalar] = Field(
        {}, description="Fields that go along with every order, such as `num_inference_steps`."
    )
    conform: tuple[Means, ...] = Field(
        ("trim", "scale"),
        validate_default=True,
        description="What may be done to a clip that is not as ordered: `trim`, `scale`, `retime`.",
    )
    max_upscale: float = Field(1.5, ge=1, le=8, description="By what factor a picture may be made larger.")
    poll_seconds: float = Field(2, gt=0, le=300, description="How often a job is asked for, give or take.")
    answer_seconds: float = Field(60, gt=0, description="How long the server may be silent.")

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        return web_address(value, example="http://127.0.0.1:30000/v1")

    @model_validator(mode="after")
    def _consistent(self) -> "OpenAISettings":
        dialect = DIALECTS[self.flavour]
        if dialect.needs_model and self.model is None and not self.models:
            raise ValueError(
                f"{dialect.title} needs a model: name it by model, or by models for each of ours"
            )
        if ours := [name for name in self.extra if name in _OURS or name in dialect.fields]:
            raise ValueError(f"extra.{ours[0]} is filled in for each order")
        return self

    def server(self) -> Server:
        """Return the server that is described, with its dialect's own values where nothing is said."""
        dialect: Dialect = DIALECTS[self.flavour]
        return Server(
            dialect=dialect,
            actions=dialect.actions if self.actions is None else self.actions,
            model=self.model,
            models=self.models,
            makes_sound=self.sound,
            seconds=dialect.seconds if self.seconds is None else tuple(sorted(self.seconds)),
            sizes=dialect.sizes if self.sizes is None else tuple(_size(each) for each in self.sizes),
            frame_step=self.frame_step or dialect.frame_step,
            size_step=self.size_step or dialect.size_step,
            guidance=self.guidance,
            extra=self.extra,
            means=self.conform,
            max_upscale=self.max_upscale,
        )


def _size(text: str) -> Size:
    width, height = text.split("x")
    return int(width), int(height)


def _build(name: str, *, settings: OpenAISettings, tools: EngineTools) -> Engine:
    relay = OpenAIRelay(
        base_url=settings.base_url,
        api_key=None if settings.api_key_env is None else tools.secret(settings.api_key_env),
        server=settings.server(),
        clips=Clips(
            max_bytes=tools.max_download_bytes, open_client=lambda: tools.link_client(settings.base_url)
        ),
        poll_every=timedelta(seconds=settings.poll_seconds),
        answer_within=timedelta(seconds=settings.answer_seconds),
    )
    return LoopEngine(relay, name=name, slots=settings.slots)


OPENAI = EngineKind(
    settings=OpenAISettings,
    build=_build,
    examples={
        "SGLang Diffusion": {"base_url": "http://127.0.0.1:30000/v1", "flavour": "sglang"},
        "vLLM-Omni": {"base_url": "http://127.0.0.1:8091/v1", "flavour": "vllm-omni", "sound": True},
        "OpenAI API": {"base_url": "https://api.openai.com/v1", "flavour": "openai", "model": "sora-2"},
    },
)
