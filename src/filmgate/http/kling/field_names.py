"""Names on the wire: those with an effect, those of the family that have none here, and the unknown."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from filmgate.domain.errors import Objection
from filmgate.domain.tasks import Warned
from filmgate.domain.wording import shown
from filmgate.http.kling.create_schema import (
    CameraBody,
    CameraConfigBody,
    CreateBody,
    ElementBody,
    ImageBody,
    ShotBody,
    VideoBody,
    WireObject,
)

FIELDS: tuple[str, ...] = tuple(field.alias or name for name, field in CreateBody.model_fields.items())

MOST_UNKNOWN = 100
_MOST_TOLD = 6

# Known in this family of APIs and not here; what to send instead, where there is something.
_UNSUPPORTED: Mapping[str, str] = {
    "voice_list": "generate_audio makes sound without chosen voices.",
    "watermark_info": "Clips carry no watermark.",
    "static_mask": "camera_control moves the whole picture.",
    "dynamic_masks": "camera_control moves the whole picture.",
    "image_tail": "Send end_image_url.",
    "external_task_id": "Send the header Idempotency-Key.",
    "sound": "Send generate_audio.",
}

# What other interfaces of this kind call a thing, where the letters would lead astray or nowhere.
_ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("image", "image_url", "input_image"), ("start_image_url", "image_url")),
    **dict.fromkeys(("first_frame", "first_frame_url", "first_frame_image"), ("start_image_url",)),
    **dict.fromkeys(("last_frame", "last_frame_url", "last_frame_image"), ("end_image_url",)),
    **dict.fromkeys(("webhook", "webhook_url"), ("callback_url",)),
    "dolly": ("zoom",),
    "truck": ("horizontal",),
    **dict.fromkeys(("pedestal", "crane", "boom"), ("vertical",)),
    "yaw": ("pan",),
    "pitch": ("tilt",),
}

# For these "" and [] are mistakes, not ways of asking for nothing.
_NUMBERS = frozenset({"duration", "cfg_scale", "seed", "index", *CameraConfigBody.model_fields})
# `false` means something else than leaving these out.
_BOOLEANS = frozenset({"generate_audio", "multi_shot", "async", "keep_original_sound"})
# Elsewhere {} is no empty object but a mistake for something else.
_OBJECTS = frozenset({"camera_control", "config", *_UNSUPPORTED})
_NESTED = (CameraBody, CameraConfigBody, ElementBody, ImageBody, ShotBody, VideoBody)
_KNOWN = frozenset({*FIELDS, *_UNSUPPORTED, *(name for part in _NESTED for name in part.model_fields)})


def without_no_ops(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body without the known fields that ask for nothing.

    These are null, "", [], {} for an object, and `false` where it is not a field's own value; in nested
    objects too.
    """
    kept = {name: _trimmed(value) for name, value in body.items()}
    return {name: value for name, value in kept.items() if not _asks_nothing(name, value)}


def _trimmed(value: Any) -> Any:
    # An item of a list is never dropped: its place counts.
    if isinstance(value, Mapping):
        return without_no_ops(value)
    if isinstance(value, list):
        return [_trimmed(each) for each in value]
    return value


def _asks_nothing(name: str, value: object) -> bool:
    if name not in _KNOWN:
        return False
    if value is None:
        return True
    if name in _NUMBERS or name in _BOOLEANS:
        return False
    if isinstance(value, dict):
        return not value and name in _OBJECTS
    return value is False or (isinstance(value, str | list) and not value)


def unsupported_fields(given: Mapping[str, Any]) -> Iterator[Objection]:
    """Object to each field that belongs to this family of APIs but has no effect here.

    `given` is without no-ops; the family's own ways to switch a field off count as such too.
    """
    for name, instead in _UNSUPPORTED.items():
        value = given.get(name)
        if value is None or (name == "sound" and value == "off"):
            continue
        if name == "watermark_info" and value == {"enabled": False}:
            continue
        message = (
            f"{name} is not supported here, so {shown(value)} cannot be honoured; leave it out. {instead}"
        )
        yield Objection(name, shown(value), message)


def unknown_fields(shapes: CreateBody) -> tuple[tuple[Warned, ...], list[Objection]]:
    """Return a warning for each field that nothing reads, or an objection to there being too many."""
    unknown = [each for each in _unknown(shapes, "") if each[1] not in _UNSUPPORTED or each[0]]
    if len(unknown) > MOST_UNKNOWN:
        message = f"The body has {len(unknown):,} unknown fields; at most {MOST_UNKNOWN} are accepted."
        return (), [Objection("body", len(unknown), message)]
    return tuple(
        Warned(field=f"{path}{name[:60]}", nearest=near and f"{path}{near}")
        for path, name, known in unknown
        for near in (nearest(name, known=known),)
    ), []


def _unknown(part: WireObject, path: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    known = tuple(field.alias or name for name, field in type(part).model_fields.items())
    for name in part.model_extra or {}:
        yield path, name, known
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        place = f"{path}{field.alias or name}"
        if isinstance(value, WireObject):
            yield from _unknown(value, f"{place}.")
        elif isinstance(value, list):
            for position, each in enumerate(value):
                if isinstance(each, WireObject):
                    yield from _unknown(each, f"{place}[{position}].")


def nearest(name: str, *, known: Sequence[str]) -> str | None:
    """Return the known name that is meant by another or a misspelt one, or None where none seems to be."""
    written = name[:60].lower()
    meant = next((each for each in _ALSO_CALLED.get(written, ()) if each in known), None)
    return meant or next(iter(get_close_matches(written, known, n=1)), None)


def unknown_beside(warnings: Sequence[Warned]) -> Iterator[Objection]:
    """Tell a refused body's own unknown fields too, since one may be meant for what is missing."""
    own = [warned for warned in warnings if not set(".[") & set(warned.field)]
    for warned in own[:_MOST_TOLD]:
        guess = f"; did you mean {warned.nearest}?" if warned.nearest else "."
        message = f"{shown(warned.field)} is not known here and has no effect{guess}"
        yield Objection(warned.field, None, message)
