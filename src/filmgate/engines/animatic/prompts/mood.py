"""How a prompt wants a scene to feel: time of day, season, weather, wind, pace and tint."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from filmgate.engines.animatic.prompts.words import Wording, lexicon

_Choice = TypeVar("_Choice", bound=StrEnum)


class TimeOfDay(StrEnum):
    """When it is; by night the light is the moon's."""

    DAWN = "dawn"
    DAY = "day"
    GOLDEN = "golden"
    SUNSET = "sunset"
    DUSK = "dusk"
    NIGHT = "night"


class Weather(StrEnum):
    """What the sky does."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    OVERCAST = "overcast"
    RAIN = "rain"
    STORM = "storm"
    FOG = "fog"
    SNOW = "snow"
    DUST = "dust"


class Season(StrEnum):
    """What the plants and the ground look like."""

    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"


Light = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a scene is meant to feel.

    `wind` goes from 0 (a mirror) to 1 (a gale). `pace` multiplies the speed of everything that moves.
    `tint` multiplies red, green and blue. `literal` is the share in which the light follows time and
    weather, from 0 (neutral daylight) to 1, and `emphasis` how far it goes beyond, from 0 to 1.
    """

    time_of_day: TimeOfDay = TimeOfDay.DAY
    weather: Weather = Weather.CLOUDY
    season: Season = Season.SUMMER
    wind: float = 0.4
    pace: float = 1.0
    tint: Light = (1.0, 1.0, 1.0)
    literal: float = 1.0
    emphasis: float = 0.0


# What a prompt means that names nothing; where the negative prompt rules it out, the next.
_TIMES = (TimeOfDay.DAY, TimeOfDay.GOLDEN, TimeOfDay.DUSK, TimeOfDay.NIGHT)
_WEATHERS = (Weather.CLOUDY, Weather.CLEAR, Weather.FOG)
# Clouds of another kind: a prompt that names both means these. Snow, fog and dust may be under any clouds.
_HEAVIER_CLOUDS = (Weather.OVERCAST, Weather.RAIN, Weather.STORM)
_SEASONS = (Season.SUMMER, Season.SPRING, Season.AUTUMN)


def mood_of(wording: Wording, *, cfg_scale: float = 0.5, before: Mood | None = None) -> Mood:
    """Read the mood of a prompt; every text has one, and what it leaves unsaid is as it was before.

    `cfg_scale` below 0.5 goes towards neutral daylight, above it towards exaggeration.
    """
    unsaid = before or Mood()
    wind, pace, tint = (wording.chosen(kind) for kind in ("wind", "pace", "tint"))
    return Mood(
        time_of_day=_chosen("time_of_day", (unsaid.time_of_day, *_TIMES), wording),
        weather=_weather(unsaid.weather, wording),
        season=_chosen("season", (unsaid.season, *_SEASONS), wording),
        wind=lexicon()["wind"][wind]["level"] if wind else unsaid.wind,
        pace=lexicon()["pace"][pace]["factor"] if pace else unsaid.pace,
        tint=tuple(lexicon()["tint"][tint]["light"]) if tint else unsaid.tint,
        literal=min(1.0, 2 * cfg_scale),
        emphasis=max(0.0, 2 * cfg_scale - 1),
    )


def _weather(unsaid: Weather, wording: Wording) -> Weather:
    chosen = _chosen("weather", (unsaid, *_WEATHERS), wording)
    heavier = wording.chosen("weather", among=_HEAVIER_CLOUDS)
    return Weather(heavier) if heavier is not None and chosen is Weather.CLOUDY else chosen


def _chosen(kind: str, unsaid: tuple[_Choice, ...], wording: Wording) -> _Choice:
    """Return what the wording chooses, or the first of `unsaid` that it does not rule out."""
    name = wording.chosen(kind)
    if name is not None:
        return type(unsaid[0])(name)
    return next((choice for choice in unsaid if not wording.rules_out(kind, choice)), unsaid[-1])
