"""Camera paths as numbers; what they look like is seen in test_animatic_camera."""

from dataclasses import asdict
from itertools import pairwise

import pytest

from filmgate.domain.requests import CameraMove, CameraType
from filmgate.engines.animatic.camera import CameraPath, Standpoint, eased, way_of
from filmgate.engines.animatic.scene import Pose


@pytest.mark.parametrize("move", [None, CameraMove(pan=1), *(CameraMove(type=kind) for kind in CameraType)])
def test_every_move_starts_at_rest_in_the_scenes_own_view(move: CameraMove | None) -> None:
    assert _path(move).pose(0) == Pose()


@pytest.mark.parametrize("share", [-1, -0.4, 0.5, 1])
def test_each_axis_travels_its_share_of_the_full_way_in_either_direction(share: float) -> None:
    everywhere = CameraMove(horizontal=share, vertical=share, pan=share, tilt=share, roll=share)

    end = _path(everywhere).pose(5)

    travelled = [end.right, end.up, end.yaw, end.pitch, end.roll]
    assert travelled == pytest.approx([share * full for full in (6.0, 2.5, 0.35, 0.22, 0.35)])


@pytest.mark.parametrize(
    ("move", "part"),
    [
        (CameraMove(horizontal=1), "right"),
        (CameraMove(vertical=1), "up"),
        (CameraMove(pan=1), "yaw"),
        (CameraMove(tilt=1), "pitch"),
        (CameraMove(roll=1), "roll"),
    ],
)
def test_an_axis_moves_nothing_but_its_own_part_of_the_pose(move: CameraMove, part: str) -> None:
    end = asdict(_path(move).pose(5))

    assert [name for name, value in asdict(Pose()).items() if end[name] != value] == [part]


def test_zoom_below_zero_comes_closer_and_above_sees_wider() -> None:
    closer, wider = (_path(CameraMove(zoom=zoom)).pose(5) for zoom in (-1, 1))

    assert closer.focal == pytest.approx(1.5)
    assert wider.focal == pytest.approx(1 / 1.5)


@pytest.mark.parametrize(
    ("kind", "yaw", "up", "forward"),
    [
        (CameraType.DOWN_BACK, 0, -1, -1),
        (CameraType.FORWARD_UP, 0, 1, 1),
        (CameraType.RIGHT_TURN_FORWARD, 1, 0, 1),
        (CameraType.LEFT_TURN_FORWARD, -1, 0, 1),
    ],
)
def test_presets_go_where_their_names_say(kind: CameraType, yaw: int, up: int, forward: int) -> None:
    end = _path(CameraMove(type=kind)).pose(5)

    for travelled, sign in ((end.yaw, yaw), (end.up, up), (end.forward, forward)):
        assert (travelled > 0) - (travelled < 0) == sign


def test_a_clip_without_a_move_still_drifts_a_little() -> None:
    end = _path(None).pose(5)

    assert 0 < end.forward < 3
    assert abs(end.yaw) < 0.02


def test_moves_gather_speed_and_lose_it_without_a_jerk() -> None:
    way = [eased(n / 100) for n in range(101)]
    speed = [after - before for before, after in pairwise(way)]

    assert way[::50] == pytest.approx([0, 0.5, 1])
    assert min(speed) > 0
    assert speed[0] < 0.1 * max(speed) > speed[-1]
    assert max(abs(after - before) for before, after in pairwise(speed)) < 0.05 * max(speed)


def test_the_camera_rests_outside_the_clip() -> None:
    path = _path(CameraMove(pan=1))

    assert path.pose(-1) == path.pose(0)
    assert path.pose(9) == path.pose(5)


def test_a_drift_goes_on_in_the_continuation_as_if_there_were_no_cut() -> None:
    whole = CameraPath(duration=10)
    second = CameraPath(start=CameraPath(duration=5).standpoint(5), duration=5)

    for time in (0, 1.5, 5):
        assert asdict(second.pose(time)) == pytest.approx(asdict(whole.pose(5 + time)))


def test_an_idle_camera_never_leaves_however_long_the_clip_grows() -> None:
    way = [CameraPath(duration=180).pose(time) for time in range(181)]

    assert max(abs(pose.forward) for pose in way) <= 4
    assert max(abs(after.forward - before.forward) for before, after in pairwise(way)) < 0.35


@pytest.mark.parametrize(
    ("first", "second"), [(None, Pose(yaw=0.3)), (Pose(yaw=0.3), None), (Pose(up=1), Pose(right=2))]
)
def test_the_camera_keeps_its_speed_where_one_path_continues_another(
    first: Pose | None, second: Pose | None
) -> None:
    before = CameraPath(way=first, duration=5)
    after = CameraPath(way=second, start=before.standpoint(5), duration=5)
    step = 1 / 30

    way = [before.pose(5 - 2 * step), before.pose(5 - step), after.pose(0), after.pose(step)]

    assert asdict(after.pose(0)) == pytest.approx(asdict(before.pose(5)))
    for axis in ("right", "up", "forward", "yaw"):
        steps = [getattr(b, axis) - getattr(a, axis) for a, b in pairwise(way)]
        assert max(abs(b - a) for a, b in pairwise(steps)) < 0.002


def test_a_camera_stands_where_its_standpoint_says() -> None:
    path = CameraPath(way=Pose(), start=Standpoint(pose=Pose(right=2, focal=1.3)), duration=5)

    assert path.pose(0) == path.pose(5) == Pose(right=2, focal=1.3)


def _path(move: CameraMove | None) -> CameraPath:
    return CameraPath(way=way_of(move) if move else None, duration=5)
