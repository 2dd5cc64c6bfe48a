"""The capability matrix: what each model can do in each mode, and what a request may not ask of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.requests import Action, AspectRatio, GenerationRequest, Mode
from filmgate.domain.wording import both, either, shown

_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")
_NO_DIGITS = re.compile(r"[^0-9]+")


class AudioSupport(StrEnum):
    """Whether a model makes sound, and whether it does so unasked."""

    NONE = "none"
    OPTIONAL = "optional"
    DEFAULT_ON = "default_on"


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One row of the capability matrix.

    `durations` are the whole seconds it accepts, ascending; `end_image_durations` and `camera_durations`
    those at which it takes an end picture or a camera move (empty: never). `extend` says whether it
    extends clips of every model; each model extends its own. `short_side` is in pixels and `fps` in
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

    def accepts(self, action: Action) -> bool:
        """Say whether the model can do this; every model can extend a clip of its own."""
        if action is Action.TEXT2VIDEO:
            return self.text2video
        return self.image2video if action is Action.IMAGE2VIDEO else True

    def makes_sound(self, request: GenerationRequest) -> bool:
        """Say whether a new clip carries a sound track; a continuation follows its source instead."""
        if self.audio is AudioSupport.NONE or request.action is Action.EXTEND:
            return False
        if request.generate_audio is None:
            return self.audio is AudioSupport.DEFAULT_ON
        return request.generate_audio

    def new_size(self, asked: AspectRatio | None, *, given: Fraction | None = None) -> tuple[int, int]:
        """Return width and height in pixels of a new clip.

        Its shape is the one that was asked for; else that of the given picture or video it begins from,
        whose ratio of width to height is `given`; else 16:9.
        """
        if asked is not None:
            return self.frame_size(asked.fraction)
        return self.frame_size(AspectRatio.WIDE.fraction if given is None else given)

    def frame_size(self, ratio: Fraction) -> tuple[int, int]:
        """Return width and height in pixels for a ratio of width to height, both even.

        The short side is the model's own; the long side follows the ratio.
        """
        assert self.short_side is not None, f"{self.model} only extends"
        long_side = round(self.short_side * max(ratio, 1 / ratio) / 2) * 2
        return (long_side, self.short_side) if ratio >= 1 else (self.short_side, long_side)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes and counts that hold for every model.

    `image_longest_ratio` is long side to short side; `image_pixels` bounds width times height;
    `clip_seconds` is the longest a clip may grow by extending; `seed` is the largest one.
    """

    prompt_characters: int
    negative_prompt_characters: int
    shot_prompt_characters: int
    shots: int
    elements: int
    videos: int
    images: int
    images_with_video: int
    image_bytes: int
    image_short_side: int
    image_longest_ratio: Fraction
    image_pixels: int
    video_bytes: int
    url_characters: int
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

    @property
    def models(self) -> tuple[str, ...]:
        """Every model by its canonical name, in the order of the catalogue."""
        return tuple(dict.fromkeys(model for model, _ in self.specs))

    def modes(self, model: str) -> tuple[Mode, ...]:
        """Return the modes of a model, in the order of the catalogue; empty for an unknown one."""
        return tuple(mode for name, mode in self.specs if name == model)

    def models_with(self, mode: Mode) -> tuple[str, ...]:
        """Return the models that have this mode."""
        return tuple(model for model, each in self.specs if each is mode)

    def canonical(self, model: str) -> str:
        """Return the name the catalogue knows a model by: its own, or the one an alias stands for.

        Raises:
            InvalidRequest: neither a model nor an alias; lists the models.
        """
        name = self.aliases.get(model, model)
        if name in self.models:
            return name
        nearest = _nearest(model, [*self.models, *self.aliases])
        hint = f" Did you mean {nearest}?" if nearest else ""
        message = f"model is invalid. {shown(model)} is not known; accepted: {either(self.models)}.{hint}"
        raise InvalidRequest([Objection("model", shown(model), message)])

    def spec(self, model: str, mode: Mode) -> ModelSpec:
        """Return the row of a model, by any of its names, in a mode.

        Raises:
            InvalidRequest: an unknown model, or a mode that it does not have.
        """
        name = self.canonical(model)
        if spec := self.specs.get((name, mode)):
            return spec
        raise InvalidRequest([Objection("mode", mode.value, self._no_such_mode(name, mode))])

    def _no_such_mode(self, model: str, mode: Mode) -> str:
        modes = self.modes(model)
        if mode is Mode.UHD and (able := self.models_with(mode)):
            return f'mode "4k" is only supported by {both(able)}; {model} accepts {either(modes)}.'
        if self.specs[model, modes[0]].single_mode:
            return (
                f'mode "{mode}" is not supported by {model}, which has a single mode: '
                f"leave mode out, or send {either(modes)}."
            )
        return f'mode "{mode}" is not supported by {model}; it accepts {either(modes)}.'


def _nearest(asked: str, names: Sequence[str]) -> str | None:
    """Return the name that is most like the one asked for, among those of its version if there are any.

    Other writings count as the same: `kling_v2.1` and `Kling 2.1 pro` are about version 2.1 of kling.
    """
    words = [word for word in _BETWEEN_WORDS.split(asked[:60].lower()) if word and word not in list(Mode)]
    plain = "-".join(words)
    of_version = [name for name in names if _version(name) == _version(plain)]
    return next(iter(get_close_matches(plain, of_version or names, n=1)), None)


def _version(name: str) -> str:
    # 2.0 is 2, and 21 is as likely to be 2.1.
    return "".join(_NO_DIGITS.split(name)).rstrip("0")
