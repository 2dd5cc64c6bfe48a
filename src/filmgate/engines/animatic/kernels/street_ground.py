"""The ground of a street in NumPy: asphalt, lines, puddles, snow; `street_ground.h` says the same in C."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels.panels import MirrorView, pulse, sample_light, smooth
from filmgate.engines.animatic.kernels.ripples import rings
from filmgate.engines.animatic.kernels.shading import Scalars, Vectors, level_of, mix, unit, vector
from filmgate.engines.animatic.kernels.street_faces import Air, Knots, Places, air_before
from filmgate.engines.animatic.kernels.street_view import (
    N_TILE_LEVELS,
    SNOW,
    StreetTextures,
    StreetView,
    lamps_at,
    sample_grit,
    sample_tile,
)
from filmgate.engines.animatic.textures import Texels

KERB, GROUND_LIGHT = 5.5, 128
_GRIT_LEVELS = 7
_RIPPLES_FROM = 0.3
_FARTHEST, _LEAST_DOWN, _LEAST_FALL = 3000, 1e-4, 1e-5
_ZEBRAS = (15.5, 57.0)
_ASPHALT, _STONE = (0.066, 0.067, 0.071), (0.155, 0.148, 0.140)
_KERB_STONE, _PAINT, _SAND = (0.26, 0.25, 0.24), (0.52, 0.51, 0.47), (0.40, 0.30, 0.19)


class Surface(NamedTuple):
    """What the ground is made of where rays meet it."""

    albedo: Vectors
    puddle: Scalars
    sheen: Scalars


class _Slow(NamedTuple):
    """What is reckoned at knots: the air, the light on the ground as it is seen through it, what mirrors, the
    metres that a pixel covers across and ahead, how worn and how low the ground is in the large, and what
    rough asphalt mirrors."""

    air: Air
    light: Vectors
    mirrors: Scalars
    foot_x: Scalars
    foot_z: Scalars
    wear: Scalars
    low: Scalars
    smeared: Vectors


class _Feet(NamedTuple):
    """The metres that pixels cover across and ahead, and those ahead that choose the levels of textures."""

    x: Scalars
    z: Scalars
    chosen: Scalars


def lit_ground(
    rays: Vectors, pixels: Places, knots: Knots, view: StreetView, textures: StreetTextures
) -> Vectors:
    """Return the light that comes from the ground along some of unnormalised rays; these go down."""
    slow = _slow(rays[knots.rays], view, textures)
    rays = rays[pixels]
    steps = view["camera"]["eye"][1] / np.maximum(-rays[:, 1], np.float32(_LEAST_FALL))
    steps = np.minimum(steps, np.float32(_FARTHEST)).astype(np.float32)
    place = vector(view["camera"]["eye"]) + rays * steps[:, None]
    feet = _Feet(knots.between(slow.foot_x), knots.between(slow.foot_z), slow.foot_z[knots.left])
    ground = _surface(view, textures, place, feet, (knots.between(slow.wear), knots.between(slow.low)))
    up = _mirrored_by_water(rays, place, feet, view, textures)
    clear = _image(textures["mirror"], view["sharp"], view, up)
    is_wet = view["wetness"] > _RIPPLES_FROM
    smeared = _image(textures["smear"], view["rough"], view, up) if is_wet else knots.between(slow.smeared)
    wet = view["wetness"] * unit(ground.puddle * 4 + 0.75)
    strength = np.minimum(knots.between(slow.mirrors) * (0.12 + 1.1 * wet) + 0.045 * wet, 1)
    strength = strength * (ground.sheen + (1 - ground.sheen) * ground.puddle) * knots.between(slow.air.clear)
    image = mix(smeared, clear, ground.puddle)
    dry = 1 - 0.8 * ground.puddle * view["wetness"]
    own = ground.albedo * knots.between(slow.light) * dry[:, None]
    return np.asarray(own + image * strength[:, None] + knots.between(slow.air.haze), np.float32)


def _slow(rays: Vectors, view: StreetView, textures: StreetTextures) -> _Slow:
    """Return what changes slowly, at unnormalised rays."""
    toward = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    down = np.maximum(-toward[:, 1], np.float32(_LEAST_DOWN))
    far = np.minimum(view["camera"]["eye"][1] / down, np.float32(_FARTHEST)).astype(np.float32)
    place = vector(view["camera"]["eye"]) + toward * far[:, None]
    air = air_before(view, toward, far)
    foot_x = far * np.linalg.norm(vector(view["camera"]["right"])).astype(np.float32)
    aside = place[:, 0] - np.float32(view["road_middle"])
    row = (aside + 16) * 2 - np.float32(0.5)
    lamp = lamps_at(textures, place[:, 2], row, float(GROUND_LIGHT))
    light = (
        vector(view["ambient"]) * np.float32(0.75)
        + np.outer(lamp[:, 3] * max(view["sky"]["sun"][1], 0.0), vector(view["sun_light"]))
        + lamp[:, :3] * np.float32(view["lamps"])
    )
    u, v = aside * np.float32(1.3) + 77, place[:, 2] * np.float32(0.8)
    _, broad = sample_tile(textures["ground"], np.zeros(len(far), np.int32), u, v)
    foot_z = foot_x / down
    level = level_of(foot_z * 5, N_TILE_LEVELS)
    worn, hollow = sample_tile(textures["ground"], level, aside * 5 + 31, place[:, 2] * np.float32(3.5))
    up = np.stack([toward[:, 0], np.maximum(down, 1e-3), toward[:, 2]], axis=1)
    return _Slow(
        air,
        light * air.clear[:, None],
        0.025 + 0.9 * (1 - unit(down)) ** 5,
        foot_x,
        foot_z,
        (worn - 128) * np.float32(0.008),
        (hollow - 128) * np.float32(0.008) + (broad - 128) * np.float32(0.011),
        _image(textures["smear"], view["rough"], view, up, nearest=0.02),
    )


def _surface(
    view: StreetView, textures: StreetTextures, place: Vectors, feet: _Feet, large: tuple[Scalars, Scalars]
) -> Surface:
    x, z = place[:, 0] - np.float32(view["road_middle"]), place[:, 2]
    side, foot_x, foot_z = np.abs(x), feet.x, feet.z
    wear, low = large
    grit = sample_grit(textures["grit"], level_of(feet.chosen * 40, _GRIT_LEVELS), z * 40, x * 40)
    fine = grit * (0.011 / (1 + feet.x * 24))
    road = _within(side, KERB, foot_x)
    kerb = _within(np.abs(side - KERB - np.float32(0.1)), 0.11, foot_x)
    joints = pulse(x * 1.25, 0.965, foot_x * 1.25) * pulse(z * np.float32(0.85), 0.97, foot_z * 0.85)
    slabs = 1 - (1 - joints) * 0.35
    paint = _paint(x, z, foot_x, foot_z) * unit(0.85 + 2.5 * wear + 2 * fine)
    shade = np.maximum(1 + fine + wear, 0.2)
    asphalt, stone = np.outer(shade, _ASPHALT), np.outer((0.7 * shade + 0.3) * slabs, _STONE)
    albedo = mix(mix(stone, asphalt, road), vector(list(_KERB_STONE)), kerb * 0.8)
    albedo = mix(albedo, vector(list(_PAINT)), 0.85 * paint)
    gutter = unit(1 - np.abs(side - KERB + 0.25) * 2.2)
    puddle = smooth((low + 0.3 * gutter - 0.3 * (1 - road) + view["puddles"] - 0.62) * 2.6)
    track = unit(1.3 - np.abs(side - 2.6) * 0.8) * road
    white = view["snow"] * smooth(1.35 - 1.25 * track + 1.2 * low + 0.8 * fine)
    albedo = mix(albedo * np.float32(1 - 0.45 * view["wetness"]), vector(list(SNOW)), white)
    albedo = mix(albedo, vector(list(_SAND)), view["dust"] * unit(0.5 + low + wear))
    return Surface(albedo, puddle * (1 - white), (1 - white) * (0.75 + 0.8 * fine))


def _paint(x: Scalars, z: Scalars, foot_x: Scalars, foot_z: Scalars) -> Scalars:
    """Return the share of zebra crossings, of the dashes in the middle and of the lines along the kerbs."""
    side = np.abs(x)
    zebra = unit(sum((_within(np.abs(z - at), 1.9, foot_z) for at in _ZEBRAS), np.zeros_like(z)))
    stripes = zebra * pulse(x * np.float32(0.95), 0.52, foot_x * 0.95) * _within(side, KERB - 0.5, foot_x)
    dashes = _within(side, 0.075, foot_x) * pulse(z * np.float32(0.16), 0.5, foot_z * 0.16)
    edge = _within(np.abs(side - KERB + 0.45), 0.06, foot_x)
    return unit(stripes + (dashes + edge) * (1 - zebra))


def _mirrored_by_water(
    rays: Vectors, place: Vectors, feet: _Feet, view: StreetView, textures: StreetTextures
) -> Vectors:
    """Return where a film of water throws rays, which wind and drops ripple."""
    x, z = place[:, 0], place[:, 2]
    wave = sample_tile(
        textures["grain"],
        level_of(feet.chosen * 14, N_TILE_LEVELS),
        x * 14 + np.float32(view["drift"][0]),
        z * 14 + np.float32(view["drift"][1]),
    )
    sx, sz = ((part - 128) * (0.00035 / (1 + 12 * feet.x)) for part in wave)
    if view["rain"] > 0:
        one = rings(x, z, 2.3, view["moment"], 11)
        two = rings(x + np.float32(0.37), z + np.float32(0.71), 3.7, view["moment"], 23)
        seen = view["rain"] * 0.11 / (1 + 60 * feet.x)
        sx, sz = sx + (one[0] + two[0]) * seen, sz + (one[1] + two[1]) * seen
    twice = 2 * (rays[:, 0] * sx + rays[:, 2] * sz - rays[:, 1])
    return np.stack(
        [rays[:, 0] - twice * sx, np.maximum(rays[:, 1] + twice, 1e-3), rays[:, 2] - twice * sz], axis=1
    )


def _image(
    picture: Texels, mirror: MirrorView, view: StreetView, toward: Vectors, *, nearest: float = 0.05
) -> Vectors:
    """Return what a picture of mirrored rays shows along these."""
    ahead = 1 / np.maximum(toward @ vector(view["ahead"]), np.float32(nearest))
    u = ((toward @ vector(view["aside"])) * ahead - np.float32(mirror["left"])) * mirror["per_across"]
    v = (np.float32(mirror["top"]) - toward[:, 1] * ahead) * mirror["per_rise"]
    return sample_light(picture, u, v, 0, 0, mirror["width"] - 1, mirror["height"] - 1)[:, :3]


def _within(x: Scalars, edge: float, foot: Scalars) -> Scalars:
    """Return the share of `foot` around `x` that is nearer than `edge` to the middle."""
    return unit((edge - x) / np.maximum(foot, np.float32(1e-3)) + 0.5)
