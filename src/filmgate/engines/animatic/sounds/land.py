"""Leaves, grass, sand, wood, and the noise of a city."""

import numpy as np

from filmgate.engines.animatic.sounds.curves import (
    Breaths,
    Bundle,
    Comings,
    Layer,
    Strand,
    Strength,
    Times,
    Wander,
    mixed,
    steady,
    strong,
    swell,
)
from filmgate.engines.animatic.sounds.events import Hall, now_and_then, peaking, ring, rings, ticks
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import Wave, band, noise, patter, tones

_FLUTTERS_PER_SECOND = 11


def leaves(spot: Spot) -> Layer:
    """Leaves that rustle with every gust, each crown in its own time."""
    random = spot.random()
    gusts = Breaths(random, 0.4 * spot.tempo)
    taps = rings(2_300, 5_100, decay=0.0011)
    return Bundle(
        Strand(noise(random, band(900, 4_500, slope=0.5)), _fluttering(random, gusts, share=1.4)),
        Strand(
            noise(random, band(3_000, 9_500, slope=0.4), width=0.9), _fluttering(random, gusts, share=0.8)
        ),
        Strand(patter(random, taps, per_second=260, evenness=2), strong(gusts, power=2, share=0.7)),
    )


def grass(spot: Spot) -> Layer:
    """A breeze through grass: thinner and more even than leaves."""
    random = spot.random()
    gusts = Breaths(random, 0.35 * spot.tempo)
    return Bundle(
        Strand(
            noise(random, band(1_300, 6_500, slope=0.5), width=0.85), _fluttering(random, gusts, share=1.5)
        ),
        Strand(noise(random, band(250, 1_300, slope=0.7)), mixed([(0.35, gusts)], floor=0.15)),
    )


def sand(spot: Spot) -> Layer:
    """Sand that trickles and hisses over the crest of a dune."""
    random = spot.random()
    sheets = Breaths(random, 0.4 * spot.tempo)
    grains = rings(4_200, 8_500, decay=0.0006)
    return Bundle(
        Strand(noise(random, band(2_600, 9_500, slope=0.4), width=0.85), strong(sheets, power=2, share=1.7)),
        Strand(patter(random, grains, per_second=420, evenness=2), mixed([(0.35, sheets)], floor=0.05)),
    )


def creaks(spot: Spot) -> Layer:
    """Trunks that creak now and then as they lean."""
    random = spot.random()
    hall = Hall(random, seconds=0.9, wet=0.4)
    kinds = [hall.around(_creak(random)) for _ in range(4)]
    often = 0.05 + 0.12 * spot.wind
    return now_and_then(kinds, seeds=spot.seeds(1), per_second=often)


def city(spot: Spot) -> Layer:
    """The hum of a city: everything at once and far away, with the mains in it."""
    random = spot.random()
    return Bundle(
        Strand(noise(random, band(50, 240, slope=0.8)), mixed([(0.25, Breaths(random, 0.2))], floor=0.7)),
        Strand(noise(random, band(220, 1_600, slope=1.0)), mixed([(0.3, Breaths(random, 0.15))], floor=0.3)),
        Strand(noise(random, tones([100.0], partials=4, slope=1.3, spread=0.002), width=0.5), steady(0.16)),
    )


def traffic(spot: Spot) -> Layer:
    """Traffic some streets away, swelling and ebbing."""
    random = spot.random()
    swells = Comings(random, swell(2.0, 2.2), every=6.5 / spot.tempo, passes=5.0)
    return Strand(noise(random, band(90, 950, slope=0.75)), mixed([(0.9, swells)], floor=0.06))


def wet_tyres(spot: Spot) -> Layer:
    """Cars that pass on a wet road, from one side to the other: a hiss that opens and closes."""
    return _passing_cars(spot, hiss=1.0, roll=0.4)


def dry_tyres(spot: Spot) -> Layer:
    """Cars that pass on a dry road: duller, and more tyre than spray."""
    return _passing_cars(spot, hiss=0.25, roll=0.9)


def room(spot: Spot) -> Layer:
    """The tone of a quiet place that says nothing of itself."""
    random = spot.random()
    return Bundle(
        Strand(noise(random, band(70, 620, slope=1.0)), mixed([(0.15, Breaths(random, 0.15))], floor=0.8)),
        Strand(noise(random, band(600, 5_000, slope=1.2), width=0.85), steady(0.35)),
    )


def _passing_cars(spot: Spot, *, hiss: float, roll: float) -> Layer:
    # The hiss is thrown to the side, so it is heard for less long than the rolling of the tyre.
    near, far = (
        Comings(spot.random(1), _passing(seconds), every=6.5 / spot.tempo, passes=0.7)
        for seconds in (0.75, 1.2)
    )
    random = spot.random()
    return Bundle(
        Strand(noise(random, band(1_400, 8_500, slope=0.4)), mixed([(hiss, near)])),
        Strand(noise(random, band(350, 2_000, slope=0.6)), mixed([(0.5 * (hiss + roll), far)])),
        Strand(noise(random, band(70, 380, slope=0.7)), mixed([(roll, far)])),
    )


def _passing(seconds: float) -> Strength:
    """Return how loud something is that drives past: by the square of how far it is."""

    def shape(age: Times) -> Times:
        return np.asarray(1 / (1 + (age / seconds) ** 2) ** 1.25)

    return shape


def _fluttering(random: np.random.Generator, gusts: Breaths, *, share: float) -> Strength:
    flutters = [Wander(random, _FLUTTERS_PER_SECOND) for _ in range(2)]

    def strength(times: Times) -> Times:
        each = np.stack([flutter(times) for flutter in flutters])
        return np.asarray(share * gusts(times) ** 1.5 * (0.45 + 1.1 * each * each))

    return strength


def _creak(random: np.random.Generator) -> Wave:
    """Wood that sticks and slips: a train of ticks whose rate rises and sinks, heard through the trunk."""
    seconds = random.uniform(0.5, 1.3)
    time = ticks(seconds).astype(np.float64)
    rate = random.uniform(18, 42) * (1 + 0.7 * np.sin(np.pi * time / seconds))
    turns = np.cumsum(rate) / len(time) * seconds
    slips = np.diff(np.floor(turns), prepend=0.0) * np.sin(np.pi * time / seconds) ** 2
    trunk = sum(
        (ring(random.uniform(260, 1_100), decay=0.008, seconds=0.05) for _ in range(3)), np.float32(0)
    )
    return peaking(np.convolve(slips, trunk)[: len(time)].astype(np.float32))
