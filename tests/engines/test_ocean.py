"""The ocean is filmed by a real camera, repeats byte by byte, and looks as its mood says."""

from functools import cache, partial
from itertools import pairwise

import cv2
import numpy as np
import pytest

from filmgate.engines.animatic.kernels.native import NumPyKernels, kernels
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.ocean import EYE_METRES
from filmgate.engines.animatic.textures import packed, rain
from tests.engines.staging import Staged, grey

ocean = partial(Staged, Family.OCEAN)


@cache
def sunset() -> Staged:
    """A sea at sunset."""
    return ocean("sunset")


def test_near_water_passes_faster_than_far_water() -> None:
    filmed = ocean("windy day", size=(320, 180))
    before, after = filmed.at(), filmed.at(pose=Pose(right=0.4))

    near, far = _shift(before[150:], after[150:]), _shift(before[108:116], after[108:116])

    assert near < -3
    assert abs(far) < abs(near) / 2


def test_a_longer_lens_shows_less() -> None:
    wide, close = sunset().at(), sunset().at(pose=Pose(focal=1.5))

    assert _sun_area(close) > 1.6 * _sun_area(wide)


def test_the_sun_is_round() -> None:
    frame = ocean("clear sunset", size=(640, 360)).at()

    rows, columns = np.nonzero(frame[:200].min(axis=2) > 235)

    assert np.ptp(columns) == pytest.approx(np.ptp(rows), rel=0.25)


@pytest.mark.parametrize("seed", [1, 7, 9])
def test_far_water_lies_in_streaks_without_specks(seed: int) -> None:
    far = grey(ocean("sunset", size=(960, 540), seed=seed).at(time=4.0))[310:370]

    specks = np.abs(far[:, 1:-1] - (far[:, :-2] + far[:, 2:]) / 2)

    assert np.percentile(specks, 99) < 20


def test_moods_differ_in_light_and_colour() -> None:
    means = {
        prompt: ocean(prompt).at().reshape(-1, 3).mean(axis=0)
        for prompt in ("sunset", "bright day", "moonlit night", "storm", "fog")
    }

    assert means["bright day"].mean() > 2 * means["moonlit night"].mean()
    assert means["sunset"][0] > 1.3 * means["sunset"][2]
    assert means["bright day"][2] > means["bright day"][0]
    assert np.ptp(means["storm"]) < 0.5 * np.ptp(means["sunset"])


def test_a_storm_has_dark_blue_green_water_with_whitecaps() -> None:
    water = ocean("storm", size=(320, 180)).at()[110:].reshape(-1, 3).astype(float)
    light = water @ (0.2126, 0.7152, 0.0722)

    dark, white = water[light < np.median(light)], light[light > np.quantile(light, 0.97)]

    assert dark[:, 2].mean() > dark[:, 1].mean() > 1.2 * dark[:, 0].mean()
    assert white.mean() > 1.8 * dark.mean()


def test_fog_by_night_still_shows_where_the_sea_ends() -> None:
    rows = grey(ocean("foggy night").at()).mean(axis=1)

    assert rows.mean() > 30
    assert rows[:45].mean() > 1.2 * rows[60:].mean()


def test_the_golden_hour_is_golden() -> None:
    low_sky = ocean("golden hour").at()[34:42].reshape(-1, 3).mean(axis=0)

    assert low_sky[0] > 1.3 * low_sky[2]
    assert low_sky.max() < 235


@pytest.mark.parametrize("frame_height", [360, 720, 2160])
def test_rain_streaks_lean_with_the_wind_at_every_size(frame_height: int) -> None:
    tile = rain(np.random.default_rng(1), slant=0.5, frame_height=frame_height)

    down_left, down_right = (float((tile * np.roll(tile, (8, way), axis=(0, 1))).mean()) for way in (-4, 4))

    assert down_left > 1.5 * down_right


def test_a_packed_texel_holds_its_pair_and_the_next_columns_around_the_edge() -> None:
    level = np.array([[[0, 1], [2, 3]], [[4, 5], [6, 300]]], np.float32)

    texels = packed([level], zero=0, step=1)

    assert texels.shape == (4, 2)
    assert texels[:2].tolist() == [[0x03020100, 0x01000302], [0xFF060504, 0x0504FF06]]


def test_waves_move_on_without_a_jump_after_three_minutes() -> None:
    frames = [sunset().at(time=179.5 + step / 30).astype(float) for step in range(4)]

    steps = [np.abs(after - before).mean() for before, after in pairwise(frames)]

    assert min(steps) > 0.2
    assert max(steps) < 1.5 * min(steps)


@pytest.mark.parametrize("size", [(90, 160), (90, 90), (64, 160), (162, 64)])
def test_every_ratio_has_a_sky_and_a_sea(size: tuple[int, int]) -> None:
    rows = grey(ocean("bright clear day", size=size).at()).mean(axis=1)

    assert rows[int(0.5 * size[1])] > 1.3 * rows[int(0.75 * size[1])]


def test_the_camera_at_its_lowest_is_above_the_waves() -> None:
    frame = ocean("raging storm").at(pose=Pose(up=-2.5))

    assert EYE_METRES > 2.5
    assert frame.std() > 5


def test_an_installation_without_a_compiler_draws_too_and_says_what_it_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "filmgate.engines.animatic.kernels._ocean", None)

    with pytest.warns(RuntimeWarning, match="C compiler"):
        found = kernels()

    assert isinstance(found, NumPyKernels)


def _shift(before: RGBFrame, after: RGBFrame) -> float:
    (x, _), _ = cv2.phaseCorrelate(grey(before), grey(after))
    return float(x)


def _sun_area(frame: RGBFrame) -> int:
    return int((frame[:46].min(axis=2) > 225).sum())


@pytest.mark.parametrize("prompt", ["the sea under a cloudless sky", "a boat, no clouds"])
def test_there_is_no_cloud_where_a_prompt_wants_none(prompt: str) -> None:
    sky = Staged(Family.OCEAN, prompt).at()[:40].astype(float)
    clouded = Staged(Family.OCEAN, "the sea").at()[:40].astype(float)

    # A plain sky changes from top to bottom and towards the sun, but nowhere at once.
    steps, clouded_steps = (np.abs(np.diff(each, axis=1)).max() for each in (sky, clouded))
    assert steps < 12 < clouded_steps
