"""The capability matrix: what each model can do in each mode, and what a request may not ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from filmgate.domain.requests import AspectRatio, Mode


class AudioSupport(StrEnum):
    """Whether a model makes sound, and whether it does so unasked."""

    NONE = "none"
    OPTIONAL = "optional"
    DEFAULT_ON = "default_on"


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One row of the capability matrix.

    `durations` are the whole seconds it accepts; `end_image_durations` and `camera_durations` those at
    which it takes an end picture or a camera move (empty: never). `short_side` is in pixels and `fps` in
    frames per second; both are None for a model that only extends, whose clips follow their source.
    `single_mode` models have one quality class and take `std` only as a label. Prices are whole
    milli-credits for each second; `audio_factor` multiplies them where sound is asked for.
    """

    model: str
    mode: Mode
    text2video: bool
    image2video: bool
    extend: bool
    durations: tuple[int, ...]
    end_image_durations: tuple[int, ...]
    camera_durations: tuple[int, ...]
    audio: AudioSupport
    references: bool
    multi_shot: bool
    short_side: int | None
    fps: int | None
    single_mode: bool
    millicredits_per_second: int
    audio_factor: Fraction

    def frame_size(self, ratio: Fraction) -> tuple[int, int]:
        """Return width and height in pixels for a ratio of width to height, both even.

        The short side is the model's own; the long side follows the ratio.
        """
        assert self.short_side is not None, f"{self.model} only extends"
        long_side = round(self.short_side * max(ratio, 1 / ratio) / 2) * 2
        return (long_side, self.short_side) if ratio >= 1 else (self.short_side, long_side)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes and counts that hold for every model."""

    prompt_characters: int
    negative_prompt_characters: int
    shot_prompt_characters: int
    shots: int
    elements: int
    images: int
    images_with_video: int
    image_bytes: int
    image_short_side: int
    image_longest_ratio: Fraction
    image_pixels: int
    video_bytes: int
    clip_seconds: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The whole matrix, with the other names that models go by."""

    specs: Mapping[tuple[str, Mode], ModelSpec]
    aliases: Mapping[str, str]
    limits: Limits
    default_model: str
    default_mode: Mode
    default_duration: int
    default_aspect_ratio: AspectRatio
