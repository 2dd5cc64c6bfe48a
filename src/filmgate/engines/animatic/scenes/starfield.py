"""Points of light and where they are: stars near and far, meteors, motes."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.points import POINT_SIZE
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.textures import Floats

_FAR_METRES = 90.0
# Stars near by fill a box of this depth, which repeats, so that a flight never leaves it.
_BOX_METRES = 64.0
_KELVIN = (2800, 3600, 4800, 6200, 8000, 12000, 25000)
_BLACKBODY = (
    (1.0, 0.42, 0.14),
    (1.0, 0.60, 0.32),
    (1.0, 0.80, 0.60),
    (1.0, 0.96, 0.92),
    (0.84, 0.91, 1.0),
    (0.70, 0.81, 1.0),
    (0.60, 0.73, 1.0),
)
"""The colours of glowing bodies, brightest part 1."""


class Starfield:
    """Stars of true colours: far ones, many of them in a band, and near ones that the camera passes."""

    def __init__(
        self, random: np.random.Generator, *, n_far: int, n_near: int, side: int, band: float
    ) -> None:
        """`band` is the share of the far stars that lie in a band leaning to the given side."""
        self._far = _around(random, n_far, side=side, band=band)
        self._far_light = _magnitudes(random, n_far) * _colours(random, n_far)
        self._far_size = 0.85 + 0.35 * random.random(n_far)
        self._near = random.random((n_near, 3)) * (90, 60, _BOX_METRES) - (45, 30, 0)
        self._near_light = _magnitudes(random, n_near) * _colours(random, n_near)

    def points(
        self,
        camera: CameraView,
        *,
        gone: float,
        height: int,
        light: float,
        planet: npt.NDArray[np.float64],
        radius: float,
    ) -> Floats:
        """Return the points seen by a camera that has flown `gone` metres, in frames `height` pixels high.

        `light` multiplies theirs. The ball of `radius` metres around `planet` hides what is behind it.
        """
        eye = np.array(camera["eye"])
        far = self._far + eye / _FAR_METRES
        near = self._near - eye - (0, 0, gone)
        near[:, 2] = near[:, 2] % _BOX_METRES
        fade = np.clip(near[:, 2] / 6 - 0.5, 0, 1) * np.clip((_BOX_METRES - near[:, 2]) / 25, 0, 1)
        sigma = max(0.62, height / 1150)
        # Where pixels are large, stars share them: each is fainter.
        light *= min(1.0, (height / 700) ** 0.7)
        places = np.vstack([far, near])
        shine = np.vstack([self._far_light, self._near_light * (1.6 * fade[:, None])]) * light
        size = np.concatenate([self._far_size, np.ones(len(near))]) * sigma
        shown = ~behind_ball(places, planet - eye, radius)
        return spots(places[shown], camera, light=shine[shown], sigma=size[shown])


def spots(
    places: npt.NDArray[np.float64],
    camera: CameraView,
    *,
    light: npt.NDArray[np.float64],
    sigma: float | npt.NDArray[np.float64],
) -> Floats:
    """Return points at places relative to the eye, in metres, of this light and deviation in pixels.

    The brightest get rays. What lies behind the camera is left out.
    """
    right, up, corner = (np.array(camera[name]) for name in ("right", "up", "corner"))
    screen = np.linalg.inv(np.stack([right, -up, corner], axis=1))
    x, y, ahead = screen @ places.T
    ahead = np.where(ahead > 1e-3, ahead, np.nan)
    sigma = np.broadcast_to(sigma, len(places))
    # NumPy is slow along an axis of three.
    strongest = np.maximum(np.maximum(light[:, 0], light[:, 1]), light[:, 2])
    rays = 0.10 * np.clip((strongest - 2.0) / 5, 0, 1)
    # As far as the point stays brighter than a thousandth.
    reach = sigma * np.sqrt(2 * np.log(np.maximum(strongest, 0.02) * 700)) + sigma * 60 * (
        rays > 0
    ) * np.sqrt(rays * 10)
    points = np.empty((len(places), POINT_SIZE), np.float32)
    points[:, :4] = np.stack([x / ahead, y / ahead, reach, 0.5 / sigma**2], axis=1)
    points[:, 4:7] = light
    points[:, 7] = rays
    return np.asarray(points[np.isfinite(points[:, 0]) & (strongest > 0.004)])


class Meteors:
    """Trails that burn up one after the other, each within a second."""

    _N, _EVERY, _DOTS = 7, 1.9, 90

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random.random((256, self._N, 4))

    def points(self, *, time: float, width: int, height: int) -> Floats:
        """Return the trails of a moment."""
        dots = []
        for number in range(self._N):
            turn, age = divmod(time + number * self._EVERY / self._N, self._EVERY)
            across, down, light, lean = self._random[int(turn) % 256, number]
            dots.append(
                self._trail(
                    age, (across * width, 0.75 * down * height), 0.3 + light, lean, min(width, height)
                )
            )
        return np.vstack(dots)

    def _trail(self, age: float, start: tuple[float, float], light: float, lean: float, side: int) -> Floats:
        behind = np.linspace(0, 1, self._DOTS)
        reached = 0.85 * side * min(age, 1.0) - 0.22 * side * behind * min(1.0, 4 * age)
        fade = np.sin(np.pi * min(age, 1.0)) * (1 - behind) ** 1.5
        angle = 0.5 + 0.35 * lean
        points = np.zeros((self._DOTS, POINT_SIZE), np.float32)
        sigma = max(0.7, side / 900) * (1.15 - 0.4 * behind)
        # Dots lie closer than they are wide, so their light adds up.
        dense = np.minimum(1.0, 0.22 * side / self._DOTS / sigma)
        points[:, 0] = start[0] - np.cos(angle) * reached
        points[:, 1] = start[1] + np.sin(angle) * reached
        points[:, 2], points[:, 3] = 4 * sigma, 0.5 / sigma**2
        points[:, 4:7] = (1.5 * light * fade * dense)[:, None] * np.array([0.85, 0.95, 1.0])
        return points


class Motes:
    """Specks that fill a box around the camera, which repeats: ice in space, dust in water."""

    def __init__(self, random: np.random.Generator, *, n: int, box: tuple[float, float, float]) -> None:
        """`box` is its size in metres: right, up, forward."""
        self._box = np.array(box)
        self._at = random.random((n, 3)) * self._box
        self._phase = 2 * np.pi * random.random((n, 1))
        self._light = 0.3 + 0.7 * random.random((n, 1)) ** 2

    def points(
        self,
        camera: CameraView,
        *,
        time: float,
        drift: tuple[float, float, float],
        colour: npt.NDArray[np.float64],
        size: float,
        height: int,
    ) -> Floats:
        """Return the specks after `time` seconds of `drift` metres a second.

        They are `size` metres wide, of a light of `colour` where they are near.
        """
        sway = 0.12 * np.sin(self._phase + 0.6 * time + np.array([0.0, 2.0, 4.0]))
        middle = (0.5 * self._box[0], 0.5 * self._box[1], 0.0)
        at = (
            self._at + sway + time * np.array(drift) - np.array(camera["eye"]) + middle
        ) % self._box - middle
        far = np.maximum(at[:, 2], 0.3)
        edge = np.clip((far - 0.5) / 0.8, 0, 1) * np.clip(2 - 2 * far / self._box[2], 0, 1)
        pixel = float(np.linalg.norm(camera["right"]))
        wide = size / far / pixel
        sigma = np.clip(wide, 0.55, 0.007 * height + 0.6)
        # What is smaller than a pixel is as much fainter; what is near is blurred, and thin.
        dim = np.minimum(1.0, (wide / sigma) ** 2) * np.minimum(
            1.0, 2.5 / np.maximum(sigma / (height / 720), 1.0)
        )
        light = self._light * (edge * dim)[:, None] * colour
        return spots(at, camera, light=light, sigma=sigma)


def behind_ball(
    places: npt.NDArray[np.float64], centre: npt.NDArray[np.float64], radius: float
) -> npt.NDArray[np.bool_]:
    """Return which directions from the eye a ball around a place relative to it covers."""
    ahead = places @ centre / np.sqrt(np.einsum("ij,ij->i", places, places))
    return np.asarray((ahead > 0) & (centre @ centre - ahead**2 < radius**2))


def _around(random: np.random.Generator, n: int, *, side: int, band: float) -> npt.NDArray[np.float64]:
    """Return `n` unit directions of the half of the sky ahead, `band` of them near a leaning great circle."""
    directions = random.standard_normal((n, 3))
    in_band = random.random(n) < band
    turn = random.random(n) * 2 * np.pi
    ring = np.stack([np.cos(turn), 0.11 * random.standard_normal(n), np.sin(turn)], axis=1)
    tilt = side * 0.5
    lean = np.array([[np.cos(tilt), np.sin(tilt), 0], [-np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    directions[in_band] = (ring @ lean)[in_band]
    directions[:, 2] = np.abs(directions[:, 2])
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))


def _magnitudes(random: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Return the light of stars, shape (n, 1): many are faint and few bright."""
    return np.asarray(np.minimum(0.022 * random.random((n, 1)) ** -0.78, 6.0))


def _colours(random: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    kelvin = np.exp(np.log(6200) + 0.5 * random.standard_normal(n))
    return np.stack([np.interp(kelvin, _KELVIN, column) for column in zip(*_BLACKBODY, strict=True)], axis=1)
