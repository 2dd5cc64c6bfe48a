"""What the hosted service cannot honour of a request that is valid, each with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import (
    CAMERA_AXES,
    Action,
    CameraType,
    GenerationRequest,
    ImageUse,
    InlineMedia,
    Mode,
    RemoteMedia,
    StoredMedia,
    VideoUse,
    wire_field,
)
from filmgate.domain.wording import both, either, shown
from filmgate.engines.relay.kling.orders import EXTENDING_MODELS, EXTENSION_SECONDS, Kind, kind_of

PICTURE_TYPES = ("image/jpeg", "image/png")
_PICTURES = 7
_PICTURES_WITH_VIDEO = 4


@dataclass(frozen=True, kw_only=True)
class Account:
    """What an account can do: the newer design takes no access and secret keys, only an API key."""

    has_api_key: bool


def kling_objections(request: GenerationRequest, spec: ModelSpec, *, account: Account) -> Iterator[Objection]:
    """Name every field that the service has no place for, or would follow only in part."""
    kind = kind_of(request)
    if request.seed is not None:
        yield _against("seed", shown(request.seed), "takes no seed; leave seed out")
    if kind.is_newer and not account.has_api_key:
        reason = f"serves {request.model} to API keys alone, and this server has an access key for it"
        yield _against("model", request.model, reason)
    yield from _wording(request, kind)
    if kind is Kind.EXTEND:
        yield from _extension(request)
        return
    yield from _shape(request)
    yield from _camera(request, spec)
    yield from _sound(request, kind)
    yield from _media(request)
    if kind is Kind.OMNI:
        yield from _references(request)


def _wording(request: GenerationRequest, kind: Kind) -> Iterator[Objection]:
    if (kind is Kind.OMNI or kind.is_newer) and request.negative_prompt:
        reason = f"takes no negative_prompt with {request.model}; say in the prompt what is wanted instead"
        yield _against("negative_prompt", shown(request.negative_prompt), reason)
    without_scale = kind is Kind.OMNI or kind.is_newer or request.model.startswith("kling-v2-")
    if without_scale and kind is not Kind.EXTEND and request.cfg_scale is not None:
        reason = f"takes no cfg_scale with {request.model}; leave it out"
        yield _against("cfg_scale", request.cfg_scale, reason)


def _extension(request: GenerationRequest) -> Iterator[Objection]:
    if request.model not in EXTENDING_MODELS:
        reason = f"extends with {either(EXTENDING_MODELS)} alone, not with {request.model}"
        yield _against("model", request.model, reason)
    if request.duration != EXTENSION_SECONDS:
        reason = f"adds about {EXTENSION_SECONDS} s with each extension; send duration {EXTENSION_SECONDS}"
        yield _against("duration", request.duration, reason)


def _shape(request: GenerationRequest) -> Iterator[Objection]:
    if request.aspect_ratio is None:
        return
    begins = any(image.use is ImageUse.FIRST_FRAME for image in request.images)
    edits = any(video.use is VideoUse.BASE for video in request.videos)
    if request.action is Action.IMAGE2VIDEO or begins or edits:
        follows = "the video" if edits else "the first picture"
        reason = f"gives the clip the shape of {follows}; leave aspect_ratio out"
        yield _against("aspect_ratio", request.aspect_ratio.value, reason)


def _camera(request: GenerationRequest, spec: ModelSpec) -> Iterator[Objection]:
    if (move := request.camera) is None:
        return
    moved = [axis for axis in CAMERA_AXES if getattr(move, axis)]
    if move.type is CameraType.SIMPLE and len(moved) > 1:
        reason = f"moves the camera along one axis at a time, and {both(moved)} are given; keep one"
        yield _against("camera_control", ", ".join(moved), reason)
    if spec.model == "kling-v1" and (request.action, request.mode) != (Action.TEXT2VIDEO, Mode.STD):
        reason = "moves the camera of kling-v1 in text2video with mode std alone"
        yield _against("camera_control", f"{request.action}/{request.mode}", reason)


def _sound(request: GenerationRequest, kind: Kind) -> Iterator[Objection]:
    if kind.is_newer and request.generate_audio is False:
        reason = f"makes {request.model} with sound always; leave generate_audio out or send true"
        yield _against("generate_audio", "false", reason)


def _media(request: GenerationRequest) -> Iterator[Objection]:
    for name, media in request.media():
        field = wire_field(name)
        if name.startswith("video_"):
            if not isinstance(media, RemoteMedia):
                yield _against(field, None, "fetches videos by itself; send an http(s) URL it can reach")
        elif isinstance(media, InlineMedia | StoredMedia) and media.content_type not in PICTURE_TYPES:
            yield _against(
                field, media.content_type, f"takes pictures as JPEG or PNG, not {media.content_type}"
            )


def _references(request: GenerationRequest) -> Iterator[Objection]:
    if any(video.use is VideoUse.BASE for video in request.videos) and (
        request.start_image is not None or any(image.use is not None for image in request.images)
    ):
        reason = "edits a video as it begins and ends; send no first or end frame with refer_type base"
        yield _against("video_list", VideoUse.BASE.value, reason)
    frames = (request.start_image is not None) + (request.end_image is not None)
    count = frames + len(request.images) + len(request.elements)
    limit = _PICTURES_WITH_VIDEO if request.videos else _PICTURES
    if request.elements and count > limit:
        reason = (
            f"takes the pictures of elements as pictures, at most {limit} in all, "
            f"start and end included; there are {count}"
        )
        yield _against("element_list", count, reason)


def _against(field: str, value: object, reason: str) -> Objection:
    return Objection(field, value, f"{field}: the hosted Kling service {reason}.")
