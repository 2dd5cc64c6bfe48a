"""The takes that make up a clip, each a scene and a camera's path through it."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from filmgate.engines.animatic.camera import Standpoint, eased
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.clip_shape import ClipShape


class Path(Protocol):
    """Where the camera goes; times are seconds since it set out."""

    def pose(self, time: float) -> Pose:
        """Return where the camera is at a time."""
        ...

    def standpoint(self, time: float) -> Standpoint:
        """Return the standpoint from which another path continues at a time."""
        ...


@dataclass(frozen=True, kw_only=True)
class Take:
    """So many frames of one scene.

    `build` makes the scene; it is called when the first frame is wanted, so that only one take is in memory.
    The camera has travelled for `begun` seconds, and the scene lived for `moment`, when the first frame is
    drawn.
    """

    build: Callable[[], Scene]
    path: Path
    n_frames: int
    moment: float = 0.0
    begun: float = 0.0


class Reel:
    """Takes one after the other, cut hard."""

    def __init__(self, takes: Sequence[Take], *, shape: ClipShape) -> None:
        self.shape = shape
        self.n_frames = sum(take.n_frames for take in takes)
        self._takes = deque(takes)
        self._first = 0
        self._scene: Scene | None = None

    def draw(self, frame: RGBFrame, number: int) -> None:
        """Fill the frame of this number; frames come in order."""
        while number >= self._first + self._takes[0].n_frames:
            # The scene before goes first, and all that it was built from: two at 3840x2160 are too much.
            self._scene = None
            self._first += self._takes.popleft().n_frames
        take = self._takes[0]
        if self._scene is None:
            self._scene = take.build()
        since = float((number - self._first) / self.shape.fps)
        self._scene.draw(frame, time=take.moment + since, pose=take.path.pose(take.begun + since))


class Crossing:
    """Goes from one scene to another within `seconds` from `moment` on, while both live and move on."""

    def __init__(self, before: Scene, after: Scene, *, moment: float, seconds: float) -> None:
        self._before: Scene | None = before
        self._after = after
        self._moment, self._seconds = moment, seconds
        self._coming: RGBFrame | None = None

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        share = eased((time - self._moment) / self._seconds)
        if share == 1 or self._before is None:
            self._before = self._coming = None
            self._after.draw(frame, time=time, pose=pose)
            return
        if self._coming is None:
            self._coming = np.empty_like(frame)
        self._before.draw(frame, time=time, pose=pose)
        self._after.draw(self._coming, time=time, pose=pose)
        cv2.addWeighted(frame, 1 - share, self._coming, share, 0, dst=frame)
