"""Which way the mirror in the ground looks, and which rows of a frame a rectangle can be seen in."""

import numpy as np

from filmgate.engines.animatic.kernels.panels import MirrorView, Panels
from filmgate.engines.animatic.kernels.shading import CameraView

_MARGIN = 0.06


class Reflection:
    """What a wet ground shows: the street from an eye as far below it as the camera is above.

    It is drawn upright twice, once sharp and once with high pixels, whose smear is that of rough asphalt.
    """

    def __init__(self, camera: CameraView, *, yaw: float, width: int, height: int) -> None:
        self.ahead = [float(np.sin(yaw)), 0.0, float(np.cos(yaw))]
        self.aside = [float(np.cos(yaw)), 0.0, -float(np.sin(yaw))]
        self._eye = [camera["eye"][0], -camera["eye"][1], camera["eye"][2]]
        left, right, top = self._extent(camera, width, height)
        self.sharp = _mirror(left, right, top, max(8, width // 2), max(8, height // 4))
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


def bounded(panels: Panels, camera: CameraView, width: int, height: int) -> Panels:
    """Return the panels that this camera can see, with the rows of its frame they lie in."""
    right, up, corner = (np.array(camera[name]) for name in ("right", "up", "corner"))
    # Rays as numbers of pixels: a point's share of each axis of the frame.
    basis = np.linalg.inv(np.stack([right, -up, corner], axis=1))
    origin = panels["origin"] - np.array(camera["eye"])
    corners = np.stack(
        [origin + a * panels["across"] + b * panels["rise"] for a in (0, 1) for b in (0, 1)], axis=1
    )
    seen = corners @ basis.T
    ahead = seen[..., 2]
    safe = np.where(ahead > 0.05, ahead, np.nan)
    columns, rows = seen[..., 0] / safe, seen[..., 1] / safe
    crosses = (ahead <= 0.05).any(axis=1)
    first = np.where(crosses, 0, np.nan_to_num(np.floor(rows.min(axis=1)) - 1))
    last = np.where(crosses, height, np.nan_to_num(np.ceil(rows.max(axis=1)) + 2))
    beside = (columns.max(axis=1) < -1) | (columns.min(axis=1) > width)
    behind = (ahead <= 0.05).all(axis=1)
    kept = ~behind & ~beside & (last > 0) & (first < height)
    near = panels[kept].copy()
    near["first_row"] = np.clip(first[kept], 0, height)
    near["end_row"] = np.clip(last[kept], 0, height)
    return near
