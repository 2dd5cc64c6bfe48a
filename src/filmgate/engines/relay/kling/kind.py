"""The hosted Kling service as a kind: `kind = "kling"`."""

from datetime import timedelta

from pydantic import Field, field_validator, model_validator

from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.engines.loop import LoopEngine
from filmgate.engines.relay.clips import Clips
from filmgate.engines.relay.kling.bearer import APIKey, Bearer, SignedBearer
from filmgate.engines.relay.kling.objections import Account
from filmgate.engines.relay.kling.relay import KlingRelay
from filmgate.engines.relay.web_address import web_address
from filmgate.ports import Engine


class KlingSettings(EngineSettings):
    """An account at the hosted Kling service; each region is an account of its own."""

    slots: int = Field(5, ge=1, description="Jobs at once: as many as the account may run side by side.")
    base_url: str = Field(
        "https://api-singapore.klingai.com", description="The region's address, without a path."
    )
    api_key_env: str | None = Field(
        None, min_length=1, description="The environment variable with an API key; serves every model."
    )
    access_key_env: str | None = Field(
        None, min_length=1, description="The environment variable with an access key, instead of an API key."
    )
    secret_key_env: str | None = Field(
        None, min_length=1, description="The environment variable with the secret of the access key."
    )
    poll_seconds: float = Field(5, gt=0, le=300, description="How often a job is asked for, give or take.")
    answer_seconds: float = Field(60, gt=0, description="How long one answer may take.")

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        return web_address(value, example="https://api-singapore.klingai.com")

    @model_validator(mode="after")
    def _one_credential(self) -> "KlingSettings":
        has_pair = self.access_key_env is not None and self.secret_key_env is not None
        has_half = (self.access_key_env is None) != (self.secret_key_env is None)
        if has_half or has_pair == (self.api_key_env is not None):
            raise ValueError("name either api_key_env, or both access_key_env and secret_key_env")
        return self


def _build(name: str, *, settings: KlingSettings, tools: EngineTools) -> Engine:
    relay = KlingRelay(
        base_url=settings.base_url,
        bearer=_bearer(settings, tools),
        account=Account(has_api_key=settings.api_key_env is not None),
        clips=Clips(
            max_bytes=tools.max_download_bytes, open_client=lambda: tools.link_client(settings.base_url)
        ),
        poll_every=timedelta(seconds=settings.poll_seconds),
        answer_within=timedelta(seconds=settings.answer_seconds),
    )
    return LoopEngine(relay, name=name, slots=settings.slots, continues_only_its_own=True)


def _bearer(settings: KlingSettings, tools: EngineTools) -> Bearer:
    if settings.api_key_env is not None:
        return APIKey(tools.secret(settings.api_key_env))
    assert settings.access_key_env is not None, "the settings name a pair"
    assert settings.secret_key_env is not None, "the settings name a pair"
    return SignedBearer(tools.secret(settings.access_key_env), tools.secret(settings.secret_key_env))


KLING = EngineKind(
    settings=KlingSettings,
    build=_build,
    examples={
        "kling, with an API key": {"api_key_env": "KLING_API_KEY"},
        "kling, with an access key": {
            "access_key_env": "KLING_ACCESS_KEY",
            "secret_key_env": "KLING_SECRET_KEY",
        },
    },
)
