"""Scenes made of given pictures: one that the camera moves over, and two that dissolve."""

import cv2
import numpy as np

from filmgate.engines.animatic.camera import eased
from filmgate.engines.animatic.lens import METRES_AWAY, Lens, Matrix
from filmgate.engines.animatic.picture import fit
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene

# The texture is finer than the frame: sampled linearly, a texture of the frame's own size would blur
# every frame but the first.
_FINENESS = 1.5

# How far the surroundings reach beyond each side, as a share of the picture, and over which share of its
# short side they go out of focus.
_REACH = 0.4
_FOCUS_FALL = 0.35

# A dissolve rests on each picture for this share of the time, and moves this much closer meanwhile.
_REST = 0.2
_PUSH_METRES = 0.05 * METRES_AWAY


class Still:
    """A picture the camera moves over; at rest it fills the frame exactly.

    Sideways, turning and rolling moves come closer just enough that no edge shows. Moves that must show
    more than there is (backwards, wider) reveal the picture's own mirrored surroundings, out of focus.
    """

    def __init__(self, picture: RGBFrame, *, width: int, height: int) -> None:
        self._lens = Lens(width=width, height=height)
        self._resting = fit(picture, width=width, height=height)
        self._texture = fit(picture, width=round(width * _FINENESS), height=round(height * _FINENESS))
        self._surroundings: RGBFrame | None = None

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:  # noqa: ARG002 - the seam names them
        """Fill the frame; nothing in a still moves by itself, so `time` has no say."""
        if pose == Pose():
            np.copyto(frame, self._resting)
            return
        lens = self._lens
        to_view = lens.homography(lens.covering(pose))
        texture, to_picture = self._texture_for(to_view)
        cv2.warpPerspective(
            texture,
            to_view @ to_picture,
            (lens.width, lens.height),
            dst=frame,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    def _texture_for(self, to_view: Matrix) -> tuple[RGBFrame, Matrix]:
        """Return what to sample, and the map from its pixels to those of the resting view."""
        if self._lens.shows_only_picture(to_view):
            width, height = self._lens.width, self._lens.height
            x, y = width / self._texture.shape[1], height / self._texture.shape[0]
            # Pixels are at the middles of their squares, so a change of scale moves them by a fraction.
            return self._texture, np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        if self._surroundings is None:
            self._surroundings = with_surroundings(self._resting)
        across, down = _reach(self._resting)
        return self._surroundings, np.array([[1.0, 0, -across], [0, 1.0, -down], [0, 0, 1]])


class Dissolve:
    """Goes from one picture to another in `seconds`; the first and the last frame are the pictures.

    The first is approached a little while it fades, the second is left a little while it comes.
    """

    def __init__(self, start: Scene, end: Scene, *, seconds: float) -> None:
        self._start, self._end, self._seconds = start, end, seconds
        self._coming: RGBFrame | None = None

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:  # noqa: ARG002 - the seam names them
        """Fill the frame. The camera stays where both pictures are whole; `pose` has no say."""
        share = min(max(time / self._seconds, 0.0), 1.0) if self._seconds > 0 else 1.0
        way = eased(share)
        weight = eased((share - _REST) / (1 - 2 * _REST))
        if weight < 1:
            self._start.draw(frame, time=time, pose=Pose(forward=_PUSH_METRES * way))
        if weight == 0:
            return
        if self._coming is None:
            self._coming = np.empty_like(frame)
        target = frame if weight == 1 else self._coming
        self._end.draw(target, time=time, pose=Pose(forward=_PUSH_METRES * (1 - way)))
        if weight < 1:
            cv2.addWeighted(frame, 1 - weight, self._coming, weight, 0, dst=frame)


def with_surroundings(picture: RGBFrame) -> RGBFrame:
    """Return the picture with its mirror image around it, blurring away from the edges.

    It grows by 0.4 of its size on each side; its own pixels are unchanged.
    """
    across, down = _reach(picture)
    rows, columns = picture.shape[:2]
    whole = cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_REFLECT_101)
    # Blurring by an eighth of the size is what makes a wide blur affordable at 3840x2160.
    small = cv2.resize(whole, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(1.0, min(rows, columns) / 8 * 0.015))
    blurred = cv2.resize(small, (whole.shape[1], whole.shape[0]), interpolation=cv2.INTER_CUBIC)
    fall = _FOCUS_FALL * min(rows, columns)
    beside = _distance_outside(whole.shape[1], across)
    for row, above in enumerate(_distance_outside(whole.shape[0], down)):
        weight = np.clip(np.hypot(beside, above) / fall, 0, 1)[:, None]
        weight = weight * weight * (3 - 2 * weight)
        whole[row] = np.rint(whole[row] + (blurred[row] - whole[row].astype(np.float32)) * weight)
    return np.ascontiguousarray(whole, dtype=np.uint8)


def _distance_outside(length: int, margin: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    position = np.arange(length, dtype=np.float32)
    return np.maximum(np.maximum(margin - position, position - (length - 1 - margin)), 0)


def _reach(picture: RGBFrame) -> tuple[int, int]:
    rows, columns = picture.shape[:2]
    return round(columns * _REACH), round(rows * _REACH)
