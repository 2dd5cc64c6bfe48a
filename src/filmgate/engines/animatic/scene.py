"""The seam between what is filmed and how it is filmed."""

from dataclasses import dataclass
from typing import Protocol

from filmgate.engines.colour import RGBFrame

__all__ = ["Pose", "RGBFrame", "Scene"]


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Where the camera is and where it looks, relative to the scene's own resting view.

    `right`, `up` and `forward` are in metres of the scene. `yaw` (+ right), `pitch` (+ up) and `roll`
    (+ clockwise, of the camera) are in radians. `focal` multiplies the resting focal length: above 1
    is closer.
    """

    right: float = 0.0
    up: float = 0.0
    forward: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    focal: float = 1.0


class Scene(Protocol):
    """Something to film. Its slow preparation happens when it is made; `draw` is the per-frame path."""

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """Fill the frame with what the camera sees `time` seconds after the scene began."""
        ...
