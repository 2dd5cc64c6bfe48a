"""The capability matrix as the form of the try-it page has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from filmgate.domain.models import Catalog, ModelSpec
from filmgate.domain.requests import Action, AspectRatio
from filmgate.domain.wording import in_credits

EXAMPLE = "a cinematic sunset over the ocean"
"""The prompt that the form begins with."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the form shows before its script runs, and where there is none. `row` is the model it names."""

    action: Action
    row: ModelSpec
    modes: tuple[str, ...]
    duration: int

    @property
    def about(self) -> str:
        """What a new clip will be, and what its seconds cost."""
        frames = f"{self.row.fps} frames/s"
        size = {
            Action.TEXT2VIDEO: f"{_sizes(self.row).get('')}, {frames}",
            Action.IMAGE2VIDEO: f"As the picture, {self.row.short_side} pixels on its short side, {frames}",
            Action.EXTEND: "The size of its source",
        }[self.action]
        return f"{size}; {in_credits(self.row.millicredits_per_second)} credits for each second."

    @property
    def body(self) -> Mapping[str, JsonValue]:
        """The body of the form as it is; what a link fills in beside the action is still left out."""
        body: dict[str, JsonValue] = {"action": self.action.value, "model": self.row.model}
        if not self.row.single_mode:
            body["mode"] = self.row.mode.value
        if self.action is Action.TEXT2VIDEO:
            body["prompt"] = EXAMPLE
        return body | {"duration": self.duration}


def opening(catalog: Catalog, *, asked: str) -> Opening:
    """Return what the form begins with; `asked` is the action that a link names, if it names one."""
    action = Action(asked) if asked in set(Action) else Action.TEXT2VIDEO
    rows = list(catalog.specs.values())
    row = next((each for each in rows if each.accepts(action)), rows[0])
    usual = catalog.default_duration
    return Opening(
        action=action,
        row=row,
        modes=tuple(each.value for each in catalog.modes(row.model)),
        duration=usual if usual in row.durations else row.durations[0],
    )


def capabilities(catalog: Catalog) -> list[dict[str, object]]:
    """Return every row as the page's script reads it."""
    return [_capability(spec) for spec in catalog.specs.values()]


def in_pixels(size: tuple[int, int]) -> str:
    """Return a size as people read it."""
    return f"{size[0]}×{size[1]}"


def _capability(spec: ModelSpec) -> dict[str, object]:
    return {
        "model": spec.model,
        "mode": spec.mode,
        "single_mode": spec.single_mode,
        "text2video": spec.text2video,
        "image2video": spec.image2video,
        "extend": spec.extend,
        "durations": spec.durations,
        "end_image_durations": spec.end_image_durations,
        "camera_durations": spec.camera_durations,
        "audio": spec.audio,
        "sizes": _sizes(spec),
        "short_side": spec.short_side,
        "fps": spec.fps,
        "credits_per_second": in_credits(spec.millicredits_per_second),
    }


def _sizes(spec: ModelSpec) -> dict[str, str]:
    """Return the size of a new clip by the shape that is asked for; under "" where none is."""
    if spec.short_side is None:
        return {}
    return {"": in_pixels(spec.new_size(None))} | {
        ratio.value: in_pixels(spec.new_size(ratio)) for ratio in AspectRatio
    }
