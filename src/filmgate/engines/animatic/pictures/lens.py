"""The geometry of filming a flat picture: which homography a camera's pose amounts to."""

from dataclasses import dataclass, replace
from itertools import product
from math import cos, sin

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scene import Pose

Matrix = npt.NDArray[np.float64]
"""Shape (3, 3): a homography between pixel coordinates, applied to column vectors (x, y, 1)."""

# The picture hangs as a plane this far away, seen through a lens of this focal length in short sides of
# the frame: 75 degrees across for 16:9, 45 for 9:16.
METRES_AWAY = 40.0
_FOCAL_SHORT_SIDES = 1.2

# A picture ends at its edges, so looking around it goes only part of the way that a scene allows.
_TURN_SHARE = 0.4
_ROLL_SHARE = 0.6

# Several full moves at once could ask to come closer without end; beyond this, edges are blurred instead.
_CLOSEST = 3.0


@dataclass(frozen=True, kw_only=True)
class Lens:
    """A camera before a picture of `width` x `height` pixels that fills its resting view."""

    width: int
    height: int

    def homography(self, pose: Pose) -> Matrix:
        """Map pixels of the resting view to pixels of the view from `pose`.

        A point (x, y) of the plane lies at (x, y, f) D / f; turned and moved into the camera's axes
        and projected with focal length f' that is K' R^T (diag(1, 1, f) D / f - C e3^T).
        See Hartley and Zisserman, Multiple View Geometry, section 8.1.1.
        """
        focal = _FOCAL_SHORT_SIDES * min(self.width, self.height)
        plane = np.diag([1.0, 1.0, focal]) * (METRES_AWAY / focal)
        plane[:, 2] -= (pose.right, -pose.up, pose.forward)
        projection = np.diag([focal * pose.focal, focal * pose.focal, 1.0])
        centre = _shift((self.width - 1) / 2, (self.height - 1) / 2)
        view = projection @ _rotation(pose).T @ plane
        return centre @ view @ np.linalg.inv(centre)

    def covering(self, pose: Pose) -> Pose:
        """Return the pose with its focal length raised just enough that the picture fills the view.

        What a pose loses by standing back or by a wider lens is not made up for: such moves are meant to
        show more than the picture.
        """
        near = replace(pose, focal=max(pose.focal, 1.0), forward=max(pose.forward, 0.0))
        return replace(pose, focal=pose.focal * self._closeness(near))

    def shows_only_picture(self, to_view: Matrix) -> bool:
        """Say whether every pixel of the view lies on the picture, to within a pixel."""
        corners = np.array(list(product((0, self.width - 1), (0, self.height - 1), (1,)))).T
        seen = np.linalg.inv(to_view) @ corners
        if np.any(seen[2] <= 0):
            return False
        x, y = seen[0] / seen[2], seen[1] / seen[2]
        inside = (x >= -1) & (x <= self.width) & (y >= -1) & (y <= self.height)
        return bool(np.all(inside))

    def _closeness(self, pose: Pose) -> float:
        """Return the factor of the focal length at which the view's corners touch the picture's edges.

        A corner drawn towards the middle by the share u has homogeneous picture coordinates that are
        linear in u, so each edge bounds u in closed form.
        """
        to_middle = _shift(-(self.width - 1) / 2, -(self.height - 1) / 2)
        inverse = to_middle @ np.linalg.inv(self.homography(pose)) @ np.linalg.inv(to_middle)
        half = np.array([self.width / 2, self.height / 2])
        share = 1.0
        for corner in product((-1, 1), repeat=2):
            slope, offset = inverse[:, :2] @ (half * corner), inverse[:, 2]
            for axis, side in product((0, 1), (-1, 1)):
                grows = side * slope[axis] - half[axis] * slope[2]
                at_middle = side * offset[axis] - half[axis] * offset[2]
                if grows > 0:
                    share = min(share, max(-at_middle / grows, 1 / _CLOSEST))
        return 1.0 / share


def _rotation(pose: Pose) -> Matrix:
    """Turn the camera's axes (right, down, forward) into the scene's: yaw, then pitch, then roll."""
    yaw, pitch, roll = _TURN_SHARE * pose.yaw, _TURN_SHARE * pose.pitch, _ROLL_SHARE * pose.roll
    turn = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    lean = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    rotation: Matrix = turn @ nod @ lean
    return rotation


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)
