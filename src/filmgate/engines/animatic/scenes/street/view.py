"""Which way the mirror in the ground looks, and which rows of a frame a rectangle can be seen in."""

import numpy as np

from filmgate.engines.animatic.kernels.panels import MAX_PANELS, MirrorView, Panels
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.scenes.street.measures import PICTURE
from filmgate.engines.animatic.textures import Floats

_MARGIN = 0.06
# What is nearer, in metres ahead, may reach anywhere in the frame.
_NEAREST = 0.05
_LEAST_PIXELS = 0.15
_DRIES = 0.4


class Reflection:
    """What a wet ground shows: the street from an eye as far below it as the camera is above.

    It is drawn upright twice, once sharp and once with high pixels, whose smear is that of rough asphalt.
    """

    def __init__(self, camera: CameraView, *, yaw: float, width: int, height: int, wetness: float) -> None:
        self.ahead = [float(np.sin(yaw)), 0.0, float(np.cos(yaw))]
        self.aside = [float(np.cos(yaw)), 0.0, -float(np.sin(yaw))]
        self._eye = [camera["eye"][0], -camera["eye"][1], camera["eye"][2]]
        left, right, top = self._extent(camera, width, height)
        # The few puddles of a street that dries are far from still.
        coarse = (3, 5) if wetness > _DRIES else (6, 12)
        self.sharp = _mirror(left, right, top, max(8, width // coarse[0]), max(8, height // coarse[1]))
        self.rough = _mirror(left, right, top, max(8, width // 4), max(8, height // 28))

    def camera(self, mirror: MirrorView) -> CameraView:
        """Return the rays through the texels of one of the two pictures."""
        right = np.array(self.aside) / mirror["per_across"]
        up = np.array([0.0, 1.0, 0.0]) / mirror["per_rise"]
        corner = np.array(self.ahead) + np.array(self.aside) * mirror["left"] + [0.0, mirror["top"], 0.0]
        return CameraView(right=right.tolist(), up=up.tolist(), corner=corner.tolist(), eye=self._eye)

    def _extent(self, camera: CameraView, width: int, height: int) -> tuple[float, float, float]:
        """Return how far left, right and up the mirrored rays of the frame's edge go, a metre ahead."""
        right, up, corner = (np.array(camera[name]) for name in ("right", "up", "corner"))
        x = np.linspace(0, width - 1, 33)
        y = np.linspace(0, height - 1, 33)
        across = np.concatenate([x, x, np.zeros(33), np.full(33, width - 1)])
        down = np.concatenate([np.zeros(33), np.full(33, height - 1), y, y])
        rays = corner + across[:, None] * right - down[:, None] * up
        rays = rays[rays[:, 1] < 0.03]
        if not len(rays):
            return -1.0, 1.0, 0.5
        far = np.maximum(rays @ np.array(self.ahead), 0.15)
        aside, rise = rays @ np.array(self.aside) / far, -rays[:, 1] / far
        return float(aside.min()) - _MARGIN, float(aside.max()) + _MARGIN, float(rise.max()) + _MARGIN


def _mirror(left: float, right: float, top: float, width: int, height: int) -> MirrorView:
    low = -_MARGIN
    across, rise = width / (right - left), height / (top - low)
    return MirrorView(
        left=left + 0.5 / across,
        top=top - 0.5 / rise,
        per_across=across,
        per_rise=rise,
        width=width,
        height=height,
    )


def corners_of(panels: Panels) -> Floats:
    """Return the corners of rectangles; shape (4, n, 3)."""
    origin, across, rise = panels["origin"], panels["across"], panels["rise"]
    return np.asarray(np.stack([origin, origin + across, origin + rise, origin + across + rise]), np.float32)


def bounded(panels: Panels, corners: Floats, camera: CameraView, width: int, height: int) -> Panels:
    """Return the panels that this camera can see, with the rows of its frame they lie in."""
    right, up, corner, eye = (np.array(camera[name]) for name in ("right", "up", "corner", "eye"))
    # A point's shares of the axes of the frame: over the third, its column and row.
    basis = np.linalg.inv(np.stack([right, -up, corner], axis=1))
    places = basis.astype(np.float32) @ (corners.reshape(-1, 3) - eye.astype(np.float32)).T
    columns, rows, ahead = places.reshape(3, 4, -1)
    is_ahead = ahead > _NEAREST
    shrink = 1 / np.where(is_ahead, ahead, np.float32(np.nan))
    columns, rows = columns * shrink, rows * shrink
    crosses = ~is_ahead.all(axis=0)
    first = np.where(crosses, 0, np.floor(rows.min(axis=0)) - 1)
    last = np.where(crosses, height, np.ceil(rows.max(axis=0)) + 2)
    beside = ~crosses & ((columns.max(axis=0) < -1) | (columns.min(axis=0) > width))
    covers = np.ptp(columns, axis=0) * np.ptp(rows, axis=0)
    # Beside what covers less nothing would be told apart; what is partly behind the camera covers NaN.
    is_tiny = (covers < _LEAST_PIXELS) & (panels["kind"] == PICTURE)
    kept = is_ahead.any(axis=0) & ~beside & ~is_tiny & (last > 0) & (first < height)
    near: Panels = panels[kept]
    assert len(near) <= MAX_PANELS, "the kernel has room for no more"
    near["first_row"], near["end_row"] = np.clip(first[kept], 0, height), np.clip(last[kept], 0, height)
    return near


def coarser(camera: CameraView, step: int) -> CameraView:
    """Return the camera whose pixels are every `step`th of this one's rows and columns."""
    right, up = (np.array(camera[name]) * step for name in ("right", "up"))
    return CameraView(right=right.tolist(), up=up.tolist(), corner=camera["corner"], eye=camera["eye"])
