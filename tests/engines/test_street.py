"""The street is a canyon of rooms and signs whose wet ground mirrors them."""

from functools import partial

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.panels import light_of_texels, light_texels
from filmgate.engines.animatic.light import light_of
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes.street.lighting import Lighting
from filmgate.engines.animatic.scenes.street.mood import street_mood
from filmgate.engines.animatic.scenes.street.pictures import LEVELS, drawn
from tests.engines.staging import Staged, grey, likeness

street = partial(Staged, Family.STREET)


@pytest.mark.parametrize("prompt", ["a neon city at night", "traffic downtown", "a rainy street in Tokyo"])
def test_prompts_that_name_a_town_are_filmed_in_its_street(prompt: str) -> None:
    assert read(prompt).family is Family.STREET


@pytest.mark.parametrize("wet_prompt", ["day, rain", "after the rain, cloudy day"])
def test_wet_ground_mirrors_the_street_and_dry_ground_hardly(wet_prompt: str) -> None:
    frames = {
        prompt: [grey(street(prompt, size=(320, 180), seed=seed).at()) for seed in (8, 9, 10)]
        for prompt in (wet_prompt, "cloudy day")
    }

    # The horizon lies at row 117.
    wet, dry = (
        np.mean([likeness(frame[119:159], frame[75:115][::-1]) for frame in each]) for each in frames.values()
    )

    assert wet > dry + 0.15


def test_signs_are_colourful_by_night() -> None:
    frames = [street("neon night in the rain", size=(320, 180), seed=seed).at() for seed in (7, 8, 9)]

    vivid = np.ptp(np.array(frames, int), axis=3) > 100

    assert vivid.mean() > 0.005


def test_rain_can_be_seen_before_lit_fronts_by_night() -> None:
    rainy, dry = (street(prompt, size=(320, 180)) for prompt in ("night, rain", "night, overcast"))

    # What falls moves on between two frames, and nothing else does in the upper left corner.
    changed = [
        np.abs(grey(filmed.at(time=3.0)) - grey(filmed.at(time=3.1)))[:60, :80] for filmed in (rainy, dry)
    ]

    assert changed[0].mean() > changed[1].mean() + 1


def test_signs_stand_still_while_the_camera_does() -> None:
    filmed = street("overcast night", size=(320, 180))

    changed = np.abs(filmed.at(time=3.1).astype(int) - filmed.at(time=3.0).astype(int))[:60]

    # Dither alone differs by two levels.
    assert changed.max() <= 4


@pytest.mark.parametrize("prompt", ["snow, day", "a snowy day"])
def test_snow_lies_on_the_pavement(prompt: str) -> None:
    snowy, bare = (street(each, size=(320, 180)).at().astype(float) for each in (prompt, "day"))

    assert snowy[150:].mean() > 1.3 * bare[150:].mean()


def test_near_fronts_pass_faster_than_far_ones() -> None:
    filmed = street("day", size=(320, 180))
    before, after = filmed.at().astype(int), filmed.at(pose=Pose(forward=1.0)).astype(int)

    changed = np.abs(after - before).mean(axis=(0, 2))

    assert changed[:60].mean() > 1.5 * changed[150:170].mean()


def test_cars_move_along_without_the_camera() -> None:
    filmed = street("clear night", size=(320, 180))

    changed = np.abs(filmed.at(time=4.0).astype(int) - filmed.at(time=3.0).astype(int)).max(axis=2)

    assert changed[115:140, 130:190].max() > 60


def test_a_low_sun_stands_over_the_end_of_the_street() -> None:
    mood = read("sunset").mood

    right, up, forward = street_mood(mood, light_of(mood)).sun

    assert abs(right) < 0.05 * forward
    assert up > 0


def test_more_lamps_burn_in_fog_and_all_by_night() -> None:
    lamps = [
        street_mood(mood, light_of(mood)).lamps
        for mood in (read(prompt).mood for prompt in ("day", "fog by day", "night"))
    ]

    assert lamps == sorted(lamps)
    assert lamps[2] == 1


def test_light_survives_its_texels() -> None:
    light = np.geomspace(1e-3, 7.5, 500, dtype=np.float32)
    texels = light_texels(np.stack([light, light, light, np.ones_like(light)], axis=-1))

    read = light_of_texels(texels)

    # A step is 2/511 of the cube root.
    assert np.abs(np.cbrt(read[:, 0]) - np.cbrt(light)).max() < 0.6 * 2 / 511
    assert (texels >> 27 == 31).all()


def test_pictures_lie_one_after_the_other_with_all_their_levels() -> None:
    mood = read("night").mood
    look = street_mood(mood, light_of(mood))
    lighting = Lighting(
        ambient=look.ambient, sun=look.sun_light, lamps=look.lamps, snow=look.snow, season=look.season
    )

    pictures = drawn(np.random.default_rng(1), lighting)

    cuts = sorted(cut for kind in pictures.cuts.values() for cut in kind)
    ends = [cut.first + sum(cut.wide * cut.high >> 2 * level for level in range(LEVELS)) for cut in cuts]
    assert all(end <= cut.first for end, cut in zip(ends, cuts[1:], strict=False))
    assert ends[-1] <= len(pictures.texels)
    assert len(pictures.drawn) == len(pictures.texels) // 64


def test_cells_of_a_picture_are_left_out_only_where_nothing_is_drawn() -> None:
    mood = read("night").mood
    look = street_mood(mood, light_of(mood))
    lighting = Lighting(
        ambient=look.ambient, sun=look.sun_light, lamps=look.lamps, snow=look.snow, season=look.season
    )

    pictures = drawn(np.random.default_rng(1), lighting)

    (post,) = pictures.cuts["post"]
    n_texels = post.wide * post.high
    shown = pictures.texels[post.first : post.first + n_texels].reshape(post.high, post.wide) > 0
    cells = pictures.drawn[post.first // 64 : (post.first + n_texels) // 64]
    cells = cells.reshape(post.high // 8, post.wide // 8).repeat(8, axis=0).repeat(8, axis=1)
    assert not (shown & (cells == 0)).any()
    assert cells.mean() < 0.5
