"""The fronts of a street, sheets of what each room shows: what `street_fronts.h` does, in NumPy."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels.ripples import shuffled
from filmgate.engines.animatic.kernels.shading import (
    Levels,
    Scalars,
    Vectors,
    decay,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_faces import (
    Air,
    Face,
    Knots,
    Meeting,
    air_before,
    meeting,
    seen_by,
)
from filmgate.engines.animatic.kernels.street_rooms import (
    Glimpse,
    glass_mirror,
    mirrored_window_light,
    window_light,
)
from filmgate.engines.animatic.kernels.street_view import (
    N_TILE_LEVELS,
    SHEET_BITS,
    SHEET_LEVELS,
    SHEET_SIDE,
    StreetTextures,
    StreetView,
    lamps_at,
    sample_grit,
    sample_tile,
)
from filmgate.engines.animatic.textures import Texels

_LIGHT_PER_RISE = 63 / 48
_GRAIN, _GRAIN_SEEN, _GRAIN_STRENGTH = 190.0, 2.0, 0.0011
_GRIT_LEVELS = 7
_FINER, _SHARPEST = 1.2, 2.5
_EVEN = np.uint32(0x00FF00FF)


class _Slow(NamedTuple):
    """What is reckoned at knots: the air, the light on the wall as it is seen through it, the wash of a tube
    of light, what glass lets through and throws back, the way of the ray, half a pixel of rooms and
    1 / the whole, and the metres that a pixel covers."""

    air: Air
    light: Vectors
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


class _Room(NamedTuple):
    """Where in which room pixels look, 0 to 1, and the words of these rooms."""

    a: Scalars
    b: Scalars
    words: Levels


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
    room = _room(panel, met, textures["rooms"])
    half_a, half_b = (slow.half_a[knots.left], slow.half_b[knots.left])
    texels = _sheets_at(textures["cladding"], room, 2 * half_a * SHEET_SIDE, 2 * half_b * SHEET_SIDE)
    halves = knots.between(slow.half_a), knots.between(slow.half_b)
    many = unit(6 * np.maximum(*halves) - 1.5)
    parts = [((texels >> shift) & 255).astype(np.float32) / np.float32(255) for shift in (0, 8, 16, 24)]
    albedo = mix(np.stack(parts[:3], axis=1) ** 2 * panel["wall"], panel["mean"], many)
    glass = parts[3] + (panel["mean_glass"] - parts[3]) * many
    grain = _grain(panel, met, slow.foot[knots.left], view, textures)
    light = knots.between(slow.light) * albedo * grain[:, None]
    if panel["tint"].any():
        tube, shine = _tube(panel, slow, knots, met, view)
        light, glass = light + shine, glass * (1 - tube)
    along, upward, inward, foot, sharp_b = (
        knots.between(part) for part in (slow.along, slow.upward, slow.inward, slow.foot, slow.sharp_b)
    )
    glimpse = Glimpse(room.a, room.b, along, upward, inward, halves[1], sharp_b, foot)
    if view["has_ground"]:
        inside = window_light(panel, glimpse, shuffled(room.words), view)
    else:
        inside = mirrored_window_light(panel, shuffled(room.words), view)
    mean = vector(view["window_mean"]) * panel["lit"] * np.float32(view["lamps"])
    mean = mean + vector(view["ambient"]) * np.float32(0.05)
    inside = mix(inside, mean, unit(3.2 * np.maximum(*halves) - 0.5))
    window = inside * knots.between(slow.passed)[:, None] + knots.between(slow.shine)
    return mix(light, window, glass) + knots.between(slow.air.haze)


def _room(panel: np.void, met: Meeting, words: Texels) -> _Room:
    a, b = met.s * panel["width"] / panel["room_width"], met.t * panel["height"] / panel["room_height"]
    column = np.minimum(np.floor(a), np.float32(panel["columns"] - 1))
    floor = np.minimum(np.floor(b), np.float32(panel["floors"] - 1))
    number = panel["first_room"] + floor.astype(np.int64) * panel["columns"] + column.astype(np.int64)
    return _Room(a - column, b - floor, words[number])


def _sheets_at(cladding: Texels, room: _Room, foot_a: Scalars, foot_b: Scalars) -> Levels:
    """Return the texels of the rooms' sheets, whose levels are chosen by the texels that a pixel covers.

    What lies past the last column or row of a level has no share.
    """
    across, up = (level_of(foot * np.float32(_FINER), SHEET_LEVELS) for foot in (foot_a, foot_b))
    wide, high = SHEET_SIDE >> across, SHEET_SIDE >> up
    start = (2 * SHEET_SIDE - (2 * SHEET_SIDE >> across)) * 2 * SHEET_SIDE + (
        2 * SHEET_SIDE - (2 * SHEET_SIDE >> up)
    ) * wide
    u, v = (
        np.clip(at * size - np.float32(0.5), 0, size - 1).astype(np.float32)
        for at, size in ((room.a, wide), (room.b, high))
    )
    x, y = u.astype(np.int64), v.astype(np.int64)
    place = start + y * wide + x
    share_a, share_b = _share_of(u - x, foot_a), _share_of(v - y, foot_b)
    sheet = room.words >> SHEET_BITS
    lower, upper = (
        _mixed_bytes(cladding[sheet, at], cladding[sheet, at + 1], share_a) for at in (place, place + wide)
    )
    return _mixed_bytes(lower, upper, share_b)


def _share_of(x: Scalars, foot: Scalars) -> Levels:
    """Return 256ths of the second of two texels; where a pixel is smaller, their edge is drawn narrower."""
    sharper = np.clip(1 / foot, 1, np.float32(_SHARPEST))
    return np.asarray((unit((x - np.float32(0.5)) * sharper + np.float32(0.5)) * 256).astype(np.uint32))


def _mixed_bytes(one: Levels, two: Levels, share: Levels) -> Levels:
    """Mix all four bytes of two texels; `share` counts 256ths of the second."""
    rest = np.uint32(256) - share
    even = (one & _EVEN) * rest + (two & _EVEN) * share
    odd = (one >> 8 & _EVEN) * rest + (two >> 8 & _EVEN) * share
    return np.asarray((even >> 8 & _EVEN) | (odd & ~_EVEN))


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
    """Return what grain makes of light, where pixels are small enough to show it; a mirror shows none."""
    if not view["has_ground"]:
        return np.ones_like(foot)
    share = _GRAIN_STRENGTH * unit(1.5 - 1.5 * foot * _GRAIN / _GRAIN_SEEN)
    u, v = met.s * panel["width"] * np.float32(_GRAIN), met.t * panel["height"] * np.float32(_GRAIN)
    return np.asarray(1 + share * sample_grit(textures["grit"], level_of(foot * _GRAIN, _GRIT_LEVELS), u, v))


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
        light * clear * np.maximum(1 + (stain - 128) * np.float32(0.0028), 0.1)[:, None],
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
