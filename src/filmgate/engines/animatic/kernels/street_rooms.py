"""Rooms behind the glass of fronts, and what it mirrors: what `street_rooms.h` does, in NumPy."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels.panels import pulse, pulse_by
from filmgate.engines.animatic.kernels.ripples import chance, scramble
from filmgate.engines.animatic.kernels.shading import (
    Levels,
    Scalars,
    Vectors,
    clear_sky,
    from_sun,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_faces import SHOP, Face
from filmgate.engines.animatic.kernels.street_view import StreetView

_OPPOSITE_HEIGHT = 24.0


class Glimpse(NamedTuple):
    """Where in its front, 0 to 1, a window is looked into, the way of the ray, half a pixel of its height and
    1 / the whole, and the metres that a pixel covers."""

    a: Scalars
    b: Scalars
    along: Scalars
    upward: Scalars
    inward: Scalars
    half: Scalars
    sharp: Scalars
    foot: Scalars


def window_light(panel: np.void, glimpse: Glimpse, bits: Levels, view: StreetView) -> Vectors:
    """Return what shines through windows."""
    on = _lamp_share(panel, bits, view)
    inside = _room(panel, glimpse, on, bits, view)
    if panel["kind"] == SHOP:
        return inside
    return mix(inside, _cloth(glimpse, on, bits, view), _curtained(glimpse.a, glimpse.b, bits))


def mirrored_window_light(panel: np.void, bits: Levels, view: StreetView) -> Vectors:
    """Return what is left of that in a mirror, where nobody sees what stands in a room."""
    on = _lamp_share(panel, bits, view)
    strength = _lamp_strength(bits) * (0.62 if panel["kind"] == SHOP else 0.42)
    light = _lamp_colour(bits) * (on * strength)[:, None] + vector(view["ambient"]) * np.float32(0.05)
    return np.asarray(light, np.float32)


def _lamp_share(panel: np.void, bits: Levels, view: StreetView) -> Scalars:
    """Return how much the lamps of windows are on."""
    return np.where(chance(bits, 2) < panel["lit"], np.float32(1), 0) * np.float32(view["lamps"])


def _lamp_strength(bits: Levels) -> Scalars:
    return np.asarray(0.35 + 0.9 * chance(bits >> 5, 1) ** 2)


def _lamp_colour(bits: Levels) -> Vectors:
    warm, white, cool = (vector(list(c)) for c in ((1.0, 0.48, 0.17), (1.0, 0.76, 0.48), (0.46, 0.76, 1.0)))
    kind = chance(bits, 0)
    plain = mix(mix(warm, white, unit(kind * 1.6)), cool, unit(kind * 4 - 3))
    return mix(plain, vector([1.0, 0.30, 0.62]), np.where(chance(bits, 3) > np.float32(0.94), 0.75, 0))


def _curtained(a: Scalars, b: Scalars, bits: Levels) -> Scalars:
    """Return how much of a window cloth hides, at `a`, `b` of its front."""
    drawn, blind = chance(bits >> 7, 0) * np.float32(0.46), chance(bits >> 11, 2)
    sides = np.float32(0.5) - np.abs(a - np.float32(0.5)) < drawn * drawn * 2
    return np.asarray(((b > 1.10 - 0.5 * blind**3) | sides).astype(np.float32))


def _cloth(glimpse: Glimpse, on: Scalars, bits: Levels, view: StreetView) -> Vectors:
    """Return the light of cloth that hangs in folds, from the lamps behind it and the sky before it."""
    folds = glimpse.a * 9
    fold = 0.72 + 0.5 * np.abs(folds - np.floor(folds) - 0.5)
    fold = fold * (0.8 + 0.28 * pulse_by(glimpse.b * 19, 0.62, glimpse.half * 19, glimpse.sharp / 19))
    shine = (
        on * (0.22 + 0.47 * chance(bits >> 5, 1)) * (0.45 + 0.75 * unit(1.3 - 2.2 * np.abs(glimpse.b - 0.6)))
    )
    light = _lamp_colour(bits) * (shine * fold)[:, None] + np.outer(0.22 * fold, vector(view["ambient"]))
    return np.asarray(light, np.float32)


def _room(panel: np.void, glimpse: Glimpse, on: Scalars, bits: Levels, view: StreetView) -> Vectors:
    """Return the light of a room behind its window.

    The ray goes on to the back wall, a side wall, floor or ceiling, lit from the middle of the ceiling.
    """
    a, b, along, upward, inward = glimpse[:5]
    wide, high = panel["room_width"], panel["room_height"]
    deep = panel["depth"] * (np.float32(0.7) + np.float32(0.6) * chance(bits, 1))
    to_side = np.where(along > 0, 1 - a, a) * wide / np.maximum(np.abs(along), np.float32(1e-3))
    to_flat = np.where(upward > 0, 1 - b, b) * high / np.maximum(np.abs(upward), np.float32(1e-3))
    to_back = deep / inward
    way = np.minimum(np.minimum(to_side, to_flat), to_back)
    across, up, deep_in = a * wide + along * way, b * high + upward * way, inward * way
    from_lamp = (across - 0.5 * wide) ** 2 + (deep_in - 0.55 * deep) ** 2
    lit = 1 / (0.5 + 0.3 * (from_lamp + (high - 0.3 - up) ** 2))
    is_back, is_flat, is_up = way == to_back, way == to_flat, upward > 0
    place = np.where(is_back, across, deep_in + 3)
    is_shop = panel["kind"] == SHOP
    stands = _stocked(place, up, glimpse.foot, bits) if is_shop else _furnished(place, up, wide, bits)
    surface = np.where(is_flat, np.where(is_up, 0.85, 0.22), stands * (0.82 + 0.18 * is_back))
    lamp = np.where(is_flat & is_up, unit(1.3 - 2.2 * from_lamp), 0)
    strength = _lamp_strength(bits) * (1.75 if is_shop else 0.85)
    shine = on * strength * (surface * lit + 1.6 * lamp)
    by_day = 0.1 * surface * (1 - 0.7 * unit(deep_in / deep))
    light = _lamp_colour(bits) * shine[:, None] + np.outer(by_day, vector(view["ambient"]))
    return np.asarray(light, np.float32)


def _stocked(across: Scalars, up: Scalars, foot: Scalars, bits: Levels) -> Scalars:
    """Return what goods on shelves leave of the light of a shop's wall."""
    column, shelf = across * np.float32(2.6), up * np.float32(1.7)
    box = scramble(np.floor(column), np.floor(shelf), bits >> 3)
    goods = pulse(column, 0.55 + 0.4 * chance(box, 2), foot * np.float32(2.6)) * pulse(
        shelf, 0.35 + 0.5 * chance(box, 1), foot * np.float32(1.7)
    )
    seen, shade = unit(1.4 - foot * 4) * unit(2.6 - up), 0.4 + 0.75 * chance(box, 0)
    return np.asarray(0.72 + (0.50 + goods * (shade - 0.32) - 0.72) * seen)


def _furnished(across: Scalars, up: Scalars, wide: float, bits: Levels) -> Scalars:
    """Return what a cupboard and a picture leave of the light of a flat's wall."""
    cupboard = unit((across - wide * 0.55 * chance(bits, 3)) * 12)
    low = np.where(up < 0.75 + 0.5 * chance(bits, 2), cupboard, 0)
    picture = unit((0.35 - np.abs(up - 1.65)) * 20) * unit((0.45 - np.abs(across - wide * 0.4)) * 20)
    return np.asarray((1 - 0.65 * low) * (1 - 0.45 * picture))


def glass_mirror(face: Face, toward: Vectors, up: Scalars, view: StreetView) -> Vectors:
    """Return what glass `up` metres above the ground throws back: the sky over the street, or what stands
    opposite."""
    sky = view["sky"]
    into = toward @ face.inward
    mirrored = toward - 2 * into[:, None] * face.inward
    climb = up + mirrored[:, 1] / np.maximum(into, 0.02) * view["canyon"]
    blocked = unit((_OPPOSITE_HEIGHT - climb) * 0.12 + 0.5)
    clear = clear_sky(sky, np.maximum(mirrored[:, 1], 0), from_sun(sky, mirrored))
    clouds = vector(sky["cloud_shade"]) + vector(sky["cloud_light"]) * np.float32(0.3)
    opposite = vector(view["ambient"]) * 0.22 + vector(view["window_mean"]) * 0.35 * view["lamps"]
    return mix(mix(clear, clouds, np.full_like(into, 0.35)), opposite.astype(np.float32), blocked)
