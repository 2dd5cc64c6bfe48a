"""Where and when a layer is heard."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Spot:
    """What every layer is built for: the `seed` of the scene, its wind, and the layer's own name.

    `wind` goes from 0 to 1 and above. `tempo` multiplies how often things come and go.
    """

    seed: int
    layer: str
    wind: float = 0.4
    tempo: float = 1.0

    def seeds(self, purpose: int = 0) -> tuple[int, int, int]:
        """Return what random numbers of this layer grow from, others for each purpose."""
        return self.seed, crc32(self.layer.encode()), purpose

    def random(self, purpose: int = 0) -> np.random.Generator:
        """Return numbers of the layer's own, so that no layer depends on which others are heard."""
        return np.random.default_rng(self.seeds(purpose))
