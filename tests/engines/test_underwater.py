"""A reef under water: light that waves gather, red that water takes, and what glows by night."""

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.coarse import quadruple
from filmgate.engines.animatic.kernels.native import Kernels, NumPyKernels, kernels
from filmgate.engines.animatic.kernels.reef import FARTHEST
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scenes.reef import facing
from filmgate.engines.animatic.scenes.underwater import nearness_between
from filmgate.engines.animatic.textures import Floats, levels_of, quadrupled
from tests.engines.staging import Staged


def test_even_water_spreads_its_light_evenly() -> None:
    light = gathered(np.zeros((64, 64, 2), np.float32), reach=8.0)

    assert light == pytest.approx(1, abs=1e-4)


def test_waves_gather_light_without_adding_any() -> None:
    slopes = np.zeros((64, 64, 2), np.float32)
    slopes[:, :, 0] = np.sin(2 * np.pi * np.arange(64) / 64)

    light = gathered(slopes, reach=6.0)

    assert light.mean() == pytest.approx(1, abs=1e-4)
    assert light.max() > 1.5


def test_c_and_numpy_gather_the_same_light() -> None:
    slopes = np.random.default_rng(1).standard_normal((64, 64, 2)).astype(np.float32)

    light = gathered(slopes, reach=5.0)

    assert light == pytest.approx(gathered(slopes, reach=5.0, drawing=NumPyKernels()), abs=1e-3)


def test_four_texels_in_one_are_sampled_as_between_them() -> None:
    heights = np.random.default_rng(2).random((16, 16)).astype(np.float32)
    texture = quadrupled(levels_of(heights, n_levels=2), step=1 / 255)
    finest, next_level = np.zeros(1, np.int32), np.ones(1, np.int32)

    between = quadruple(texture, finest, np.array([15.5]), np.array([15.25]))
    coarser = quadruple(texture, next_level, np.array([2.5]), np.array([4.5]))

    corners = heights[np.ix_([15, 0], [15, 0])].mean(axis=1)
    assert between / 255 == pytest.approx(corners @ (0.75, 0.25), abs=0.005)
    assert coarser / 255 == pytest.approx(heights[4:6, 2:4].mean(), abs=0.005)


def test_where_there_is_nothing_to_meet_rays_go_all_the_way() -> None:
    far = np.full((12, 12), FARTHEST, np.float32)
    far[8:] = 5.0

    _, beginnings = nearness_between(far)

    assert (beginnings[:7] == FARTHEST).all()
    assert (beginnings[-2:] == 0).all()
    assert ((beginnings > 0) & (beginnings < 5)).any()


def test_ground_behind_a_rock_lies_in_its_shadow() -> None:
    heights = np.zeros((128, 128), np.float32)
    heights[60:64] = 1.0

    lit = facing(heights, sun=(0.0, 0.6, 0.8), texel=0.1)

    assert lit[52].max() < 0.4 * lit[80].min()


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


def gathered(slopes: Floats, *, reach: float, drawing: Kernels | None = None) -> Floats:
    """Return the light that falls on each texel below waves of such slopes."""
    light = np.empty(slopes.shape[:2], np.float32)
    (drawing or kernels()).named("underwater", "underwater_caustics")(light, slopes, len(slopes), reach)
    return light
