"""The fronts of a street in NumPy: walls, and rooms behind glass; `street_fronts.h` says the same in C."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels.panels import Line, line_of, middle_pulse, pulse
from filmgate.engines.animatic.kernels.ripples import chance, scramble
from filmgate.engines.animatic.kernels.shading import (
    Levels,
    Scalars,
    Vectors,
    clear_sky,
    decay,
    from_sun,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_view import (
    N_TILE_LEVELS,
    SNOW,
    StreetTextures,
    StreetView,
    lamps_at,
    sample_tile,
)

FACADE, SHOP, PICTURE = 0, 1, 2
_LIGHT_PER_RISE = 63 / 48
_OPPOSITE_HEIGHT = 24.0
_SAND = (0.50, 0.38, 0.24)


class Face(NamedTuple):
    """What a rectangle is to the rays that are drawn."""

    near: Line
    across: Line
    beyond: Line
    rise: Line
    above: Line
    across_way: Vectors
    rise_way: Vectors
    inward: Vectors
    reach: np.float32
    sun: float


class Meeting(NamedTuple):
    """Where rays meet a rectangle: metres along its edges, metres there that a pixel covers, how far."""

    u: Scalars
    v: Scalars
    foot_u: Scalars
    foot_v: Scalars
    far: Scalars
    toward: Vectors
    place: Vectors


def face_of(panel: np.void, rays: Vectors, view: StreetView) -> Face:
    """Return what the rectangle is to unnormalised rays."""
    camera = view["camera"]
    origin = (panel["origin"] - vector(camera["eye"])).astype(np.float32)
    across, rise = panel["across"], panel["rise"]
    normal = _crossed(across, rise)
    reach = np.float32(normal @ origin)
    sign = np.float32(-1 if reach < 0 else 1)
    near, side, height = normal * sign, _crossed(rise, origin) * sign, _crossed(origin, across) * sign
    inward = near / np.linalg.norm(near)
    return Face(
        line_of(camera, near, rays),
        line_of(camera, side, rays),
        line_of(camera, near - side, rays),
        line_of(camera, height, rays),
        line_of(camera, near - height, rays),
        across / np.linalg.norm(across),
        rise / np.linalg.norm(rise),
        inward,
        reach * sign,
        max(0.0, -float(inward @ vector(view["sky"]["sun"]))),
    )


def _crossed(one: Vectors, other: Vectors) -> Vectors:
    """Return the cross product of two vectors; NumPy's own takes ten times as long for so few numbers."""
    (a, b, c), (u, v, w) = one, other
    return np.array([b * w - c * v, c * u - a * w, a * v - b * u], np.float32)


def meeting(panel: np.void, face: Face, rays: Vectors, view: StreetView) -> Meeting:
    """Return where unnormalised rays meet the rectangle."""
    shrink = 1 / np.maximum(face.near.values, np.float32(1e-9))
    s, t = face.across.values * shrink, face.rise.values * shrink
    wide = np.abs(face.across.step - s * face.near.step) + np.abs(face.across.fall - s * face.near.fall)
    high = np.abs(face.rise.step - t * face.near.step) + np.abs(face.rise.fall - t * face.near.fall)
    length, far = np.linalg.norm(rays, axis=1), face.reach * shrink
    return Meeting(
        s * panel["width"],
        t * panel["height"] + panel["base"],
        wide * shrink * panel["width"],
        high * shrink * panel["height"],
        far * length,
        rays / length[:, None],
        vector(view["camera"]["eye"]) + rays * far[:, None],
    )


def front_light(
    panel: np.void, face: Face, met: Meeting, view: StreetView, textures: StreetTextures
) -> Vectors:
    """Return the light of a front: rooms behind glass in a wall of courses and ledges."""
    is_shop = panel["kind"] == SHOP
    a, b = met.u / panel["room_width"], met.v / panel["room_height"]
    foot_a, foot_b = met.foot_u / panel["room_width"], met.foot_v / panel["room_height"]
    column, floor_number = np.floor(a), np.floor(b)
    bits = scramble(column, floor_number, panel["seed"])
    pane_width, pane_height = panel["pane_width"], panel["pane_height"]
    glass = middle_pulse(a, pane_width, foot_a) * middle_pulse(b, pane_height, foot_b)
    framed = middle_pulse(a, pane_width + np.float32(0.07), foot_a) * middle_pulse(
        b, pane_height + np.float32(0.09), foot_b
    )
    bar = middle_pulse(a * 2 + np.float32(0.5), 0.05, foot_a * 2)
    if not is_shop:
        bar = bar + middle_pulse(b + np.float32(0.32), 0.035, foot_b)
    wall = _wall(panel, face, met, (a, b, foot_a, foot_b), framed * (1 - glass), view, textures)
    if not is_shop:
        high = np.maximum(met.foot_v, np.float32(0.01))
        tube = unit((np.float32(0.055) - np.abs(met.v - np.float32(0.16))) / high + 0.5) * unit(0.06 / high)
        wall = wall + np.outer(view["lamps"] * (3.2 * tube + 0.16 * decay(-1.1 * met.v)), panel["tint"])
        glass = glass * (1 - tube)
    window = _window(panel, face, met, a - column, b - floor_number, bits, view)
    return mix(wall, window.astype(np.float32), glass * (1 - unit(bar)))


def _wall(
    panel: np.void,
    face: Face,
    met: Meeting,
    grid: tuple[Scalars, Scalars, Scalars, Scalars],
    frame: Scalars,
    view: StreetView,
    textures: StreetTextures,
) -> Vectors:
    a, b, foot_a, foot_b = grid
    ledge, sill = pulse(b + np.float32(0.07), 0.10, foot_b), pulse(b - np.float32(0.02), 0.05, foot_b)
    pier = 1 - middle_pulse(a, 0.90, foot_a)
    foot = np.maximum(met.foot_u, met.foot_v) * 40
    rough, _ = sample_tile(textures["grain"], level_of(foot, N_TILE_LEVELS), met.u * 40, met.v * 40)
    _, stain = sample_tile(
        textures["grain"],
        level_of(foot * 0.06, N_TILE_LEVELS),
        met.u * 5 + panel["base"],
        met.v * np.float32(1.3),
    )
    sand, _ = sample_tile(textures["grain"], level_of(foot * 4.3, N_TILE_LEVELS), met.u * 172, met.v * 172)
    grain = (rough - 128) * (0.0019 / (1 + 0.15 * foot)) + (sand - 128) * (0.0016 / (1 + 4 * foot))
    dirt = (stain - 128) * 0.0028
    shade = 1 + grain + dirt + 0.25 * ledge - 0.22 * pier * panel["depth"] * 0.2 - 0.4 * frame
    albedo = np.outer(np.maximum(shade, 0.1), panel["wall"]).astype(np.float32)
    albedo = mix(albedo, vector(list(SNOW)), view["snow"] * unit(ledge * 0.9 + sill))
    albedo = mix(albedo, vector(list(_SAND)), np.full_like(a, 0.35 * view["dust"]))
    up = met.place[:, 1]
    lamp = lamps_at(textures, met.place[:, 2], up * np.float32(_LIGHT_PER_RISE), float(panel["light_row"]))
    open_sky = 0.35 + 0.65 * unit(up * 0.04)
    under = 1 - 0.45 * pulse(b + np.float32(0.16), 0.09, foot_b)
    light = (
        np.outer(open_sky * under, vector(view["ambient"]))
        + np.outer(lamp[:, 3] * face.sun * under, vector(view["sun_light"]))
        + lamp[:, :3] * np.float32(view["lamps"])
    )
    return np.asarray(albedo * light, np.float32)


def _window(
    panel: np.void, face: Face, met: Meeting, a: Scalars, b: Scalars, bits: Levels, view: StreetView
) -> Vectors:
    """Return the light that comes through glass and off it, at `a`, `b` (0 to 1) of the fronts of rooms."""
    is_shop = panel["kind"] == SHOP
    ambient, lamps = vector(view["ambient"]), view["lamps"]
    foot = np.maximum(met.foot_u, met.foot_v)
    inside = _room(panel, face, met.toward, a, b, foot, bits, view)
    if not is_shop:
        folds = a * 9
        fold = 0.72 + 0.5 * np.abs(folds - np.floor(folds) - 0.5)
        fold = fold * (0.8 + 0.28 * pulse(b * 19, 0.62, met.foot_v * 19 / panel["room_height"]))
        on = np.where(chance(bits, 2) < panel["lit"], 0.62, 0) * lamps * (0.35 + 0.75 * chance(bits >> 5, 1))
        shine = on * fold * (0.45 + 0.75 * unit(1.3 - 2.2 * np.abs(b - 0.6)))
        cloth = _lamp_colour(bits) * shine[:, None] + np.outer(0.22 * fold, ambient)
        inside = mix(inside, cloth.astype(np.float32), _curtained(a, b, bits))
    many = unit(np.maximum(met.foot_u / panel["room_width"], met.foot_v / panel["room_height"]) * 1.6 - 0.5)
    mean = vector(view["window_mean"]) * panel["lit"] * np.float32(lamps) + ambient * np.float32(0.05)
    inside = mix(inside, mean, many)
    into = met.toward @ face.inward
    fresnel = 0.05 + 0.85 * (1 - unit(into)) ** 5
    mirror = _glass_mirror(face, met, into, view)
    return np.asarray(inside * (0.92 - 0.6 * fresnel)[:, None] + mirror * fresnel[:, None], np.float32)


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


def _room(
    panel: np.void,
    face: Face,
    toward: Vectors,
    a: Scalars,
    b: Scalars,
    foot: Scalars,
    bits: Levels,
    view: StreetView,
) -> Vectors:
    """Return the light of a room behind its window.

    The ray goes on to the back wall, a side wall, floor or ceiling, lit from the middle of the ceiling.
    """
    du, dv = toward @ face.across_way, toward @ face.rise_way
    dn = np.maximum(toward @ face.inward, np.float32(1e-3))
    wide, high = panel["room_width"], panel["room_height"]
    deep = panel["depth"] * (np.float32(0.7) + np.float32(0.6) * chance(bits, 1))
    to_side = np.where(du > 0, 1 - a, a) * wide / np.maximum(np.abs(du), np.float32(1e-3))
    to_flat = np.where(dv > 0, 1 - b, b) * high / np.maximum(np.abs(dv), np.float32(1e-3))
    to_back = deep / dn
    way = np.minimum(np.minimum(to_side, to_flat), to_back)
    across, up, deep_in = a * wide + du * way, b * high + dv * way, dn * way
    below_lamp = (across - 0.5 * wide) ** 2 + (deep_in - 0.55 * deep) ** 2
    lit = 1 / (0.5 + 0.3 * (below_lamp + (high - 0.3 - up) ** 2))
    is_back, is_flat, is_up = way == to_back, way == to_flat, dv > 0
    stands = _furnished(np.where(is_back, across, deep_in + 3), up, wide, foot, bits, panel["kind"] == SHOP)
    surface = np.where(is_flat, np.where(is_up, 0.85, 0.22), stands * (0.82 + 0.18 * is_back))
    lamp = np.where(is_flat & is_up, unit(1.3 - 2.2 * below_lamp), 0)
    on = np.where(chance(bits, 2) < panel["lit"], 1, 0) * view["lamps"]
    strength = (0.35 + 0.9 * chance(bits >> 5, 1) ** 2) * (1.75 if panel["kind"] == SHOP else 0.85)
    shine = on * strength * (surface * lit + 1.6 * lamp)
    by_day = 0.1 * surface * (1 - 0.7 * unit(deep_in / deep))
    light = _lamp_colour(bits) * shine[:, None] + np.outer(by_day, vector(view["ambient"]))
    return np.asarray(light, np.float32)


def _furnished(
    across: Scalars, up: Scalars, wide: float, foot: Scalars, bits: Levels, is_shop: bool
) -> Scalars:
    """Return what the things before a wall leave of its light: goods on shelves, a cupboard, a picture."""
    if is_shop:
        column, shelf = across * np.float32(2.6), up * np.float32(1.7)
        box = scramble(np.floor(column), np.floor(shelf), bits >> 3)
        goods = pulse(column, 0.55 + 0.4 * chance(box, 2), foot * np.float32(2.6)) * pulse(
            shelf, 0.35 + 0.5 * chance(box, 1), foot * np.float32(1.7)
        )
        seen, shade = unit(1.4 - foot * 4) * unit(2.6 - up), 0.4 + 0.75 * chance(box, 0)
        return np.asarray(0.72 + (0.50 + goods * (shade - 0.32) - 0.72) * seen)
    cupboard = unit((across - wide * 0.55 * chance(bits, 3)) * 12)
    low = np.where(up < 0.75 + 0.5 * chance(bits, 2), cupboard, 0)
    picture = unit((0.35 - np.abs(up - 1.65)) * 20) * unit((0.45 - np.abs(across - wide * 0.4)) * 20)
    return np.asarray((1 - 0.65 * low) * (1 - 0.45 * picture))


def _glass_mirror(face: Face, met: Meeting, into: Scalars, view: StreetView) -> Vectors:
    """Return what glass throws back: the sky over the street, or what stands opposite."""
    sky = view["sky"]
    mirrored = met.toward - 2 * into[:, None] * face.inward
    climb = met.place[:, 1] + mirrored[:, 1] / np.maximum(into, 0.02) * view["canyon"]
    blocked = unit((_OPPOSITE_HEIGHT - climb) * 0.12 + 0.5)
    clear = clear_sky(sky, np.maximum(mirrored[:, 1], 0), from_sun(sky, mirrored))
    clouds = vector(sky["cloud_shade"]) + vector(sky["cloud_light"]) * np.float32(0.3)
    opposite = vector(view["ambient"]) * 0.22 + vector(view["window_mean"]) * 0.35 * view["lamps"]
    return mix(mix(clear, clouds, np.full_like(into, 0.35)), opposite.astype(np.float32), blocked)
