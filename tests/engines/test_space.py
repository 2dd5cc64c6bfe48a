"""A scene in space: round planets, stars of all colours that neither vanish nor flicker, meteors."""

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.native import NumPyKernels
from filmgate.engines.animatic.kernels.points import POINT_SIZE, sorted_points
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes.atmosphere import camera_view
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.starfield import Meteors, Motes, behind_ball, spots
from tests.engines.staging import Staged, grey, two_threads

_UP_LEFT, _IN_FRONT = (-30.0, 20.0, 60.0), (0.0, 0.0, 10.0)


def test_seeds_differ_in_their_side_and_their_world() -> None:
    frames = [Staged(Family.SPACE, "day", seed=seed).at().astype(float) for seed in range(1, 5)]

    sides = {bool(frame[:, :80].mean() > frame[:, 80:].mean()) for frame in frames}

    assert sides == {True, False}


def test_the_same_stars_are_as_bright_while_the_camera_pans() -> None:
    filmed = Staged(Family.SPACE, "clear night", size=(320, 180))

    light = [grey(filmed.at(pose=Pose(yaw=0.0003 * step))).astype(float).mean() for step in range(6)]

    assert np.ptp(light) < 0.02 * np.mean(light)


def test_a_meteor_burns_up_and_another_follows() -> None:
    meteors = Meteors(np.random.default_rng(1))

    light = [meteors.points(time=time, width=160, height=90)[:, 4].sum() for time in np.arange(0, 4, 0.1)]

    assert min(light) > 0
    assert max(light) > 1.2 * min(light)


@pytest.mark.parametrize("time", [0.0, 3.3, 190.0])
def test_motes_stay_around_the_camera(time: float) -> None:
    motes = Motes(np.random.default_rng(1), n=400, box=(10.0, 8.0, 12.0))
    camera = _camera(Pose(forward=5.0))

    points = motes.points(camera, time=time, drift=(1.0, 0.2, -0.5), colour=np.ones(3), size=0.05, height=90)

    assert len(points) > 100


def test_a_ball_hides_what_is_behind_it() -> None:
    places = np.array([_UP_LEFT, _IN_FRONT, (0.0, 0.0, -10.0)])

    hidden = behind_ball(places, np.array([0.0, 0.0, 50.0]), 5.0)

    assert hidden.tolist() == [False, True, False]


def test_a_spot_lies_where_the_camera_sees_its_place() -> None:
    light = np.ones((2, 3))

    points = spots(np.array([_UP_LEFT, _IN_FRONT]), _camera(Pose()), light=light, sigma=1.0)

    assert points[1, :2] == pytest.approx((79.5, 44.5), abs=0.01)
    assert points[0, 0] < points[1, 0]
    assert points[0, 1] < points[1, 1]


def test_points_of_a_row_are_found_from_top_to_bottom() -> None:
    points = np.zeros((3, POINT_SIZE), np.float32)
    points[:, 0], points[:, 1], points[:, 2] = 5, (40, 4, 500), 2

    found = sorted_points(points, width=60, height=50)

    assert found.points[:, 1].tolist() == [4, 40]
    assert found.ends[4].tolist() == [0, 1]
    assert found.ends[20].tolist() == [1, 1]
    assert found.ends[41].tolist() == [1, 2]


def _camera(pose: Pose) -> CameraView:
    setting = Setting(
        mood=read("day").mood, width=160, height=90, seed=1, threads=two_threads(), kernels=NumPyKernels()
    )
    return camera_view(setting, pose, eye_metres=0.0, horizon=0.0)
