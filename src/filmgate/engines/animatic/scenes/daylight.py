"""How brightly things under the sky are lit."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.light import Light

Colours = npt.NDArray[np.float64]
"""Linear red, green and blue along the last axis."""


@dataclass(frozen=True)
class Daylight:
    """The light that a white sheet sends back: in the shade, and from the sun or moon besides."""

    shade: Colours
    sun: Colours

    def on(self, surface: Iterable[float] | Colours, *, shade: float, sun: float) -> Colours:
        """Return the light of a surface of this colour under these shares of shade and sun."""
        return np.asarray(surface, float) * (self.shade * shade + self.sun * sun)


def daylight(light: Light) -> Daylight:
    """Measure the light on a white sheet by that of clouds and sky."""
    parts = (light.cloud_shade, light.zenith, light.middle, light.horizon)
    cloud, zenith, middle, horizon = (np.array(part) for part in parts)
    # A low sun lights the ground less red than the clouds, which it shines through.
    sun = np.array(light.cloud_light)
    return Daylight(
        0.5 * cloud + 0.45 * (zenith + middle) + 0.12 * horizon, 0.9 * (0.72 * sun + 0.28 * sun.mean())
    )
