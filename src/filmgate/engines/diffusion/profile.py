"""What a video model is and how it is driven, as data: one TOML file for each profile."""

import tomllib
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.requests import Action
from filmgate.engines.diffusion.adapters import Adapter
from filmgate.engines.diffusion.caches import Caches
from filmgate.toml_lines import line_of

_FOLDER = Path(__file__).parent / "profiles"
_PLAIN_CFG_SCALE = 0.5


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Family(StrEnum):
    """How a pipeline is called."""

    WAN = "wan"
    WAN_VACE = "wan-vace"
    LTX2 = "ltx2"
    HUNYUAN_VIDEO_15 = "hunyuan-video-1.5"


class EndImage(StrEnum):
    """Whether a clip may, must or must not end on a given picture."""

    NO = "no"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Licence(_Table):
    """The licence of the weights by its short name, where it stands, and what it limits."""

    id: str
    url: str
    territory: str | None = None
    revenue: str | None = None

    @property
    def limits(self) -> str:
        """The limits in words."""
        return " ".join(filter(None, (self.territory, self.revenue))) or "It limits neither place nor size."


class Native(_Table):
    """What the model makes by itself.

    `short_side` is the largest that it is asked for, in pixels; both sides are multiples of `size_grid`.
    A window has at most `window` frames, k times `frame_grid` plus 1. It can continue from `context`
    frames of what came before, which it repeats; with 0 it cannot.
    """

    short_side: int = Field(gt=0)
    size_grid: int = Field(gt=0)
    rates: tuple[int, ...] = Field(min_length=1)
    frame_grid: int = Field(gt=0)
    window: int = Field(gt=1)
    context: int = Field(ge=0)

    def rate_for(self, fps: Fraction) -> Fraction:
        """Return the frames per second to film at: the slowest that is no slower, else the fastest."""
        return Fraction(min((rate for rate in self.rates if rate >= fps), default=max(self.rates)))

    def on_frame_grid(self, n_frames: int) -> int:
        """Return the next number of frames that the model can make."""
        return -(-(n_frames - 1) // self.frame_grid) * self.frame_grid + 1

    @model_validator(mode="after")
    def _fits_grid(self) -> Self:
        for name, value in (("window", self.window), ("context", self.context)):
            if value and self.on_frame_grid(value) != value:
                raise ValueError(f"{name} = {value} is not on the grid of {self.frame_grid} k + 1 frames")
        if self.context >= self.window:
            raise ValueError("context must be shorter than the window")
        return self


class Recipe(_Table):
    """How it is sampled. Without `guidance_range` the model is unguided: cfg and negative prompt are moot.

    `guidance` is that of `cfg_scale` 0.5, the range that of 0 and 1. Mixtures of two experts change over at
    `boundary_ratio`, the second with `guidance_2`. `sigmas` stand in place of `steps`. `more` goes to the
    pipeline as it is.
    """

    steps: int = Field(gt=0)
    guidance: float = 1.0
    guidance_range: tuple[float, float] | None = None
    guidance_2: float | None = None
    boundary_ratio: float | None = None
    flow_shift: float | None = None
    sigmas: tuple[float, ...] | None = None
    negative_prompt: str = ""
    max_sequence_length: int | None = None
    more: dict[str, Any] = Field(default_factory=dict)

    def guidance_for(self, cfg_scale: float | None) -> float:
        """Return the guidance for a weight of the prompt in [0, 1], in two straight pieces."""
        if cfg_scale is None or self.guidance_range is None:
            return self.guidance
        low, high = self.guidance_range
        share = cfg_scale / _PLAIN_CFG_SCALE
        if share <= 1:
            return low + (self.guidance - low) * share
        return self.guidance + (high - self.guidance) * (share - 1)

    @model_validator(mode="after")
    def _fits_sigmas(self) -> Self:
        if self.sigmas is not None and len(self.sigmas) != self.steps:
            raise ValueError("there must be as many sigmas as steps")
        return self


class Gives(_Table):
    """What of a request it honours."""

    actions: tuple[Action, ...] = Field(min_length=1)
    end_image: EndImage = EndImage.NO
    references: int = 0
    sound: bool = False
    camera: Literal["words"] | None = None


class Memory(_Table):
    """How it is held: types of numbers, what waits in main memory, and how many GiB of a device it takes."""

    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    vae_dtype: Literal["bfloat16", "float16", "float32"] | None = None
    offload: Literal["none", "model", "group"] = "none"
    vae_tiling: bool = False
    device_gib: int


class Delivery(_Table):
    """The chain from what the model makes to what was asked: how far each link may go.

    `windows` is how many are chained at most, `interpolate` the largest factor of frames between frames by
    optical flow (1 for none), `upscale` the largest factor of size by a cubic filter.
    """

    windows: int = Field(1, ge=1)
    interpolate: float = Field(1.0, ge=1)
    upscale: float = Field(1.5, ge=1)


class Profile(_Table):
    """One model, whole."""

    name: str
    title: str
    family: Family
    checkpoint: str
    licence: Licence
    native: Native
    recipe: Recipe
    gives: Gives
    memory: Memory
    delivery: Delivery
    adapters: tuple[Adapter, ...] = ()
    caches: Caches = Caches()

    @model_validator(mode="after")
    def _can_chain(self) -> Self:
        needs_context = self.delivery.windows > 1 or Action.EXTEND in self.gives.actions
        if needs_context and not self.native.context:
            raise ValueError("native.context must be given where windows are chained or clips extended")
        return self

    @model_validator(mode="after")
    def _takes_caches(self) -> Self:
        more = self.recipe.more
        passes_once = more.get("stg_scale", 0) == 0 and more.get("modality_scale", 1) == 1
        if (self.caches.pab or self.caches.faster) and not (self.family is Family.LTX2 and passes_once):
            raise ValueError(
                "caches.pab and caches.faster keep attention from pass to pass, and need a model that makes "
                "a step in one"
            )
        if self.caches.mag and self.caches.mag.ratios is None and self.family is not Family.WAN:
            raise ValueError("caches.mag is measured on models of the family wan; give others their ratios")
        if self.caches.mag and (ratios := self.caches.mag.ratios) is not None:
            n_ratios = sum(len(each) for each in ratios)
            if n_ratios != self.recipe.steps:
                raise ValueError(
                    f"caches.mag.ratios has {n_ratios} values; accepted are as many as recipe.steps, "
                    f"{self.recipe.steps}, over all networks"
                )
        return self


def known_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with Filmgate."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_profile(name: str) -> Profile:
    """Return a profile by its name, or from a file of the operator's own by its path.

    Raises:
        InvalidSettings: there is none, or it has mistakes, which the message names with their lines.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(known_profiles())
        raise InvalidSettings(
            f"there is no profile {name}. Known are: {known}; or name a file ending in .toml"
        )
    try:
        text = path.read_text()
        return Profile.model_validate({"name": path.stem, **tomllib.loads(text)})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidSettings(f"{path.name}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(_told(fault, text) for fault in error.errors())
        raise InvalidSettings(f"{path.name}, {faults}") from error


def _told(fault: ErrorDetails, text: str) -> str:
    where, message = fault["loc"], fault["msg"].removeprefix("Value error, ")
    # What is wrong with several fields together is said of the whole, and names them itself.
    name = f"{'.'.join(map(str, where))}: " if where else ""
    return f"line {line_of(text, where) or 1}: {name}{message}"
