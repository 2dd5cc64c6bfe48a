"""How a prompt wants a scene to feel: time, season, weather, wind, pace, tint, and what grows there."""

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


class Flora(StrEnum):
    """What grows, where a place can show it."""

    CONIFER = "conifer"
    BROADLEAF = "broadleaf"
    BLOSSOM = "blossom"
    LAVENDER = "lavender"
    WHEAT = "wheat"
    POPPIES = "poppies"
    SUNFLOWERS = "sunflowers"
    DAISIES = "daisies"
    TULIPS = "tulips"


Light = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a scene is meant to feel.

    `wind` goes from 0 (a mirror) to 1 (a gale). `pace` multiplies the speed of everything that moves.
    `tint` multiplies red, green and blue. `literal` is the share in which the light follows time and
    weather, from 0 (neutral daylight) to 1, and `emphasis` how far it goes beyond, from 0 to 1. `is_wet` says
    that rain lies on the ground, whether it still falls or not; in winter it is snow that lies.
    """

    time_of_day: TimeOfDay = TimeOfDay.DAY
    weather: Weather = Weather.CLOUDY
    season: Season = Season.SUMMER
    wind: float = 0.4
    pace: float = 1.0
    tint: Light = (1.0, 1.0, 1.0)
    literal: float = 1.0
    emphasis: float = 0.0
    is_wet: bool = False
    flora: Flora | None = None

    @property
    def is_snowy(self) -> bool:
        """Say whether snow lies, be it from before or from what falls."""
        return self.season is Season.WINTER or self.weather is Weather.SNOW


# What a prompt means that names nothing; where the negative prompt rules it out, the next.
_TIMES = (TimeOfDay.DAY, TimeOfDay.GOLDEN, TimeOfDay.DUSK, TimeOfDay.NIGHT)
_WEATHERS = (Weather.CLOUDY, Weather.CLEAR, Weather.FOG)
_SEASONS = (Season.SUMMER, Season.SPRING, Season.AUTUMN)
# What hides the sky or falls from it is what a prompt means that names the sky as well; snow may only lie.
_BEFORE_THE_SKY = (Weather.OVERCAST, Weather.RAIN, Weather.STORM, Weather.FOG, Weather.DUST)
_WET = (Weather.RAIN, Weather.STORM)
_SKIES = (Weather.CLEAR, Weather.CLOUDY)


def mood_of(
    wording: Wording, *, cfg_scale: float = 0.5, before: Mood | None = None, is_elsewhere: bool = True
) -> Mood:
    """Read the mood of a prompt; every text has one, and what it leaves unsaid is as it was before.

    Mere hints count in a place that is not that of before: `is_elsewhere`. `cfg_scale` below 0.5 goes towards
    neutral daylight, above it towards exaggeration.
    """
    unsaid = before or Mood()
    pace, tint = wording.chosen("pace"), wording.chosen("tint")
    ground, flora = wording.chosen("ground"), wording.chosen("flora")
    weather = _weather(unsaid.weather, wording, hinted=is_elsewhere)
    return Mood(
        time_of_day=_chosen("time_of_day", (unsaid.time_of_day, *_TIMES), wording, hinted=is_elsewhere),
        weather=weather,
        season=_chosen("season", (unsaid.season, *_SEASONS), wording),
        wind=_wind(wording, before=unsaid.wind),
        pace=lexicon()["pace"][pace]["factor"] if pace else unsaid.pace,
        tint=tuple(lexicon()["tint"][tint]["light"]) if tint else unsaid.tint,
        literal=min(1.0, 2 * cfg_scale),
        emphasis=max(0.0, 2 * cfg_scale - 1),
        is_wet=weather in _WET or (ground == "wet" if ground else unsaid.is_wet),
        flora=Flora(flora) if flora else unsaid.flora,
    )


def _weather(unsaid: Weather, wording: Wording, *, hinted: bool) -> Weather:
    chosen = wording.chosen("weather")
    if chosen is None and wording.rules_out("weather", Weather.CLOUDY):
        return Weather.CLEAR
    if chosen in _SKIES:
        return Weather(wording.chosen("weather", among=_BEFORE_THE_SKY) or chosen)
    return _chosen("weather", (unsaid, *_WEATHERS), wording, hinted=hinted)


def _wind(wording: Wording, *, before: float) -> float:
    """Return the wind that is asked for; a wind that is denied is none."""
    levels = lexicon()["wind"]
    name = wording.chosen("wind") or ("still" if wording.rules_out("wind", "wind") else None)
    return float(levels[name]["level"]) if name else before


def _chosen(kind: str, unsaid: tuple[_Choice, ...], wording: Wording, *, hinted: bool = False) -> _Choice:
    """Return what the wording chooses or hints at, or the first of `unsaid` that it does not rule out."""
    name = wording.chosen(kind) or (wording.chosen(f"{kind}_hint") if hinted else None)
    if name is not None:
        return type(unsaid[0])(name)
    return next((choice for choice in unsaid if not wording.rules_out(kind, choice)), unsaid[-1])
