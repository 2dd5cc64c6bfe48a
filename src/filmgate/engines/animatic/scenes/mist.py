"""Air that can be seen: what it hides and how the sun lights it, in slabs of depth on a coarse grid."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from filmgate.engines.animatic.kernels.plants_view import CELL
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.textures import Floats

_SIDE = 256
# Rows of the gaps that beams come through between one slab's and the next one's, roughly.
_SLAB_GAPS = 6.0
_LEAST_SUN = 0.16
# The sine of the angle to the sun within which its beams run together: a coarse grid cannot part them there.
_RUN_TOGETHER = 0.13


@dataclass(frozen=True, kw_only=True)
class Air:
    """How the air of a place is.

    `sight` in metres as for `Light`; it thins out over `top` metres of height, but for a `rest` of it.
    `uneven` is how much its thickness varies, 0 to 1. One who walks past beams meets the next after about
    `beam_width` metres, and `open_air` of the light, 0 to 1, comes where no beam is.
    """

    sight: float
    top: float
    rest: float
    uneven: float
    beam_width: float
    open_air: float


class Mist:
    """The air of a frame of `width` x `height` pixels between depths of `edges` metres, lit from `sun`."""

    def __init__(
        self,
        air: Air,
        *,
        edges: list[float],
        sun: tuple[float, float, float],
        width: int,
        height: int,
        random: np.random.Generator,
    ) -> None:
        self._air = air
        self._edges: Floats = np.array(edges, np.float32)
        self.n_columns, self.n_rows = (-(-side // CELL) + 1 for side in (width, height))
        self._gaps = _spread(
            scipy.ndimage.gaussian_filter(random.standard_normal((_SIDE, _SIDE)), (14, 3.0), mode="wrap")
        )
        self._drift = _spread(
            scipy.ndimage.gaussian_filter(random.standard_normal((_SIDE, _SIDE)), (5, 9), mode="wrap")
        )
        flat = float(np.hypot(sun[0], sun[2]))
        # Of beams that meet at the horizon half would lie on the ground.
        rise = max(sun[1], _LEAST_SUN)
        self._sun = np.array(sun, np.float32)
        self._beside = np.array([sun[2] / flat, 0.0, -sun[0] / flat], np.float32)
        self._above = np.array(
            [-sun[0] / flat * rise, (1 - rise**2) ** 0.5, -sun[2] / flat * rise], np.float32
        )

    def slabs(self, camera: CameraView, *, moment: float, wind: float) -> Floats:
        """Return what slabs let through and how bright their beams are; shape (slabs, rows, columns, 2)."""
        toward = self._toward(camera)
        length = np.sqrt((toward**2).sum(axis=2))
        apart = np.maximum(2 - 2 * (toward @ self._sun) / length, 0)
        phase = 0.14 + 0.86 / (1 + 5.0 * apart) ** 2
        eye = np.array(camera["eye"], np.float32)
        # Of all slabs at once: one by one NumPy would take longer to begin than to calculate.
        close, far = self._edges[:-1, None, None], self._edges[1:, None, None]
        deep = np.asarray((close + far) / 2, np.float32)
        place = [eye[axis] + toward[:, :, axis] * deep for axis in range(3)]
        thick = self._density(place, deep, moment=moment, wind=wind) * length
        slabs = np.empty((*thick.shape, 2), np.float32)
        slabs[..., 0] = np.exp(thick * ((close - far) / np.float32(self._air.sight)))
        slabs[..., 1] = self._lit(toward / length[..., None], camera, moment=moment) * phase
        return slabs

    def _toward(self, camera: CameraView) -> Floats:
        right, up, corner = (np.array(camera[name], np.float32) for name in ("right", "up", "corner"))
        x, y = (np.arange(n, dtype=np.float32) * CELL for n in (self.n_columns, self.n_rows))
        toward = corner + x[None, :, None] * right - y[:, None, None] * up
        return np.asarray(toward / np.maximum(toward[:, :, 2:], 0.05), np.float32)

    def _density(self, place: list[Floats], deep: Floats, *, moment: float, wind: float) -> Floats:
        air = self._air
        height = np.maximum(place[1], 0)
        drift = moment * (0.25 + 1.8 * wind)
        cloud = _sampled(self._drift, (place[0] - drift) * 2.2, place[2] * 2.2 + height * 6 - 0.4 * drift)
        # Far away a cell of the grid is wider than the drifts.
        uneven = air.uneven * np.minimum(1, 60 / deep)
        even = air.rest + (1 - air.rest) * np.exp(height * np.float32(-1 / air.top))
        return np.asarray(even * (1 + uneven * (2 * cloud - 1)), np.float32)

    def _lit(self, toward: Floats, camera: CameraView, *, moment: float) -> Floats:
        """Return the light of beams in each slab along directions of unit length.

        Beams are parallel, so all are seen to lead away from where the sun is: which one a direction meets
        is told by the angle around that place. Those of far slabs come through gaps of their own.
        """
        air, eye = self._air, np.array(camera["eye"], np.float32)
        aside, above = toward @ self._beside, toward @ self._above
        around = np.arctan2(aside, -above) * np.float32(_SIDE / (2 * np.pi))
        x = around + np.float32(float(eye @ self._beside) * 8 / air.beam_width + 0.05 * moment)
        depths = np.sqrt(self._edges[1:, None, None]) * np.float32(_SLAB_GAPS)
        y = np.broadcast_to(depths + np.float32(0.12 * moment), (len(depths), *x.shape))
        beam = np.clip((_sampled(self._gaps, np.broadcast_to(x, y.shape), y) - 0.50) * 3.2, 0, 1)
        near = aside**2 + above**2
        clear = near / (near + np.float32(_RUN_TOGETHER**2))
        beam = 0.4 + (beam - 0.4) * clear
        return np.asarray(air.open_air + (1 - air.open_air) * beam, np.float32)


def _spread(noise: npt.NDArray[np.float64]) -> Floats:
    """Return the noise with every value from 0 to 1 as frequent as any other."""
    even = np.empty(noise.size, np.float32)
    even[np.argsort(noise, axis=None)] = np.linspace(0, 1, noise.size)
    return even.reshape(noise.shape)


def _sampled(field: Floats, x: Floats, y: Floats) -> Floats:
    """Sample a repeating field at places of any shape."""
    u, v = (places.reshape(-1, places.shape[-1]) for places in (x, y))
    sampled = cv2.remap(field, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(sampled, np.float32).reshape(x.shape)
