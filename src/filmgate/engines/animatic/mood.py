"""How a prompt wants a scene to feel: time of day, season, weather, wind, pace and tint."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from filmgate.engines.animatic.words import Wording, lexicon

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
_SEASONS = (Season.SUMMER, Season.SPRING, Season.AUTUMN)
_WIND = 0.4


def mood_of(prompt: str, *, negative_prompt: str = "", cfg_scale: float = 0.5) -> Mood:
    """Read the mood of a prompt; every text has one.

    What `negative_prompt` names is ruled out, and what the prompt itself denies ("no rain", "without
    clouds"). `cfg_scale` below 0.5 goes towards neutral daylight, above it towards exaggeration.
    """
    wording = Wording(prompt, negative_prompt)
    wind, pace, tint = (wording.chosen(kind) for kind in ("wind", "pace", "tint"))
    return Mood(
        time_of_day=_chosen("time_of_day", _TIMES, wording),
        weather=_chosen("weather", _WEATHERS, wording),
        season=_chosen("season", _SEASONS, wording),
        wind=lexicon()["wind"][wind]["level"] if wind else _WIND,
        pace=lexicon()["pace"][pace]["factor"] if pace else 1.0,
        tint=tuple(lexicon()["tint"][tint]["light"]) if tint else (1.0, 1.0, 1.0),
        literal=min(1.0, 2 * cfg_scale),
        emphasis=max(0.0, 2 * cfg_scale - 1),
    )


def _chosen(kind: str, unsaid: tuple[_Choice, ...], wording: Wording) -> _Choice:
    """Return what the wording chooses, or the first of `unsaid` that it does not rule out."""
    name = wording.chosen(kind)
    if name is not None:
        return type(unsaid[0])(name)
    return next((choice for choice in unsaid if not wording.rules_out(kind, choice)), unsaid[-1])
