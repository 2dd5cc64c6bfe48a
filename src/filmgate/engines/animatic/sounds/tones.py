"""Places without air or ground: drones and pads."""

from filmgate.engines.animatic.sounds.curves import (
    Breaths,
    Bundle,
    Layer,
    Strand,
    Wander,
    mixed,
    steady,
    strong,
)
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import band, noise, tones

_LOW_E = 41.2
_LOW_D = 73.4


def drone(spot: Spot) -> Layer:
    """A deep tone without an end, in which one partial or another comes forward."""
    random = spot.random()
    low = tones([_LOW_E, 1.5 * _LOW_E], partials=6, slope=1.1, spread=0.006)
    middle = tones([2 * _LOW_E, 4 * _LOW_E, 6 * _LOW_E], partials=4, slope=1.4, spread=0.004)
    return Bundle(
        Strand(noise(random, low), mixed([(0.4, Breaths(random, 0.12 * spot.tempo))], floor=0.5)),
        Strand(noise(random, middle), strong(Breaths(random, 0.17 * spot.tempo), power=2, share=0.7)),
        Strand(noise(random, band(60, 220, slope=0.8)), steady(0.3)),
    )


def shimmer(spot: Spot) -> Layer:
    """High, glassy tones that glow and go out."""
    random = spot.random()
    parts: list[Layer] = []
    for ratio in (16.0, 24.0, 27.0, 36.0, 40.0):
        glass = tones([ratio * _LOW_E], partials=2, slope=1.5, spread=0.003)
        parts.append(
            Strand(
                noise(random, glass, width=0.9), strong(Wander(random, 0.28 * spot.tempo), power=3, share=0.6)
            )
        )
    return Bundle(*parts)


def air(spot: Spot) -> Layer:
    """A soft pad of open chords that drift into each other, with breath in it."""
    random = spot.random()
    drifting = Wander(random, 0.16 * spot.tempo)
    first = tones([ratio * _LOW_D for ratio in (1, 2, 3, 4.5)], partials=6, slope=1.5, spread=0.006)
    second = tones([ratio * _LOW_D for ratio in (4 / 3, 2, 10 / 3, 4)], partials=6, slope=1.5, spread=0.006)
    breath = mixed([(0.5, Breaths(random, 0.22 * spot.tempo))], floor=0.1)
    return Bundle(
        Strand(noise(random, first, width=0.8), mixed([(0.75, drifting)], floor=0.2)),
        Strand(noise(random, second, width=0.8), mixed([(-0.75, drifting)], floor=0.95)),
        Strand(noise(random, band(500, 4_000, slope=0.9), width=0.85), breath),
    )
