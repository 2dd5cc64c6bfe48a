"""What the animatic engine sets up for a request: the scene to film, and how it sounds there."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from filmgate.domain.requests import Action, GenerationRequest
from filmgate.engines.animatic.family import Family, family_of
from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.mood import Mood, mood_of
from filmgate.engines.animatic.scene import Scene
from filmgate.engines.animatic.scenes.ocean import Ocean
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.soundscape import Soundscape, soundscape_of

SCENES: Mapping[Family, Callable[[Setting], Scene]] = {
    Family.OCEAN: Ocean,
}
"""How each family is built."""


class Stage(Protocol):
    """Turns a request's words into something to film and to hear."""

    def scene(self, request: GenerationRequest, *, width: int, height: int, seed: int) -> Scene:
        """Build the scene of the prompt for frames of this size; slow work happens here."""
        ...

    def soundscape(self, request: GenerationRequest) -> Soundscape:
        """Say what is heard there; where a picture or a clip was taken, only the prompt can tell."""
        ...


class Studio:
    """A `Stage` that builds the family of scenes that a prompt names, in the mood of its words."""

    def __init__(self, *, n_threads: int | None = None, drawing: Kernels | None = None) -> None:
        """Draw with so many threads, by default one for each core; the frames are the same by any number."""
        self._threads = ThreadPoolExecutor(n_threads or os.cpu_count() or 1, thread_name_prefix="scene")
        self._kernels = drawing or kernels()

    def scene(self, request: GenerationRequest, *, width: int, height: int, seed: int) -> Scene:
        """See `Stage`."""
        family = family_of(request.prompt, negative_prompt=request.negative_prompt or "")
        setting = Setting(
            mood=_mood(request),
            width=width,
            height=height,
            seed=seed,
            threads=self._threads,
            kernels=self._kernels,
        )
        return SCENES.get(family, Ocean)(setting)

    def soundscape(self, request: GenerationRequest) -> Soundscape:
        """See `Stage`."""
        return soundscape_of(
            _mood(request),
            prompt=request.prompt,
            negative_prompt=request.negative_prompt or "",
            family=Family.SILK if request.action is Action.TEXT2VIDEO else None,
        )


def _mood(request: GenerationRequest) -> Mood:
    return mood_of(
        request.prompt,
        negative_prompt=request.negative_prompt or "",
        cfg_scale=request.effective_cfg_scale,
    )
