"""A reef under water: light that waves gather, red that water takes, and what glows by night."""

import numpy as np
import pytest

from filmgate.engines.animatic.family import Family
from filmgate.engines.animatic.scenes.reef import caustics
from tests.engines.staging import Staged


def test_even_water_spreads_its_light_evenly() -> None:
    light = caustics(np.zeros((64, 64, 2), np.float32), reach=8.0)[:64] & 255

    assert np.ptp(light) == 0
    assert light[0, 0] / 255 * 4 == pytest.approx(1, abs=0.02)


def test_waves_gather_light_without_adding_any() -> None:
    place = 2 * np.pi * np.arange(64) / 64
    slopes = np.zeros((64, 64, 2), np.float32)
    slopes[:, :, 0] = np.sin(place)

    light = (caustics(slopes, reach=6.0)[:64] & 255) / 255 * 4

    assert light.mean() == pytest.approx(1, abs=0.03)
    assert light.max() > 1.5


def test_water_takes_the_red_of_what_is_far() -> None:
    sand = Staged(Family.UNDERWATER, "clear day").at()[60:, 60:100].astype(float)

    near, far = (part.reshape(-1, 3).mean(axis=0) for part in (sand[-8:], sand[:8]))

    assert near[0] / near[2] > 1.1 * far[0] / far[2]


def test_light_dances_on_the_sand() -> None:
    filmed = Staged(Family.UNDERWATER, "clear day")

    before, after = (filmed.at(time=time)[70:].astype(float) for time in (3.0, 3.2))

    assert np.abs(after - before).mean() > 1.5


def test_creatures_of_light_glow_by_night() -> None:
    frame = Staged(Family.UNDERWATER, "night").at().astype(float)

    glowing = (frame[:, :, 2] > 90) & (frame[:, :, 0] < 0.6 * frame[:, :, 2])

    assert 0.0005 < glowing.mean() < 0.1
