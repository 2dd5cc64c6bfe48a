"""The embedded engine as the rest of Filmgate knows it."""

from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest, VideoUse
from filmgate.engines.child import ChildEngine

# A clip of 3840x2160 was seen to take about 1 GB; what takes three times that is no clip.
_MEMORY_LIMIT_BYTES = 3 * 2**30
_RENDERER = "filmgate.engines.animatic.renderer:AnimaticRenderer"


def animatic_objections(request: GenerationRequest, spec: ModelSpec) -> Iterator[Objection]:
    """Name what cannot go with a given video: it has a first frame, shots and a camera of its own."""
    del spec  # It draws for every model, and refuses the same of each.
    for video in request.videos:
        for field, value in _at_odds(request, video.use):
            message = (
                f"{field} is not supported by the animatic engine together with a video_list item of "
                f"refer_type={video.use.value}; send one of the two."
            )
            yield Objection(field, value, message)


def _at_odds(request: GenerationRequest, use: VideoUse) -> Iterator[tuple[str, object]]:
    """Yield fields that want what the video already decides, and their values."""
    if request.camera is not None:
        yield "camera_control", request.camera.type.value
    if use is not VideoUse.BASE:
        return
    if request.start_image is not None:
        yield "start_image_url", None
    for position, image in enumerate(request.images):
        if image.use is not None:
            yield f"image_list[{position}].type", image.use.value
    if request.multi_shot:
        yield "multi_shot", True


def animatic_engine(*, name: str = "animatic", slots: int = 1, threads: int = 3) -> ChildEngine:
    """Return the engine, ready to be started.

    `slots` clips are made at once, each with `threads` encoder threads. The bytes of a clip depend on
    `threads`, so machines that are to make the same clips must agree on it.
    """
    return ChildEngine(
        name=name,
        renderer=_RENDERER,
        objections=animatic_objections,
        options={"threads": threads},
        memory_limit_bytes=_MEMORY_LIMIT_BYTES,
        slots=slots,
    )
