"""Lookups in a panorama, in NumPy: what `panorama.h` does. A change belongs into both."""

from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.coarse import coarse_rays, coarse_width
from filmgate.engines.animatic.kernels.shading import (
    AirView,
    CameraView,
    Scalars,
    SkyView,
    Vectors,
    clear_sky,
    from_sun,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.waves import FARTHEST, LEAST_DOWN
from filmgate.engines.animatic.textures import Floats

BRIGHTEST = 4.0
"""The linear light of a full byte; bytes count its square root."""
REMOTE = 60000.0
"""Beyond this many metres nothing moves when the camera does."""


class PanoramaView(TypedDict):
    """How texels lie: columns from the azimuth `left` on, in radians, and rows from the slope `bottom` up.

    The panorama is right from `origin`: right, up, forward in metres. Nothing stands within `nearest` metres,
    or rises beyond the slope `highest`. Nearness has `n_shared` columns,
    which is the share `shared` of all, and is looked up for pixels `every` apart.
    """

    origin: list[float]
    left: float
    columns_per_radian: float
    bottom: float
    rows_per_slope: float
    nearest: float
    highest: float
    shared: float
    n_columns: int
    n_rows: int
    n_shared: int
    every: int


class PanoramaTextures(TypedDict):
    """Bytes of red, green, blue and cover in each texel, shape (n_rows, n_columns), the lowest slope first.

    `nearness` is 1/metres to what stands nearest in every few columns, 0 for nothing; shape
    (n_rows, n_shared).
    """

    light: npt.NDArray[np.uint32]
    nearness: Floats


class Distant(NamedTuple):
    """What rays meet in the distance: its light, its share over the sky, and metres along the ground."""

    light: Vectors
    cover: Scalars
    far: Scalars


def scouted(
    panorama: PanoramaView,
    textures: PanoramaTextures,
    camera: CameraView,
    *,
    first_row: int,
    n_rows: int,
    width: int,
    mirrored: bool = False,
) -> Scalars:
    """Return 1/metres to that which the rays of some rows pass, or which flat water mirrors to them.

    It is looked up for pixels `every` apart, each with the nearest of its neighbours, so that what is nearer
    draws the edges.
    """
    every = panorama["every"]
    n = coarse_width(width, every) + 2
    before = (vector(camera["corner"]) - every * vector(camera["right"])).tolist()
    start, toward = vector(camera["eye"]), _knots(n, first_row, n_rows, {**camera, "corner": before}, every)
    if mirrored:
        far = np.minimum(start[1] / np.maximum(-toward[:, 1], LEAST_DOWN), FARTHEST)
        start = start + toward * far[:, None]
        toward[:, 1] = np.abs(toward[:, 1])
    found = (1 / _far_to(panorama, textures, start, toward)).reshape(n_rows, n)
    nearest = np.maximum(np.maximum(found[:, :-2], found[:, 1:-1]), found[:, 2:])
    left, share = np.arange(width) // every, np.arange(width) % every / np.float32(every)
    here = nearest[:, left]
    return np.asarray(here + (nearest[:, left + 1] - here) * share, np.float32).ravel()


def met(
    panorama: PanoramaView, textures: PanoramaTextures, start: Vectors, toward: Vectors, nearness: Scalars
) -> Distant:
    """Return what rays from `start`, shape (n, 3) or (3,), meet that pass what stands so near."""
    ray = _over_ground(panorama, start, toward)
    far = 1 / nearness
    column, row = ray.texel_at(panorama, far)
    n_rows, n_columns = textures["light"].shape
    parts = _bilinear(textures["light"], np.clip(column, 0, n_columns - 2), np.clip(row, 0, n_rows - 2)) / 255
    return Distant(parts[:, :3] ** 2 * np.float32(BRIGHTEST), parts[:, 3], far)


class _GroundRays(NamedTuple):
    """Where rays begin from the origin, and where they go for each metre of ground."""

    x: Scalars
    y: Scalars
    z: Scalars
    across: Scalars
    ahead: Scalars
    rise: Scalars

    def texel_at(self, panorama: PanoramaView, far: Scalars) -> tuple[Scalars, Scalars]:
        """Return column and row of the texels that show what stands `far` metres along the rays."""
        x, z = self.x + self.across * far, self.z + self.ahead * far
        reach = np.sqrt(np.maximum(x**2 + z**2, 1e-4))
        return _texels(panorama, x, z, (self.y + self.rise * far) / reach)


def _over_ground(panorama: PanoramaView, start: Vectors, toward: Vectors) -> _GroundRays:
    flat = np.maximum(np.hypot(toward[:, 0], toward[:, 2]), 1e-4)
    return _GroundRays(*(start - vector(panorama["origin"])).T, *(toward[:, [0, 2, 1]] / flat[:, None]).T)


def _texels(panorama: PanoramaView, x: Scalars, z: Scalars, slope: Scalars) -> tuple[Scalars, Scalars]:
    azimuth = np.arctan2(x, np.maximum(z, 1e-3))
    column = (azimuth - panorama["left"]) * panorama["columns_per_radian"]
    return column, (slope - panorama["bottom"]) * panorama["rows_per_slope"]


def _knots(n: int, first_row: int, n_rows: int, camera: CameraView, every: int) -> Vectors:
    return coarse_rays(n, first_row=first_row, n_rows=n_rows, camera=camera, every=every, every_row=1)


def _far_to(panorama: PanoramaView, textures: PanoramaTextures, start: Vectors, toward: Vectors) -> Scalars:
    """Return how many metres along the rays that stands which they meet.

    Where a texel is depends on how far away stands what it shows, so that is looked up twice.
    """
    ray = _over_ground(panorama, start, toward)
    along, apart = ray.x * ray.across + ray.z * ray.ahead, ray.x**2 + ray.z**2
    n_rows, n_columns = textures["light"].shape
    column, row = _texels(panorama, ray.across, ray.ahead, ray.rise)
    for _ in range(2):
        at_row = np.clip((row + 0.5).astype(int), 0, n_rows - 1)
        at_column = np.clip((column + 0.5).astype(int), 0, n_columns - 1) // panorama["every"]
        stands = 1 / np.maximum(textures["nearness"][at_row, at_column], 1 / REMOTE)
        far = np.asarray(np.sqrt(np.maximum(along**2 - apart + stands**2, 1)) - along, np.float32)
        column, row = ray.texel_at(panorama, far)
    return far


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
