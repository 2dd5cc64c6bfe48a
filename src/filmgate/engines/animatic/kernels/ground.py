"""The kernel of plains in NumPy: what `ground.c` does. A change belongs into both.

Rays meet the panorama, the sky behind it with its aurora, or the plain, whose slopes are those of four
layers from undulations to grains. An aurora is a stack of sheets seen from below: curtains of noise, each
sheet a little farther out than the one beneath it. Here every pixel is looked up; C looks up a few of them
where a layer is so magnified that the rest lies between.
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
from filmgate.engines.animatic.kernels.shading import Scalars, Vectors, level_of, mix, unit, vector
from filmgate.engines.animatic.kernels.waves import FARTHEST, LEAST_DOWN, Layer
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Texels

LAYERS = (
    Layer(4.5, 0.9, 0.44, 31.0, 7.0),
    Layer(17.0, 0.8, -0.6, 3.0, 19.0),
    Layer(90.0, 0.96, 0.28, 0.0, 0.0),
    Layer(610.0, 0.6, 0.8, 5.0, 0.0),
)
"""Undulations, hummocks, ripples and grains; `UNDULATION` to `GRAIN` in C."""
DRIFT_ACROSS, DRIFT_ALONG, DRIFT_FINER = 0.9, 6.0, 3.7
GUST_ACROSS, GUST_UP = 60.0, 240.0
N_SHEETS = 8
LOW_SKY = 0.17
"""The sine of how high above the horizon the glow of a low sun stands."""


class GroundView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `shown` is the share of light that the plain throws back, `sun` and `shade` the light on it, and `glow`
    that of the sky from the side `glow_way`, right and forward, where the sun is low. `relief` scales its
    four layers. `drift` is how thickly sand or snow of the light `dust` blows over it, moved by `drift_shift`
    texels; `gusts` is how thick the air is with it, of the light `haze` and moved by `gust_shift`.
    `aurora` is its light, `aurora_time` in seconds.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    land: PanoramaView
    shown: list[float]
    sun: list[float]
    shade: list[float]
    glow: list[float]
    dust: list[float]
    haze: list[float]
    glow_way: list[float]
    relief: list[float]
    sparkle: float
    drift: float
    drift_shift: list[float]
    gusts: float
    gust_shift: list[float]
    aurora: float
    aurora_time: float


class GroundTextures(TypedDict):
    """What the rays meet; each name is a field of the C structure."""

    sky: shading.SkyTextures
    film: shading.FilmTextures
    land: PanoramaTextures
    ripples: Texels
    swells: Texels
    curtains: Texels


def ground_rows(
    frame: RGBFrame, width: int, first_row: int, n_rows: int, view: GroundView, textures: GroundTextures
) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    panorama, land_textures, camera = view["land"], textures["land"], view["camera"]
    nearness = scouted(panorama, land_textures, camera, first_row=first_row, n_rows=n_rows, width=width)
    land = met(panorama, land_textures, vector(camera["eye"]), seen.toward, nearness)
    is_ground = seen.toward[:, 1] < 0
    light = np.empty_like(seen.toward)
    light[~is_ground] = _above(view, textures, seen.toward[~is_ground], seen.grain[~is_ground])
    light[is_ground], far = _ground(view, textures, seen.toward[is_ground])
    below = Distant(*(part[is_ground] for part in land))
    below = before_plain(below, seen.toward[is_ground], far, view["sky"], view["air"])
    land.light[is_ground], land.cover[is_ground] = below.light, below.cover
    light = mix(light, land.light, land.cover)
    light = mix(
        light, np.broadcast_to(vector(view["haze"]), light.shape), _gusts(view, textures, seen.toward)
    )
    shading.expose(frame, light, seen, view["film"], textures["film"])


def _above(view: GroundView, textures: GroundTextures, toward: Vectors, grain: Scalars) -> Vectors:
    sky = shading.sky_light(view["camera"], view["sky"], view["air"], textures["sky"], toward, grain)
    return sky + _aurora(view, textures["curtains"], toward) if view["aurora"] > 0 else sky


def _aurora(view: GroundView, curtains: Texels, toward: Vectors) -> Vectors:
    light = np.zeros_like(toward)
    time = view["aurora_time"]
    reach = 1 / (np.maximum(toward[:, 1], 0) * 1.6 + 0.34)
    wide, fine = (np.full(len(toward), level, np.int32) for level in (3, 1))
    for sheet in range(N_SHEETS):
        height = sheet / (N_SHEETS - 1)
        out = reach * (1 + 0.30 * height) * 210
        u, w = toward[:, 0] * out, toward[:, 2] * out
        _, bend = shading.sample_sky(curtains, wide, u * 0.4 + time * 5, w * 0.4 - time * 2)
        push = (bend / 255 - 0.5) * 90
        fold, _ = shading.sample_sky(curtains, fine, u + push + time * 3, w * 0.42 + push * 0.7)
        glow = (fold / 255) ** 2 * (1 - height) * (0.35 + 0.65 * min(height * 6, 1))
        colour = vector([0.16 + 0.62 * height**2, 1 - 0.72 * height, 0.42 + 0.42 * height])
        light += np.outer(glow, colour)
    air, rise = view["air"], np.maximum(toward[:, 1], 0)
    through = 1 - air["share"] * shading.decay(-rise * air["clears"])
    seen = view["aurora"] / N_SHEETS * through * unit(rise * 9)
    return np.asarray(light * seen[:, None], np.float32)


def _ground(view: GroundView, textures: GroundTextures, toward: Vectors) -> tuple[Vectors, Scalars]:
    """Return the light of the plain along the rays, shape (n, 3), and how far it is."""
    camera = view["camera"]
    down = np.maximum(-toward[:, 1], LEAST_DOWN)
    far = np.minimum(camera["eye"][1] / down, FARTHEST)
    place = vector(camera["eye"]) + toward * far[:, None]
    foot = np.asarray(far * np.linalg.norm(vector(camera["right"])) * (1.2 / down), np.float32)
    fields = (textures["swells"], textures["swells"], textures["ripples"], textures["swells"])
    slopes = [
        waves.slopes(field, layer, strength, place, foot)
        for field, layer, strength in zip(fields, LAYERS, view["relief"], strict=True)
    ]
    light = _lit(view, toward, sum(slopes[1:], slopes[0]))
    across, ahead = slopes[-1].T
    shine = unit((across * toward[:, 0] - ahead * toward[:, 2]) * 9 - 0.8) * unit(0.06 / foot)
    light = light + np.outer(shine**2 * view["sparkle"], vector(view["sun"]))
    drift = _drift(view, textures, place, far, foot)
    light = mix(light, np.broadcast_to(vector(view["dust"]), light.shape), drift)
    return shading.hazed(view["sky"], view["air"], toward, far, light), far


def _drift(
    view: GroundView, textures: GroundTextures, place: Vectors, far: Scalars, foot: Scalars
) -> Scalars:
    """Return how thickly sand or snow is blown over each place."""
    u = place[:, 0] * DRIFT_ACROSS + view["drift_shift"][0]
    w = place[:, 2] * DRIFT_ALONG + view["drift_shift"][1]
    level, clouds = level_of(foot * DRIFT_ALONG, 5), textures["sky"]["clouds"]
    wide, _ = shading.sample_sky(clouds, level, u, w)
    fine, _ = shading.sample_sky(clouds, level, u * DRIFT_FINER, w * DRIFT_FINER)
    blown = np.maximum(0.6 * wide + 0.6 * fine - 0.2 * 255, 0)
    return np.asarray(unit(blown / 255 * view["drift"]) * unit(far * 0.06), np.float32)


def _gusts(view: GroundView, textures: GroundTextures, toward: Vectors) -> Scalars:
    """Return how thick gusts are along the rays: most where the land ends, less high up and near the eye."""
    shift_across, shift_up = view["gust_shift"]
    u, w = toward[:, 0] * GUST_ACROSS + shift_across, toward[:, 1] * GUST_UP + shift_up
    level, clouds = np.ones(len(toward), np.int32), textures["sky"]["clouds"]
    wide, _ = shading.sample_sky(clouds, level, u, w)
    fine, _ = shading.sample_sky(clouds, level, u * 2 + shift_across, w * 2)
    thick = np.maximum((0.8 * wide + 0.5 * fine) / 255 - 0.15, 0)
    low = shading.decay(-3 * np.maximum(toward[:, 1], 0)) * unit(1 + 2.2 * toward[:, 1])
    return np.asarray(unit(view["gusts"] * thick * low), np.float32)


def _lit(view: GroundView, toward: Vectors, slopes: Vectors) -> Vectors:
    """Return the light that ground of these slopes, shape (n, 2), throws back."""
    sx, sz = slopes.T
    right, up, forward = view["sky"]["sun"]
    norm = 1 / np.sqrt(1 + sx**2 + sz**2)
    facing = (up - right * sx - forward * sz) * norm
    lit = np.maximum(0.9 * facing + 0.1, 0) * min(max(up * 20 + 0.2, 0), 1)
    opened = 0.86 + 0.14 * norm + 0.10 * (sx * toward[:, 0] + sz * toward[:, 2])
    glow_right, glow_forward = view["glow_way"]
    glowing = np.maximum(LOW_SKY - glow_right * sx - glow_forward * sz, 0) * norm
    light = np.outer(opened, vector(view["shade"])) + np.outer(lit, vector(view["sun"]))
    light = light + np.outer(glowing, vector(view["glow"]))
    return np.asarray(light * vector(view["shown"]), np.float32)
