"""The light of a mood: from the palettes of time and weather to the numbers that the kernels take."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from filmgate.engines.animatic.prompts.mood import Mood, TimeOfDay, Weather

Colour = tuple[float, float, float]
"""Linear light, red, green, blue; 1 is a sheet of paper by day."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """What lights the scene. Angles in degrees; `sight` in metres; see `palettes.toml` for the rest.

    `veil` is the colour of fog, `fog` its share, `fall` the light of rain or snow. `exposure` is already
    `adapted` times what it is by day.
    """

    elevation: float
    azimuth: float
    disc_edge: float
    disc: Colour
    zenith: Colour
    middle: Colour
    horizon: Colour
    glow: Colour
    halo: Colour
    cloud_shade: Colour
    cloud_light: Colour
    body: Colour
    glint: Colour
    stars: float
    exposure: float
    cover: float = 0.5
    thickness: float = 1.0
    veil: Colour = (0.0, 0.0, 0.0)
    fog: float = 0.0
    clears: float = 6.0
    sight: float = 10000.0
    fall: float = 0.0
    least_wind: float = 0.0
    adapted: float = 1.0


# What an exposed sky has at least, added up along its height: that of a clear night.
_DIMMEST = 0.12
_OF_THE_SKY = ("zenith", "middle", "horizon", "cloud_shade", "cloud_light")
_COLOURS = (*_OF_THE_SKY, "body", "disc", "glow", "halo", "glint")
_VIVID = ("zenith", "middle", "horizon", "glow", "cloud_light")


def light_of(mood: Mood) -> Light:
    """Return the light of a mood: neutral daylight and the literal light, mixed as the mood says."""
    literal = _palette(mood.time_of_day, mood.weather)
    neutral = _palette(TimeOfDay.DAY, Weather.CLOUDY)
    mixed = _mix(neutral, literal, mood.literal)
    return _emphasised(_tinted(_adapted(mixed), mood), mood.emphasis)


def _adapted(light: Light) -> Light:
    """Return the light as eyes used to the dark see it: under a thick sky by night they open wider."""
    sky = light.fog * max(light.veil) + (1 - light.fog) * sum(
        max(part) for part in (light.zenith, light.middle, light.horizon)
    )
    adapted = min(max(_DIMMEST / (sky * light.exposure), 1.0), 4.0) ** 0.6
    return replace(light, exposure=light.exposure * adapted, adapted=adapted)


def _palette(time: TimeOfDay, weather: Weather) -> Light:
    """Return the light of a time of day under a weather: duller skies lose their sun and their colour."""
    light = Light(**{name: _value(value) for name, value in _palettes()["time_of_day"][time].items()})
    air = _palettes()["weather"][weather]
    dull, dim = air["dull"], air["dim"]
    cast = _scaled(_colour(air["cast"]), dim)
    sunless = 1 - dull
    light = _each(light, _OF_THE_SKY, lambda colour: _times(_mix_colours(colour, _grey(colour), dull), cast))
    scattered = (light.zenith, light.middle, light.horizon, _scaled(light.glow, 0.8 * sunless))
    veil = _scaled(_colour(map(sum, zip(*scattered, strict=True))), 0.6)
    return replace(
        light,
        disc=_scaled(light.disc, sunless**4),
        glow=_scaled(light.glow, sunless),
        halo=_scaled(light.halo, sunless**2),
        glint=_scaled(light.glint, sunless**3),
        horizon=_scaled(light.horizon, 1 - 0.55 * dull),
        cloud_shade=_scaled(light.cloud_shade, 1 - 0.5 * dull),
        cloud_light=_scaled(light.cloud_light, 1 - 0.45 * dull),
        # The water keeps its own colour under a grey sky, and wind brings air into it, which brightens it.
        body=_scaled(light.body, dim * (1 + 0.6 * air["least_wind"])),
        stars=light.stars * sunless**2,
        cover=air["cover"],
        thickness=air["thickness"],
        veil=veil,
        fog=air["veil"],
        clears=air["clears"],
        sight=air["sight"],
        fall=air["fall"] * max(veil),
        least_wind=air["least_wind"],
    )


def _mix(one: Light, other: Light, share: float) -> Light:
    mixed: dict[str, Any] = {}
    for field in fields(Light):
        a, b = getattr(one, field.name), getattr(other, field.name)
        mixed[field.name] = _mix_colours(a, b, share) if isinstance(a, tuple) else a + (b - a) * share
    return Light(**mixed)


def _tinted(light: Light, mood: Mood) -> Light:
    return _each(light, _COLOURS, lambda colour: _times(colour, mood.tint))


def _emphasised(light: Light, emphasis: float) -> Light:
    """Return the light with its colours pulled apart, up to a half more than they are."""
    return _each(light, _VIVID, lambda colour: _mix_colours(_grey(colour), colour, 1 + 0.5 * emphasis))


def _each(light: Light, names: Iterable[str], change: Callable[[Colour], Colour]) -> Light:
    changed: dict[str, Any] = {name: change(getattr(light, name)) for name in names}
    return replace(light, **changed)


def _colour(parts: Iterable[float]) -> Colour:
    red, green, blue = parts
    return red, green, blue


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _grey(colour: Colour) -> Colour:
    # BT.709 luminance; a grey sky is a little blue.
    luminance = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return 0.94 * luminance, luminance, 1.08 * luminance


def _mix_colours(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (max(0.0, a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _scaled(colour: Colour, factor: float) -> Colour:
    return _times(colour, (factor, factor, factor))


def _times(one: Colour, other: Colour) -> Colour:
    return one[0] * other[0], one[1] * other[1], one[2] * other[2]


def from_aside(light: Light, azimuth: float, random: np.random.Generator) -> Light:
    """Return the light with its sun so many degrees to the left or to the right, as chance will have it."""
    return replace(light, azimuth=azimuth if random.random() < 0.5 else -azimuth)


def sun_direction(light: Light) -> Colour:
    """Return the unit vector towards the sun or moon: right, up, forward."""
    elevation, azimuth = np.radians(light.elevation), np.radians(light.azimuth)
    flat = float(np.cos(elevation))
    return float(np.sin(azimuth)) * flat, float(np.sin(elevation)), float(np.cos(azimuth)) * flat


@cache
def _palettes() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "palettes.toml").read_text())
