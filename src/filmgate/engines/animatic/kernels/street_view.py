"""What the street's kernels are given, and what all of them look up."""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.panels import MirrorView, sample_light
from filmgate.engines.animatic.kernels.shading import Levels, Scalars, Vectors
from filmgate.engines.animatic.textures import Floats, Texels

LIGHT_FROM, LIGHT_PER_METRE = 16.0, 2.0
LIGHT_LAST_COLUMN, LIGHT_LAST_ROW = 511, 63
N_TILE_LEVELS = 8
SHEET_SIDE, SHEET_LEVELS, SHEET_BITS = 256, 8, 26
"""A sheet's texels a side and its levels, and above which bits a room's word numbers its sheet."""
SNOW = (0.80, 0.83, 0.88)


class StreetView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `ambient`, `sun_light` and `window_mean` are linear light; `lamps`, `wetness`, `puddles`, `snow`, `dust`
    and `rain` are shares; `caught` is the share of the glow that rain and snow add to it for each unit of
    their own light. `moment` is in seconds, `drift` in texels; `ahead` and `aside` are the axes of the
    mirrored pictures `sharp` and `rough`. `glow_step` is how many pixels a texel of glow covers.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    ambient: list[float]
    sun_light: list[float]
    window_mean: list[float]
    lamps: float
    wetness: float
    puddles: float
    snow: float
    dust: float
    rain: float
    caught: float
    moment: float
    drift: list[float]
    road_middle: float
    canyon: float
    ahead: list[float]
    aside: list[float]
    sharp: MirrorView
    rough: MirrorView
    has_ground: int
    glow_step: int
    glow_width: int


class StreetTextures(TypedDict):
    """What the rays meet; each name is a field of the C structure."""

    sky: shading.SkyTextures
    film: shading.FilmTextures
    ground: Texels
    grain: Texels
    grit: Texels
    pictures: Texels
    drawn: npt.NDArray[np.uint8]
    cladding: Texels
    rooms: Texels
    lightmap: Texels
    mirror: Texels
    smear: Texels
    glow: Floats


def lamps_at(textures: StreetTextures, z: Scalars, up: Scalars, row: float) -> Vectors:
    """Return the light of lamps, and the share of the sun, `up` rows above the first of a sheet."""
    column = (z + LIGHT_FROM) * LIGHT_PER_METRE
    return sample_light(
        textures["lightmap"], column, row + up, 0, row, LIGHT_LAST_COLUMN, row + LIGHT_LAST_ROW
    )


def sample_tile(tile: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    columns = np.full_like(level, tile.shape[1])
    return shading.bilinear(tile, level, columns, u, (v + np.float32(0.5)) / (1 << level) - np.float32(0.5))


def sample_grit(tile: Texels, level: Levels, u: Scalars, v: Scalars) -> Scalars:
    """Sample one level of a texture of `quads`, for each ray its own; -128 to 127."""
    side = tile.shape[0]
    u = (u + np.float32(0.5)) / (1 << level) - np.float32(0.5)
    u0, v0 = np.floor(u), np.floor(v)
    column = 2 * side - ((2 * side) >> level) + u0.astype(np.int64) % (side >> level)
    texel = tile[v0.astype(np.int64) % side, column]
    here, right, below, across = (((texel >> shift) & 255).astype(np.float32) for shift in (0, 8, 16, 24))
    upper, lower = here + (right - here) * (u - u0), below + (across - below) * (u - u0)
    return np.asarray(upper + (lower - upper) * (v - v0) - 128, np.float32)
