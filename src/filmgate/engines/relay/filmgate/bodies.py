"""A request as the body of a create in our own dialect, for another Filmgate or the hosted service."""

from collections.abc import Iterator, Mapping
from typing import Any

from filmgate.domain.errors import Objection
from filmgate.domain.requests import (
    Action,
    GenerationRequest,
    RemoteMedia,
    wire_field,
)
from filmgate.domain.wording import shown
from filmgate.engines.relay.materials import camera_control

_OFFICIAL_TRAVEL = 10


def create_body(
    request: GenerationRequest,
    *,
    seed: int,
    media: Mapping[str, str],
    source_video: str | None,
    is_hosted: bool,
) -> dict[str, Any]:
    """Return the body of an asynchronous create; what was not given is not sent.

    `media` are the URLs of the names of `GenerationRequest.media()`, `data:` URLs among them;
    `source_video` is the upstream's own id of the video to extend. A Filmgate is sent the task's seed, so
    that it makes the same clip again; the hosted service has none.
    """
    # A Filmgate takes values within 1 for fractions; the hosted service knows only its own scale.
    travel = _OFFICIAL_TRAVEL if is_hosted else 1
    body: dict[str, Any] = {
        "action": request.action.value,
        "model": request.model,
        "mode": request.mode.value,
        "duration": request.duration,
        "prompt": request.prompt or None,
        "negative_prompt": request.negative_prompt,
        "start_image_url": media.get("start_image"),
        "end_image_url": media.get("end_image"),
        "video_id": source_video if request.action is Action.EXTEND else None,
        "aspect_ratio": None if request.aspect_ratio is None else request.aspect_ratio.value,
        "cfg_scale": request.cfg_scale,
        "camera_control": camera_control(request.camera, travel=travel),
        "generate_audio": request.generate_audio,
        "element_list": _elements(request, media=media) or None,
        "video_list": _videos(request, media=media) or None,
        "image_list": _images(request, media=media) or None,
        "seed": None if is_hosted else seed,
        **_shots(request),
        "async": True,
    }
    return {name: value for name, value in body.items() if value is not None}


def filmgate_objections(request: GenerationRequest, *, is_hosted: bool) -> Iterator[Objection]:
    """Name what cannot be handed on; everything else the upstream answers for itself."""
    if is_hosted and request.seed is not None:
        yield _against("seed", shown(request.seed), "the hosted service takes no seed; leave it out")
    for name, media in request.media():
        if name.startswith("video_") and not isinstance(media, RemoteMedia):
            yield _against(wire_field(name), None, "the upstream needs an http(s) URL that it can reach")


def _against(field: str, value: object, reason: str) -> Objection:
    return Objection(field, value, f"{field}: {reason}.")


def _elements(request: GenerationRequest, *, media: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"image_url": media[f"element_{number}"]} for number in range(1, len(request.elements) + 1)]


def _videos(request: GenerationRequest, *, media: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "video_url": media[f"video_{number}"],
            "refer_type": video.use.value,
            "keep_original_sound": "yes" if video.keep_original_sound else "no",
        }
        for number, video in enumerate(request.videos, 1)
    ]


def _images(request: GenerationRequest, *, media: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"image_url": media[f"image_{number}"], **({} if image.use is None else {"type": image.use.value})}
        for number, image in enumerate(request.images, 1)
    ]


def _shots(request: GenerationRequest) -> dict[str, Any]:
    if not request.multi_shot:
        return {}
    told = [{"index": shot.index, "prompt": shot.prompt, "duration": shot.duration} for shot in request.shots]
    shot_type = None if request.shot_type is None else request.shot_type.value
    return {"multi_shot": True, "shot_type": shot_type, "multi_prompt": told or None}
