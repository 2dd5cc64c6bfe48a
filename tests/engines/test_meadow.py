"""The meadow answers to season and wind, and its grass is drawn at every depth."""

from functools import partial

import numpy as np
import pytest

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes.plants.herbarium import Herbarium
from tests.engines.staging import Staged, grey

meadow = partial(Staged, Family.MEADOW, size=(320, 180))


def test_grass_is_green_in_spring_golden_in_autumn_and_under_snow_in_winter() -> None:
    spring, autumn, winter = (
        meadow(f"{season} clear day").at()[110:].reshape(-1, 3).mean(axis=0)
        for season in ("spring", "autumn", "winter")
    )

    assert spring[1] > 1.3 * spring[0]
    assert autumn[0] > autumn[1] > 1.3 * autumn[2]
    assert np.ptp(winter) < 30


@pytest.mark.parametrize("season", ["spring", "summer"])
def test_flowers_of_several_colours_stand_in_the_grass(season: str) -> None:
    near = meadow(f"{season} clear day", size=(640, 360)).at()[220:].reshape(-1, 3).astype(int)

    lightness = near.max(axis=1)
    white, blue = (near.min(axis=1) > 170).mean(), (near[:, 2] > near[:, 1] + 25).mean()

    assert lightness.max() > 200
    assert white > 0.0005
    assert blue > 0.0005


def test_wind_moves_the_grass_more_than_a_calm_does() -> None:
    moved = []
    for prompt in ("calm clear day", "windy clear day"):
        filmed = meadow(prompt)
        before, after = (grey(filmed.at(time=time))[110:] for time in (3.0, 3.2))
        moved.append(float(np.abs(after - before).mean()))

    assert moved[1] > 1.5 * moved[0]


def test_a_sun_behind_the_grass_shines_through_it() -> None:
    rows = grey(meadow("clear golden hour").at())[100:]

    below_the_sun, beside = rows[:, 140:220].mean(), rows[:, :60].mean()

    assert below_the_sun > 1.1 * beside


def test_a_low_sun_lays_a_trees_shadow_over_the_grass_and_a_hidden_one_does_not() -> None:
    low, hidden = (grey(meadow(prompt).at()) for prompt in ("clear golden hour", "overcast golden hour"))

    shares = [frame[92:112, 250:310].mean() / frame[92:112, 10:70].mean() for frame in (low, hidden)]

    assert shares[0] < 0.75 < 0.85 < shares[1]


def test_the_camera_may_sink_into_the_grass() -> None:
    frame = meadow("clear day").at(pose=Pose(up=-2.5))

    assert frame.std() > 8
    assert frame.mean() > 30


@pytest.mark.parametrize("family", [Family.MEADOW, Family.FOREST])
def test_to_pass_over_what_is_bare_leaves_no_leaf_out(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = Pose(right=1, yaw=0.2, pitch=-0.1, roll=0.3)
    skipping = Staged(family, "clear windy day", size=(640, 360)).at(pose=turned)
    everywhere = Herbarium.leafy

    monkeypatch.setattr(Herbarium, "leafy", lambda album: ~np.zeros_like(everywhere(album)))
    searching = Staged(family, "clear windy day", size=(640, 360)).at(pose=turned)

    # Only what shines through a block that is nearly shut may differ, for it may be shut a plant earlier.
    assert np.abs(skipping.astype(int) - searching).max() <= 8


@pytest.mark.parametrize(
    ("prompt", "strong", "weak"),
    [("lavender", 2, 1), ("wheat", 0, 2), ("cherry blossom in spring", 1, 2), ("a meadow", 1, 2)],
)
def test_the_field_has_the_colour_of_what_grows_on_it(prompt: str, strong: int, weak: int) -> None:
    colour = meadow(f"{prompt}, day").at()[110:].reshape(-1, 3).mean(axis=0)

    assert colour[strong] == colour.max()
    assert colour[strong] > 1.15 * colour[weak]


def test_a_field_of_lavender_lies_under_snow_in_winter() -> None:
    assert np.ptp(meadow("lavender in winter, clear day").at()[110:].reshape(-1, 3).mean(axis=0)) < 30
