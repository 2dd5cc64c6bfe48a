"""The ocean's kernel in NumPy: what `ocean_kernels.c` does, said plainly. A change belongs into both.

A ray goes through each pixel. Above the horizon it meets the sky: a gradient, the sun's glow, a layer of
clouds, stars. Below it meets the plane of the water, whose slopes are the sum of two wave fields, each at two
scales; there Fresnel's law (Schlick's form) mixes the reflected sky with the water's own colour, and the sun
glitters as widely as the slopes that a pixel cannot show are spread (after Cox and Munk, 1954).
"""

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, FALL_SIDE, Floats


class OceanView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    Vectors are right, up, forward in metres; `right` and `up` go from one pixel to the next, `forward` to the
    top left one. Colours are linear light. `slope` scales the four layers of waves.
    """

    right: list[float]
    up: list[float]
    forward: list[float]
    eye: list[float]
    sun: list[float]
    disc: list[float]
    disc_edge: float
    zenith: list[float]
    middle: list[float]
    horizon: list[float]
    glow: list[float]
    halo: list[float]
    cloud_shade: list[float]
    cloud_light: list[float]
    cloud_drift: list[float]
    cloud_cover: float
    body: list[float]
    glint: list[float]
    slope: list[float]
    foam: float
    veil: list[float]
    veil_share: float
    veil_height: float
    haze_distance: float
    stars: float
    exposure: float
    fall: list[float]
    fall_shift: list[int]
    dither_shift: list[int]
    swell_lost: list[float]
    chop_lost: list[float]


class Textures(NamedTuple):
    """What the rays meet, in the order the C function takes it."""

    swell: Floats
    chop: Floats
    clouds: Floats
    stars: Floats
    fall: Floats
    dither: Floats


Scalars = npt.NDArray[np.floating[Any]]
"""One value for each ray; shape (n,)."""
Vectors = npt.NDArray[np.floating[Any]]
"""Three values for each ray, of a direction or a colour; shape (n, 3)."""


def draw_rows(frame: RGBFrame, view: OceanView, textures: Textures, *, first_row: int, n_rows: int) -> None:
    """Fill rows of the frame; see `kernels.OceanRows`."""
    width = frame.shape[1]
    rows = np.arange(first_row, first_row + n_rows)
    y, x = (grid.ravel() for grid in np.meshgrid(rows, np.arange(width), indexing="ij"))
    toward = _vector(view["forward"]) - np.outer(y, _vector(view["up"])) + np.outer(x, _vector(view["right"]))
    toward = toward.astype(np.float32)
    noise = textures.dither[(y + view["dither_shift"][1]) % DITHER_SIDE, x % DITHER_SIDE]
    is_sky = toward[:, 1] >= 0
    toward /= np.linalg.norm(toward, axis=1, keepdims=True)
    light = np.empty_like(toward)
    light[is_sky] = _sky(toward[is_sky], noise[is_sky], view, textures)
    light[~is_sky] = _water(toward[~is_sky], noise[~is_sky], view, textures)
    if view["fall"][0] > 0:
        light += _fall(x, y, view, textures.fall)[:, None]
    shown = _exposed(light, view["exposure"])
    for channel, shift in enumerate((0, 85, 170)):
        columns = (x + view["dither_shift"][0] + shift) % DITHER_SIDE
        grain = textures.dither[(y + view["dither_shift"][1]) % DITHER_SIDE, columns]
        shown[:, channel] += 0.5 + grain
    frame[rows] = np.clip(shown, 0, 255).astype(np.uint8).reshape(n_rows, width, 3)


def _clear_sky(height: Scalars, apart: Scalars, view: OceanView) -> Vectors:
    """Return the cloudless sky at `height` (sine of elevation), `apart` (squared chord) from the sun."""
    wide, tight = (1 / (1 + 12 * apart)) ** 2, (1 / (1 + 240 * apart)) ** 2
    light: Vectors = (
        _vector(view["zenith"])
        + np.outer(_decay(-2.2 * height), _vector(view["middle"]))
        + np.outer(_decay(-6 * height), _vector(view["horizon"]))
        + np.outer(wide, _vector(view["glow"]))
        + np.outer(tight, _vector(view["halo"]))
    )
    return light


def _sky(toward: Vectors, noise: Scalars, view: OceanView, textures: Textures) -> Vectors:
    height, apart = np.maximum(toward[:, 1], 0), _from_sun(toward, view)
    # The cloud layer bends down to the horizon, so it is never seen infinitely thin.
    reach = 1 / (height + 0.05)
    u = toward[:, 0] * reach * 110 + view["eye"][0] * 0.08 + view["cloud_drift"][0]
    v = toward[:, 2] * reach * 110 + view["eye"][2] * 0.08 + view["cloud_drift"][1]
    density, lit = _sample(textures.clouds, _level(reach * reach * 0.02 * (1.5 + noise), 4), u, v)
    cover = _unit(density * view["cloud_cover"]) * _unit(height * 16)
    clear = 1 - cover
    near_sun = 1 / (1 + 7 * apart)
    light = lit * (0.3 + 0.7 * near_sun)
    clouds = _vector(view["cloud_shade"]) + np.outer(light, _vector(view["cloud_light"]))
    thin = density * (1 - density) * near_sun**2
    disc = _unit((view["disc_edge"] - apart) / view["disc_edge"] * 5) * clear**2
    away = 1 / (height + 0.6)
    none = np.zeros(len(toward), np.int64)
    bright, blue = _sample(textures.stars, none, toward[:, 0] * away * 430, toward[:, 2] * away * 430)
    shine = bright * view["stars"] * clear**2 * _unit(height * 5)
    seen = (
        _mix(_clear_sky(height, apart, view), clouds, cover)
        + np.outer(thin, _vector(view["halo"]))
        + np.outer(disc, _vector(view["disc"]))
        + np.stack([shine, shine, shine * (1 + blue)], axis=1)
    )
    veil = view["veil_share"] * _decay(-height * view["veil_height"])
    return _mix(seen, _vector(view["veil"]), veil)


def _water(toward: Vectors, noise: Scalars, view: OceanView, textures: Textures) -> Vectors:
    down = np.maximum(-toward[:, 1], 1e-4)
    far = np.minimum(view["eye"][1] / down, 40000)
    sx, sz, rough = _surface(toward, far, noise, view, textures)
    norm = 1 / np.sqrt(1 + sx**2 + sz**2)
    against = -toward[:, 1] + toward[:, 0] * sx + toward[:, 2] * sz
    # Slopes that face away from a low eye are hidden behind others: the visible ones lean towards it.
    facing = np.maximum(against * norm, 0) + 0.45 * rough
    fresnel = 0.02 + 0.98 * (1 - np.minimum(facing, 1)) ** 5
    twice = 2 * against * norm**2
    up = np.abs(toward[:, 1] + twice) + 0.5 * rough
    mirrored = np.stack([toward[:, 0] - twice * sx, up, toward[:, 2] - twice * sz], axis=1)
    mirrored /= np.linalg.norm(mirrored, axis=1, keepdims=True)
    apart = _from_sun(mirrored, view)
    clouds = _vector(view["cloud_shade"]) + _vector(view["cloud_light"]) * np.float32(0.45)
    cloud = min(view["cloud_cover"] * 0.45, 0.9) * _unit(mirrored[:, 1] * 6)
    sky = _mix(_clear_sky(mirrored[:, 1], apart, view), clouds, cloud)
    width = view["disc_edge"] + 3 * rough**2 + 0.0035
    glitter = (1 / (1 + (apart / width) ** 2)) ** 2 * 0.016 / width * fresnel
    body = (1 - fresnel) * (0.75 + 0.9 * (sx * toward[:, 0] + sz * toward[:, 2]))
    seen = (
        sky * fresnel[:, None]
        + np.outer(body, _vector(view["body"]))
        + np.outer(glitter, _vector(view["glint"]))
    )
    steep = _unit((sx**2 + sz**2) * norm * 5 - 0.9) * view["foam"] * _unit(60 / far)
    white = np.float32(view["cloud_shade"][2] + 0.5 * view["cloud_light"][2])
    seen = _mix(seen, np.full(3, white), steep)
    air = _clear_sky(np.zeros_like(far), _from_sun(toward, view), view)
    between = _mix(air, _vector(view["veil"]), np.full_like(far, view["veil_share"]))
    return _mix(seen, between, 1 - _decay(-far / view["haze_distance"]))


def _surface(
    toward: Vectors, far: Scalars, noise: Scalars, view: OceanView, textures: Textures
) -> tuple[Scalars, Scalars, Scalars]:
    """Return the slopes along x and z where each ray meets the water, and the deviation of those unseen."""
    x = view["eye"][0] + toward[:, 0] * far
    z = view["eye"][2] + toward[:, 2] * far
    down = np.maximum(-toward[:, 1], 1e-4)
    # A pixel's footprint on the water, in metres: between its width and its much greater length. The grain
    # spreads the seams between levels over many pixels.
    pixel = np.linalg.norm(_vector(view["right"]))
    foot = far * pixel * (0.7 + 0.3 / down) * (1.5 + noise)
    layers = (
        (textures.swell, view["swell_lost"], 0.24, 7, 0.8, 0.6, 37.0, 0.0),
        (textures.swell, view["swell_lost"], 1.48, 7, 1.0, 0.0, 0.0, 0.0),
        (textures.chop, view["chop_lost"], 14.2, 6, 0.94, -0.34, 0.0, 0.0),
        (textures.chop, view["chop_lost"], 44.0, 6, 0.5, 0.87, 0.0, 11.0),
    )
    sx, sz, lost = np.zeros_like(far), np.zeros_like(far), np.zeros_like(far)
    for strength, (field, unresolved, scale, most, cos, sin, du, dv) in zip(
        view["slope"], layers, strict=True
    ):
        level = _level(foot * scale, most)
        a, b = _sample(field, level, (x * cos + z * sin) * scale + du, (z * cos - x * sin) * scale + dv)
        sx += strength * (cos * a - sin * b)
        sz += strength * (cos * b + sin * a)
        lost += strength**2 * _vector(unresolved)[level]
    return sx, sz, np.sqrt(np.maximum(lost, 0))


def _fall(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], view: OceanView, tile: Floats) -> Scalars:
    near_x, near_y, far_x, far_y = view["fall_shift"]
    near = tile[(y + near_y) % FALL_SIDE, (x + near_x) % FALL_SIDE]
    far = tile[(2 * y + far_y) % FALL_SIDE, (2 * x + far_x) % FALL_SIDE]
    return np.asarray(near * view["fall"][0] + far * view["fall"][1], np.float32)


def _exposed(light: Vectors, exposure: float) -> Vectors:
    """Apply a filmic curve (the fit by Narkowicz, 2015) and a gamma close to sRGB's; 0 to 255."""
    light = np.maximum(light * np.float32(exposure), 0)
    film = np.minimum(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 1)
    root = np.sqrt(film)
    return np.asarray(root * (1.13 - 0.13 * root) * 255, np.float32)


def _sample(field: Floats, level: npt.NDArray[np.int64], u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a repeating field of pairs bilinearly, each ray at its own level."""
    side = field.shape[1]
    scale = np.float32(1) / (1 << level)
    u, v = u * scale, v * scale
    u0, v0 = np.floor(u), np.floor(v)
    fu, fv = (u - u0)[:, None], (v - v0)[:, None]
    here = side >> level
    top = 2 * side - ((2 * side) >> level)
    x0, y0 = u0.astype(np.int64) % here, v0.astype(np.int64) % here
    x1, y1 = (x0 + 1) % here, (y0 + 1) % here
    upper = field[top + y0, x0] * (1 - fu) + field[top + y0, x1] * fu
    lower = field[top + y1, x0] * (1 - fu) + field[top + y1, x1] * fu
    both = upper * (1 - fv) + lower * fv
    return both[:, 0], both[:, 1]


def _level(texels: Scalars, most: int) -> npt.NDArray[np.int64]:
    return np.minimum(np.log2(np.maximum(texels, 1)).astype(np.int64), most)


def _from_sun(toward: Vectors, view: OceanView) -> Scalars:
    return np.asarray(np.maximum(2 - 2 * (toward @ _vector(view["sun"])), 0), np.float32)


def _decay(x: Scalars) -> Scalars:
    """exp(x) for x <= 0, by (1 + x/256)^256, as the C kernel has it."""
    return np.asarray(np.maximum(1 + x / 256, 0) ** 256, np.float32)


def _mix(one: Vectors, other: Vectors, share: Scalars) -> Vectors:
    return np.asarray(one + (other - one) * share[:, None], np.float32)


def _unit(x: Scalars) -> Scalars:
    return np.clip(x, 0, 1)


def _vector(values: list[float]) -> Vectors:
    return np.array(values, np.float32)
