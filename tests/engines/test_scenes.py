"""What holds for every family of scenes: a real camera, light and weather, and the same bytes again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.native import CompiledKernels, NumPyKernels, kernels
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.stage import SCENES
from tests.engines.filming import motion
from tests.engines.staging import AT_REST, Staged, grey, likeness, turned

RIGHT, DOWN, CLOCKWISE, SCALE = range(4)

# The rows that show what is near, for what is far hardly moves when the camera travels, and how much further
# it travels here. A lake shows only what it mirrors, which is far.
_NEAREST = {Family.MOUNTAINS: (slice(60, 122), 4)}


@pytest.fixture(scope="module", params=SCENES)
def family(request: pytest.FixtureRequest) -> Family:
    """Every family in turn; all tests of one family follow one another, so that they share its scenes."""
    found: Family = request.param
    return found


# Building a scene takes most of the time of these tests.
_staged = lru_cache(maxsize=6)(Staged)


def _by_day(family: Family) -> Staged:
    # Wind gives water and sand something to go by.
    return _staged(family, "clear golden hour, windy", size=(320, 180))


def _further(pose: Pose, times: float) -> Pose:
    return replace(pose, right=times * pose.right, up=times * pose.up, forward=times * pose.forward)


def test_the_same_seed_gives_the_same_bytes_by_any_number_of_threads(family: Family) -> None:
    with ThreadPoolExecutor(5) as many:
        by_two, by_many = Staged(family, "storm").at(), Staged(family, "storm", threads=many).at()
    another = Staged(family, "storm", seed=8).at()

    assert np.array_equal(by_two, by_many)
    assert not np.array_equal(by_two, another)


@pytest.mark.parametrize(
    ("little", "much", "part", "sign"),
    [
        (Pose(yaw=0.02), Pose(yaw=0.05), RIGHT, -1),
        (Pose(yaw=-0.02), Pose(yaw=-0.05), RIGHT, 1),
        (Pose(pitch=0.02), Pose(pitch=0.05), DOWN, 1),
        (Pose(pitch=-0.02), Pose(pitch=-0.05), DOWN, -1),
        (Pose(right=0.3), Pose(right=0.9), RIGHT, -1),
        (Pose(right=-0.3), Pose(right=-0.9), RIGHT, 1),
        (Pose(up=0.2), Pose(up=0.6), DOWN, 1),
        (Pose(up=-0.2), Pose(up=-0.6), DOWN, -1),
        (Pose(roll=0.04), Pose(roll=0.10), CLOCKWISE, -1),
        (Pose(roll=-0.04), Pose(roll=-0.10), CLOCKWISE, 1),
        (Pose(focal=1.03), Pose(focal=1.08), SCALE, 1),
        (Pose(focal=0.97), Pose(focal=0.92), SCALE, -1),
        (Pose(forward=0.5), Pose(forward=1.5), SCALE, 1),
        (Pose(forward=-0.5), Pose(forward=-1.5), SCALE, -1),
    ],
    ids=repr,
)
def test_the_picture_moves_against_the_camera_and_further_the_further_it_goes(
    family: Family, little: Pose, much: Pose, part: int, sign: int
) -> None:
    filmed = _by_day(family)

    travels = little.right or little.up or little.forward
    near, times = _NEAREST.get(family, (slice(90, None), 1)) if travels else (slice(None), 1)
    first, second = (_motion_on_the_way(filmed, _further(pose, times), near)[part] for pose in (little, much))
    moved = [sign * (way - 1 if part == SCALE else way) for way in (first, second)]

    assert moved[0] > 0
    assert moved[1] > 1.5 * moved[0]


def _motion_on_the_way(filmed: Staged, pose: Pose, rows: slice) -> tuple[float, ...]:
    """Measure the motion from rest to the pose in three steps, since near things move far in one."""
    way = [
        Pose(**{name: rest + (getattr(pose, name) - rest) * step / 3 for name, rest in vars(AT_REST).items()})
        for step in range(4)
    ]
    frames = [filmed.at(pose=step)[rows] for step in way]
    steps = [motion(before, after) for before, after in pairwise(frames)]
    right, down, clockwise = (sum(step[part] for step in steps) for part in (RIGHT, DOWN, CLOCKWISE))
    return right, down, clockwise, float(np.prod([step[SCALE] for step in steps]))


def test_a_camera_that_rolls_clockwise_sees_the_world_turn_the_other_way(family: Family) -> None:
    filmed = _by_day(family)
    before, after = grey(filmed.at()), grey(filmed.at(pose=Pose(roll=0.2)))

    turned_left, turned_right = (turned(before, degrees=sign * np.degrees(0.2)) for sign in (1, -1))

    assert likeness(after, turned_left) > 0.85
    assert likeness(after, turned_left) > likeness(after, turned_right) + 0.05


def test_it_moves_on_without_a_jump(family: Family) -> None:
    filmed = _by_day(family)
    frames = [filmed.at(time=179.5 + step / 30).astype(float) for step in range(4)]

    steps = [np.abs(after - before).mean() for before, after in pairwise(frames)]

    assert min(steps) > 0.05
    assert max(steps) < 1.5 * min(steps)


def test_night_is_darker_than_day_and_both_can_be_seen(family: Family) -> None:
    day, night = (Staged(family, prompt).at().astype(float) for prompt in ("bright day", "moonlit night"))

    assert day.mean() > 1.2 * night.mean()
    assert night.mean() > 12
    assert (day.max(axis=2) > 252).mean() < 0.1


@pytest.mark.parametrize("weather", ["rain", "snowfall", "fog", "storm", "dust"])
def test_weather_can_be_seen(family: Family, weather: str) -> None:
    plain, changed = (_staged(family, prompt).at().astype(float) for prompt in ("day", f"day, {weather}"))

    assert np.abs(changed - plain).mean() > 4


@pytest.mark.parametrize("size", [(90, 160), (90, 90), (64, 160), (162, 64)])
def test_every_ratio_can_be_filmed(family: Family, size: tuple[int, int]) -> None:
    frame = Staged(family, "bright clear day", size=size).at()

    assert frame.std() > 8


def test_the_camera_may_go_as_far_as_its_moves_allow(family: Family) -> None:
    filmed = _staged(family, "day")

    for way in (-1, 1):
        far = Pose(right=6.0 * way, up=2.5 * way, forward=12.0 * way, yaw=0.35, pitch=0.22, roll=0.35)
        assert filmed.at(pose=far).std() > 5


@pytest.mark.parametrize("yaw", [1e-9, 6.7e-5, -3e-4])
def test_a_camera_that_has_turned_by_a_hair_sees_hardly_anything_else(family: Family, yaw: float) -> None:
    filmed = _by_day(family)

    before, after = (filmed.at(pose=pose).astype(int) for pose in (AT_REST, Pose(yaw=yaw, right=yaw)))

    assert np.abs(after - before).mean() < 3


@pytest.mark.skipif(not isinstance(kernels(), CompiledKernels), reason="installed without a C compiler")
@pytest.mark.parametrize("family", [Family.CLOUDS, Family.SPACE, Family.SILK, Family.MOUNTAINS, Family.DUNES])
def test_c_and_numpy_draw_the_same_where_rays_lie_pixels_apart(family: Family) -> None:
    compiled, plain = (
        Staged(family, "storm", size=(304, 302), drawing=drawing).at(pose=Pose(right=2, yaw=0.1, roll=0.2))
        for drawing in (kernels(), NumPyKernels())
    )

    apart = np.abs(compiled.astype(int) - plain)

    assert apart.mean() < 0.15
    assert (apart > 4).mean() < 0.003


@pytest.mark.skipif(not isinstance(kernels(), CompiledKernels), reason="installed without a C compiler")
@pytest.mark.parametrize("prompt", ["starry night", "storm"])
def test_c_and_numpy_draw_the_same(family: Family, prompt: str) -> None:
    scenes = [
        Staged(family, prompt, size=(96, 54), drawing=drawing) for drawing in (kernels(), NumPyKernels())
    ]

    for pose in (AT_REST, Pose(right=4, up=1, yaw=0.2, pitch=-0.1, roll=0.3, focal=1.2)):
        compiled, plain = (scene.at(time=2.0, pose=pose).astype(int) for scene in scenes)
        apart = np.abs(compiled - plain)
        assert apart.mean() < 0.15
        assert (apart > 4).mean() < 0.003
