"""Silk is smooth, flows slowly, and takes its colours from the mood."""

from functools import partial

import numpy as np
import pytest

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame
from tests.engines.staging import Staged, grey

silk = partial(Staged, Family.SILK)


@pytest.mark.parametrize("prompt", ["", "an abstract swirl", "ink in water", "hope", "the number seven"])
def test_prompts_that_name_no_place_are_filmed_in_silk(prompt: str) -> None:
    assert read(prompt).family is Family.SILK


def test_moods_dye_it() -> None:
    day, sunset, dusk, night = (_mean(silk(prompt).at()) for prompt in ("day", "sunset", "dusk", "night"))

    assert sunset[0] > 1.3 * sunset[2]
    assert dusk[2] > dusk[1]
    assert night[2] > 1.2 * night[0]
    assert day.mean() > 1.4 * night.mean()


@pytest.mark.parametrize(("prompt", "strongest"), [("green abstract", 1), ("blue abstract", 2)])
def test_a_tint_that_is_asked_for_wins(prompt: str, strongest: int) -> None:
    plain, tinted = _mean(silk("abstract").at()), _mean(silk(prompt).at())

    assert tinted[strongest] / tinted.mean() > plain[strongest] / plain.mean()


def test_smooth_cloth_has_no_bands() -> None:
    frame = silk("clear night", size=(640, 360)).at()
    level = grey(frame)[200:, 240:400]

    flat = (np.abs(np.diff(level, axis=1)) == 0).mean()

    # Grain keeps neighbours from being equal over wide stretches.
    assert flat < 0.6


def test_it_flows_slowly() -> None:
    filmed = silk("golden hour", size=(320, 180))
    at = [filmed.at(time=time).astype(int) for time in (3.0, 3.1, 6.0)]

    soon, later = (np.abs(frame - at[0]).mean() for frame in at[1:])

    assert soon < 4
    assert later > 3 * soon


def test_a_storm_is_rougher_and_darker_than_calm() -> None:
    calm, storm = (grey(silk(prompt, size=(320, 180)).at()) for prompt in ("calm day", "storm by day"))

    assert storm.mean() < 0.9 * calm.mean()
    assert (
        np.abs(np.diff(storm, axis=1)).mean() / storm.mean()
        > np.abs(np.diff(calm, axis=1)).mean() / calm.mean()
    )


def test_far_folds_dissolve_into_the_light_behind() -> None:
    frame = grey(silk("clear day", size=(320, 180)).at(pose=Pose(pitch=0.2)))

    far, near = (np.abs(np.diff(frame[rows], axis=1)).mean() for rows in (slice(0, 30), slice(90, 150)))

    assert far < 0.6 * near


def _mean(frame: RGBFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(frame.mean(axis=(0, 1)))
