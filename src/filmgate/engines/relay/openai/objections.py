"""What a server of the OpenAI videos dialect cannot honour of a request that is valid, with the reasons."""

from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, AspectRatio, GenerationRequest
from filmgate.domain.wording import either, seconds, shown
from filmgate.engines.relay.openai.flavours import Server, Size
from filmgate.engines.relay.openai.orders import asked_seconds, asked_size

_TUNED_BY = {"negative_prompt": "negative_prompt", "cfg_scale": "guidance_scale", "seed": "seed"}


def openai_objections(request: GenerationRequest, spec: ModelSpec, *, server: Server) -> Iterator[Objection]:
    """Name every field that the server has no place for, or would follow only in part."""
    title = server.dialect.title
    if request.action not in server.actions:
        can = either(server.actions)
        yield Objection("action", request.action, f"action: {title} serves {can} here, not {request.action}.")
        if request.action is Action.EXTEND:
            return
    if server.models and request.model not in server.models and server.model is None:
        reason = f"has a model here for {either(server.models)} alone"
        yield _against("model", request.model, title, reason)
    yield from _without_place(request, title)
    yield from _tuning(request, server)
    yield from _sound(request, spec, server)
    yield from _shape(request, spec, server)


def _without_place(request: GenerationRequest, title: str) -> Iterator[Objection]:
    if request.end_image is not None:
        yield _against("end_image_url", None, title, "takes a first frame alone")
    if request.camera is not None:
        reason = "knows no camera; say in the prompt how it moves"
        yield _against("camera_control", request.camera.type.value, title, reason)
    lists = {"element_list": request.elements, "video_list": request.videos, "image_list": request.images}
    for field, given in lists.items():
        if given:
            yield _against(field, len(given), title, "takes no references")
    if request.multi_shot:
        yield _against("multi_shot", True, title, "makes one shot of one prompt")


def _tuning(request: GenerationRequest, server: Server) -> Iterator[Objection]:
    for field, theirs in _TUNED_BY.items():
        value = getattr(request, field)
        if value not in (None, "") and theirs not in server.dialect.fields:
            yield _against(field, shown(value), server.dialect.title, f"takes no {field}; leave it out")


def _sound(request: GenerationRequest, spec: ModelSpec, server: Server) -> Iterator[Objection]:
    if spec.makes_sound(request) and not server.makes_sound:
        reason = "makes no sound here; send generate_audio false"
        yield _against("generate_audio", shown(request.generate_audio), server.dialect.title, reason)


def _shape(request: GenerationRequest, spec: ModelSpec, server: Server) -> Iterator[Objection]:
    title = server.dialect.title
    if asked_seconds(request.duration, server=server) is None:
        reason = f"makes {seconds(server.seconds)} s here"
        yield _against("duration", request.duration, title, reason)
    if spec.short_side is None:
        return
    if request.action is Action.IMAGE2VIDEO and request.aspect_ratio is None:
        # The picture gives the shape, and may not have been fetched yet.
        ratios = [each.fraction for each in AspectRatio]
    else:
        ratios = [(request.aspect_ratio or AspectRatio.WIDE).fraction]
    sizes = [spec.frame_size(ratio) for ratio in ratios]
    if not any(asked_size(size, server=server) for size in sizes):
        yield _against("mode", request.mode.value, title, cannot_make(sizes[0], server=server))


def cannot_make(size: Size, *, server: Server) -> str:
    """Say, as a predicate about the server, that it makes no clips of this size."""
    made = either([f"{width}x{height}" for width, height in server.sizes])
    makes = f"makes {made} here" if made else f"makes sides of {server.size_step} pixels alone"
    return f"{makes}, and {size[0]}x{size[1]} is not to be had of that"


def _against(field: str, value: object, title: str, reason: str) -> Objection:
    return Objection(field, value, f"{field}: {title} {reason}.")
