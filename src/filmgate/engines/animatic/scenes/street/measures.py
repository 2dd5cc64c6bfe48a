"""How a street is measured, and what a plan of it names. Metres: right, up, forward of the camera at rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.panels import PANEL
from filmgate.engines.animatic.scenes.street.pictures import Cut

Panel = npt.NDArray[Any]
"""One rectangle; shape () of `PANEL`."""

ROAD_MIDDLE, KERB, FRONT = 0.4, 5.5, 8.8
"""The middle of the road, and how far kerbs and fronts are from it."""
FACADE, SHOP, PICTURE, GLOW = 0, 1, 2, 3
SHOP_HIGH = 4.5
FIRST, LAST = -18.0, 236.0
CROSSING = (50.0, 63.0)
"""From where to where ahead a street crosses."""


@dataclass(frozen=True, kw_only=True)
class Building:
    """A house on one side: -1 left, 1 right. `front` is how far its plane is from the road's middle.

    `style` numbers how it is built.
    """

    side: int
    start: float
    end: float
    front: float
    height: float
    style: int


@dataclass(frozen=True, kw_only=True)
class Emitter:
    """A light that shines on walls and ground; `strength` is what it throws on paper a metre away."""

    place: tuple[float, float, float]
    colour: tuple[float, float, float]
    strength: float


def picture(
    cut: Cut,
    *,
    left: float,
    bottom: float,
    ahead: float,
    width: float,
    height: float,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    across: tuple[float, float, float] = (1.0, 0.0, 0.0),
    margin: float = 0.0,
) -> Panel:
    """Return an upright picture whose lower left corner is there; `across` is the way to its right.

    One with a `margin` hides all behind it that is not behind so large a share of it at an edge.
    """
    panel = np.zeros((), PANEL)
    panel["origin"] = (left, bottom, ahead)
    panel["across"] = np.array(across) * width
    panel["rise"] = (0, height, 0)
    panel["width"], panel["height"], panel["kind"], panel["tint"] = width, height, PICTURE, tint
    panel["lit"], panel["margin"] = 1.0, margin
    panel["first_texel"], panel["texels_wide"], panel["texels_high"] = cut
    return panel
