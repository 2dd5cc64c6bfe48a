"""Birds and insects, heard but not seen."""

from collections.abc import Iterable, Sequence

import numpy as np

from filmgate.engines.animatic.sounds.curves import (
    Bundle,
    Comings,
    Layer,
    Strand,
    Strength,
    Times,
    Wander,
    mixed,
    swell,
)
from filmgate.engines.animatic.sounds.events import Event, Events, Hall, longest_of, peaking, ticks
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import Wave, band, noise
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples

_BIRDS = 6
_CRICKETS = 5


def birds(spot: Spot) -> Layer:
    """A few songbirds, each on its own tree with its own phrase, soft and with the wood around them."""
    random = spot.random()
    hall = Hall(random, seconds=1.1, wet=0.45, early=0.02)
    songs = [hall.around(_song(random)) for _ in range(_BIRDS)]
    sides = random.uniform(0.1, 0.9, _BIRDS)
    distances = random.uniform(0.25, 1.0, _BIRDS)

    def schedule(number: int) -> Iterable[Event]:
        chance = np.random.default_rng(spot.seeds(1_000 + number))
        for bird in range(_BIRDS):
            if chance.random() < 0.42:
                yield Event(
                    time=3 * number + 3 * chance.random(),
                    sound=songs[bird],
                    strength=float(distances[bird] * chance.uniform(0.6, 1.0)),
                    side=float(sides[bird]),
                )

    return Events(schedule, longest=longest_of(songs), period=3)


def crickets(spot: Spot) -> Layer:
    """Crickets by night: a few near ones, each with its own pitch and pace, and a field of far ones."""
    random = spot.random()
    pitches = random.uniform(3_900, 4_900, _CRICKETS)
    chirps = [np.stack([chirp, chirp]) for chirp in map(_chirp, pitches)]
    field = noise(random, band(3_700, 4_800, slope=0.2), width=0.85)
    shimmer = mixed([(0.1, Wander(random, 16.0)), (0.1, Wander(random, 1.5))], floor=0.04)
    return Bundle(_choir(chirps, random), Strand(field, shimmer))


def grasshoppers(spot: Spot) -> Layer:
    """Insects of a warm day: dry rasps in the grass that start and stop."""
    random = spot.random()
    parts: list[Layer] = []
    for lowest, every, rate in ((5_200, 3.6, 17.0), (6_400, 5.2, 23.0), (4_600, 7.0, 13.0)):
        buzzing = Comings(random, _rasp(rate), every=every, reach=1)
        parts.append(Strand(noise(random, band(lowest, lowest + 2_600, slope=0.2)), mixed([(0.7, buzzing)])))
    return Bundle(*parts)


def _song(random: np.random.Generator) -> Wave:
    """A phrase of two to seven notes that glide, some of them with a trill."""
    home = random.uniform(2_300, 4_300)
    notes: list[Wave] = []
    for _ in range(int(random.integers(2, 8))):
        seconds = random.uniform(0.06, 0.19)
        time = ticks(seconds)
        share = time / seconds
        glide = random.uniform(-0.25, 0.25) * (share - 0.5) + random.uniform(-0.1, 0.2) * share * (1 - share)
        trill = (0.06 if random.random() < 0.35 else 0.0) * np.sin(2 * np.pi * random.uniform(24, 38) * time)
        pitch = home * random.uniform(0.85, 1.25) * (1 + glide + trill)
        turns = 2 * np.pi * np.cumsum(pitch, dtype=np.float64) / SAMPLE_RATE
        tone = np.sin(turns) + 0.12 * np.sin(2 * turns)
        notes.append((random.uniform(0.5, 1.0) * tone * np.sin(np.pi * share) ** 1.5).astype(np.float32))
        notes.append(np.zeros(round(random.uniform(0.02, 0.12) * SAMPLE_RATE), dtype=np.float32))
    return peaking(np.concatenate(notes))


def _chirp(pitch: float) -> Wave:
    """Three or four strokes of a wing within a tenth of a second."""
    time = ticks(0.115)
    strokes = np.maximum(np.sin(2 * np.pi * time / 0.032), 0.0) ** 0.7
    tone = np.sin(2 * np.pi * pitch * time) + 0.1 * np.sin(4 * np.pi * pitch * time)
    return peaking(tone * strokes * np.sin(np.pi * time / 0.115) ** 0.5)


def _choir(chirps: Sequence[Samples], random: np.random.Generator) -> Layer:
    rates, starts = random.uniform(1.5, 2.6, _CRICKETS), random.random(_CRICKETS)
    sides, strengths = random.uniform(0.05, 0.95, _CRICKETS), random.uniform(0.12, 0.6, _CRICKETS)

    def schedule(second: int) -> Iterable[Event]:
        for cricket in range(_CRICKETS):
            first, last = (
                int(np.ceil((time - starts[cricket]) * rates[cricket])) for time in (second, second + 1)
            )
            for beat in range(first, last):
                yield Event(
                    time=float(starts[cricket] + beat / rates[cricket]),
                    sound=chirps[cricket],
                    strength=float(strengths[cricket]),
                    side=float(sides[cricket]),
                )

    return Events(schedule, longest=longest_of(chirps))


def _rasp(rate: float) -> Strength:
    whole = swell(0.35, 0.9)

    def shape(age: Times) -> Times:
        return np.asarray(whole(age) * (0.35 + 0.65 * np.sin(np.pi * rate * age) ** 2))

    return shape
