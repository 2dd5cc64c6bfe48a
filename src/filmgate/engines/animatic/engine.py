"""The embedded engine as the rest of Filmgate knows it."""

from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.engines.child import ChildEngine

# A clip of 3840x2160 was seen to take about 1 GB; what takes three times that is no clip.
_MEMORY_LIMIT_BYTES = 3 * 2**30
_RENDERER = "filmgate.engines.animatic.renderer:AnimaticRenderer"


def animatic_objections(request: GenerationRequest, spec: ModelSpec) -> Iterator[Objection]:
    """Name what the animatic engine does not do yet: given references."""
    del spec  # It draws for every model, and refuses the same of each.
    unsupported: tuple[tuple[str, object, str], ...] = (
        ("element_list", [f"element_{n}" for n, _ in enumerate(request.elements, 1)], "leave it out"),
        ("video_list", [video.use.value for video in request.videos], "leave it out"),
        (
            "image_list",
            [image.use.value if image.use else None for image in request.images],
            "for a first or last frame send start_image_url and end_image_url",
        ),
    )
    for field, value, instead in unsupported:
        if value:
            yield Objection(field, value, f"{field} is not supported by the animatic engine yet; {instead}.")


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
