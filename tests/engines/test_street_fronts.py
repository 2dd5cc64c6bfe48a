"""The fronts of a street differ from house to house, and hold from close by to far away."""

from itertools import pairwise

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.panels import PANEL
from filmgate.engines.animatic.kernels.street_view import SHEET_BITS
from filmgate.engines.animatic.scenes.street.cladding import N_SORTS, SHOP_STYLE, Sort, cladding
from filmgate.engines.animatic.scenes.street.facades import Rooms, flank_sorts, front_sorts, shop_sorts
from filmgate.engines.animatic.scenes.street.measures import Building
from filmgate.engines.animatic.scenes.street.plan import houses
from filmgate.engines.animatic.scenes.street.sheets import LEVELS, SIDE, Sheet, blank, means_of, packed_sheets
from filmgate.engines.animatic.scenes.street.shops import N_SHOPS
from filmgate.engines.animatic.textures import Floats

GREY = np.full((SIDE, SIDE, 3), 0.25, np.float32)


def a_row(*, seed: int = 1) -> list[Building]:
    """Return the houses of the left side."""
    return list(houses(np.random.default_rng(seed), -1))


def half_glazed() -> Sheet:
    """Return grey wall whose right half is glass."""
    sheet = blank(GREY, snow=0)
    sheet.glaze((0.5, 0, 1, 1))
    return sheet


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_neighbouring_houses_are_never_built_alike(seed: int) -> None:
    assert all(one.style != other.style for one, other in pairwise(a_row(seed=seed)))


def test_fronts_of_one_style_differ() -> None:
    random = np.random.default_rng(4)

    fronts = {front_sorts(random, floors=6, columns=5, style=0).tobytes() for _ in range(12)}

    assert len(fronts) > 9


def test_outer_stairs_climb_a_whole_front() -> None:
    random = np.random.default_rng(5)
    fronts = [front_sorts(random, floors=5, columns=5, style=0) for _ in range(40)]

    columns = [front[:, column] for front in fronts for column in range(5)]

    with_stairs = [column for column in columns if (column == Sort.STAIRS).any()]
    assert with_stairs
    assert all((column == Sort.STAIRS).all() for column in with_stairs)


def test_sides_are_mostly_blind() -> None:
    sides = flank_sorts(np.random.default_rng(6), floors=200, columns=100, style=0)

    assert np.isin(sides, [Sort.BLIND, Sort.SERVICE]).mean() > 0.5


def test_a_sheet_keeps_its_glass_and_its_light_at_the_coarsest_level() -> None:
    (mean,) = means_of(packed_sheets([half_glazed()], dust=0))

    assert mean[3] == pytest.approx(0.5, abs=0.01)
    assert mean[:3] == pytest.approx(0.25, abs=0.01)


def test_levels_of_a_sheet_halve_columns_and_rows_apart() -> None:
    texels = packed_sheets([half_glazed()], dust=0)[0]

    # The level of two columns and all rows follows those of more columns.
    start = (2 * SIDE - (2 * SIDE >> (LEVELS - 1))) * 2 * SIDE
    level = texels[start : start + 2 * SIDE].reshape(SIDE, 2) >> 24

    assert (level == (0, 255)).all()


def test_snow_lies_on_sills_and_awnings() -> None:
    snowy, bare = (
        means_of(cladding(np.random.default_rng(7), snow=snow, dust=0))[:, :3].mean(axis=1)
        for snow in (1.0, 0.0)
    )

    assert (snowy[: SHOP_STYLE * N_SORTS : N_SORTS] >= bare[: SHOP_STYLE * N_SORTS : N_SORTS]).all()
    assert (snowy > 1.02 * bare).sum() > 12


def test_the_words_of_rooms_name_their_sheets() -> None:
    random = np.random.default_rng(8)
    means: Floats = np.ones(((SHOP_STYLE + 1) * N_SORTS, 4), np.float32)
    rooms = Rooms(means)
    panel = np.zeros((), PANEL)

    rooms.put(random, panel, shop_sorts(random, 5), style=SHOP_STYLE)

    sheets = rooms.words[0] >> SHEET_BITS
    assert ((sheets >= SHOP_STYLE * N_SORTS) & (sheets < SHOP_STYLE * N_SORTS + N_SHOPS)).all()
    assert (int(panel["floors"]), int(panel["columns"])) == (1, 5)
