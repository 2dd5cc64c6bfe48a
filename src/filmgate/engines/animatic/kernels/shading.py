"""What the kernels of all scenes share: what `shading.h` does, in NumPy. A change belongs into both.

A ray goes through each pixel. Where it meets no thing it meets the sky: a gradient, the sun's glow, a layer
of clouds, stars. What is far is mixed with the light of the air between, rain and snow fall before the lens,
and a filmic curve makes bytes of light.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, FALL_SIDE, STAR_BRIGHTEST, Floats, Texels

CLOUD_BEND, CLOUD_SCALE, STAR_BEND, STAR_SCALE = 0.05, 110, 0.6, 430
_AUREOLE = np.float32(0.035)
CLOUD_PARALLAX = 0.08

Scalars = npt.NDArray[np.floating[Any]]
"""One value for each ray; shape (n,)."""
Vectors = npt.NDArray[np.floating[Any]]
"""Three values for each ray, of a direction or a colour; shape (n, 3)."""
Levels = npt.NDArray[np.int32]
"""A level of a texture for each ray; shape (n,)."""


class CameraView(TypedDict):
    """The rays of one frame: right, up, forward in metres.

    `right` and `up` go from one pixel to the next, `corner` through the top left one, from `eye`.
    """

    right: list[float]
    up: list[float]
    corner: list[float]
    eye: list[float]


class SkyView(TypedDict):
    """The sky of one frame, in linear light; see `light.Light`. `cloud_drift` is in texels."""

    sun: list[float]
    disc: list[float]
    zenith: list[float]
    middle: list[float]
    horizon: list[float]
    glow: list[float]
    halo: list[float]
    cloud_shade: list[float]
    cloud_light: list[float]
    disc_edge: float
    cloud_drift: list[float]
    cloud_cover: float
    stars: float


class AirView(TypedDict):
    """The air of one frame; see `light.Light`."""

    veil: list[float]
    share: float
    clears: float
    sight: float


class FilmView(TypedDict):
    """How light becomes bytes; `fall` is the light of the nearer and farther layer of rain or snow."""

    exposure: float
    fall: list[float]
    fall_shift: list[int]
    dither_row: int
    dither_shift: list[int]


class SkyTextures(TypedDict):
    """Density and light of the clouds, and the stars; see `textures`."""

    clouds: Texels
    stars: Texels


class FilmTextures(TypedDict):
    """A tile of rain or snow, and one of dither; see `textures`."""

    fall: Floats
    dither: Floats


class Rays(NamedTuple):
    """The rays through some rows of a frame, row by row: unit directions and where they pass the frame."""

    toward: Vectors
    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]
    grain: Scalars


def rays(width: int, first_row: int, n_rows: int, camera: CameraView, film: FilmView, dither: Floats) -> Rays:
    """Return the rays through `n_rows` rows of `width` pixels, from `first_row` on."""
    rows = np.arange(first_row, first_row + n_rows)
    y, x = (grid.ravel() for grid in np.meshgrid(rows, np.arange(width), indexing="ij"))
    toward = (
        vector(camera["corner"]) - np.outer(y, vector(camera["up"])) + np.outer(x, vector(camera["right"]))
    )
    toward = toward.astype(np.float32)
    grain = dither[(y + film["dither_row"]) % DITHER_SIDE, x % DITHER_SIDE]
    return Rays(toward / np.linalg.norm(toward, axis=1, keepdims=True), x, y, grain)


def expose(frame: RGBFrame, light: Vectors, seen: Rays, film: FilmView, textures: FilmTextures) -> None:
    """Write the light of the rays into their rows of the frame, with rain or snow before it."""
    if film["fall"][0] > 0:
        light = light + fall_light(seen, film, textures["fall"])[:, None]
    shown = _exposed(light, film["exposure"])
    grain_row = (seen.y + film["dither_row"]) % DITHER_SIDE
    for channel, shift in enumerate(film["dither_shift"]):
        shown[:, channel] += 0.5 + textures["dither"][grain_row, (seen.x + shift) % DITHER_SIDE]
    rows = slice(int(seen.y[0]), int(seen.y[-1]) + 1)
    frame[rows] = np.clip(shown, 0, 255).astype(np.uint8).reshape(frame[rows].shape)


def clear_sky(sky: SkyView, height: Scalars, apart: Scalars) -> Vectors:
    """Return the cloudless sky at `height` (sine of elevation), `apart` (squared chord) from the sun."""
    wide, tight = (1 / (1 + 12 * apart)) ** 2, (1 / (1 + 240 * apart)) ** 2
    light: Vectors = (
        vector(sky["zenith"])
        + np.outer(decay(-2.2 * height), vector(sky["middle"]))
        + np.outer(decay(-6 * height), vector(sky["horizon"]))
        + np.outer(wide, vector(sky["glow"]))
        + np.outer(tight, vector(sky["halo"]))
        # The air right beside the disc is nearly as bright: without that it would look cut out and pasted on.
        + np.outer(_AUREOLE * tight**4, vector(sky["disc"]))
    )
    return light


def sky_light(
    camera: CameraView, sky: SkyView, air: AirView, textures: SkyTextures, toward: Vectors, grain: Scalars
) -> Vectors:
    """Return the light of the sky along the rays: gradient, clouds, disc, stars, and the veil before them."""
    height, apart = np.maximum(toward[:, 1], 0), from_sun(sky, toward)
    # The cloud layer bends down to the horizon, so it is never seen infinitely thin.
    reach = 1 / (height + CLOUD_BEND)
    u = toward[:, 0] * reach * CLOUD_SCALE + camera["eye"][0] * CLOUD_PARALLAX + sky["cloud_drift"][0]
    v = toward[:, 2] * reach * CLOUD_SCALE + camera["eye"][2] * CLOUD_PARALLAX + sky["cloud_drift"][1]
    level = level_of(reach * reach * 0.02 * (1.5 + grain), 5)
    density, lit = (value / 255 for value in sample_sky(textures["clouds"], level, u, v))
    cover = cloud_cover(sky, density, height)
    clear = 1 - cover
    thin = density * (1 - density) * _near_sun(apart) ** 2
    disc = unit((sky["disc_edge"] - apart) / sky["disc_edge"] * 5) * clear**2
    away = STAR_SCALE / (height + STAR_BEND)
    finest = np.zeros(len(toward), np.int32)
    root, blue = (
        value / 255
        for value in sample_sky(textures["stars"], finest, toward[:, 0] * away, toward[:, 2] * away)
    )
    shine = root**2 * STAR_BRIGHTEST * sky["stars"] * clear**2 * unit(height * 5)
    seen = (
        mix(clear_sky(sky, height, apart), cloud_light(sky, lit, apart), cover)
        + np.outer(thin, vector(sky["halo"]))
        + np.outer(disc, vector(sky["disc"]))
        + np.stack([shine, shine, shine * (1 + blue)], axis=1)
    )
    return veiled(air, height, seen)


def cloud_cover(sky: SkyView, density: Scalars, height: Scalars) -> Scalars:
    """Return how much of the sky clouds of a density, 0 to 1, hide at `height`; at the horizon, none."""
    return unit(density * sky["cloud_cover"]) * unit(height * 16)


def cloud_light(sky: SkyView, lit: Scalars, apart: Scalars) -> Vectors:
    """Return the light of clouds that the sun, `apart` from them, reaches by `lit`, 0 to 1."""
    light = lit * (0.3 + 0.7 * _near_sun(apart))
    return np.asarray(vector(sky["cloud_shade"]) + np.outer(light, vector(sky["cloud_light"])))


def _near_sun(apart: Scalars) -> Scalars:
    return np.asarray(1 / (1 + 7 * apart))


def veiled(air: AirView, height: Scalars, light: Vectors) -> Vectors:
    """Return the light of the sky at `height` with the veil of fog before it, which clears upwards."""
    return mix(light, vector(air["veil"]), air["share"] * decay(-height * air["clears"]))


def hazed(sky: SkyView, air: AirView, toward: Vectors, far: Scalars, light: Vectors) -> Vectors:
    """Return light that comes from `far` metres away with what the air adds to it."""
    between = clear_sky(sky, np.zeros_like(far), from_sun(sky, toward))
    between = mix(between, vector(air["veil"]), np.full_like(far, air["share"]))
    return mix(light, between, 1 - decay(-far / air["sight"]))


def fall_light(seen: Rays, film: FilmView, tile: Floats) -> Scalars:
    """Return the light of rain or snow before the rays: two layers of one tile, at different speeds."""
    near_x, near_y, far_x, far_y = film["fall_shift"]
    near = tile[(seen.y + near_y) % FALL_SIDE, (seen.x + near_x) % FALL_SIDE]
    far = tile[(2 * seen.y + far_y) % FALL_SIDE, (2 * seen.x + far_x) % FALL_SIDE]
    return np.asarray(near * film["fall"][0] + far * film["fall"][1], np.float32)


def _exposed(light: Vectors, exposure: float) -> Vectors:
    """Apply a filmic curve (the fit by Narkowicz, 2015) and a gamma close to sRGB's; 0 to 255."""
    light = np.maximum(light * np.float32(exposure), 0)
    film = np.minimum(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 1)
    root = np.sqrt(film)
    return np.asarray(root * (1.13 - 0.13 * root) * 255, np.float32)


def sample_sky(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a texture of `levels_of`, each ray at its own level; 0 to 255."""
    scale = np.float32(1) / (1 << level)
    return bilinear(texture, level, texture.shape[1] >> level, u * scale, v * scale)


def bilinear(
    texture: Texels, level: Levels, n_columns: Levels, u: Scalars, v: Scalars
) -> tuple[Scalars, Scalars]:
    """Sample one level of a repeating texture of `n_columns` columns, for each ray its own; 0 to 255."""
    side = texture.shape[1]
    u0, v0 = np.floor(u), np.floor(v)
    n_rows = side >> level
    top = 2 * side - ((2 * side) >> level)
    x, upper = u0.astype(np.int64) % n_columns, v0.astype(np.int64) % n_rows
    above = across(texture[top + upper, x], u - u0)
    below = across(texture[top + (upper + 1) % n_rows, x], u - u0)
    first, second = (a + (b - a) * (v - v0) for a, b in zip(above, below, strict=True))
    return first, second


def across(texels: Texels, share: Scalars) -> tuple[Scalars, Scalars]:
    """Mix the pairs of a place and of the next column; see `textures.packed`."""
    a0, b0, a1, b1 = (((texels >> shift) & 255).astype(np.float32) for shift in (0, 8, 16, 24))
    return a0 + (a1 - a0) * share, b0 + (b1 - b0) * share


def level_of(texels: Scalars, n_levels: int) -> Levels:
    """Return the whole binary logarithm, from the exponent's bits, within the levels there are."""
    bits = np.maximum(texels, 1).astype(np.float32).view(np.int32)
    return np.asarray(np.minimum((bits >> 23) - 127, n_levels - 1), np.int32)


def from_sun(sky: SkyView, toward: Vectors) -> Scalars:
    """Return the squared chord between each direction and the sun's."""
    return np.asarray(np.maximum(2 - 2 * (toward @ vector(sky["sun"])), 0), np.float32)


def decay(x: Scalars) -> Scalars:
    """exp(x) for x <= 0, by (1 + x/256)^256, as the C kernel has it."""
    return np.asarray(np.maximum(1 + x / 256, 0) ** 256, np.float32)


def mix(one: Vectors, other: Vectors, share: Scalars) -> Vectors:
    """Return `share` of the other and the rest of the one, for each ray."""
    return np.asarray(one + (other - one) * share[:, None], np.float32)


def unit(x: Scalars) -> Scalars:
    """Return the numbers held within 0 and 1."""
    return np.clip(x, 0, 1)


def vector(values: Sequence[float]) -> Vectors:
    """Return three numbers as the kernels hold them."""
    return np.array(values, np.float32)
