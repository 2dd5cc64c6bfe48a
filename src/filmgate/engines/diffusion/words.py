"""What the model is told: the prompt, and the camera's way in words."""

from collections.abc import Iterator

from filmgate.domain.citations import without_citations
from filmgate.domain.requests import CameraMove, CameraType, GenerationRequest
from filmgate.engines.diffusion.profile import Profile

_PRESETS = {
    CameraType.DOWN_BACK: "the camera sinks and pulls back",
    CameraType.FORWARD_UP: "the camera moves forward and rises",
    CameraType.RIGHT_TURN_FORWARD: "the camera turns right while it moves forward",
    CameraType.LEFT_TURN_FORWARD: "the camera turns left while it moves forward",
}
# Each axis with what it is called when it goes down and up; see `CameraMove`.
_AXES = (
    ("horizontal", "moves left", "moves right"),
    ("vertical", "moves down", "moves up"),
    ("pan", "pans left", "pans right"),
    ("tilt", "tilts down", "tilts up"),
    ("roll", "rolls counter-clockwise", "rolls clockwise"),
    ("zoom", "zooms in", "zooms out"),
)
_SLOW, _FAST = 1 / 3, 2 / 3


def spoken_prompt(request: GenerationRequest) -> str:
    """Return the prompt as the model reads it: without citations, with the camera's way at its end."""
    said = " ".join(without_citations(request.prompt).split())
    camera = camera_words(request.camera) if request.camera is not None else ""
    return ". ".join(part.rstrip(".") for part in (said, camera) if part) or "The scene goes on"


def spoken_negative(request: GenerationRequest, profile: Profile) -> str:
    """Return what the caller does not want to see, before what the recipe never wants."""
    asked = " ".join(without_citations(request.negative_prompt or "").split())
    return ", ".join(filter(None, (asked, profile.recipe.negative_prompt)))


def camera_words(move: CameraMove) -> str:
    """Say how the camera travels, as a sentence without its full stop; empty where it stays."""
    if move.type in _PRESETS:
        return _PRESETS[move.type].capitalize()
    ways = list(_ways(move))
    return f"The camera {' and '.join(ways)}" if ways else ""


def _ways(move: CameraMove) -> Iterator[str]:
    for axis, down, up in _AXES:
        travel: float = getattr(move, axis)
        if travel:
            pace = "slowly " if abs(travel) <= _SLOW else "quickly " if abs(travel) > _FAST else ""
            yield f"{pace}{up if travel > 0 else down}"
