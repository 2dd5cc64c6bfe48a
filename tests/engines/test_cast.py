"""Subjects stand in scenes: in their light, on their ground, and before their camera."""

from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from filmgate.engines.animatic.casting.cast import LONGEST_SIDE, WithCast
from filmgate.engines.animatic.casting.cutout import Cutout, open_cutout
from filmgate.engines.animatic.casting.footing import PLACES, Footing, OnGround, OnPicture, Surface
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.animatic.scenes import mountains, ocean, plain
from filmgate.engines.animatic.stage import Studio
from tests.engines.filming import psnr, texture
from tests.engines.subjects import a_subject

SIZE = (320, 180)
Mask = npt.NDArray[np.bool_]


class Wall:
    """A scene that is one grey wall, however the camera moves."""

    def __init__(self, level: int) -> None:
        self._level = level

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """Fill the frame."""
        del time, pose
        frame[:] = self._level


@pytest.fixture(scope="module")
def figure(tmp_path_factory: pytest.TempPathFactory) -> Cutout:
    """A red figure without a background."""
    path = a_subject(tmp_path_factory.mktemp("subjects") / "figure.png", size=(600, 800))
    return open_cutout(path, field="element", longest_side=LONGEST_SIDE)


def staged(
    scene: Scene,
    cast: Sequence[Cutout],
    *,
    footing: Footing | None = None,
    prompt: str = "",
    size: tuple[int, int] = SIZE,
) -> WithCast:
    """Put the cast before a scene."""
    footing = footing or OnGround(Family.MEADOW, width=size[0], height=size[1])
    return WithCast(scene, cast, footing=footing, mood=read(prompt).mood, size=size, seed=1, lit_at=0.0)


def seen(
    scene: Scene, pose: Pose | None = None, *, time: float = 0.0, size: tuple[int, int] = SIZE
) -> RGBFrame:
    """Draw one frame."""
    frame = np.empty((size[1], size[0], 3), np.uint8)
    scene.draw(frame, time=time, pose=pose or Pose())
    return frame


def red(frame: RGBFrame, *, by: int = 25) -> Mask:
    """Return where the frame is red by so many levels; reflections are by fewer than 80."""
    levels = frame.astype(int)
    return np.asarray(levels[:, :, 0] > levels[:, :, 1:].max(axis=2) + by)


def middle(mask: Mask) -> tuple[float, float]:
    """Return the middle of what is marked: across and down."""
    down, across = np.nonzero(mask)
    return float(across.mean()), float(down.mean())


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240)])
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("family", list(Family))
def test_subjects_stand_whole_and_side_by_side_at_sensible_sizes(
    figure: Cutout, family: Family, n: int, size: tuple[int, int]
) -> None:
    footing = OnGround(family, width=size[0], height=size[1])

    marked = red(seen(staged(Wall(120), [figure] * n, footing=footing, size=size), size=size), by=80)

    columns = np.flatnonzero(np.diff(np.concatenate([[0], marked.any(axis=0).astype(int), [0]])))
    rows = np.flatnonzero(marked.any(axis=1))
    assert len(columns) == 2 * n
    assert rows[0] > 2
    assert rows[-1] < size[1] - 2
    assert 0.2 < (rows[-1] - rows[0]) / size[1] < 0.75


@pytest.mark.parametrize("footing", ["ground", "picture"])
@pytest.mark.parametrize(
    ("pose", "across", "down"),
    [
        (Pose(right=2), -1, 0),
        (Pose(right=-2), 1, 0),
        (Pose(up=1), 0, 1),
        (Pose(yaw=0.15), -1, 0),
        (Pose(yaw=-0.15), 1, 0),
        (Pose(pitch=0.1), 0, 1),
        (Pose(pitch=-0.1), 0, -1),
    ],
)
def test_when_the_camera_moves_subjects_go_the_other_way(
    figure: Cutout, footing: str, pose: Pose, across: int, down: int
) -> None:
    ground = OnPicture(width=320, height=180) if footing == "picture" else None
    scene = staged(Wall(120), [figure], footing=ground)

    before, after = (middle(red(seen(scene, where))) for where in (Pose(), pose))

    for moved, sign in ((after[0] - before[0], across), (after[1] - before[1], down)):
        assert moved * sign > 3 if sign else abs(moved) < 6


def test_a_subject_before_a_picture_moves_more_than_the_picture(figure: Cutout) -> None:
    still = Still(texture(width=640, height=360), width=320, height=180)
    scene = staged(still, [figure], footing=OnPicture(width=320, height=180))
    without = OnPicture(width=320, height=180)

    moved = middle(red(seen(staged(Wall(120), [figure], footing=without), Pose(right=2))))[0] - 160

    at_picture = Still(texture(width=640, height=360), width=320, height=180)
    assert psnr(seen(scene, Pose(right=2)), seen(at_picture, Pose(right=2))) < 25
    # The picture is 40 metres off, seen through a lens of 216 pixels.
    assert moved < -1.3 * 2 / 40 * 216


def test_a_camera_that_runs_at_a_subject_finds_it_ahead(figure: Cutout) -> None:
    scene = staged(Wall(120), [figure])

    sizes = [float(red(seen(scene, Pose(forward=forward))).mean()) for forward in range(0, 13, 2)]

    assert all(before < after for before, after in pairwise(sizes[:4]))
    assert 0.1 < sizes[-1] < 0.95


@pytest.mark.parametrize(
    ("family", "scene"),
    [
        (Family.OCEAN, ocean),
        (Family.MOUNTAINS, mountains),
        (Family.DUNES, plain),
        (Family.SNOWFIELD, plain),
    ],
)
def test_the_ground_is_where_the_scene_has_it(family: Family, scene: ModuleType) -> None:
    place = PLACES[family]

    assert (place.eye_metres, place.horizon) == (scene.EYE_METRES, scene.HORIZON)


def test_night_darkens_subjects_and_takes_their_colour(figure: Cutout) -> None:
    studio = Studio(n_threads=1)
    figures: list[float] = []
    for prompt in ("a bright day at sea", "night on the ocean"):
        reading = read(prompt)
        scene = studio.scene(reading, width=320, height=180, seed=1)
        footing = OnGround(reading.family, width=320, height=180)
        frame = seen(staged(scene, [figure], footing=footing, prompt=prompt))
        where = red(frame)
        figures.append(float(frame[where].mean()))

    assert figures[1] < 0.65 * figures[0]


def test_fog_lies_over_subjects(figure: Cutout) -> None:
    clear, foggy = (seen(staged(Wall(150), [figure], prompt=prompt)) for prompt in ("", "thick fog"))

    assert np.ptp(foggy, axis=2).max() < 0.75 * np.ptp(clear, axis=2).max()


def test_rain_falls_before_subjects(figure: Cutout) -> None:
    scene = staged(Wall(90), [figure], prompt="heavy rain")

    one, other = (seen(scene, time=time) for time in (1.0, 1.2))

    body = np.s_[90:130, 150:170]
    assert np.abs(one[body].astype(int) - other[body]).max() > 10


def test_a_shadow_lies_on_the_ground_and_a_reflection_in_the_water(figure: Cutout) -> None:
    on_ground, on_water, floating = (
        seen(staged(Wall(150), [figure], footing=OnGround(family, width=320, height=180)))
        for family in (Family.MEADOW, Family.OCEAN, Family.SPACE)
    )

    assert {PLACES[Family.OCEAN].surface, PLACES[Family.SPACE].surface} == {Surface.WATER, Surface.NOTHING}
    feet = int(np.flatnonzero(red(on_ground).any(axis=1))[-1])
    beside = on_ground[feet - 2 : feet + 3]
    assert beside.min() < 120
    assert np.all(floating[~red(floating)].min() > 90)
    assert np.ptp(on_water[-20:].astype(int), axis=2).max() > 10


def test_what_floats_bobs_without_a_jump(figure: Cutout) -> None:
    scene = staged(Wall(150), [figure], footing=OnGround(Family.SPACE, width=320, height=180))

    heights = [middle(red(seen(scene, time=time / 12)))[1] for time in range(72)]

    assert 1 < max(heights) - min(heights) < 12
    assert max(abs(after - before) for before, after in pairwise(heights)) < 0.8


def test_a_subject_that_grows_slowly_neither_flickers_nor_jumps(figure: Cutout) -> None:
    scene = staged(Wall(150), [figure])

    frames = [seen(scene, Pose(forward=step / 20)).astype(float) for step in range(40)]

    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(frames)]
    assert max(steps) < 2 * float(np.median(steps))
