"""The camera's way, taken apart into moves of one kind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from filmgate.domain.requests import CameraMove, CameraType


class Move(StrEnum):
    """What a camera does, as an adapter may name it; see `CameraMove` for the axes."""

    LEFT = "left"
    RIGHT = "right"
    DOWN = "down"
    UP = "up"
    FORWARD = "forward"
    BACK = "back"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    TILT_DOWN = "tilt_down"
    TILT_UP = "tilt_up"
    ROLL_LEFT = "roll_left"
    ROLL_RIGHT = "roll_right"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"


# Each axis with what it is when it goes down and up.
_AXES: Mapping[str, tuple[Move, Move]] = {
    "horizontal": (Move.LEFT, Move.RIGHT),
    "vertical": (Move.DOWN, Move.UP),
    "pan": (Move.PAN_LEFT, Move.PAN_RIGHT),
    "tilt": (Move.TILT_DOWN, Move.TILT_UP),
    "roll": (Move.ROLL_LEFT, Move.ROLL_RIGHT),
    "zoom": (Move.ZOOM_IN, Move.ZOOM_OUT),
}
_PRESETS: Mapping[CameraType, tuple[Move, ...]] = {
    CameraType.DOWN_BACK: (Move.DOWN, Move.BACK),
    CameraType.FORWARD_UP: (Move.FORWARD, Move.UP),
    CameraType.RIGHT_TURN_FORWARD: (Move.PAN_RIGHT, Move.FORWARD),
    CameraType.LEFT_TURN_FORWARD: (Move.PAN_LEFT, Move.FORWARD),
}


@dataclass(frozen=True)
class Travel:
    """A move, and how much of its full travel, in (0, 1]; None where a preset leaves that open."""

    move: Move
    share: float | None


def travels(camera: CameraMove) -> tuple[Travel, ...]:
    """Return the moves that a request for the camera comes to; none where it stays."""
    if camera.type in _PRESETS:
        return tuple(Travel(move, None) for move in _PRESETS[camera.type])
    ways = ((moves, getattr(camera, axis)) for axis, moves in _AXES.items())
    return tuple(Travel(moves[travel > 0], abs(travel)) for moves, travel in ways if travel)
