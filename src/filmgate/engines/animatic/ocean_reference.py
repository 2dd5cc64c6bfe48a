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
from filmgate.engines.animatic.textures import DITHER_SIDE, FALL_SIDE, STAR_BRIGHTEST, Floats, Texels
from filmgate.engines.animatic.waves import STEP, WIND, ZERO

CLOUD_BEND, CLOUD_SCALE, STAR_BEND, STAR_SCALE = 0.05, 110, 0.6, 430
CLOUD_PARALLAX = 0.08
FARTHEST, LEAST_DOWN = 40000, 1e-4
SPRAY_ACROSS, SPRAY_ALONG = 16.0, 7.0
N_ROUGH, ROUGH_FIRST_OCTAVE = 64, -6


class OceanView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    Vectors are right, up, forward in metres; `right` and `up` go from one pixel to the next, `forward` to the
    top left one. Colours are linear light. `slope` scales the four layers of waves; `rough` is the deviation
    of their slopes that a footprint hides, in quarters of octaves from 2^-6 metres on.
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
    rough: list[float]
    foam: float
    veil: list[float]
    veil_share: float
    veil_height: float
    haze_distance: float
    stars: float
    exposure: float
    fall: list[float]
    fall_shift: list[int]
    dither_row: int
    dither_shift: list[int]


class Textures(NamedTuple):
    """What the rays meet; each name is a field of the C structure."""

    swell: Texels
    chop: Texels
    clouds: Texels
    stars: Texels
    fall: Floats
    dither: Floats


class Layer(NamedTuple):
    """A layer of waves: texels to a metre, cosine and sine of its turn, and where it begins."""

    scale: float
    cos: float
    sin: float
    u: float
    v: float


LAYERS = (
    Layer(0.24, 0.8, 0.6, 37.0, 0.0),
    Layer(1.48, 1.0, 0.0, 0.0, 0.0),
    Layer(14.2, 0.94, -0.34, 0.0, 0.0),
    Layer(44.0, 0.5, 0.87, 0.0, 11.0),
)
"""Two of the swell and two of the chop; `SWELL_WIDE` to `CHOP_CLOSE` in the C kernel."""

Scalars = npt.NDArray[np.floating[Any]]
"""One value for each ray; shape (n,)."""
Vectors = npt.NDArray[np.floating[Any]]
"""Three values for each ray, of a direction or a colour; shape (n, 3)."""
Levels = npt.NDArray[np.int32]
"""A level of a texture for each ray; shape (n,)."""


def draw_rows(frame: RGBFrame, view: OceanView, textures: Textures, *, first_row: int, n_rows: int) -> None:
    """Fill rows of the frame; see `kernels.OceanRows`."""
    width = frame.shape[1]
    rows = np.arange(first_row, first_row + n_rows)
    y, x = (grid.ravel() for grid in np.meshgrid(rows, np.arange(width), indexing="ij"))
    toward = _vector(view["forward"]) - np.outer(y, _vector(view["up"])) + np.outer(x, _vector(view["right"]))
    toward = toward.astype(np.float32)
    grain_row = (y + view["dither_row"]) % DITHER_SIDE
    noise = textures.dither[grain_row, x % DITHER_SIDE]
    is_sky = toward[:, 1] >= 0
    toward /= np.linalg.norm(toward, axis=1, keepdims=True)
    light = np.empty_like(toward)
    light[is_sky] = _sky(toward[is_sky], noise[is_sky], view, textures)
    light[~is_sky] = _water(toward[~is_sky], view, textures)
    if view["fall"][0] > 0:
        light += _fall(x, y, view, textures.fall)[:, None]
    shown = _exposed(light, view["exposure"])
    for channel, shift in enumerate(view["dither_shift"]):
        shown[:, channel] += 0.5 + textures.dither[grain_row, (x + shift) % DITHER_SIDE]
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
    reach = 1 / (height + CLOUD_BEND)
    u = toward[:, 0] * reach * CLOUD_SCALE + view["eye"][0] * CLOUD_PARALLAX + view["cloud_drift"][0]
    v = toward[:, 2] * reach * CLOUD_SCALE + view["eye"][2] * CLOUD_PARALLAX + view["cloud_drift"][1]
    level = _level(reach * reach * 0.02 * (1.5 + noise), 5)
    density, lit = (value / 255 for value in _sample_sky(textures.clouds, level, u, v))
    cover = _unit(density * view["cloud_cover"]) * _unit(height * 16)
    clear = 1 - cover
    near_sun = 1 / (1 + 7 * apart)
    light = lit * (0.3 + 0.7 * near_sun)
    clouds = _vector(view["cloud_shade"]) + np.outer(light, _vector(view["cloud_light"]))
    thin = density * (1 - density) * near_sun**2
    disc = _unit((view["disc_edge"] - apart) / view["disc_edge"] * 5) * clear**2
    away = STAR_SCALE / (height + STAR_BEND)
    finest = np.zeros(len(toward), np.int32)
    root, blue = (
        value / 255 for value in _sample_sky(textures.stars, finest, toward[:, 0] * away, toward[:, 2] * away)
    )
    shine = root**2 * STAR_BRIGHTEST * view["stars"] * clear**2 * _unit(height * 5)
    seen = (
        _mix(_clear_sky(height, apart, view), clouds, cover)
        + np.outer(thin, _vector(view["halo"]))
        + np.outer(disc, _vector(view["disc"]))
        + np.stack([shine, shine, shine * (1 + blue)], axis=1)
    )
    veil = view["veil_share"] * _decay(-height * view["veil_height"])
    return _mix(seen, _vector(view["veil"]), veil)


def _water(toward: Vectors, view: OceanView, textures: Textures) -> Vectors:
    down = np.maximum(-toward[:, 1], LEAST_DOWN)
    far = np.minimum(view["eye"][1] / down, FARTHEST)
    place = _vector(view["eye"]) + toward * far[:, None]
    # The length of a pixel on the water, in metres; the levels are rounded down, so it is taken longer.
    pixel = np.linalg.norm(_vector(view["right"]))
    foot = np.asarray(far * pixel * (1.2 / down), np.float32)
    fields = (textures.swell, textures.swell, textures.chop, textures.chop)
    slopes = [
        _slopes(field, layer, strength, place, foot)
        for field, layer, strength in zip(fields, LAYERS, view["slope"], strict=True)
    ]
    seen = _lit_water(toward, sum(slopes[1:], slopes[0]), _roughness(view, foot), view)
    if view["foam"] > 0:
        foam = _whitecaps(textures, place, foot, slopes[0] + slopes[1]) * view["foam"]
        white = _vector(view["cloud_shade"]) + _vector(view["cloud_light"]) * np.float32(0.8)
        seen = _mix(seen, white, foam * _unit(150 / far))
    air = _clear_sky(np.zeros_like(far), _from_sun(toward, view), view)
    between = _mix(air, _vector(view["veil"]), np.full_like(far, view["veil_share"]))
    return _mix(seen, between, 1 - _decay(-far / view["haze_distance"]))


def _lit_water(toward: Vectors, slopes: Vectors, rough: Scalars, view: OceanView) -> Vectors:
    """Return the light that water of these slopes, shape (n, 2), sends against `toward`."""
    sx, sz = slopes.T
    norm = 1 / np.sqrt(1 + sx**2 + sz**2)
    against = -toward[:, 1] + toward[:, 0] * sx + toward[:, 2] * sz
    # Slopes that face away from a low eye are hidden behind others: the visible ones lean towards it.
    facing = np.maximum(against * norm, 0) + 0.45 * rough
    fresnel = 0.02 + 0.98 * (1 - np.minimum(facing, 1)) ** 5
    twice = 2 * against * norm**2
    # A ray that the mirror would throw down meets a second wave, which throws it up again.
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
    seen: Vectors = (
        sky * fresnel[:, None]
        + np.outer(body, _vector(view["body"]))
        + np.outer(glitter, _vector(view["glint"]))
    )
    return seen


def _slopes(field: Texels, layer: Layer, strength: float, place: Vectors, foot: Scalars) -> Vectors:
    """Return the slopes of one layer along x and z, shape (n, 2), where rays cover `foot` metres."""
    x, z = place[:, 0], place[:, 2]
    u = (x * layer.cos + z * layer.sin) * layer.scale + layer.u
    v = (z * layer.cos - x * layer.sin) * layer.scale + layer.v
    codes = _sample_waves(field, _level(foot * layer.scale, 8), u, v)
    a, b = ((code - ZERO) * (strength * STEP) for code in codes)
    return np.stack([layer.cos * a - layer.sin * b, layer.cos * b + layer.sin * a], axis=1)


def _roughness(view: OceanView, foot: Scalars) -> Scalars:
    """Return the deviation of the slopes that the footprints hide."""
    entry = (foot.view(np.int32) >> 21) - ((127 + ROUGH_FIRST_OCTAVE) << 2)
    return np.asarray(_vector(view["rough"])[np.clip(entry, 0, N_ROUGH - 1)])


def _whitecaps(textures: Textures, place: Vectors, foot: Scalars, slopes: Vectors) -> Scalars:
    """Return the share of white water where the long waves have these slopes.

    Crests break where they are steep, and the wind tears spray into streaks along its way. The chop, drawn
    out along the wind, frays both.
    """
    x, z = place[:, 0], place[:, 2]
    u = (x * WIND[1] - z * WIND[0]) * SPRAY_ACROSS
    v = (x * WIND[0] + z * WIND[1]) * SPRAY_ALONG
    torn, _ = _sample_waves(textures.chop, _level(foot * SPRAY_ACROSS, 8), u, v)
    frayed = (torn - ZERO) * STEP
    breaking = _unit((slopes**2).sum(axis=1) * 20 + 0.9 * frayed - 1.6)
    streak = 0.2 * _unit(frayed - 0.4)
    return np.asarray(breaking + (1 - breaking) * streak, np.float32)


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


def _sample_sky(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a texture of `levels_of`, each ray at its own level; 0 to 255."""
    scale = np.float32(1) / (1 << level)
    return _bilinear(texture, level, texture.shape[1] >> level, u * scale, v * scale)


def _sample_waves(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a texture of `rows_halved`, each ray at its own level; 0 to 255.

    A row of a level stands for the middle of those it was made from.
    """
    columns = np.full_like(level, texture.shape[1])
    return _bilinear(texture, level, columns, u, (v + np.float32(0.5)) / (1 << level) - np.float32(0.5))


def _bilinear(
    texture: Texels, level: Levels, n_columns: Levels, u: Scalars, v: Scalars
) -> tuple[Scalars, Scalars]:
    side = texture.shape[1]
    u0, v0 = np.floor(u), np.floor(v)
    n_rows = side >> level
    top = 2 * side - ((2 * side) >> level)
    x, upper = u0.astype(np.int64) % n_columns, v0.astype(np.int64) % n_rows
    above = _across(texture[top + upper, x], u - u0)
    below = _across(texture[top + (upper + 1) % n_rows, x], u - u0)
    first, second = (a + (b - a) * (v - v0) for a, b in zip(above, below, strict=True))
    return first, second


def _across(texels: Texels, share: Scalars) -> tuple[Scalars, Scalars]:
    """Mix the pairs of a place and of the next column; see `textures.packed`."""
    a0, b0, a1, b1 = (((texels >> shift) & 255).astype(np.float32) for shift in (0, 8, 16, 24))
    return a0 + (a1 - a0) * share, b0 + (b1 - b0) * share


def _level(texels: Scalars, n_levels: int) -> Levels:
    """Return the whole binary logarithm, from the exponent's bits, within the levels there are."""
    bits = np.maximum(texels, 1).astype(np.float32).view(np.int32)
    return np.asarray(np.minimum((bits >> 23) - 127, n_levels - 1), np.int32)


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
