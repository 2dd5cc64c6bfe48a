"""How the camera travels through a scene over a clip."""

from dataclasses import dataclass, field

from filmgate.domain.requests import CameraMove, CameraType
from filmgate.engines.animatic.scene import Pose

# Full travel of each axis over a whole clip, in metres and radians of `Pose`.
RIGHT_METRES = 6.0
UP_METRES = 2.5
FORWARD_METRES = 12.0
YAW_RADIANS = 0.35
PITCH_RADIANS = 0.22
ROLL_RADIANS = 0.35
FOCAL_FACTOR = 1.5

# What the camera does unasked: enough to feel alive, too little to be noticed as a move.
_DRIFT = Pose(right=0.35, forward=1.6, yaw=0.008)

# The shares of the time in which the camera gathers speed and loses it again.
_EASE = 0.3

_PRESETS = {
    CameraType.DOWN_BACK: Pose(
        up=-0.6 * UP_METRES, forward=-0.75 * FORWARD_METRES, pitch=-0.15 * PITCH_RADIANS
    ),
    CameraType.FORWARD_UP: Pose(
        up=0.6 * UP_METRES, forward=0.75 * FORWARD_METRES, pitch=0.45 * PITCH_RADIANS
    ),
    CameraType.RIGHT_TURN_FORWARD: Pose(yaw=0.8 * YAW_RADIANS, forward=0.6 * FORWARD_METRES),
    CameraType.LEFT_TURN_FORWARD: Pose(yaw=-0.8 * YAW_RADIANS, forward=0.6 * FORWARD_METRES),
}


@dataclass(frozen=True)
class CameraPath:
    """A move spread over `duration` seconds, or a slight drift forward where none was asked for.

    The first pose, at 0, is the scene's resting view; the last, at `duration`, is the full move.
    """

    move: CameraMove | None
    duration: float = field(kw_only=True)

    def pose(self, time: float) -> Pose:
        """Return where the camera is `time` seconds after the start; it rests before and after."""
        share = eased(time / self.duration) if self.duration > 0 else 1.0
        full = _destination(self.move)
        return Pose(
            right=share * full.right,
            up=share * full.up,
            forward=share * full.forward,
            yaw=share * full.yaw,
            pitch=share * full.pitch,
            roll=share * full.roll,
            # A zoom looks even when equal times change the picture by equal factors.
            focal=full.focal**share,
        )


def eased(share: float) -> float:
    """Map the share of the time to the share of the way: from rest, at even speed, to rest.

    Parabolas of `_EASE` at both ends join a straight line, so speed never jumps.
    """
    share = min(max(share, 0.0), 1.0)
    if share > 0.5:
        return 1.0 - eased(1.0 - share)
    top_speed = 1.0 / (1.0 - _EASE)
    if share < _EASE:
        return top_speed * share * share / (2 * _EASE)
    return top_speed * (share - _EASE / 2)


def _destination(move: CameraMove | None) -> Pose:
    if move is None:
        return _DRIFT
    if move.type is not CameraType.SIMPLE:
        return _PRESETS[move.type]
    return Pose(
        right=move.horizontal * RIGHT_METRES,
        up=move.vertical * UP_METRES,
        yaw=move.pan * YAW_RADIANS,
        pitch=move.tilt * PITCH_RADIANS,
        roll=move.roll * ROLL_RADIANS,
        focal=FOCAL_FACTOR**-move.zoom,
    )
