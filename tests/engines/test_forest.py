"""The forest answers to season and light, and its trees stand in depth."""

from functools import partial

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.mist import Air, Mist
from tests.engines.staging import Staged, grey

forest = partial(Staged, Family.FOREST, size=(320, 180))


def _colour(frame: RGBFrame) -> tuple[float, float, float]:
    red, green, blue = frame.reshape(-1, 3).mean(axis=0)
    return float(red), float(green), float(blue)


def test_leaves_are_green_in_summer_and_golden_in_autumn() -> None:
    summer, autumn = (_colour(forest(f"{season} day").at()[:90]) for season in ("summer", "autumn"))

    assert summer[1] > summer[0]
    assert autumn[0] > 1.15 * autumn[1] > 1.15 * autumn[2]


def test_snow_lies_on_the_floor_in_winter() -> None:
    summer, winter = (grey(forest(f"{season} clear day").at())[120:] for season in ("summer", "winter"))

    assert winter.mean() > 1.6 * summer.mean()


def test_far_trunks_fade_into_fog() -> None:
    band = slice(96, 112)
    clear, foggy = (grey(forest(prompt).at())[band] for prompt in ("clear day", "day in thick fog"))

    assert foggy.std() < 0.7 * clear.std()


@pytest.mark.parametrize("seed", [1, 7, 9])
def test_the_camera_has_a_free_way_ahead(seed: int) -> None:
    filmed = forest("clear day", seed=seed)

    views = [grey(filmed.at(pose=Pose(forward=metres)))[60:110, 120:200] for metres in (0, 4, 8, 12)]

    # Right behind a trunk the middle of the picture would be one dark surface.
    assert min(view.std() for view in views) > 8


def test_fireflies_shine_in_a_dry_summers_night_only() -> None:
    nights = ("summer moonlit night", "winter moonlit night", "rainy summer night", "summer night, storm")

    yellow = [
        (frame[:, :, 1] - frame[:, :, 2]).max()
        for frame in (forest(night).at().astype(int) for night in nights)
    ]

    assert yellow[0] > 90
    assert yellow[1] < 40
    # Wet leaves are as yellow as this.
    assert max(yellow[2:]) < 60


def test_the_sun_shines_brightest_where_it_stands() -> None:
    columns = grey(forest("clear golden hour").at())[60:100].mean(axis=0)

    brightest = int(np.argmax(np.convolve(columns, np.ones(40) / 40, mode="same")))

    assert 140 < brightest < 240


def test_beams_of_fog_lead_away_from_the_sun() -> None:
    sun = np.array([0.0, 0.3, 0.9539])
    mist = Mist(
        Air(sight=30, top=11, rest=0.1, uneven=0.0, beam_width=2.2, open_air=0.0),
        edges=[0.0, 9.0, 20.0],
        sun=(0.0, 0.3, 0.9539),
        width=1600,
        height=1600,
        random=np.random.default_rng(3),
    )
    step, middle = 1 / 1000, 800
    camera = CameraView(
        eye=[0.0, 3.0, 0.0],
        right=[step, 0.0, 0.0],
        up=[0.0, step * sun[2], -step * sun[1]],
        corner=(sun + middle * step * np.array([-1.0, sun[2], -sun[1]])).tolist(),
    )

    lit = mist.slabs(camera, moment=0.0, wind=0.0)[0, :, :, 1]

    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    near, far = (
        lit[
            np.rint(50 + cells * np.sin(angles)).astype(int), np.rint(50 + cells * np.cos(angles)).astype(int)
        ]
        for cells in (24, 44)
    )
    assert far.std() > 0.2 * far.mean()
    assert np.corrcoef(near, far)[0, 1] > 0.8


def test_a_sun_that_a_storm_hides_sends_no_beams() -> None:
    columns = forest("storm at sunset").at()[40:110].mean(axis=0)

    assert (columns[:, 0] - columns[:, 2]).max() < 40


def test_the_wood_is_of_the_trees_that_are_asked_for() -> None:
    pines, birches, cherries = (
        _colour(forest(f"{trees}, overcast day").at()[:90])
        for trees in ("pines", "birches", "cherry blossom")
    )

    assert birches[1] - birches[2] > 2 * (pines[1] - pines[2])
    assert cherries[0] > cherries[1] * 1.05
