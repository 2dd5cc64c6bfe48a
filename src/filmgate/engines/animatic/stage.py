"""What the animatic engine sets up for a request: the scene to film, and how it sounds there."""

from typing import Protocol

from filmgate.domain.requests import GenerationRequest
from filmgate.engines.animatic.scene import Scene
from filmgate.engines.animatic.sound import SoundLevels


class Stage(Protocol):
    """Turns a request's words into something to film and to hear."""

    def scene(self, request: GenerationRequest, *, width: int, height: int, seed: int) -> Scene:
        """Build the scene of the prompt for frames of this size; slow work happens here."""
        ...

    def sound_levels(self, request: GenerationRequest) -> SoundLevels:
        """Say what is heard there; of a picture or a clip, only its weather is known by the prompt."""
        ...
