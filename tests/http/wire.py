"""From a `GenerationRequest` back to the body that asks for it, the other way than `parse_create` goes."""

import base64
from typing import Any

from filmgate.domain.requests import (
    CAMERA_AXES,
    CameraMove,
    CameraType,
    GenerationRequest,
    InlineMedia,
    Media,
    RemoteMedia,
)


def wire_body(request: GenerationRequest) -> dict[str, Any]:
    """Return the JSON body that `parse_create` reads as exactly this request.

    Fields that were not given are left out. The camera is on the scale of fractions.

    Raises:
        ValueError: a picture or video is in the object store, where no caller could have pointed to.
    """
    body: dict[str, Any] = {
        "action": request.action.value,
        "model": request.model,
        "mode": request.mode.value,
        "prompt": request.prompt or None,
        "negative_prompt": request.negative_prompt,
        "start_image_url": request.start_image and _media(request.start_image),
        "end_image_url": request.end_image and _media(request.end_image),
        "video_id": request.video_id,
        "duration": request.duration,
        "aspect_ratio": request.aspect_ratio and request.aspect_ratio.value,
        "cfg_scale": request.cfg_scale,
        "camera_control": request.camera and _camera(request.camera),
        "generate_audio": request.generate_audio,
        **_references(request),
        "multi_shot": request.multi_shot or None,
        "shot_type": request.shot_type and request.shot_type.value,
        "multi_prompt": [
            {"index": shot.index, "prompt": shot.prompt, "duration": shot.duration} for shot in request.shots
        ]
        or None,
        "seed": request.seed,
    }
    return {name: value for name, value in body.items() if value is not None}


def _references(request: GenerationRequest) -> dict[str, Any]:
    elements = [{"image_url": _media(element.image)} for element in request.elements]
    videos = [
        {
            "video_url": _media(reference.video),
            "refer_type": reference.use.value,
            "keep_original_sound": "yes" if reference.keep_original_sound else "no",
        }
        for reference in request.videos
    ]
    images = [
        {"image_url": _media(reference.image)} | ({"type": reference.use.value} if reference.use else {})
        for reference in request.images
    ]
    return {
        "element_list": elements or None,
        "video_list": videos or None,
        "image_list": images or None,
    }


def _camera(camera: CameraMove) -> dict[str, Any]:
    if camera.type is not CameraType.SIMPLE:
        return {"type": camera.type.value}
    return {"type": camera.type.value, "config": {axis: getattr(camera, axis) for axis in CAMERA_AXES}}


def _media(media: Media) -> str:
    if isinstance(media, RemoteMedia):
        return media.url
    if isinstance(media, InlineMedia):
        return f"data:{media.content_type};base64,{base64.b64encode(media.content).decode()}"
    raise ValueError(f"{media.key} is in the object store and has no form on the wire.")
