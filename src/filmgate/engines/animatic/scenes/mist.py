"""Air that can be seen: what it hides and how the sun lights it, in slabs of depth on a coarse grid."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from filmgate.engines.animatic.kernels.plants import CELL
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.textures import Floats

_SIDE = 256
_LEAST_SUN = 0.30
# Where in a slab its beams are looked up, as shares of its depth.
_PARTS = (0.25, 0.75)


@dataclass(frozen=True, kw_only=True)
class Air:
    """How the air of a place is.

    `sight` in metres as for `Light`; it thins out over `top` metres of height, but for a `rest` of it.
    `uneven` is how much its thickness varies, 0 to 1. Beams are `beam_width` metres wide, and `open_air` of
    the light, 0 to 1, comes where no beam is.
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
        # A sun at the horizon would draw each beam out over the whole wood.
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
        # Places along a ray are a start and a way for each metre of depth, in every coordinate alike.
        beams = [(float(eye @ axis), toward @ axis) for axis in (self._beside, self._above)]
        lit = sum(self._lit(beams, close + (far - close) * share, moment=moment) for share in _PARTS)
        slabs[..., 1] = lit * (phase / len(_PARTS))
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

    def _lit(self, beams: list[tuple[float, Floats]], deep: Floats, *, moment: float) -> Floats:
        """Return the light of beams at depths; `beams` start somewhere and go so far for each metre."""
        air, scale = self._air, 8 / self._air.beam_width
        (start_across, across), (start_along, along) = beams
        x = across * (deep * np.float32(scale)) + np.float32(start_across * scale + 0.05 * moment)
        y = along * (deep * np.float32(scale / 2)) + np.float32(start_along * scale / 2 + 0.12 * moment)
        beam = np.clip((_sampled(self._gaps, x, y) - 0.50) * 3.2, 0, 1)
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
