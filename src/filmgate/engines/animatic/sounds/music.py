"""A quiet bed of music: chords that are held, and voices that play patterns over them."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from filmgate.engines.animatic.sounds.curves import Bundle, Layer, Strand, Times
from filmgate.engines.animatic.sounds.events import Event, Events, Hall
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import noise, tones
from filmgate.engines.animatic.sounds.voices import LONGEST_SECONDS, drum, hertz, struck
from filmgate.engines.soundtrack import Samples

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_LOWEST_KEY = 45
_KEYS = 8
_HELD_CHANGE_SECONDS = 0.5
_HALL_SECONDS = 2.0
_REST_CHANCE = 0.25


class Score:
    """The harmony and the time of a piece in a style, major or minor, at `pace` times its tempo."""

    def __init__(self, style: str, *, is_bright: bool, pace: float, random: np.random.Generator) -> None:
        self.style = styles()[style]
        is_bright = is_bright and self.style.get("always") != "dark"
        self._scale = _MAJOR if is_bright else _MINOR
        self.chords: list[int] = self.style["bright" if is_bright else "dark"]
        self.bar_seconds = 4 * 60 / (self.style["tempo"] * pace)
        self._key = _LOWEST_KEY + int(random.integers(_KEYS))

    def tone(self, chord: int, number: int, *, base: int) -> int:
        """Return the `number`th tone of a chord as a MIDI note; they go on beyond the octave."""
        steps: list[int] = self.style["chord"]
        octave, place = divmod(number, len(steps))
        above, degree = divmod(chord + steps[place], len(self._scale))
        # Chords on high steps of the scale are played below the key, so that the piece stays in its place.
        lowered = 12 if chord >= 4 else 0
        return self._key + base + self._scale[degree] + 12 * (octave + above) - lowered


def music(spot: Spot, style: str, *, is_bright: bool, pace: float) -> Layer:
    """Return the bed as a layer; equal spots, styles and moods play the same."""
    random = spot.random()
    score = Score(style, is_bright=is_bright, pace=pace, random=random)
    hall = Hall(random, seconds=_HALL_SECONDS, wet=0.5, early=0.025)
    held = (_Held(score, voice, random) for voice in score.style["held"])
    parts = (
        _played(score, part, spot=spot, number=number, hall=hall)
        for number, part in enumerate(score.style["parts"])
    )
    return Bundle(*held, *parts)


def bed_level(style: str) -> float:
    """Return how loud the bed of a style is, in decibels on the scale of layers."""
    return float(styles()[style]["level"])


@cache
def styles() -> Mapping[str, Any]:
    """Return every style of `music.toml`."""
    styles: Mapping[str, Any] = _tables()["style"]
    return styles


class _Held(Bundle):
    """A choir that sings every chord for as long as it lasts, and glides from one to the next."""

    def __init__(self, score: Score, voice: Mapping[str, Any], random: np.random.Generator) -> None:
        choir = _tables()["choir"][voice["voice"]]
        level = 10 ** (voice["level"] / 20)
        strands = []
        for chord in sorted(set(score.chords)):
            numbers = range(len(score.style["chord"]))
            pitches = [hertz(score.tone(chord, number, base=voice["base"])) for number in numbers]
            tile = noise(random, tones(pitches, **choir), width=0.8)
            strands.append(Strand(tile, partial(_sounding, score=score, chord=chord, level=level)))
        super().__init__(*strands)


def _sounding(times: Times, *, score: Score, chord: int, level: float) -> Times:
    """Return how strongly a chord is heard: in its bars, and gliding at both ends of them."""
    heard = np.zeros(len(times))
    bars = times / score.bar_seconds
    glide = _HELD_CHANGE_SECONDS / score.bar_seconds
    near = np.floor(bars).astype(np.int64)
    chords = np.array(score.chords)
    for bar in (near - 1, near, near + 1):
        inside = np.minimum(bars - bar, bar + 1 - bars) / glide + 0.5
        share = np.sin(0.5 * np.pi * np.clip(inside, 0.0, 1.0)) ** 2
        heard += share * (chords[bar % len(chords)] == chord)
    # Two neighbouring bars of one chord add up to what one of them is.
    return np.asarray(level * np.sqrt(np.minimum(heard, 1.0)))


class _Notes:
    """The notes of a voice in a hall, each made when it is first played."""

    def __init__(self, voice: str, *, hall: Hall, random: np.random.Generator) -> None:
        self._voice, self._hall, self._random = voice, hall, random
        self._made: dict[int, Samples] = {}

    def note(self, number: int) -> Samples:
        """Return a MIDI note; a drum has but one."""
        tables = _tables()
        beat = tables["drum"].get(self._voice)
        number = 0 if beat is not None else number
        if number not in self._made:
            dry = (
                drum(beat, self._random)
                if beat is not None
                else struck(tables["struck"][self._voice], number)
            )
            self._made[number] = self._hall.around(dry)
        return self._made[number]


def _played(score: Score, part: Mapping[str, Any], *, spot: Spot, number: int, hall: Hall) -> Layer:
    notes = _Notes(part["voice"], hall=hall, random=spot.random(10 + number))
    level = 10 ** (part["level"] / 20)

    def in_bar(bar: int) -> Iterator[Event]:
        random = np.random.default_rng([*spot.seeds(100 + number), bar])
        chord = score.chords[bar % len(score.chords)]
        for time, tone in _steps(score, part, bar, random):
            yield Event(
                time=(bar + time) * score.bar_seconds + random.uniform(0.0, 0.012),
                sound=notes.note(score.tone(chord, tone, base=part["base"])),
                strength=level * float(random.uniform(0.75, 1.0)),
                side=float(random.uniform(0.4, 0.6)),
            )

    return Events(in_bar, longest=LONGEST_SECONDS + hall.seconds, period=score.bar_seconds)


def _steps(
    score: Score, part: Mapping[str, Any], bar: int, random: np.random.Generator
) -> Iterator[tuple[float, int]]:
    """Yield when in the bar (as a share of it) which tone of the chord begins."""
    steps: str = part["steps"][bar % len(part["steps"])]
    for place, step in enumerate(steps):
        if step == "." or (step == "?" and random.random() < _REST_CHANCE):
            continue
        tone = int(random.integers(len(score.style["chord"]) + 1)) if step == "?" else int(step)
        count = len(score.style["chord"]) if part.get("chords") else 1
        for above in range(count):
            yield place / len(steps), tone + above


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "music.toml").read_text())
