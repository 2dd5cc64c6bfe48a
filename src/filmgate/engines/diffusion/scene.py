"""What one run of a model is given, and what comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from filmgate.engines.colour import RGBFrame
from filmgate.engines.diffusion.adapters import Worn
from filmgate.engines.soundtrack import Samples

Footage = npt.NDArray[np.uint8]
"""Shape (frames, height, width, 3), dtype uint8, sRGB."""

OnStep = Callable[[], None]
"""Called after each step; what it raises ends the run."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One run.

    `begins` are the frames it begins with: a given picture, or the last ones of what it continues. `ends` is
    the frame it comes to. All pictures but `references` have the size of the scene. `worn` are the adapters.
    """

    prompt: str
    negative: str
    guidance: float
    seed: int
    width: int
    height: int
    n_frames: int
    rate: Fraction
    begins: Sequence[RGBFrame] = ()
    ends: RGBFrame | None = None
    references: Sequence[RGBFrame] = ()
    worn: Worn = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    """All frames of a run, those it was given included, and its sound where the model makes any."""

    footage: Footage
    sound: Samples | None = None


class Model(Protocol):
    """A loaded model. Every run is independent of those before it, whatever they left in its caches."""

    @property
    def device(self) -> str:
        """The device's name, for the record."""
        ...

    def shoot(self, scene: Scene, on_step: OnStep) -> Shot:
        """Film a scene, and free all that was taken for it, also where it fails."""
        ...

    def peak_memory_bytes(self) -> int:
        """Return the most memory that was taken since the last call."""
        ...
