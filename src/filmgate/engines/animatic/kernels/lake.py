"""The lake's kernel in NumPy: what `lake.c` does. A change belongs into both.

Rays meet the panorama, the sky behind it, or the water's plane, which mirrors both; see `ocean.py` for how
water is lit. Here gusts are looked up for every pixel; C does so for a few of them and fills in the rest.
"""

from typing import TypedDict

import numpy as np

from filmgate.engines.animatic.kernels import shading, waves
from filmgate.engines.animatic.kernels.panorama import (
    Distant,
    PanoramaTextures,
    PanoramaView,
    before_plain,
    met,
    scouted,
)
from filmgate.engines.animatic.kernels.shading import (
    Rays,
    Scalars,
    Vectors,
    from_sun,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.waves import FARTHEST, LAYERS, LEAST_DOWN, roughness
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Texels

GUST_ACROSS, GUST_ALONG = 0.9, 0.35
BLURRED_BY = 9.0
"""How steeply a mirrored ray rises where mist has taken all from the land that it takes: 1 over its sine."""


class LakeView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `slope` scales the two layers of waves, `rough` is as in `OceanView`; `blurs` is the share of mirrored
    land that mist takes where it stands high, and `gusts` the share of roughness that comes in patches, which
    have drifted by `gust_drift` texels.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    land: PanoramaView
    body: list[float]
    glint: list[float]
    slope: list[float]
    rough: list[float]
    blurs: float
    gusts: float
    gust_drift: list[float]


class LakeTextures(TypedDict):
    """What the rays meet; each name is a field of the C structure."""

    sky: shading.SkyTextures
    film: shading.FilmTextures
    land: PanoramaTextures
    chop: Texels


def lake_rows(
    frame: RGBFrame, width: int, first_row: int, n_rows: int, view: LakeView, textures: LakeTextures
) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    panorama, land_textures, camera = view["land"], textures["land"], view["camera"]
    direct, mirrored = (
        scouted(
            panorama,
            land_textures,
            camera,
            first_row=first_row,
            n_rows=n_rows,
            width=width,
            mirrored=mirrored,
        )
        for mirrored in (False, True)
    )
    land = met(panorama, land_textures, vector(camera["eye"]), seen.toward, direct)
    is_water = seen.toward[:, 1] < 0
    light = np.empty_like(seen.toward)
    light[~is_water] = _behind(
        view, textures, _some(land, ~is_water), seen.toward[~is_water], seen.grain[~is_water]
    )
    light[is_water] = _water(view, textures, _some(land, is_water), seen, is_water, mirrored[is_water])
    shading.expose(frame, light, seen, view["film"], textures["film"])


def _some(land: Distant, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Distant:
    return Distant(*(part[chosen] for part in land))


def _behind(
    view: LakeView, textures: LakeTextures, land: Distant, toward: Vectors, grain: Scalars
) -> Vectors:
    """Return the light of the sky behind whatever stands in the distance."""
    sky = shading.sky_light(view["camera"], view["sky"], view["air"], textures["sky"], toward, grain)
    return mix(sky, land.light, land.cover)


def _water(
    view: LakeView,
    textures: LakeTextures,
    land: Distant,
    seen: Rays,
    is_water: np.ndarray[tuple[int], np.dtype[np.bool_]],
    nearness: Scalars,
) -> Vectors:
    toward, camera = seen.toward[is_water], view["camera"]
    down = np.maximum(-toward[:, 1], LEAST_DOWN)
    far = np.minimum(camera["eye"][1] / down, FARTHEST)
    place = vector(camera["eye"]) + toward * far[:, None]
    foot = np.asarray(far * np.linalg.norm(vector(camera["right"])) * (1.2 / down), np.float32)
    blown = _gust(view, textures, place, foot)
    wide, close = (
        waves.slopes(textures["chop"], layer, strength, place, foot) * blown[:, None]
        for layer, strength in zip(LAYERS[2:], view["slope"], strict=True)
    )
    rough = roughness(view["rough"], foot) * blown
    up, fresnel, body = waves.reflected(toward, wide + close, rough, leaning=0.3, lifting=0.3)
    mirrored = met(view["land"], textures["land"], place, up, nearness)
    mirrored = mirrored._replace(cover=mirrored.cover * (1 - view["blurs"] * unit(up[:, 1] * BLURRED_BY)))
    glitter = waves.glitter_of(view["sky"], from_sun(view["sky"], up), rough, blur=0.0020)
    light = (
        _behind(view, textures, mirrored, up, seen.grain[is_water]) * fresnel[:, None]
        + np.outer(body, vector(view["body"]))
        + np.outer(glitter * fresnel * (1 - mirrored.cover), vector(view["glint"]))
    )
    light = shading.hazed(view["sky"], view["air"], toward, far, light)
    land = before_plain(land, toward, far, view["sky"], view["air"])
    return mix(light, land.light, land.cover)


def _gust(view: LakeView, textures: LakeTextures, place: Vectors, foot: Scalars) -> Scalars:
    """Return how rough gusts make the water at each place, around 1."""
    u = place[:, 0] * GUST_ACROSS + view["gust_drift"][0]
    v = place[:, 2] * GUST_ALONG + view["gust_drift"][1]
    level = level_of(foot * GUST_ACROSS + 2, 5)
    _, thick = shading.sample_sky(textures["sky"]["clouds"], level, u, v)
    return np.asarray(1 + (0.35 + 1.5 * thick / 255 - 1) * view["gusts"], np.float32)
