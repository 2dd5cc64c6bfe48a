"""Camera moves as they are seen in decoded frames: the picture moves against the camera."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from filmgate.domain.requests import Action, CameraMove, CameraType
from tests.engines.filming import a_job, a_picture, frames_of, motion, rendered

RIGHT, DOWN, CLOCKWISE, SCALE = range(4)

AXES = {
    "horizontal": (RIGHT, -1),
    "vertical": (DOWN, +1),
    "pan": (RIGHT, -1),
    "tilt": (DOWN, +1),
    "roll": (CLOCKWISE, -1),
    "zoom": (SCALE, -1),
}


def one_axis(axis: str, value: float) -> CameraMove:
    """Move along one axis, by its name on the wire."""
    values: dict[str, Any] = {axis: value}
    return CameraMove(**values)


def seen(folder: Path, move: CameraMove | None) -> tuple[float, ...]:
    """Film the move over a picture; return the whole way, turn and growth of what is in the middle."""
    picture = a_picture(folder / "start.png", width=640, height=360)
    job = a_job(folder / "job", inputs={"start_image": picture}, action=Action.IMAGE2VIDEO, camera=move)
    clip, _ = rendered(replace(job, spec=replace(job.spec, short_side=180)))
    steps = [motion(before, after) for before, after in pairwise(frames_of(clip))]
    growth = 1.0
    for *_, scale in steps:
        growth *= scale
    right, down, clockwise = (sum(step[part] for step in steps) for part in (RIGHT, DOWN, CLOCKWISE))
    return right, down, clockwise, growth - 1


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_each_axis_moves_the_picture_the_other_way_and_further_the_larger_it_is(
    tmp_path: Path, axis: str, sign: int
) -> None:
    part, against = AXES[axis]
    little, much = (
        seen(tmp_path, one_axis(axis, sign * share))[part] * sign * against for share in (0.25, 0.75)
    )

    assert little > 0
    assert much > 1.5 * little


@pytest.mark.parametrize(
    ("kind", "part", "sign"),
    [
        (CameraType.DOWN_BACK, DOWN, -1),
        (CameraType.DOWN_BACK, SCALE, -1),
        (CameraType.FORWARD_UP, DOWN, +1),
        (CameraType.FORWARD_UP, SCALE, +1),
        (CameraType.RIGHT_TURN_FORWARD, RIGHT, -1),
        (CameraType.RIGHT_TURN_FORWARD, SCALE, +1),
        (CameraType.LEFT_TURN_FORWARD, RIGHT, +1),
        (CameraType.LEFT_TURN_FORWARD, SCALE, +1),
    ],
)
def test_presets_look_as_they_are_called(tmp_path: Path, kind: CameraType, part: int, sign: int) -> None:
    assert seen(tmp_path, CameraMove(type=kind))[part] * sign > 0.02


def test_several_axes_move_at_once(tmp_path: Path) -> None:
    right, down, clockwise, _ = seen(tmp_path, CameraMove(horizontal=0.5, vertical=0.8, roll=0.5))

    assert right < -2
    assert down > 2
    assert clockwise < -0.03


def test_without_a_move_the_picture_breathes_but_stays_where_it_is(tmp_path: Path) -> None:
    right, down, clockwise, growth = seen(tmp_path, None)

    assert 0.004 < growth < 0.1
    assert abs(right) + abs(down) < 8
    assert abs(clockwise) < 0.01
