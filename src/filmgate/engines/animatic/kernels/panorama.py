"""Lookups in a panorama, in NumPy: what `panorama.h` does. A change belongs into both."""

from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.shading import (
    AirView,
    Scalars,
    SkyView,
    Vectors,
    clear_sky,
    from_sun,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.textures import Floats

BRIGHTEST = 4.0
"""The linear light of a full byte; bytes count its square root."""
REMOTE = 60000.0
"""Beyond this many metres nothing moves when the camera does."""
SHARED = 4
"""So many columns share the distance to what stands nearest in them."""


class PanoramaView(TypedDict):
    """How texels lie: columns from the azimuth `left` on, in radians, and rows from the slope `bottom` up.

    The panorama is right from `origin`: right, up, forward in metres. Nothing stands within `nearest` metres,
    or rises beyond the slope `highest`. Nearness has `n_shared` columns.
    """

    origin: list[float]
    left: float
    columns_per_radian: float
    bottom: float
    rows_per_slope: float
    nearest: float
    highest: float
    n_columns: int
    n_rows: int
    n_shared: int


class PanoramaTextures(TypedDict):
    """Bytes of red, green, blue and cover in each texel, shape (n_rows, n_columns), the lowest slope first.

    `nearness` is 1/metres to what stands nearest in every `SHARED` columns, 0 for nothing; shape
    (n_rows, n_shared).
    """

    light: npt.NDArray[np.uint32]
    nearness: Floats


class Distant(NamedTuple):
    """What rays meet in the distance: its light, its share over the sky, and metres along the ground."""

    light: Vectors
    cover: Scalars
    far: Scalars


def far_along(panorama: PanoramaView, textures: PanoramaTextures, start: Vectors, toward: Vectors) -> Distant:
    """Return what rays from `start`, shape (n, 3) or (3,), meet in the distance.

    Where a texel is depends on how far away stands what it shows, so that is looked up first, twice.
    """
    flat = np.maximum(np.hypot(toward[:, 0], toward[:, 2]), 1e-4)
    hx, slope, hz = (toward / flat[:, None]).T
    ox, oy, oz = (start - np.array(panorama["origin"], np.float32)).T
    along, apart = ox * hx + oz * hz, ox**2 + oz**2
    n_rows, n_columns = textures["light"].shape
    # A ray from the origin would go on for ever as it begins.
    x, z, rise, far = hx, hz, slope, np.full_like(hx, REMOTE)
    for step in range(3):
        azimuth = np.arctan2(x, np.maximum(z, 1e-3))
        column = (azimuth - panorama["left"]) * panorama["columns_per_radian"]
        row = (rise - panorama["bottom"]) * panorama["rows_per_slope"]
        if step < 2:
            at_row = np.clip((row + 0.5).astype(int), 0, n_rows - 1)
            at_column = np.clip((column + 0.5).astype(int), 0, n_columns - 1) // SHARED
            stands = 1 / np.maximum(textures["nearness"][at_row, at_column], 1 / REMOTE)
            far = np.sqrt(np.maximum(along**2 - apart + stands**2, 1)) - along
            x, z = ox + hx * far, oz + hz * far
            rise = (oy + slope * far) / np.sqrt(np.maximum(x**2 + z**2, 1e-4))
    parts = _bilinear(textures["light"], np.clip(column, 0, n_columns - 2), np.clip(row, 0, n_rows - 2)) / 255
    return Distant(parts[:, :3] ** 2 * np.float32(BRIGHTEST), parts[:, 3], np.asarray(far, np.float32))


def before_plain(land: Distant, toward: Vectors, far: Scalars, sky: SkyView, air: AirView) -> Distant:
    """Return the land as it stands before a plain that rays meet `far` metres away.

    What fog takes of it, fog gives back as its own light. Its foot is about as wide as a row of pixels.
    """
    haze = mix(
        clear_sky(sky, np.zeros_like(far), from_sun(sky, toward)),
        vector(air["veil"]),
        np.full_like(far, air["share"]),
    )
    lost = (1 - land.cover) * np.float32(air["share"])
    nearer = unit((far - land.far) * (16 / far) + 0.5)
    return Distant(mix(land.light, haze, lost), (land.cover + lost) * nearer, land.far)


def _bilinear(texels: npt.NDArray[np.uint32], column: Scalars, row: Scalars) -> Vectors:
    """Return the four bytes between four texels; shape (n, 4), 0 to 255."""
    left, low = column.astype(int), row.astype(int)
    across, up = (np.asarray(share, np.float32) for share in (column - left, row - low))
    corners = [_bytes(texels[low + y, left + x]) for y in (0, 1) for x in (0, 1)]
    return mix(mix(corners[0], corners[1], across), mix(corners[2], corners[3], across), up)


def _bytes(texels: npt.NDArray[np.uint32]) -> Vectors:
    return np.stack([(texels >> shift) & 255 for shift in (0, 8, 16, 24)], axis=1).astype(np.float32)
