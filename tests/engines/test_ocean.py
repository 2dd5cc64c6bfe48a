"""The ocean is filmed by a real camera, repeats byte by byte, and looks as its mood says."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from filmgate.engines.animatic.kernels import CompiledOceanRows, OceanRows, ocean_rows
from filmgate.engines.animatic.mood import mood_of
from filmgate.engines.animatic.ocean import EYE_METRES, Ocean
from filmgate.engines.animatic.ocean_reference import draw_rows
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import packed, rain

Image = npt.NDArray[np.float32]
_AT_REST = Pose()


@pytest.fixture(scope="module")
def threads() -> Iterator[Executor]:
    """The threads that all of these oceans are drawn with."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


class _Filmed:
    def __init__(
        self, prompt: str, threads: Executor, *, size: tuple[int, int] = (160, 90), seed: int = 7
    ) -> None:
        self._size = size
        width, height = size
        self._ocean = Ocean(mood_of(prompt), width=width, height=height, seed=seed, threads=threads)

    def at(self, time: float = 3.0, pose: Pose = _AT_REST) -> RGBFrame:
        width, height = self._size
        frame = np.zeros((height, width, 3), np.uint8)
        self._ocean.draw(frame, time=time, pose=pose)
        return frame


@pytest.fixture(scope="module")
def sunset(threads: Executor) -> _Filmed:
    """A sea at sunset."""
    return _Filmed("sunset", threads)


def test_the_same_seed_gives_the_same_bytes_by_any_number_of_threads(threads: Executor) -> None:
    with ThreadPoolExecutor(5) as many:
        by_two, by_many = _Filmed("storm", threads).at(), _Filmed("storm", many).at()
    another = _Filmed("storm", threads, seed=8).at()

    assert np.array_equal(by_two, by_many)
    assert not np.array_equal(by_two, another)


@pytest.mark.parametrize(
    ("pose", "dx", "dy"),
    [
        (Pose(yaw=0.05), -1, 0),
        (Pose(yaw=-0.05), 1, 0),
        (Pose(pitch=0.04), 0, 1),
        (Pose(pitch=-0.04), 0, -1),
    ],
)
def test_the_picture_moves_against_the_camera(sunset: _Filmed, pose: Pose, dx: int, dy: int) -> None:
    before, after = _grey(sunset.at()[:44]), _grey(sunset.at(pose=pose)[:44])

    (x, y), _ = cv2.phaseCorrelate(before, after, cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F))

    if dx:
        assert np.sign(x) == dx
        assert abs(x) > 2
    if dy:
        assert np.sign(y) == dy
        assert abs(y) > 1


def test_near_water_passes_faster_than_far_water(threads: Executor) -> None:
    filmed = _Filmed("windy day", threads, size=(320, 180))
    before, after = filmed.at(), filmed.at(pose=Pose(right=0.4))

    near, far = _shift(before[150:], after[150:]), _shift(before[108:116], after[108:116])

    assert near < -3
    assert abs(far) < abs(near) / 2


def test_a_camera_that_rolls_clockwise_sees_the_world_turn_the_other_way(sunset: _Filmed) -> None:
    before, after = _grey(sunset.at()), _grey(sunset.at(pose=Pose(roll=0.2)))

    turned_left, turned_right = (_turned(before, degrees=sign * np.degrees(0.2)) for sign in (1, -1))

    assert _likeness(after, turned_left) > 0.9
    assert _likeness(after, turned_right) < 0.8


def test_a_longer_lens_shows_less(sunset: _Filmed) -> None:
    wide, close = sunset.at(), sunset.at(pose=Pose(focal=1.5))

    assert _sun_area(close) > 1.6 * _sun_area(wide)


def test_the_sun_is_round(threads: Executor) -> None:
    frame = _Filmed("clear sunset", threads, size=(640, 360)).at()

    rows, columns = np.nonzero(frame[:200].min(axis=2) > 235)

    assert np.ptp(columns) == pytest.approx(np.ptp(rows), rel=0.25)


@pytest.mark.parametrize("seed", [1, 7, 9])
def test_far_water_lies_in_streaks_without_specks(threads: Executor, seed: int) -> None:
    far = _grey(_Filmed("sunset", threads, size=(960, 540), seed=seed).at(time=4.0))[310:370]

    specks = np.abs(far[:, 1:-1] - (far[:, :-2] + far[:, 2:]) / 2)

    assert np.percentile(specks, 99) < 20


def test_moods_differ_in_light_and_colour(threads: Executor) -> None:
    means = {
        prompt: _Filmed(prompt, threads).at().reshape(-1, 3).mean(axis=0)
        for prompt in ("sunset", "bright day", "moonlit night", "storm", "fog")
    }

    assert means["bright day"].mean() > 2 * means["moonlit night"].mean()
    assert means["sunset"][0] > 1.3 * means["sunset"][2]
    assert means["bright day"][2] > means["bright day"][0]
    assert np.ptp(means["storm"]) < 0.5 * np.ptp(means["sunset"])


def test_a_storm_has_dark_blue_green_water_with_whitecaps(threads: Executor) -> None:
    water = _Filmed("storm", threads, size=(320, 180)).at()[110:].reshape(-1, 3).astype(float)
    light = water @ (0.2126, 0.7152, 0.0722)

    dark, white = water[light < np.median(light)], light[light > np.quantile(light, 0.97)]

    assert dark[:, 2].mean() > dark[:, 1].mean() > 1.2 * dark[:, 0].mean()
    assert white.mean() > 1.8 * dark.mean()


def test_fog_by_night_still_shows_where_the_sea_ends(threads: Executor) -> None:
    rows = _grey(_Filmed("foggy night", threads).at()).mean(axis=1)

    assert rows.mean() > 30
    assert rows[:45].mean() > 1.2 * rows[60:].mean()


def test_the_golden_hour_is_golden(threads: Executor) -> None:
    low_sky = _Filmed("golden hour", threads).at()[34:42].reshape(-1, 3).mean(axis=0)

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


def test_waves_move_on_without_a_jump_after_three_minutes(sunset: _Filmed) -> None:
    frames = [sunset.at(time=179.5 + step / 30).astype(float) for step in range(4)]

    steps = [np.abs(after - before).mean() for before, after in pairwise(frames)]

    assert min(steps) > 0.2
    assert max(steps) < 1.5 * min(steps)


@pytest.mark.parametrize("size", [(90, 160), (90, 90), (64, 160), (162, 64)])
def test_every_ratio_has_a_sky_and_a_sea(threads: Executor, size: tuple[int, int]) -> None:
    rows = _grey(_Filmed("bright clear day", threads, size=size).at()).mean(axis=1)

    assert rows[int(0.5 * size[1])] > 1.3 * rows[int(0.75 * size[1])]


def test_the_camera_at_its_lowest_is_above_the_waves(threads: Executor) -> None:
    frame = _Filmed("raging storm", threads).at(pose=Pose(up=-2.5))

    assert EYE_METRES > 2.5
    assert frame.std() > 5


@pytest.mark.skipif(not isinstance(ocean_rows(), CompiledOceanRows), reason="installed without a C compiler")
@pytest.mark.parametrize("prompt", ["sunset", "starry night", "storm", "snow in fog"])
@pytest.mark.parametrize("pose", [_AT_REST, Pose(right=4, up=1, yaw=0.2, pitch=-0.1, roll=0.3, focal=1.2)])
def test_c_and_numpy_draw_the_same(threads: Executor, prompt: str, pose: Pose) -> None:
    compiled, plain = (_drawn(prompt, threads, rows=rows, pose=pose) for rows in (ocean_rows(), draw_rows))

    apart = np.abs(compiled.astype(int) - plain)
    assert apart.mean() < 0.1
    assert (apart > 4).mean() < 0.001


def test_an_installation_without_a_compiler_draws_too_and_says_what_it_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "filmgate.engines.animatic._kernels", None)

    with pytest.warns(RuntimeWarning, match="C compiler"):
        rows = ocean_rows()

    assert rows is draw_rows


def _drawn(prompt: str, threads: Executor, *, rows: OceanRows, pose: Pose) -> RGBFrame:
    ocean = Ocean(mood_of(prompt), width=160, height=90, seed=7, threads=threads, rows=rows)
    frame = np.zeros((90, 160, 3), np.uint8)
    ocean.draw(frame, time=2.0, pose=pose)
    return frame


def _grey(frame: RGBFrame) -> Image:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32)


def _shift(before: RGBFrame, after: RGBFrame) -> float:
    (x, _), _ = cv2.phaseCorrelate(_grey(before), _grey(after))
    return float(x)


def _turned(image: Image, *, degrees: float) -> Image:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.float32)


def _likeness(one: Image, other: Image) -> float:
    """The correlation of the middles of both, from -1 to 1."""
    middle = (slice(20, 70), slice(40, 120))
    return float(np.corrcoef(one[middle].ravel(), other[middle].ravel())[0, 1])


def _sun_area(frame: RGBFrame) -> int:
    return int((frame[:46].min(axis=2) > 225).sum())
