"""What is heard in a scene: which layers, how loud, through what air, and with which music."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf, log10
from pathlib import Path
from typing import Any

from filmgate.engines.animatic.light import light_of
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.hearing import Hearing
from filmgate.engines.animatic.prompts.mood import Mood, TimeOfDay, Weather

_UNHEARD = -34.0
_USUAL_WIND = 0.4
_DARK_TIMES = frozenset({TimeOfDay.DUSK, TimeOfDay.NIGHT})
_DARK_WEATHERS = frozenset({Weather.OVERCAST, Weather.RAIN, Weather.STORM, Weather.FOG})
_BARELY = 0.001


@dataclass(frozen=True, kw_only=True)
class Music:
    """Music of a style of `music.toml`, in major or minor; `pace` multiplies its tempo."""

    style: str
    is_bright: bool = True
    pace: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Soundscape:
    """Layers by their names, each at its level in decibels; what is not named is not heard.

    Above `highest`, in hertz, the air swallows sound. `wind` goes from 0 to 1 and above; `tempo` multiplies
    how often waves, gusts and cars come.
    """

    levels: Mapping[str, float] = field(default_factory=dict)
    highest: float = inf
    wind: float = _USUAL_WIND
    tempo: float = 1.0
    music: Music | None = None


def soundscape_of(mood: Mood, hearing: Hearing, *, family: Family | None) -> Soundscape:
    """Return what is heard in a mood at a place, None for nowhere in particular.

    Sounds that were asked for by name are added, and those that were denied are left out.
    """
    place = family or "nowhere"
    wind = max(mood.wind, light_of(mood).least_wind)
    levels = dict(_levels(place, mood, wind=wind))
    for name in hearing.added:
        levels.setdefault(name, _level_if_asked(place, name))
    silenced = {*hearing.silenced, *(_tables()["music"]["silences"] if hearing.music else ())}
    swallowed = (_tables()["air"]["highest"].get(word, inf) for word in (place, mood.weather))
    return Soundscape(
        levels={name: level for name, level in levels.items() if name not in silenced},
        highest=min(swallowed),
        wind=wind,
        tempo=min(max(mood.pace, 0.5), 2.0) ** 0.5,
        music=_music(hearing.music, mood) if hearing.music else None,
    )


def _levels(place: str, mood: Mood, *, wind: float) -> Iterator[tuple[str, float]]:
    words = (mood.time_of_day, mood.weather, mood.season)
    for name, layer in _layers_of(place).items():
        if not set(layer.get("only", words)) & set(words) or set(layer.get("never", ())) & set(words):
            continue
        level = layer["level"] + layer.get("wind", 0.0) * (wind - _USUAL_WIND)
        level += sum(layer.get(word, 0.0) for word in words)
        if "only" in layer:
            # What a mood brings with it is heard as far as its light is seen.
            level += 20 * log10(max(mood.literal, _BARELY))
        if level > _UNHEARD:
            yield name, float(level)


def _layers_of(place: str) -> Mapping[str, Any]:
    tables = _tables()
    own = tables["nowhere"] if place == "nowhere" else tables["family"][place]
    return {**tables["open_air"], **own} if place in tables["air"]["open"] else own


def _level_if_asked(place: str, name: str) -> float:
    return float(_layers_of(place).get(name, _tables()["asked"])["level"])


def _music(style: str, mood: Mood) -> Music:
    is_dark = mood.time_of_day in _DARK_TIMES or mood.weather in _DARK_WEATHERS
    return Music(style=style, is_bright=not is_dark, pace=min(max(mood.pace, 0.5), 2.0) ** 0.25)


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "soundscapes.toml").read_text())
