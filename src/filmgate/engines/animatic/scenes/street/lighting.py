"""What pictures of a street are lit by."""

from dataclasses import dataclass

import numpy as np

from filmgate.engines.animatic.prompts.mood import Season
from filmgate.engines.animatic.textures import Floats


@dataclass(frozen=True, kw_only=True)
class Lighting:
    """What pictures are lit by: the light of the sky, and the share of lamps that burn."""

    ambient: Floats
    sun: Floats
    lamps: float
    snow: float
    season: Season


def empty(wide: int, high: int) -> Floats:
    """Return a picture that shows and hides nothing; shape (high, wide, 4)."""
    return np.zeros((high, wide, 4), np.float32)
