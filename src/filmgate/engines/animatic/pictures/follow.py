"""Takes over the motion of the camera that filmed a given video."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from math import ceil, cos, log, sin
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from filmgate.engines.animatic import camera
from filmgate.engines.animatic.camera import CameraPath, Standpoint, added
from filmgate.engines.animatic.kernels.warp import Bytes
from filmgate.engines.animatic.pictures.footage import quarter_turns
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.probe import clip_facts, open_clip, pictures
from filmgate.engines.reasons import refusal

# Motion is looked for in frames of this width, and in so many of them at most.
_WIDTH, _MOST_FRAMES = 320, 450
_FEATURES, _APART = 260, 7
# A motion that fewer features agree on, in number or as a share, is no camera's: a cut, or nothing to see.
_LEAST_FEATURES, _LEAST_AGREEING = 8, 0.35
_AGREE_PIXELS = 1.2
# The focal length in heights of the frame that a camera of unknown lens is taken to have, as our own has it.
_FOCAL_HEIGHTS = 0.95
_SMOOTH_SECONDS = 0.2
_YAW, _PITCH, _ROLL, _ZOOM = 0, 1, 2, 3
_FULL = np.array([camera.YAW_RADIANS, camera.PITCH_RADIANS, camera.ROLL_RADIANS, log(camera.FOCAL_FACTOR)])

Track = npt.NDArray[np.float64]
"""Shape (n, 4): yaw, pitch and roll in radians and the logarithm of the focal length, of every frame."""

_NOWHERE = Pose()


@dataclass(frozen=True, kw_only=True)
class FollowedPath:
    """The way of another camera, spread over `duration` seconds, from `start` on.

    Its first pose is `start`; `begun` seconds of it lie before the path's own beginning.
    """

    track: Track
    duration: float
    start: Pose = _NOWHERE
    begun: float = 0.0

    def pose(self, time: float) -> Pose:
        """Return where the camera is `time` seconds after the start; it rests before and after."""
        share = np.clip((self.begun + time) / self.duration, 0, 1) if self.duration > 0 else 1.0
        at = float(share) * (len(self.track) - 1)
        yaw, pitch, roll, zoom = (
            float(np.interp(at, np.arange(len(self.track)), self.track[:, axis])) for axis in range(4)
        )
        return added(self.start, Pose(yaw=yaw, pitch=pitch, roll=roll, focal=float(np.exp(zoom))))

    def standpoint(self, time: float) -> Standpoint:
        """Return the standpoint from which another path continues at this time."""
        return CameraPath(way=self.pose(time), duration=0.0).standpoint(0.0)


def track_of(path: Path, *, field: str) -> Track:
    """Return how the camera of a video turned, leaned and zoomed since the first frame.

    What goes beyond the full travel of our own camera is brought down to it, the whole way alike.

    Raises:
        InvalidRequest: the video cannot be read; names `field`.
    """
    facts = clip_facts(path, field=field)
    n_frames = max(1, round(facts.duration * facts.fps))
    every = ceil(n_frames / _MOST_FRAMES)
    steps = [_NO_MOTION]
    before: Bytes | None = None
    for grey in _greys(path, every=every, field=field):
        if before is not None:
            steps.append(_motion(before, grey))
        before = grey
    if before is None:
        raise refusal(field, "it has no frames")
    track = _integrated(steps, rows=before.shape[0])
    sigma = max(1.0, _SMOOTH_SECONDS * float(facts.fps) / every)
    calm = scipy.ndimage.gaussian_filter1d(track, sigma, axis=0, mode="nearest")
    calm -= calm[0]
    return np.asarray(calm / np.maximum(np.abs(calm).max(axis=0) / _FULL, 1.0), np.float64)


@dataclass(frozen=True, kw_only=True)
class _Motion:
    """How a picture moved: to the right and down in pixels at its middle, clockwise in radians, growing."""

    right: float = 0.0
    down: float = 0.0
    turned: float = 0.0
    scale: float = 1.0


_NO_MOTION = _Motion()


def _greys(path: Path, *, every: int, field: str) -> Iterator[Bytes]:
    turns = quarter_turns(path, field=field)
    with open_clip(path, field=field) as clip:
        for number, frame in enumerate(pictures(clip, field=field)):
            if number % every:
                continue
            width = min(_WIDTH, frame.width)
            height = max(16, round(frame.height * width / frame.width))
            grey = frame.reformat(width=width, height=height, format="gray", threads=1).to_ndarray()
            yield np.ascontiguousarray(np.rot90(grey, turns), dtype=np.uint8)


def _motion(before: Bytes, after: Bytes) -> _Motion:
    """Return the similarity that most features agree on, or no motion where they do not."""
    points = cv2.goodFeaturesToTrack(before, _FEATURES, 0.01, _APART)
    if points is None or len(points) < _LEAST_FEATURES:
        return _NO_MOTION
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, np.empty_like(points), winSize=(19, 19), maxLevel=4
    )
    kept = found.ravel() == 1
    if np.count_nonzero(kept) < _LEAST_FEATURES:
        return _NO_MOTION
    matrix, agreeing = cv2.estimateAffinePartial2D(
        points[kept], moved[kept], ransacReprojThreshold=_AGREE_PIXELS
    )
    if matrix is None or np.mean(agreeing) < _LEAST_AGREEING:
        return _NO_MOTION
    middle = np.array([(before.shape[1] - 1) / 2, (before.shape[0] - 1) / 2, 1.0])
    right, down = matrix @ middle - middle[:2]
    motion = _Motion(
        right=float(right),
        down=float(down),
        turned=float(np.arctan2(matrix[1, 0], matrix[0, 0])),
        scale=float(np.hypot(matrix[0, 0], matrix[1, 0])),
    )
    is_plausible = np.isfinite(astuple(motion)).all() and 0.5 < motion.scale < 2
    return motion if is_plausible else _NO_MOTION


def _integrated(steps: list[_Motion], *, rows: int) -> Track:
    """Add up the motions of pictures to that of the camera, which goes the other way."""
    track = np.zeros((len(steps), 4))
    for number, step in enumerate(steps[1:], 1):
        here = track[number - 1].copy()
        focal = _FOCAL_HEIGHTS * rows * np.exp(here[_ZOOM])
        to_right, upwards = -step.right / focal, step.down / focal
        # A camera that leans turns about axes of its own.
        here[_YAW] += to_right * cos(here[_ROLL]) + upwards * sin(here[_ROLL])
        here[_PITCH] += upwards * cos(here[_ROLL]) - to_right * sin(here[_ROLL])
        here[_ROLL] -= step.turned
        here[_ZOOM] += log(step.scale)
        track[number] = here
    return track
