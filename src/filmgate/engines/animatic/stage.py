"""What the animatic engine sets up for a request: the scene to film, and how it sounds there."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import Reading
from filmgate.engines.animatic.scene import Scene
from filmgate.engines.animatic.scenes.clouds import Clouds
from filmgate.engines.animatic.scenes.dunes import Dunes
from filmgate.engines.animatic.scenes.forest import Forest
from filmgate.engines.animatic.scenes.meadow import Meadow
from filmgate.engines.animatic.scenes.mountains import Mountains
from filmgate.engines.animatic.scenes.ocean import Ocean
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.silk import Silk
from filmgate.engines.animatic.scenes.snowfield import Snowfield
from filmgate.engines.animatic.scenes.space import Space
from filmgate.engines.animatic.scenes.street.street import Street
from filmgate.engines.animatic.scenes.underwater import Underwater
from filmgate.engines.animatic.sounds.soundscape import Soundscape, soundscape_of

SCENES: Mapping[Family, Callable[[Setting], Scene]] = {
    Family.OCEAN: Ocean,
    Family.MOUNTAINS: Mountains,
    Family.STREET: Street,
    Family.FOREST: Forest,
    Family.DUNES: Dunes,
    Family.MEADOW: Meadow,
    Family.SNOWFIELD: Snowfield,
    Family.UNDERWATER: Underwater,
    Family.SPACE: Space,
    Family.CLOUDS: Clouds,
    Family.SILK: Silk,
}
"""How each family is built."""


class Stage(Protocol):
    """Turns what was read in a prompt into something to film and to hear."""

    def scene(self, reading: Reading, *, width: int, height: int, seed: int) -> Scene:
        """Build the scene for frames of this size; slow work happens here."""
        ...

    def soundscape(self, reading: Reading, *, is_given: bool) -> Soundscape:
        """Say what is heard there; where a given picture or clip was taken, only its prompt can tell."""
        ...


class Studio:
    """A `Stage` that builds every family of scenes."""

    def __init__(self, *, n_threads: int | None = None, drawing: Kernels | None = None) -> None:
        """Draw with so many threads, by default one for each core; the frames are the same by any number."""
        self._threads = ThreadPoolExecutor(n_threads or os.cpu_count() or 1, thread_name_prefix="scene")
        self._kernels = drawing or kernels()

    def scene(self, reading: Reading, *, width: int, height: int, seed: int) -> Scene:
        """See `Stage`."""
        setting = Setting(
            mood=reading.mood,
            width=width,
            height=height,
            seed=seed,
            threads=self._threads,
            kernels=self._kernels,
        )
        return SCENES[reading.family](setting)

    def soundscape(self, reading: Reading, *, is_given: bool) -> Soundscape:
        """See `Stage`."""
        named = reading.hearing.place
        # A portrait is filmed as silk, but a picture of one was taken somewhere.
        somewhere = None if named is Family.SILK else named
        family = somewhere if is_given else reading.family
        return soundscape_of(reading.mood, reading.hearing, family=family)
