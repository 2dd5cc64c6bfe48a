"""What the animatic engine reads from a prompt: time of day, weather, wind, pace and tint."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import snowballstemmer

_Choice = TypeVar("_Choice", bound=StrEnum)

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_DENIALS = frozenset({"no", "not", "without", "never"})
_DENIED_WORDS = 2
_LONGEST_PHRASE = 3


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
    wind: float = 0.4
    pace: float = 1.0
    tint: Light = (1.0, 1.0, 1.0)
    literal: float = 1.0
    emphasis: float = 0.0


# What a prompt means that names nothing; where the negative prompt rules it out, the next.
_TIMES = (TimeOfDay.DAY, TimeOfDay.GOLDEN, TimeOfDay.DUSK, TimeOfDay.NIGHT)
_WEATHERS = (Weather.CLOUDY, Weather.CLEAR, Weather.FOG)
_WIND = 0.4


def mood_of(prompt: str, *, negative_prompt: str = "", cfg_scale: float = 0.5) -> Mood:
    """Read the mood of a prompt; every text has one.

    What `negative_prompt` names is ruled out, and what the prompt itself denies ("no rain", "without
    clouds"). `cfg_scale` below 0.5 goes towards neutral daylight, above it towards exaggeration.
    """
    lexicon = _lexicon()
    said, denied = _split(prompt)
    wanted, unwanted = _Text(said), _Text([*denied, *_words_of(negative_prompt)])
    time = _chosen(lexicon["time_of_day"], wanted, unwanted)
    weather = _chosen(lexicon["weather"], wanted, unwanted)
    wind = _chosen(_words(lexicon["wind"]), wanted, unwanted)
    pace = _chosen(_words(lexicon["pace"]), wanted, unwanted)
    tint = _chosen(_words(lexicon["tint"]), wanted, unwanted)
    return Mood(
        time_of_day=TimeOfDay(time) if time else _first(_TIMES, lexicon["time_of_day"], unwanted),
        weather=Weather(weather) if weather else _first(_WEATHERS, lexicon["weather"], unwanted),
        wind=lexicon["wind"][wind]["level"] if wind else _WIND,
        pace=lexicon["pace"][pace]["factor"] if pace else 1.0,
        tint=_light(lexicon["tint"][tint]["light"]) if tint else (1.0, 1.0, 1.0),
        literal=min(1.0, 2 * cfg_scale),
        emphasis=max(0.0, 2 * cfg_scale - 1),
    )


class _Text:
    """A text's phrases of up to three words, by their stems."""

    def __init__(self, words: list[str]) -> None:
        stems = _stemmer().stemWords(words)
        self._phrases = {
            " ".join(stems[first : first + length])
            for length in range(1, _LONGEST_PHRASE + 1)
            for first in range(len(stems) - length + 1)
        }

    def weight(self, phrases: Iterable[str]) -> int:
        """Return how strongly the text speaks of these: the summed length of those it contains."""
        return sum(len(phrase) for phrase in map(_stemmed, phrases) if phrase in self._phrases)


def _split(prompt: str) -> tuple[list[str], list[str]]:
    """Return the words that a prompt says, and those that it denies."""
    said: list[str] = []
    denied: list[str] = []
    denials_left = 0
    for word in _words_of(prompt):
        if word in _DENIALS:
            denials_left = _DENIED_WORDS
        elif denials_left:
            denials_left -= 1
            denied.append(word)
        else:
            said.append(word)
    return said, denied


def _chosen(choices: Mapping[str, list[str]], wanted: _Text, unwanted: _Text) -> str | None:
    """Return what the text speaks of most.

    One word against it does not silence several for it, unless that word is its very name.
    """
    weights = {
        name: wanted.weight(phrases)
        for name, phrases in choices.items()
        if not unwanted.weight([name]) and unwanted.weight(phrases) < wanted.weight(phrases)
    }
    return max(weights, key=lambda name: weights[name], default=None)


def _first(choices: tuple[_Choice, ...], words: Mapping[str, list[str]], unwanted: _Text) -> _Choice:
    allowed = (choice for choice in choices if not unwanted.weight([str(choice), *words[str(choice)]]))
    return next(allowed, choices[-1])


def _words(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    return {name: list(entry["words"]) for name, entry in entries.items()}


def _light(values: list[float]) -> Light:
    red, green, blue = values
    return red, green, blue


@cache
def _stemmed(phrase: str) -> str:
    return " ".join(_stemmer().stemWords(_words_of(phrase)))


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text())
