"""The fronts of a street, walls around windows: what `street_fronts.h` does, in NumPy."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels.panels import strip
from filmgate.engines.animatic.kernels.ripples import scramble
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    decay,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_faces import (
    SHOP,
    Air,
    Face,
    Knots,
    Meeting,
    air_before,
    meeting,
    seen_by,
)
from filmgate.engines.animatic.kernels.street_rooms import Glimpse, glass_mirror, window_light
from filmgate.engines.animatic.kernels.street_view import (
    N_TILE_LEVELS,
    SNOW,
    StreetTextures,
    StreetView,
    lamps_at,
    sample_grit,
    sample_tile,
)

_LIGHT_PER_RISE = 63 / 48
_SAND = (0.50, 0.38, 0.24)
_COARSE_GRAIN, _FINE_GRAIN = 52.0, 190.0
_GRIT_LEVELS = 7


class _Slow(NamedTuple):
    """What is reckoned at knots: the air, the light on the wall as it is seen through it, dirt, the wash of a
    tube of light, what glass lets through and throws back, the way of the ray, half a pixel of rooms and
    1 / the whole, and the metres that a pixel covers."""

    air: Air
    light: Vectors
    dirt: Scalars
    wash: Scalars
    passed: Scalars
    shine: Vectors
    along: Scalars
    upward: Scalars
    inward: Scalars
    half_a: Scalars
    sharp_a: Scalars
    half_b: Scalars
    sharp_b: Scalars
    foot: Scalars


class _Strips(NamedTuple):
    """The footprints of pixels in a grid of rooms: half of each, 1 / the whole, how many rooms they see."""

    half: Scalars
    sharp: Scalars
    many: Scalars

    def share(self, apart: Scalars, half: float) -> Scalars:
        """Return the share of each pixel within `half` of the middle of a strip that is `apart`."""
        return strip(apart, np.float32(half), self.half, self.sharp, self.many)


def front_light(
    panel: np.void,
    whole: tuple[Face, Vectors],
    knots: Knots,
    met: Meeting,
    view: StreetView,
    textures: StreetTextures,
) -> Vectors:
    """Return the light of a front as it is seen through the air: rooms behind glass in a wall.

    `whole` is the rectangle and the rays of all pixels of some rows; `met` are the pixels that are drawn.
    """
    face, rays = whole
    slow = _slow(panel, seen_by(face, knots.rays), rays[knots.rays], view, textures)
    a, b = met.s * panel["width"] / panel["room_width"], met.t * panel["height"] / panel["room_height"]
    column, floor = np.floor(a), np.floor(b)
    a, b = a - column, b - floor
    halves = knots.between(slow.half_a), knots.between(slow.half_b)
    across, up = (
        _Strips(half, knots.between(sharp), unit(6 * half - 1.5))
        for half, sharp in zip(halves, (slow.sharp_a, slow.sharp_b), strict=True)
    )
    off_a, off_b = np.abs(a - np.float32(0.5)), np.abs(b - np.float32(0.5))
    pane_width, pane_height = panel["pane_width"] / 2, panel["pane_height"] / 2
    glass = across.share(off_a, pane_width) * up.share(off_b, pane_height)
    framed = across.share(off_a, pane_width + 0.035) * up.share(off_b, pane_height + 0.045)
    bar = across.share(off_a, 0.0125)
    grain = _grain(panel, met, slow.foot[knots.left], view, textures) + knots.between(slow.dirt)
    shade = 1 + grain - 0.044 * (1 - across.share(off_a, 0.45)) * panel["depth"]
    # The head of a window lies in shadow, and its sill in light.
    shade = shade - (0.18 + 0.4 * b) * framed * (1 - glass)
    light = _wall(panel, slow, knots, b, up, shade, view)
    if panel["kind"] != SHOP:
        bar = bar + up.share(np.abs(b - np.float32(0.18)), 0.0175)
        tube, shine = _tube(panel, slow, knots, met, view)
        light, glass = light + shine, glass * (1 - tube)
    along, upward, inward, foot = (
        knots.between(part) for part in (slow.along, slow.upward, slow.inward, slow.foot)
    )
    glimpse = Glimpse(a, b, along, upward, inward, up.half, up.sharp, foot)
    inside = window_light(panel, glimpse, scramble(column, floor, panel["seed"]), view)
    mean = vector(view["window_mean"]) * panel["lit"] * np.float32(view["lamps"])
    mean = mean + vector(view["ambient"]) * np.float32(0.05)
    inside = mix(inside, mean, unit(3.2 * np.maximum(*halves) - 0.5))
    window = inside * knots.between(slow.passed)[:, None] + knots.between(slow.shine)
    return mix(light, window, glass * (1 - unit(bar))) + knots.between(slow.air.haze)


def _wall(
    panel: np.void, slow: _Slow, knots: Knots, b: Scalars, up: _Strips, shade: Scalars, view: StreetView
) -> Vectors:
    """Return the light of walls, `b` of their room's height up."""
    ledge = up.share(np.minimum(b + np.float32(0.02), np.abs(b - np.float32(0.98))), 0.05)
    sill = up.share(np.abs(b - np.float32(0.045)), 0.025)
    under = 1 - 0.45 * up.share(np.abs(b - np.float32(0.885)), 0.045)
    dust = np.float32(0.35 * view["dust"])
    shade = np.maximum(shade + 0.25 * ledge, 0.1)
    albedo = np.outer(shade, panel["wall"] * (1 - dust)) + vector(list(_SAND)) * dust
    albedo = mix(albedo.astype(np.float32), vector(list(SNOW)), view["snow"] * unit(ledge * 0.9 + sill))
    return np.asarray(knots.between(slow.light) * under[:, None] * albedo, np.float32)


def _tube(
    panel: np.void, slow: _Slow, knots: Knots, met: Meeting, view: StreetView
) -> tuple[Scalars, Vectors]:
    """Return the cover of a tube of light along the foot of some fronts, and its light with its wash."""
    sharp = knots.between(slow.sharp_b) / panel["room_height"]
    low = np.abs(met.t * panel["height"] - np.float32(0.16))
    tube = unit((np.float32(0.055) - low) * sharp + 0.5) * unit(np.float32(0.06) * sharp)
    shine = knots.between(slow.wash) + 3.2 * tube * view["lamps"] * knots.between(slow.air.clear)
    return tube, np.outer(shine, panel["tint"])


def _grain(
    panel: np.void, met: Meeting, foot: Scalars, view: StreetView, textures: StreetTextures
) -> Scalars:
    """Return coarse and fine grain, where pixels are small enough to show them; a mirror shows none."""
    grain = np.zeros_like(foot)
    if not view["has_ground"]:
        return grain
    for texels, seen, strength in ((_COARSE_GRAIN, 40.0, 0.0021), (_FINE_GRAIN, 3.0, 0.0012)):
        share = strength * unit(1.5 - 1.5 * foot * texels / seen)
        u, v = met.s * panel["width"] * np.float32(texels), met.t * panel["height"] * np.float32(texels)
        grain += share * sample_grit(textures["grit"], level_of(foot * texels, _GRIT_LEVELS), u, v)
    return grain


def _slow(panel: np.void, face: Face, rays: Vectors, view: StreetView, textures: StreetTextures) -> _Slow:
    """Return what changes slowly, at unnormalised rays that meet the rectangle."""
    met = meeting(face)
    place = vector(view["camera"]["eye"]) + rays * met.far[:, None]
    length = np.linalg.norm(rays, axis=1)
    toward = rays / length[:, None]
    air = air_before(view, toward, met.far * length)
    clear = air.clear[:, None]
    foot_a = np.maximum(met.wide * panel["width"] / panel["room_width"], np.float32(1e-3))
    foot_b = np.maximum(met.high * panel["height"] / panel["room_height"], np.float32(1e-3))
    foot = np.maximum(met.wide * panel["width"], met.high * panel["height"])
    u, rise, up = met.s * panel["width"], met.t * panel["height"], place[:, 1]
    level = level_of(foot * np.float32(2.4), N_TILE_LEVELS)
    _, stain = sample_tile(textures["grain"], level, u * 5 + panel["base"], rise * np.float32(1.3))
    lamp = lamps_at(textures, place[:, 2], up * np.float32(_LIGHT_PER_RISE), float(panel["light_row"]))
    light = (
        np.outer(0.35 + 0.65 * unit(up * 0.04), vector(view["ambient"]))
        + np.outer(lamp[:, 3] * face.sun, vector(view["sun_light"]))
        + lamp[:, :3] * np.float32(view["lamps"])
    )
    into = toward @ face.inward
    fresnel = 0.05 + 0.85 * (1 - unit(into)) ** 5
    return _Slow(
        air,
        light * clear,
        (stain - 128) * np.float32(0.0028),
        0.16 * decay(-1.1 * rise) * view["lamps"] * air.clear,
        (0.92 - 0.6 * fresnel) * air.clear,
        glass_mirror(face, toward, up, view) * fresnel[:, None] * clear,
        toward @ face.across_way,
        toward @ face.rise_way,
        np.maximum(into, np.float32(1e-3)),
        foot_a / 2,
        1 / foot_a,
        foot_b / 2,
        1 / foot_b,
        foot,
    )
