"""Wind, rain, snow, dust and thunder."""

from collections.abc import Iterable

import numpy as np

from filmgate.engines.animatic.lightning import Lightning
from filmgate.engines.animatic.sounds.curves import (
    Breaths,
    Bundle,
    Layer,
    Strand,
    Strength,
    Wander,
    mixed,
    steady,
    strong,
)
from filmgate.engines.animatic.sounds.events import Event, Events, longest_of, peaking, rings, ticks
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.animatic.sounds.tiles import Gain, Tile, Wave, band, noise, patter
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples


def wind(spot: Spot) -> Layer:
    """A dark rush with gusts that brighten it, and whistle where they are strong."""
    random = spot.random()
    gusts = Breaths(random, 0.33 * spot.tempo)
    parts: list[Layer] = [
        Strand(noise(random, band(70, 480, slope=0.85)), mixed([(1.1, gusts)], floor=0.4)),
        Strand(noise(random, band(380, 1_400, slope=0.7)), strong(gusts, power=2, share=0.55)),
    ]
    if spot.wind > 0.5:
        for pitch in (430.0, 610.0, 890.0):
            own = Wander(random, 0.5 * spot.tempo)
            whistle = noise(random, _around(pitch, breadth=0.035), width=0.5)
            parts.append(Strand(whistle, _whistling(gusts, own, level=0.22 * spot.wind)))
    return Bundle(*parts)


def high_wind(spot: Spot) -> Layer:
    """The wide, even rush of air far above the ground."""
    random = spot.random()
    gusts = Breaths(random, 0.2 * spot.tempo)
    return Bundle(
        Strand(noise(random, band(110, 900, slope=0.7), width=0.8), mixed([(0.7, gusts)], floor=0.6)),
        Strand(noise(random, band(900, 5_000, slope=0.8), width=0.8), strong(gusts, power=2, share=0.5)),
    )


def rain_on_water(spot: Spot) -> Layer:
    """A fine hiss full of small plips, each a bubble that rings as it closes."""
    plips = rings(1_100, 3_300, decay=0.009, rise=0.12)
    return _rain(spot, band(1_300, 9_500, slope=0.35), plips, per_second=150, share=0.55)


def rain_on_stone(spot: Spot) -> Layer:
    """A bright hiss with sharp splashes."""
    splashes = rings(1_900, 6_000, decay=0.0016)
    return _rain(spot, band(800, 11_000, slope=0.25), splashes, per_second=190, share=0.6)


def rain_on_leaves(spot: Spot) -> Layer:
    """A soft rush with many dull taps, as leaves give way under drops."""
    taps = rings(620, 2_300, decay=0.0035)
    return _rain(spot, band(450, 7_500, slope=0.5), taps, per_second=120, share=0.75)


def rain_on_ground(spot: Spot) -> Layer:
    """A mild hiss with low thuds, from grass and soil."""
    thuds = rings(380, 1_800, decay=0.004)
    return _rain(spot, band(600, 8_500, slope=0.4), thuds, per_second=110, share=0.5)


def snow_hiss(spot: Spot) -> Layer:
    """The faint, soft hiss of flakes in still air."""
    random = spot.random()
    hush = noise(random, band(2_000, 7_500, slope=0.6), width=0.85)
    return Strand(hush, mixed([(0.5, Breaths(random, 0.3 * spot.tempo))], floor=0.6))


def grit(spot: Spot) -> Layer:
    """Dust and sand driven past: a hiss that comes and goes in sheets, with single grains in it."""
    random = spot.random()
    sheets = Breaths(random, 0.6 * spot.tempo)
    grains = rings(3_500, 7_500, decay=0.0007)
    return Bundle(
        Strand(noise(random, band(1_800, 8_500, slope=0.5), width=0.8), strong(sheets, power=2, share=1.8)),
        Strand(patter(random, grains, per_second=500), strong(sheets, power=3, share=0.5)),
    )


def thunder(spot: Spot) -> Layer:
    """Rolling thunder after each strike of the scene's lightning, the later the further it was."""
    random = spot.random()
    rumble = noise(random, band(42, 170, slope=0.8), width=0.6)
    crack = noise(random, band(150, 2_200, slope=0.9), width=0.5)
    rolls = [_roll(random, rumble, crack, nearness=nearness) for nearness in (0.0, 0.4, 1.0)]
    lightning = Lightning(spot.seed)

    def schedule(second: int) -> Iterable[Event]:
        struck = lightning.strike_in(second)
        if struck is None:
            return []
        random = np.random.default_rng(spot.seeds(1_000 + second))
        nearness = float(random.random() ** 1.5)
        # Sound takes three seconds for a kilometre.
        event = Event(
            time=struck + 0.4 + 3.2 * (1 - nearness),
            sound=rolls[round(2 * nearness)],
            strength=0.25 + 0.75 * nearness,
            side=float(random.uniform(0.25, 0.75)),
        )
        return [event]

    # A peal may begin four seconds after its strike.
    return Events(schedule, longest=longest_of(rolls) + 4)


def _rain(spot: Spot, hiss: Gain, drops: list[Wave], *, per_second: float, share: float) -> Layer:
    random = spot.random()
    flurries = Breaths(random, 0.7 * spot.tempo)
    return Bundle(
        Strand(noise(random, hiss, width=0.8), mixed([(0.35, flurries)], floor=0.6)),
        Strand(patter(random, drops, per_second=per_second), steady(share)),
    )


def _roll(random: np.random.Generator, rumble: Tile, crack: Tile, *, nearness: float) -> Samples:
    """Return one peal: several claps that run into each other; near ones begin with a crack."""
    seconds = 6.0 - nearness
    time = ticks(seconds)
    claps = [(0.0, 0.5 + 0.5 * nearness), *zip(random.uniform(0.2, 3.0, 6), random.random(6), strict=True)]
    low, high = np.zeros_like(time), np.zeros_like(time)
    for begins, strength in claps:
        late = time[round(begins * SAMPLE_RATE) :] - np.float32(begins)
        low[-len(late) :] += strength * np.minimum(late / 0.09, 1.0) * np.exp(-late / 1.1)
        high[-len(late) :] += strength**2 * np.minimum(late / 0.01, 1.0) * np.exp(-late / 0.16)
    high *= 0.12 + 0.8 * nearness
    ending = np.minimum((seconds - time) / 0.8, 1.0)
    first = int(random.integers(2**20))
    pieces = [tile.piece(first, len(time)) for tile in (rumble, crack)]
    return peaking((pieces[0] * low + pieces[1] * high) * ending)


def _whistling(gusts: Breaths, own: Wander, *, level: float) -> Strength:
    return lambda times: level * gusts(times) ** 2 * own(times)


def _around(pitch: float, *, breadth: float) -> Gain:
    return lambda frequency: np.exp(-0.5 * ((frequency / pitch - 1) / breadth) ** 2).astype(np.float32)
