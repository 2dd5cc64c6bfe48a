"""The street is a canyon of rooms and signs whose wet ground mirrors them."""

from functools import partial

import numpy as np
import pytest

from filmgate.engines.animatic.family import Family
from filmgate.engines.animatic.kernels.panels import light_of_texels, light_texels
from filmgate.engines.animatic.light import light_of
from filmgate.engines.animatic.reading import read
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes.street_lighting import Lighting
from filmgate.engines.animatic.scenes.street_mood import street_mood
from filmgate.engines.animatic.scenes.street_pictures import SIDE, drawn
from tests.engines.staging import Staged, grey, likeness

street = partial(Staged, Family.STREET)


@pytest.mark.parametrize("prompt", ["a neon city at night", "traffic downtown", "a rainy street in Tokyo"])
def test_prompts_that_name_a_town_are_filmed_in_its_street(prompt: str) -> None:
    assert read(prompt).family is Family.STREET


def test_wet_ground_mirrors_the_street_and_dry_ground_hardly() -> None:
    wet, dry = (grey(street(prompt, size=(320, 180)).at()) for prompt in ("day, rain", "cloudy day"))

    # The horizon lies at row 117.
    mirrored = [likeness(frame[119:159], frame[75:115][::-1]) for frame in (wet, dry)]

    assert mirrored[0] > mirrored[1] + 0.15


def test_signs_are_colourful_by_night() -> None:
    frame = street("neon night in the rain", size=(320, 180)).at().astype(int)

    vivid = frame.max(axis=2) - frame.min(axis=2)

    assert (vivid > 100).mean() > 0.01


def test_snow_lies_on_the_pavement() -> None:
    snowy, bare = (street(prompt, size=(320, 180)).at().astype(float) for prompt in ("snow, day", "day"))

    assert snowy[150:].mean() > 1.3 * bare[150:].mean()


def test_near_fronts_pass_faster_than_far_ones() -> None:
    filmed = street("day", size=(320, 180))
    before, after = filmed.at().astype(int), filmed.at(pose=Pose(forward=1.0)).astype(int)

    changed = np.abs(after - before).mean(axis=(0, 2))

    assert changed[:60].mean() > 1.5 * changed[150:170].mean()


def test_cars_move_along_without_the_camera() -> None:
    filmed = street("clear night", size=(320, 180))

    changed = np.abs(filmed.at(time=4.0).astype(int) - filmed.at(time=3.0).astype(int)).max(axis=2)

    assert changed[90:120, 140:190].max() > 60


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


def test_pictures_lie_apart_on_one_sheet() -> None:
    mood = read("night").mood
    look = street_mood(mood, light_of(mood))
    lighting = Lighting(
        ambient=look.ambient, sun=look.sun_light, lamps=look.lamps, snow=look.snow, season=look.season
    )

    cuts = [cut for kind in drawn(np.random.default_rng(1), lighting).cuts.values() for cut in kind]

    taken = np.zeros((SIDE // 128, SIDE // 128), int)
    for left, top, wide, high in cuts:
        taken[top // 128 : (top + high) // 128, left // 128 : (left + wide) // 128] += 1
    assert taken.max() == 1
