"""What differs from place to place of a meadow: wind, ripeness and shadows; `slabs.h` says the same in C."""

import numpy as np

from filmgate.engines.animatic.kernels.plants_view import PlantsView
from filmgate.engines.animatic.kernels.shading import Scalars, unit


def wave(turns: Scalars) -> Scalars:
    """Return a wave of period 1 and height 1, close to a sine."""
    x = turns - np.floor(turns + 0.5)
    y = x * (8 - 16 * np.abs(x))
    return np.asarray(y * (0.775 + 0.225 * np.abs(y)), np.float32)


def gust(view: PlantsView, x: Scalars, z: Scalars) -> Scalars:
    """Return the wind at places of the ground, about -1 to 1."""
    broad = wave(0.021 * x + 0.057 * z - view["gust"][0])
    narrow = wave(0.117 * x - 0.043 * z - view["gust"][1] + 0.22 * broad)
    return np.asarray(0.6 * broad + 0.4 * narrow, np.float32)


def ripe(x: Scalars, z: Scalars) -> Scalars:
    """Return how ripe the grass of a place is beside that around it, about -1 to 1."""
    broad = wave(0.011 * x + 0.017 * z + 0.2 * wave(0.013 * z - 0.019 * x))
    return np.asarray(0.65 * broad + 0.35 * wave(0.043 * x - 0.037 * z + 0.5 * broad), np.float32)


def dark(view: PlantsView, x: Scalars, z: Scalars) -> Scalars:
    """Return how much light the shadows of lone trees take from places of the ground."""
    right, forward = view["sunwards"]
    aside, along = x * forward - z * right, x * right + z * forward
    covered = np.zeros_like(x)
    for across, foot, narrow, short in view["shadows"]:
        # A crown is an ellipse, and a low sun draws it out.
        round_ = 1 - (2.15 * ((foot - along) * short - 0.55)) ** 2 - ((aside - across) * narrow) ** 2
        covered = np.maximum(covered, unit(round_ * 2))
    return np.asarray(covered * view["darkness"], np.float32)
