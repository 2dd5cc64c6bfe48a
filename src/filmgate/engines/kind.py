"""Kinds of engine: what `kind = "…"` in `filmgate.toml` may name, from here or from another package."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Generic, Protocol, TypeVar

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from filmgate.domain.errors import EngineFailed
from filmgate.ports import Engine

ENTRY_POINTS = "filmgate.engines"
"""The group of entry points in which other packages name their kinds; each leads to an `EngineKind`."""


def _exact(value: object) -> object:
    # 1.1 is not a sum of powers of two; as it is written, it is eleven tenths.
    return Fraction(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


class EngineSettings(BaseModel):
    """What may stand in `[engines.<name>]` of any kind, besides `kind`; each kind adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slots: int = Field(1, ge=1, description="Clips made at once by one worker.")
    price_factor: Annotated[Fraction, BeforeValidator(_exact)] = Field(
        Fraction(1), ge=0, description="What its clips cost, as a multiple of the catalogue's price."
    )


Settings_contra = TypeVar("Settings_contra", bound=EngineSettings, contravariant=True)
AnySettings = TypeVar("AnySettings", bound=EngineSettings)


def _no_links(trusted: str) -> httpx.AsyncClient:
    raise EngineFailed(f"These tools open no links of {trusted}.")


@dataclass(frozen=True, kw_only=True)
class EngineTools:
    """What an engine may use of Filmgate while it is built.

    `secret` returns the value of an environment variable, and raises `InvalidSettings` naming it where it
    is not set; secrets are named in `filmgate.toml` and never written there. `data` is the data folder,
    in which an engine may keep a folder of its own kind. No result of an upstream may be larger than
    `max_download_bytes`.

    `link_client` returns a new HTTP client for the links that an upstream gives for its results. It trusts
    the origin of the URL it is called with, which is the operator's word, and reaches everything else only
    where the public internet or `FILMGATE_EGRESS_ALLOW` is; requests raise `LinkClosed` where that is not
    so. Whoever opens it closes it. Tools that a test makes without it open none.
    """

    secret: Callable[[str], str]
    data: Path
    max_download_bytes: int
    link_client: Callable[[str], httpx.AsyncClient] = _no_links


class BuildsEngine(Protocol[Settings_contra]):
    """Makes an engine out of what stands in the file."""

    def __call__(self, name: str, *, settings: Settings_contra, tools: EngineTools) -> Engine:
        """Return the engine, not started; quick, without a word to the network.

        Raises:
            InvalidSettings: an option, or a secret that it names, cannot be used.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class EngineKind(Generic[AnySettings]):
    """A kind of engine: how its table is read, and how the engine is made of it.

    `examples` are tables without `kind`, by the label under which the reference says what such an engine
    honours; they need no secrets that exist.
    """

    settings: type[AnySettings]
    build: BuildsEngine[AnySettings]
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def engine(self, name: str, *, table: Mapping[str, Any], tools: EngineTools) -> Engine:
        """Return the engine of a table as it stands in the file, without `kind`.

        Raises:
            ValidationError: an option is unknown or cannot be.
            InvalidSettings: as `build` says.
        """
        return self.build(name, settings=self.settings.model_validate(table), tools=tools)
