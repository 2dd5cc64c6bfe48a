"""Sea, lake, stream, and what is heard below the surface."""

import numpy as np

from filmgate.engines.animatic.sounds.curves import (
    Breaths,
    Bundle,
    Comings,
    Layer,
    Strand,
    mixed,
    steady,
    swell,
)
from filmgate.engines.animatic.sounds.events import Hall, now_and_then, peaking, ring, rings
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import Wave, band, noise, patter
from filmgate.engines.soundtrack import SAMPLE_RATE


def surf(spot: Spot) -> Layer:
    """Waves that roar as they come, break with a wash, and hiss as they run out; no two alike."""
    every = (6.6 - 1.6 * min(spot.wind, 1.0)) / spot.tempo
    # All three hear the same waves, each later than the one before.
    roar, wash, hiss = (
        Comings(spot.random(1), shape, every=every)
        for shape in (swell(1.3, 1.7), swell(0.5, 1.5, after=0.6), swell(0.8, 2.6, after=1.4))
    )
    random = spot.random()
    return Bundle(
        Strand(noise(random, band(45, 420, slope=0.9)), mixed([(0.8, roar)], floor=0.12)),
        Strand(noise(random, band(300, 2_600, slope=0.5)), mixed([(0.9, wash)], floor=0.12)),
        Strand(noise(random, band(1_800, 9_500, slope=0.5), width=0.8), mixed([(0.5, hiss)], floor=0.04)),
    )


def lapping(spot: Spot) -> Layer:
    """Small waves against a shore: short washes, with water that gulps between stones."""
    every = (1.9 - 0.8 * min(spot.wind, 1.0)) / spot.tempo
    washes = Comings(spot.random(1), swell(0.14, 0.32), every=every)
    random = spot.random()
    gulps = rings(340, 820, decay=0.022, rise=0.25)
    gulping = patter(random, gulps, per_second=22, evenness=4)
    return Bundle(
        Strand(noise(random, band(350, 2_800, slope=0.7)), mixed([(0.8, washes)], floor=0.1)),
        Strand(gulping, mixed([(0.8, washes)], floor=0.1)),
    )


def stream(spot: Spot) -> Layer:
    """Water over stones, some way off: an even rush, and countless bubbles in it."""
    random = spot.random()
    bubbles = rings(520, 2_100, decay=0.011, rise=0.15)
    return Bundle(
        Strand(noise(random, band(450, 4_200, slope=0.6)), mixed([(0.3, Breaths(random, 0.8))], floor=0.4)),
        Strand(patter(random, bubbles, per_second=130, evenness=4), steady(0.75)),
    )


def drips(spot: Spot) -> Layer:
    """Single drops that fall from leaves into wet places, and are heard between the trunks."""
    random = spot.random()
    hall = Hall(random, seconds=0.7, wet=0.35)
    kinds = [hall.around(ring(pitch, decay=0.014, rise=0.2)) for pitch in (780, 1_050, 1_400, 1_900, 2_500)]
    return now_and_then(kinds, seeds=spot.seeds(1), per_second=2.2, evenness=2.5)


def deep(spot: Spot) -> Layer:
    """The weight of water: a low rumble without a direction, and the swell passing far above."""
    random = spot.random()
    passing = Comings(random, swell(1.6, 1.9), every=5.5 / spot.tempo)
    return Bundle(
        Strand(noise(random, band(48, 150, slope=0.6), width=0.5), steady(0.65)),
        Strand(noise(random, band(110, 800, slope=0.8)), mixed([(0.9, passing)], floor=0.2)),
    )


def bubbles(spot: Spot) -> Layer:
    """Strings of bubbles that rise past, now on one side, now on the other."""
    random = spot.random()
    hall = Hall(random, seconds=0.5, wet=0.5)
    kinds = [hall.around(_string_of_bubbles(random)) for _ in range(5)]
    return now_and_then(kinds, seeds=spot.seeds(1), per_second=0.45)


def _string_of_bubbles(random: np.random.Generator) -> Wave:
    heard = np.zeros(round(1.5 * SAMPLE_RATE), dtype=np.float32)
    begins, pitch = 0.0, random.uniform(260, 480)
    for _ in range(int(random.integers(5, 14))):
        bubble = ring(pitch * random.uniform(0.8, 1.5), decay=random.uniform(0.018, 0.04), rise=0.3)
        first = round(begins * SAMPLE_RATE)
        bubble = bubble[: len(heard) - first]
        heard[first : first + len(bubble)] += bubble * np.float32(random.uniform(0.25, 1.0))
        begins += random.uniform(0.03, 0.12)
        pitch *= 1.04
    return peaking(heard)
