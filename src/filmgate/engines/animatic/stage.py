"""What the animatic engine sets up for a request: the scene to film, and how it sounds there."""

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from filmgate.domain.requests import Action, GenerationRequest
from filmgate.engines.animatic.family import Family, family_of
from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.mood import Mood, Weather, mood_of
from filmgate.engines.animatic.scene import Scene
from filmgate.engines.animatic.scenes.clouds import Clouds
from filmgate.engines.animatic.scenes.ocean import Ocean
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.space import Space
from filmgate.engines.animatic.scenes.underwater import Underwater
from filmgate.engines.animatic.sound import SoundLevels

SCENES: Mapping[Family, Callable[[Setting], Scene]] = {
    Family.OCEAN: Ocean,
    Family.UNDERWATER: Underwater,
    Family.CLOUDS: Clouds,
    Family.SPACE: Space,
}
"""How each family is built."""

_RAIN_LEVELS = {Weather.RAIN: 0.7, Weather.STORM: 1.0}
_SEA_WORDS = re.compile(
    r"\b(seas?|seaside|seashore|oceans?|waves?|surf|tides?|beach(es)?|shores?|coasts?|bays?|lagoons?)\b",
    re.IGNORECASE,
)


class Stage(Protocol):
    """Turns a request's words into something to film and to hear."""

    def scene(self, request: GenerationRequest, *, width: int, height: int, seed: int) -> Scene:
        """Build the scene of the prompt for frames of this size; slow work happens here."""
        ...

    def sound_levels(self, request: GenerationRequest) -> SoundLevels:
        """Say what is heard there; of a picture or a clip, only its weather is known by the prompt."""
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

    def sound_levels(self, request: GenerationRequest) -> SoundLevels:
        """See `Stage`; a picture or a clip is at sea only where its prompt says so."""
        mood = _mood(request)
        is_at_sea = request.action is Action.TEXT2VIDEO or _SEA_WORDS.search(request.prompt) is not None
        return SoundLevels(
            sea=0.25 + 0.75 * mood.wind if is_at_sea else 0.0,
            wind=0.15 + 0.85 * mood.wind,
            rain=_RAIN_LEVELS.get(mood.weather, 0.0),
        )


def _mood(request: GenerationRequest) -> Mood:
    return mood_of(
        request.prompt,
        negative_prompt=request.negative_prompt or "",
        cfg_scale=request.effective_cfg_scale,
    )
