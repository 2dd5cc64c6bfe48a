"""What the hosted service is asked for: a request as the path and the body of one create.

The service has two designs side by side. The older one names the model in the body and the kind of job in
the path; the newer one has the model in the path, and is the only one that serves kling-v3-turbo.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from filmgate.domain.models import AudioSupport, ModelSpec
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    GenerationRequest,
    ImageUse,
    Shot,
    VideoUse,
)
from filmgate.engines.relay.materials import camera_control

OMNI_MODELS = frozenset({"kling-v3-omni", "kling-video-o1"})
TURBO_MODEL = "kling-v3-turbo"
EXTENDING_MODELS = ("kling-v1", "kling-v1-5", "kling-v1-6")
EXTENSION_SECONDS = 5
"""What one extension adds; the service lets nobody choose."""


_FULL_TRAVEL = 10
_ELEMENT = re.compile(r"<<<element_(\d+)>>>")
_TURBO_PATH = "kling-3.0-turbo"


class Kind(StrEnum):
    """A kind of job; a job can be asked for only where its kind is known."""

    TEXT = "text2video"
    IMAGE = "image2video"
    OMNI = "omni-video"
    EXTEND = "video-extend"
    TURBO_TEXT = "text-to-video"
    TURBO_IMAGE = "image-to-video"

    @property
    def is_newer(self) -> bool:
        """Say whether it belongs to the newer design."""
        return self in (Kind.TURBO_TEXT, Kind.TURBO_IMAGE)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One create."""

    kind: Kind
    body: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it is posted, below the base URL."""
        return f"/{self.kind}/{_TURBO_PATH}" if self.kind.is_newer else f"/v1/videos/{self.kind}"


def kind_of(request: GenerationRequest) -> Kind:
    """Return what kind of job makes this."""
    is_text = request.action is Action.TEXT2VIDEO
    if request.action is Action.EXTEND:
        return Kind.EXTEND
    if request.model == TURBO_MODEL:
        return Kind.TURBO_TEXT if is_text else Kind.TURBO_IMAGE
    if request.model in OMNI_MODELS:
        return Kind.OMNI
    return Kind.TEXT if is_text else Kind.IMAGE


def order_for(
    request: GenerationRequest,
    spec: ModelSpec,
    *,
    media: Mapping[str, str],
    external_id: str,
    source_video: str | None = None,
) -> Order:
    """Return the create for a request without objections.

    `media` are the URLs, or bare base64, of the names of `GenerationRequest.media()`; `source_video` is the
    service's own id of the video to extend.
    """
    kind = kind_of(request)
    if kind.is_newer:
        return Order(kind=kind, body=_newer(request, spec, media=media, external_id=external_id))
    if kind is Kind.EXTEND:
        own = {"video_id": source_video, "prompt": request.prompt or None, **_wording(request)}
    elif kind is Kind.OMNI:
        own = _omni(request, spec, media=media)
    else:
        own = _plain(request, spec, media=media)
    body = {**own, "external_task_id": external_id}
    return Order(kind=kind, body={name: value for name, value in body.items() if value is not None})


def _plain(request: GenerationRequest, spec: ModelSpec, *, media: Mapping[str, str]) -> dict[str, Any]:
    body = {
        **_shared(request, spec),
        **_wording(request),
        "prompt": request.prompt or None,
        "camera_control": camera_control(request.camera, travel=_FULL_TRAVEL),
        **_shots(request, request.shots),
    }
    if request.action is Action.TEXT2VIDEO:
        return {**body, "aspect_ratio": (request.aspect_ratio or AspectRatio.WIDE).value}
    return {**body, "image": media["start_image"], "image_tail": media.get("end_image")}


def _omni(request: GenerationRequest, spec: ModelSpec, *, media: Mapping[str, str]) -> dict[str, Any]:
    pictures = list(_omni_pictures(request, media=media))
    n_before = len(pictures) - len(request.elements)
    edits = any(video.use is VideoUse.BASE for video in request.videos)
    begins = any(picture.get("type") == ImageUse.FIRST_FRAME for picture in pictures)
    shots = tuple(
        Shot(index=shot.index, prompt=_recited(shot.prompt, n_before=n_before), duration=shot.duration)
        for shot in request.shots
    )
    videos = [
        {
            "video_url": media[f"video_{number}"],
            "refer_type": video.use.value,
            "keep_original_sound": "yes" if video.keep_original_sound else "no",
        }
        for number, video in enumerate(request.videos, 1)
    ]
    return {
        **_shared(request, spec),
        "prompt": _recited(request.prompt, n_before=n_before) or None,
        # A first frame and a video that is edited bring their own shape.
        "aspect_ratio": None if edits or begins else (request.aspect_ratio or AspectRatio.WIDE).value,
        "image_list": pictures or None,
        "video_list": videos or None,
        **_shots(request, shots),
    }


def _omni_pictures(request: GenerationRequest, *, media: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Start and end first, because citations number them so; the pictures of elements come last.

    The service's own `element_list` takes ids of stored elements. A picture of a subject is to it one more
    picture, which the prompt cites by its place in the list.
    """
    if request.start_image is not None:
        yield {"image_url": media["start_image"], "type": ImageUse.FIRST_FRAME.value}
    if request.end_image is not None:
        yield {"image_url": media["end_image"], "type": ImageUse.END_FRAME.value}
    for number, image in enumerate(request.images, 1):
        use = {} if image.use is None else {"type": image.use.value}
        yield {"image_url": media[f"image_{number}"], **use}
    for number in range(1, len(request.elements) + 1):
        yield {"image_url": media[f"element_{number}"]}


def _recited(prompt: str, *, n_before: int) -> str:
    return _ELEMENT.sub(lambda found: f"<<<image_{n_before + int(found[1])}>>>", prompt)


def _newer(
    request: GenerationRequest, spec: ModelSpec, *, media: Mapping[str, str], external_id: str
) -> dict[str, Any]:
    settings: dict[str, Any] = {"resolution": f"{spec.short_side}p", "duration": request.duration}
    options = {"external_task_id": external_id}
    if request.action is Action.TEXT2VIDEO:
        settings["aspect_ratio"] = (request.aspect_ratio or AspectRatio.WIDE).value
        return {"prompt": request.prompt, "settings": settings, "options": options}
    contents = [
        {"type": "prompt", "text": request.prompt},
        {"type": "first_frame", "url": media["start_image"]},
    ]
    return {"contents": contents, "settings": settings, "options": options}


def _shared(request: GenerationRequest, spec: ModelSpec) -> dict[str, Any]:
    sound = None if spec.audio is AudioSupport.NONE else "on" if spec.makes_sound(request) else "off"
    return {
        "model_name": request.model,
        # Its single-mode models know no mode.
        "mode": None if spec.single_mode else request.mode.value,
        "duration": str(request.duration),
        "sound": sound,
    }


def _wording(request: GenerationRequest) -> dict[str, Any]:
    return {"negative_prompt": request.negative_prompt or None, "cfg_scale": request.cfg_scale}


def _shots(request: GenerationRequest, shots: tuple[Shot, ...]) -> dict[str, Any]:
    if not request.multi_shot:
        return {}
    told = [{"index": shot.index, "prompt": shot.prompt, "duration": str(shot.duration)} for shot in shots]
    shot_type = None if request.shot_type is None else request.shot_type.value
    return {"multi_shot": True, "shot_type": shot_type, "multi_prompt": told or None}
