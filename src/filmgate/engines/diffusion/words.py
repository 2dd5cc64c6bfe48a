"""What the model is told: the prompt, and the camera's way in words."""

from collections.abc import Collection, Mapping

from filmgate.domain.citations import without_citations
from filmgate.domain.requests import CameraMove, GenerationRequest
from filmgate.engines.diffusion.camera import Move, travels
from filmgate.engines.diffusion.profile import Profile

_WORDS: Mapping[Move, str] = {
    Move.LEFT: "moves left",
    Move.RIGHT: "moves right",
    Move.DOWN: "moves down",
    Move.UP: "moves up",
    Move.FORWARD: "moves forward",
    Move.BACK: "pulls back",
    Move.PAN_LEFT: "pans left",
    Move.PAN_RIGHT: "pans right",
    Move.TILT_DOWN: "tilts down",
    Move.TILT_UP: "tilts up",
    Move.ROLL_LEFT: "rolls counter-clockwise",
    Move.ROLL_RIGHT: "rolls clockwise",
    Move.ZOOM_IN: "zooms in",
    Move.ZOOM_OUT: "zooms out",
}
_SLOW, _FAST = 1 / 3, 2 / 3


def spoken_prompt(request: GenerationRequest, *, adapted: Collection[Move] = ()) -> str:
    """Return the prompt as the model reads it: without citations, with the camera's way at its end.

    Moves that are `adapted` are left to adapters.
    """
    said = " ".join(without_citations(request.prompt).split())
    camera = camera_words(request.camera, adapted=adapted) if request.camera is not None else ""
    return ". ".join(part.rstrip(".") for part in (said, camera) if part) or "The scene goes on"


def spoken_negative(request: GenerationRequest, profile: Profile) -> str:
    """Return what the caller does not want to see, before what the recipe never wants."""
    asked = " ".join(without_citations(request.negative_prompt or "").split())
    return ", ".join(filter(None, (asked, profile.recipe.negative_prompt)))


def camera_words(camera: CameraMove, *, adapted: Collection[Move] = ()) -> str:
    """Say how the camera travels, as a sentence without its full stop; empty where nothing is left to say."""
    ways = [
        f"{_pace(travel.share)}{_WORDS[travel.move]}"
        for travel in travels(camera)
        if travel.move not in adapted
    ]
    return f"The camera {' and '.join(ways)}" if ways else ""


def _pace(share: float | None) -> str:
    if share is None or _SLOW < share <= _FAST:
        return ""
    return "slowly " if share <= _SLOW else "quickly "
