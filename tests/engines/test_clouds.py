"""A flight above the clouds: towers near and far, the sun on their tops, lightning within them."""

import numpy as np

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scenes.billows import billowed, shadow_heights, smooth_noise
from filmgate.engines.animatic.scenes.clouds import EYE_METRES
from tests.engines.staging import Staged, grey


def test_the_flight_glides_forward_by_itself() -> None:
    filmed = Staged(Family.CLOUDS, "clear day")

    near = [grey(filmed.at(time=time))[60:] for time in (3.0, 3.5)]

    assert np.abs(near[1] - near[0]).mean() > 2


def test_no_tower_stands_in_the_way() -> None:
    frames = [Staged(Family.CLOUDS, "storm", seed=seed).at(time=20.0 * seed) for seed in range(1, 5)]

    assert EYE_METRES > 2.5
    assert all(grey(frame).std() > 5 for frame in frames)


def test_lightning_brightens_a_part_of_a_storm_for_a_moment() -> None:
    filmed = Staged(Family.CLOUDS, "storm by night")
    frames = np.stack([grey(filmed.at(time=step * 0.2))[45:] for step in range(40)])

    brightest = (frames - np.median(frames, axis=0)).max(axis=0)

    assert brightest.max() > 25
    assert np.median(brightest) < 0.6 * brightest.max()


def test_a_ball_on_the_edge_reaches_over_to_the_other_side() -> None:
    flat = np.zeros((32, 32), np.float32)

    grown = [
        billowed(np.random.default_rng(seed), flat, n=1, radii=(5.0, 5.0), texel=1.0, sunk=0.0)
        for seed in range(8)
    ]

    assert {int((one > 0).sum()) for one in grown} == {int((grown[0] > 0).sum())}
    assert all(one.max() == 5 for one in grown)


def test_a_tower_shades_what_lies_behind_it_as_far_as_the_sun_is_low() -> None:
    heights = np.zeros((64, 64), np.float32)
    heights[40, 10] = 8.0

    shaded = shadow_heights(heights, azimuth=0.0, fall=0.5)

    assert shaded[40, 10] == 8
    assert shaded[30, 10] == 3
    assert shaded[20, 10] == 0
    assert shaded[45, 10] == 0


def test_noise_repeats_at_its_edges() -> None:
    noise = smooth_noise(np.random.default_rng(1), side=64, longest=32, slope=2.0)

    within, across = np.abs(np.diff(noise, axis=0)).mean(), np.abs(noise[0] - noise[-1]).mean()

    assert across < 2 * within
