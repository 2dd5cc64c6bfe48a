"""What a mood makes of a street: which lamps burn, how wet and how lit it is."""

from dataclasses import dataclass, replace

import numpy as np

from filmgate.engines.animatic.light import Light, sun_direction
from filmgate.engines.animatic.prompts.mood import Mood, Season, TimeOfDay, Weather
from filmgate.engines.animatic.textures import Floats

_LAMPS = {
    TimeOfDay.DAWN: 0.55,
    TimeOfDay.DAY: 0.10,
    TimeOfDay.GOLDEN: 0.22,
    TimeOfDay.SUNSET: 0.55,
    TimeOfDay.DUSK: 0.9,
    TimeOfDay.NIGHT: 1.0,
}
_LAMPS_IN = {
    Weather.OVERCAST: 0.12,
    Weather.RAIN: 0.25,
    Weather.STORM: 0.35,
    Weather.FOG: 0.25,
    Weather.SNOW: 0.2,
}
_WETNESS = {Weather.RAIN: 1.0, Weather.STORM: 1.0, Weather.FOG: 0.5, Weather.SNOW: 0.35, Weather.DUST: 0.0}
# A street that shines a little by night is what the eye expects of one.
_DRY_BY_DAY, _DRY_BY_NIGHT = 0.12, 0.6
_CONES = {Weather.RAIN: 0.22, Weather.STORM: 0.25, Weather.FOG: 0.5, Weather.SNOW: 0.25, Weather.DUST: 0.3}
_SPREADS = {Weather.RAIN: 0.6, Weather.STORM: 0.5, Weather.FOG: 1.0, Weather.SNOW: 0.6, Weather.DUST: 0.8}


@dataclass(frozen=True, kw_only=True)
class StreetMood:
    """Shares from 0 to 1, colours of light, and the unit vector towards the sun.

    `lamps` is the share of lamps and signs that burn, `cones` how well the air shows their beams, `spreads`
    how much it scatters them. `ambient` is the light of the sky on an upright
    sheet, `sun_light` that of the sun.
    """

    lamps: float
    cones: float
    spreads: float
    wetness: float
    puddles: float
    rain: float
    snow: float
    dust: float
    season: Season
    ambient: Floats
    sun_light: Floats
    sun: list[float]


def street_mood(mood: Mood, light: Light) -> StreetMood:
    """Return what a mood, and the light it comes with, make of a street."""
    weather, snow = mood.weather, float(mood.is_snowy)
    by_day = mood.time_of_day in (TimeOfDay.DAY, TimeOfDay.GOLDEN)
    wetness = (
        1.0 if mood.is_wet and not snow else _WETNESS.get(weather, _DRY_BY_DAY if by_day else _DRY_BY_NIGHT)
    )
    return StreetMood(
        lamps=min(1.0, _LAMPS[mood.time_of_day] + _LAMPS_IN.get(weather, 0.0)),
        cones=_CONES.get(weather, 0.05),
        spreads=_SPREADS.get(weather, 0.15),
        wetness=wetness,
        puddles=0.53 if wetness == 1 else 0.1 + 0.3 * wetness,
        rain=float(weather in (Weather.RAIN, Weather.STORM)),
        snow=snow,
        dust=float(weather is Weather.DUST),
        season=Season.WINTER if snow else mood.season,
        ambient=_ambient(light),
        sun_light=np.array(light.disc, np.float32) * np.float32(0.085),
        sun=_sun(light, mood.time_of_day),
    )


def _ambient(light: Light) -> Floats:
    zenith, middle, horizon, glow, shade, lit = (
        np.array(colour, np.float32)
        for colour in (
            light.zenith,
            light.middle,
            light.horizon,
            light.glow,
            light.cloud_shade,
            light.cloud_light,
        )
    )
    sky = 0.85 * zenith + 1.15 * middle + 0.6 * horizon + 0.35 * glow
    return np.asarray(sky + 0.7 * light.cover * shade + 0.1 * lit, np.float32)


def _sun(light: Light, time: TimeOfDay) -> list[float]:
    """Return where the sun is: a low one stands over the street's end, where it can be seen."""
    if light.elevation < 12 and time is not TimeOfDay.NIGHT:
        light = replace(light, azimuth=float(np.copysign(1.6, light.azimuth)))
    return list(sun_direction(light))
