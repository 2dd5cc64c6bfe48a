"""The ocean's kernel in NumPy: what `ocean.c` does, said plainly. A change belongs into both.

Below the horizon a ray meets the plane of the water, whose slopes are the sum of two wave fields, each at two
scales; there Fresnel's law (Schlick's form) mixes the reflected sky with the water's own colour, and the sun
glitters as widely as the slopes that a pixel cannot show are spread (after Cox and Munk, 1954).
"""

from typing import TypedDict

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    clear_sky,
    from_sun,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.waves import (
    FARTHEST,
    LAYERS,
    LEAST_DOWN,
    STEP,
    WIND,
    ZERO,
    glitter_of,
    reflected,
    roughness,
    sample_waves,
)
from filmgate.engines.animatic.kernels.waves import slopes as slopes_of
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Texels

SPRAY_ACROSS, SPRAY_ALONG = 16.0, 7.0


class OceanView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `body` is the water's own colour and `glint` the sun's in it, in linear light. `slope` scales the four
    layers of waves; `rough` is the deviation of their slopes that a footprint hides, in quarters of octaves
    from 2^-6 metres on. `foam` is the share of white water.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    body: list[float]
    glint: list[float]
    slope: list[float]
    rough: list[float]
    foam: float


class OceanTextures(TypedDict):
    """What the rays meet; each name is a field of the C structure."""

    sky: shading.SkyTextures
    film: shading.FilmTextures
    swell: Texels
    chop: Texels


def ocean_rows(
    frame: RGBFrame, width: int, first_row: int, n_rows: int, view: OceanView, textures: OceanTextures
) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    is_sky = seen.toward[:, 1] >= 0
    light = np.empty_like(seen.toward)
    light[is_sky] = shading.sky_light(
        view["camera"], view["sky"], view["air"], textures["sky"], seen.toward[is_sky], seen.grain[is_sky]
    )
    light[~is_sky] = _water(seen.toward[~is_sky], view, textures)
    shading.expose(frame, light, seen, view["film"], textures["film"])


def _water(toward: Vectors, view: OceanView, textures: OceanTextures) -> Vectors:
    down = np.maximum(-toward[:, 1], LEAST_DOWN)
    far = np.minimum(view["camera"]["eye"][1] / down, FARTHEST)
    place = vector(view["camera"]["eye"]) + toward * far[:, None]
    # The length of a pixel on the water, in metres; the levels are rounded down, so it is taken longer.
    pixel = np.linalg.norm(vector(view["camera"]["right"]))
    foot = np.asarray(far * pixel * (1.2 / down), np.float32)
    fields = (textures["swell"], textures["swell"], textures["chop"], textures["chop"])
    slopes = [
        slopes_of(field, layer, strength, place, foot)
        for field, layer, strength in zip(fields, LAYERS, view["slope"], strict=True)
    ]
    seen = _lit_water(toward, sum(slopes[1:], slopes[0]), roughness(view["rough"], foot), view)
    if view["foam"] > 0:
        foam = _whitecaps(textures, place, foot, slopes[0] + slopes[1]) * view["foam"]
        white = vector(view["sky"]["cloud_shade"]) + vector(view["sky"]["cloud_light"]) * np.float32(0.8)
        seen = mix(seen, white, foam * unit(150 / far))
    return shading.hazed(view["sky"], view["air"], toward, far, seen)


def _lit_water(toward: Vectors, slopes: Vectors, rough: Scalars, view: OceanView) -> Vectors:
    """Return the light that water of these slopes, shape (n, 2), sends against `toward`."""
    up, fresnel, body = reflected(toward, slopes, rough, leaning=0.45, lifting=0.5)
    apart = from_sun(view["sky"], up)
    clouds = vector(view["sky"]["cloud_shade"]) + vector(view["sky"]["cloud_light"]) * np.float32(0.45)
    cloud = min(view["sky"]["cloud_cover"] * 0.45, 0.9) * unit(up[:, 1] * 6)
    sky = mix(clear_sky(view["sky"], up[:, 1], apart), clouds, cloud)
    glitter = glitter_of(view["sky"], apart, rough, blur=0.0035) * fresnel
    seen: Vectors = (
        sky * fresnel[:, None]
        + np.outer(body, vector(view["body"]))
        + np.outer(glitter, vector(view["glint"]))
    )
    return seen


def _whitecaps(textures: OceanTextures, place: Vectors, foot: Scalars, slopes: Vectors) -> Scalars:
    """Return the share of white water where the long waves have these slopes.

    Crests break where they are steep, and the wind tears spray into streaks along its way. The chop, drawn
    out along the wind, frays both.
    """
    x, z = place[:, 0], place[:, 2]
    u = (x * WIND[1] - z * WIND[0]) * SPRAY_ACROSS
    v = (x * WIND[0] + z * WIND[1]) * SPRAY_ALONG
    torn, _ = sample_waves(textures["chop"], level_of(foot * SPRAY_ACROSS, 8), u, v)
    frayed = (torn - ZERO) * STEP
    breaking = unit((slopes**2).sum(axis=1) * 20 + 0.9 * frayed - 1.6)
    streak = 0.2 * unit(frayed - 0.4)
    return np.asarray(breaking + (1 - breaking) * streak, np.float32)
