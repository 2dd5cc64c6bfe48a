"""What time and weather mean where there is neither: colours of gas and stars, and how a nebula looks."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.prompts.mood import Mood, TimeOfDay, Weather

Colour = npt.NDArray[np.float64]
"""Linear light, red, green, blue; 1 is a sheet of paper by day."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The light of a time of day.

    `deep` is the empty sky, `gas` and `glow` the two gases, `haze` the light of stars too faint to tell
    apart, `dust` what dust sends back, `starlight` the colour of the star near by. `phase` is the angle
    between that star and the planet in degrees (below 30 it rises over the limb), `lit` how brightly it
    lights the planet, `shine` how brightly it shines itself, `band` the share of a milky way and `stars` the
    light of the others.
    """

    deep: Colour
    gas: Colour
    glow: Colour
    haze: Colour
    dust: Colour
    starlight: Colour
    phase: float
    lit: float
    shine: float
    band: float
    stars: float


@dataclass(frozen=True, kw_only=True)
class Cosmos:
    """A weather out there: how torn the gas is, its dust, its light, its veil, near stars and all stars."""

    storm: float = 0.0
    dusty: float = 0.25
    gas: float = 1.0
    veil: float = 0.0
    near: float = 1.0
    stars: float = 1.0


@dataclass(frozen=True, kw_only=True)
class World:
    """A planet: colours of its ground, its clouds and its air, and how striped it is, from 0 to 1."""

    ground: tuple[float, float, float]
    cloud: tuple[float, float, float]
    air: tuple[float, float, float]
    striped: float


def _palette(*colours: tuple[float, float, float], **rest: float) -> Palette:
    names = ("deep", "gas", "glow", "haze", "dust", "starlight")
    named = dict(zip(names, (np.array(colour) for colour in colours), strict=True))
    everything: dict[str, Any] = {**named, **rest}
    return Palette(**everything)


_PALETTES = {
    TimeOfDay.DAWN: _palette(
        (0.006, 0.009, 0.022),
        (0.55, 0.20, 0.24),
        (0.12, 0.26, 0.50),
        (0.20, 0.17, 0.20),
        (0.05, 0.025, 0.02),
        (1.0, 0.80, 0.60),
        phase=0.0,
        lit=1.0,
        shine=1.5,
        band=0.25,
        stars=0.9,
    ),
    TimeOfDay.DAY: _palette(
        (0.006, 0.011, 0.024),
        (0.62, 0.26, 0.34),
        (0.16, 0.48, 0.74),
        (0.24, 0.25, 0.28),
        (0.05, 0.035, 0.03),
        (1.0, 0.96, 0.90),
        phase=128.0,
        lit=0.8,
        shine=0.5,
        band=0.2,
        stars=1.0,
    ),
    TimeOfDay.GOLDEN: _palette(
        (0.008, 0.008, 0.012),
        (0.95, 0.48, 0.12),
        (0.10, 0.40, 0.46),
        (0.30, 0.22, 0.13),
        (0.06, 0.03, 0.01),
        (1.0, 0.84, 0.56),
        phase=100.0,
        lit=0.8,
        shine=0.5,
        band=0.25,
        stars=1.0,
    ),
    TimeOfDay.SUNSET: _palette(
        (0.010, 0.004, 0.009),
        (1.05, 0.22, 0.10),
        (0.50, 0.14, 0.36),
        (0.32, 0.17, 0.10),
        (0.06, 0.02, 0.012),
        (1.0, 0.58, 0.30),
        phase=62.0,
        lit=0.9,
        shine=0.6,
        band=0.2,
        stars=0.9,
    ),
    TimeOfDay.DUSK: _palette(
        (0.006, 0.004, 0.017),
        (0.50, 0.14, 0.52),
        (0.16, 0.20, 0.70),
        (0.15, 0.12, 0.24),
        (0.03, 0.015, 0.035),
        (0.86, 0.74, 1.0),
        phase=44.0,
        lit=0.85,
        shine=0.5,
        band=0.4,
        stars=1.1,
    ),
    TimeOfDay.NIGHT: _palette(
        (0.004, 0.006, 0.013),
        (0.16, 0.07, 0.09),
        (0.05, 0.10, 0.20),
        (0.19, 0.20, 0.245),
        (0.012, 0.009, 0.008),
        (0.72, 0.84, 1.0),
        phase=74.0,
        lit=0.55,
        shine=0.2,
        band=1.0,
        stars=1.5,
    ),
}

COSMOS: Mapping[Weather, Cosmos] = {
    Weather.CLEAR: Cosmos(gas=0.75, dusty=0.1, stars=1.2),
    Weather.CLOUDY: Cosmos(),
    Weather.OVERCAST: Cosmos(gas=0.55, dusty=0.6, stars=0.7, veil=0.02),
    Weather.RAIN: Cosmos(gas=0.8, dusty=0.3, stars=0.9),
    Weather.STORM: Cosmos(storm=1.0, gas=1.25, dusty=0.7, stars=0.7),
    Weather.FOG: Cosmos(gas=1.1, veil=0.07, dusty=0.1, stars=0.45),
    Weather.SNOW: Cosmos(gas=1.15, veil=0.05, dusty=0.1),
    Weather.DUST: Cosmos(gas=0.9, dusty=1.3, stars=0.75, veil=0.02),
}

WORLDS = (
    World(ground=(0.62, 0.34, 0.19), cloud=(0.95, 0.83, 0.66), air=(0.85, 0.62, 0.42), striped=1.0),
    World(ground=(0.14, 0.30, 0.50), cloud=(0.62, 0.80, 0.92), air=(0.35, 0.65, 1.0), striped=0.85),
    World(ground=(0.03, 0.11, 0.24), cloud=(0.92, 0.95, 1.0), air=(0.28, 0.55, 1.0), striped=0.0),
    World(ground=(0.40, 0.26, 0.44), cloud=(0.88, 0.74, 0.80), air=(0.75, 0.50, 0.95), striped=0.9),
    World(ground=(0.36, 0.15, 0.08), cloud=(0.78, 0.50, 0.32), air=(0.80, 0.50, 0.35), striped=0.15),
)


def palette_of(mood: Mood) -> Palette:
    """Return the palette of a mood: neutral daylight and the literal one mixed, tinted, emphasised."""
    neutral, literal = _PALETTES[TimeOfDay.DAY], _PALETTES[mood.time_of_day]
    mixed: dict[str, Any] = {}
    for field in fields(Palette):
        one, other = getattr(neutral, field.name), getattr(literal, field.name)
        mixed[field.name] = one + (other - one) * mood.literal
    for name in ("deep", "gas", "glow", "haze", "dust", "starlight"):
        colour = mixed[name] * np.array(mood.tint)
        grey = colour.mean()
        mixed[name] = np.maximum(grey + (colour - grey) * (1 + 0.5 * mood.emphasis), 0)
    return Palette(**mixed)
