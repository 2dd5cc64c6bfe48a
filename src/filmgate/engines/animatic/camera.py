"""How the camera travels through a scene over a clip."""

from dataclasses import dataclass
from math import pi, sin

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

# The shares of the time in which the camera gathers speed and loses it again.
_EASE = 0.3
_BRAKING_SECONDS = 1.5

_DRIFT_RADIANS_PER_SECOND = 0.08
# Where a drift is at rest and about to set out again: a quarter of its period before its middle.
_TURNING_BACK = -pi / 2 / _DRIFT_RADIANS_PER_SECOND

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

_NOWHERE = Pose()


@dataclass(frozen=True, kw_only=True)
class Standpoint:
    """Where a camera begins: at `pose`, `drifted` seconds into its drift, and drifting already or not."""

    pose: Pose = _NOWHERE
    drifted: float = 0.0
    drifts: bool = False


_START = Standpoint()


@dataclass(frozen=True, kw_only=True)
class CameraPath:
    """A move to `way` from the start, spread over `duration` seconds; or, where it is None, a slight drift.

    The first pose, at 0, is the start; the last, at `duration`, is the full move. A drift has no end: it
    goes on as it was in whatever continues the clip, until a move brings it to rest.
    """

    way: Pose | None = None
    start: Standpoint = _START
    duration: float

    def pose(self, time: float) -> Pose:
        """Return where the camera is `time` seconds after the start; a move rests before and after."""
        drifted = self.start.drifted + self._drifting(time)
        here = added(self.start.pose, added(drift(drifted), part(drift(self.start.drifted), -1)))
        if self.way is None:
            return here
        return added(here, part(self.way, eased(time / self.duration) if self.duration > 0 else 1.0))

    def standpoint(self, time: float) -> Standpoint:
        """Return the standpoint from which another path continues at this time."""
        if self.way is None:
            return Standpoint(pose=self.pose(time), drifted=self.start.drifted + time, drifts=True)
        return Standpoint(pose=self.pose(time), drifted=_TURNING_BACK)

    def _drifting(self, time: float) -> float:
        """Return for how long the camera has drifted, at the speed of its drift."""
        if self.way is None:
            return time
        if not self.start.drifts:
            return 0.0
        braking = min(max(time, 0.0), _BRAKING_SECONDS)
        return braking - braking**2 / (2 * _BRAKING_SECONDS)


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


def drift(time: float) -> Pose:
    """Return how far an idle camera has drifted: enough to feel alive, too little to be noticed as a move.

    It sets out at a third of a metre a second and turns back after twenty seconds, so that it never leaves
    the scene however long a clip grows.
    """
    swing = sin(_DRIFT_RADIANS_PER_SECOND * time)
    return Pose(right=0.9 * swing, forward=4.0 * swing, yaw=0.02 * swing)


def way_of(move: CameraMove) -> Pose:
    """Return the way of a whole move as callers ask for it."""
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


def added(one: Pose, other: Pose) -> Pose:
    """Return both ways together."""
    return Pose(
        right=one.right + other.right,
        up=one.up + other.up,
        forward=one.forward + other.forward,
        yaw=one.yaw + other.yaw,
        pitch=one.pitch + other.pitch,
        roll=one.roll + other.roll,
        focal=one.focal * other.focal,
    )


def part(way: Pose, share: float) -> Pose:
    """Return the share of a way."""
    return Pose(
        right=share * way.right,
        up=share * way.up,
        forward=share * way.forward,
        yaw=share * way.yaw,
        pitch=share * way.pitch,
        roll=share * way.roll,
        # A zoom looks even when equal times change the picture by equal factors.
        focal=way.focal**share,
    )
