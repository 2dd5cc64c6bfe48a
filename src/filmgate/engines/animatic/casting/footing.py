"""Where subjects stand before the camera, in scenes and before pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp
from typing import Protocol

import numpy as np

from filmgate.engines.animatic.pictures.lens import METRES_AWAY, Lens, Matrix
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes import forest, meadow, mountains, ocean, plain
from filmgate.engines.animatic.scenes.atmosphere import camera_view
from filmgate.engines.animatic.scenes.street import street


class Surface(StrEnum):
    """What is under a subject's feet."""

    GROUND = "ground"
    WATER = "water"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A family's ground as its camera rests over it; see `camera_view`.

    Where a place is large, its camera travels `travel` times as far as its pose says.
    """

    surface: Surface
    eye_metres: float = 0.0
    horizon: float = 0.0
    travel: float = 1.0


class _RestingCamera(Protocol):
    """A module of a scene, which says where its camera rests; see `camera_view`."""

    EYE_METRES: float
    HORIZON: float


def _place(surface: Surface, scene: _RestingCamera, *, travel: float = 1.0) -> Place:
    return Place(surface=surface, eye_metres=scene.EYE_METRES, horizon=scene.HORIZON, travel=travel)


PLACES: Mapping[Family, Place] = {
    Family.OCEAN: _place(Surface.WATER, ocean),
    Family.MOUNTAINS: _place(Surface.WATER, mountains, travel=mountains.TRAVEL),
    Family.STREET: _place(Surface.GROUND, street),
    Family.FOREST: _place(Surface.GROUND, forest),
    Family.DUNES: _place(Surface.GROUND, plain),
    Family.MEADOW: _place(Surface.GROUND, meadow),
    Family.SNOWFIELD: _place(Surface.GROUND, plain),
    Family.UNDERWATER: Place(surface=Surface.NOTHING),
    Family.SPACE: Place(surface=Surface.NOTHING),
    Family.CLOUDS: Place(surface=Surface.NOTHING),
    Family.SILK: Place(surface=Surface.NOTHING),
}

# Feet are this share of the frame's height below its upper edge at rest, as far as the distance allows.
_FEET = 0.88
_NEAREST_METRES, _FARTHEST_METRES = 9.0, 60.0
_FLOATING_METRES = 14.0
# A camera that would run into a subject finds it walking ahead: from the first of these shares of the
# distance at rest on it comes nearer ever less, and never nearer than the second.
_GIVES_WAY, _LEAST = 0.6, 0.35

# Before a picture: how far away, and how many metres the frame is high there.
_METRES_BEFORE_PICTURE, _PICTURE_METRES = 24.0, 12.0
# How flat the ground of a picture seems.
_FLATNESS = 0.2


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place to stand: pixels to the right of the middle in the resting view, and how far off.

    `farther` multiplies the usual distance.
    """

    across: float
    farther: float = 1.0


class Footing(Protocol):
    """Ground to stand on, or to float over, as the camera sees it."""

    surface: Surface

    def pixels_per_metre(self, spot: Spot) -> float:
        """Return how large a metre is there in the resting view."""
        ...

    def upright(self, spot: Spot, pose: Pose) -> Matrix:
        """Map metres to the right of the spot and above it to pixels of the view."""
        ...

    def lying(self, spot: Spot, pose: Pose) -> Matrix:
        """Map metres to the right of the spot and behind it, on the ground, to pixels of the view."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Frame:
    width: int
    height: int


class OnGround:
    """The ground of a family of scenes."""

    def __init__(self, family: Family, *, width: int, height: int) -> None:
        place = PLACES[family]
        self.surface = place.surface
        self._place, self._frame = place, _Frame(width=width, height=height)
        at_rest = self._to_pixels(Pose())
        # How many pixels lie between directions a metre apart at a distance of one.
        self._focal = float(np.linalg.norm(at_rest[:, 0]))
        self._metres_away = self._distance()

    def pixels_per_metre(self, spot: Spot) -> float:
        """See `Footing`."""
        return self._focal / (self._metres_away * spot.farther)

    def upright(self, spot: Spot, pose: Pose) -> Matrix:
        """See `Footing`."""
        return self._plane(spot, pose, second=(0.0, 1.0, 0.0))

    def lying(self, spot: Spot, pose: Pose) -> Matrix:
        """See `Footing`."""
        return self._plane(spot, pose, second=(0.0, 0.0, 1.0))

    def _plane(self, spot: Spot, pose: Pose, *, second: tuple[float, float, float]) -> Matrix:
        metres = self._metres_away * spot.farther
        right = spot.across / self.pixels_per_metre(spot)
        # What floats does so about the middle of the resting view.
        up = 0.0 if self.surface is not Surface.NOTHING else self._place.eye_metres + self._sunk * metres
        travel = self._place.travel
        ahead = _ahead(metres, travel * pose.forward)
        eye = np.array([travel * pose.right, self._place.eye_metres + travel * pose.up, 0.0])
        from_eye = np.array([right, up, ahead]) - eye
        plane = np.stack([np.array([1.0, 0.0, 0.0]), np.array(second), from_eye], axis=1)
        return np.asarray(self._to_pixels(pose) @ plane, np.float64)

    @property
    def _sunk(self) -> float:
        """How far the middle of the resting view rises over a metre: the horizon is below it."""
        return self._place.horizon * self._frame.height / self._focal

    def _to_pixels(self, pose: Pose) -> Matrix:
        view = camera_view(self._frame, pose, eye_metres=self._place.eye_metres, horizon=self._place.horizon)
        right, up, corner = (np.array(view[part]) for part in ("right", "up", "corner"))
        return np.asarray(np.linalg.inv(np.stack([right, -up, corner], axis=1)), np.float64)

    def _distance(self) -> float:
        if self.surface is Surface.NOTHING:
            return _FLOATING_METRES
        below = (_FEET - 0.5 - self._place.horizon) * self._frame.height
        return float(np.clip(self._place.eye_metres * self._focal / below, _NEAREST_METRES, _FARTHEST_METRES))


class OnPicture:
    """A picture as ground: subjects stand before it, nearer than the picture itself."""

    surface = Surface.GROUND

    def __init__(self, *, width: int, height: int) -> None:
        self._lens = Lens(width=width, height=height)
        self._width, self._height = width, height

    def pixels_per_metre(self, spot: Spot) -> float:
        """See `Footing`; a metre before the picture is what it is at the usual distance."""
        return self._height / _PICTURE_METRES / spot.farther

    def upright(self, spot: Spot, pose: Pose) -> Matrix:
        """See `Footing`."""
        return self._plane(spot, pose, flatness=1.0)

    def lying(self, spot: Spot, pose: Pose) -> Matrix:
        """See `Footing`."""
        return self._plane(spot, pose, flatness=_FLATNESS)

    def _plane(self, spot: Spot, pose: Pose, *, flatness: float) -> Matrix:
        metres = _METRES_BEFORE_PICTURE * spot.farther
        # A plane nearer than the picture's moves as the picture would under a longer way of the camera.
        nearer = METRES_AWAY / metres
        gone = metres - _ahead(metres, pose.forward)
        seen = replace(
            self._lens.covering(pose), right=pose.right * nearer, up=pose.up * nearer, forward=gone * nearer
        )
        size = self.pixels_per_metre(spot)
        x, y = (self._width - 1) / 2 + spot.across, _FEET * self._height / spot.farther**0.1
        at_rest = np.array([[size, 0.0, x], [0.0, -size * flatness, y], [0.0, 0.0, 1.0]])
        return np.asarray(self._lens.homography(seen) @ at_rest, np.float64)


def _ahead(metres: float, forward: float) -> float:
    """Return how far before the camera a subject is once the camera has come nearer."""
    share = 1 - forward / metres
    if share < _GIVES_WAY:
        room = _GIVES_WAY - _LEAST
        share = _LEAST + room * exp((share - _GIVES_WAY) / room)
    return share * metres
