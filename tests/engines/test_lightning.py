"""One schedule of lightning, for eyes and ears."""

import numpy as np
import pytest

from filmgate.engines.animatic.lightning import Lightning
from filmgate.engines.animatic.prompts.family import Family
from tests.engines.staging import Staged

_UNDER_THE_SKY = sorted(set(Family) - {Family.CLOUDS, Family.SILK, Family.SPACE, Family.UNDERWATER})


def test_it_strikes_about_once_in_four_seconds() -> None:
    strikes = [Lightning(7).strike_in(second) for second in range(600)]

    assert 110 < sum(struck is not None for struck in strikes) < 190


def test_the_same_seed_strikes_at_the_same_times_and_another_does_not() -> None:
    one, same, other = ([Lightning(seed).strike_in(second) for second in range(60)] for seed in (1, 1, 2))

    assert one == same != other


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_glows_from_its_strike_on_and_is_gone_within_the_second(seed: int) -> None:
    lightning = Lightning(seed)
    struck = next(time for second in range(60) if (time := lightning.strike_in(second)) is not None)

    glow = np.array([lightning.glow(time) for time in np.arange(int(struck), int(struck) + 1, 0.01)])

    assert lightning.glow(struck) == pytest.approx(1)
    assert lightning.glow(struck - 0.001) == 0
    assert 0 <= glow.min() <= glow.max() <= 1
    assert glow[-1] < 0.1


@pytest.mark.parametrize("family", _UNDER_THE_SKY)
def test_a_strike_lights_up_the_night_and_leaves_its_shapes(family: Family) -> None:
    struck = next(time for second in range(60) if (time := Lightning(7).strike_in(second)) is not None)
    storm = Staged(family, "a thunderstorm at night", seed=7)

    dark, lit = storm.at(struck - 0.05), storm.at(struck)

    assert dark.mean() > 25
    assert lit.mean() > 1.25 * dark.mean()
    assert (lit.min(axis=2) > 250).mean() < 0.05
