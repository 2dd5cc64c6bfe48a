"""The silk's kernel in NumPy: what `silk.c` does, said plainly. A change belongs into both.

A place on the plane is carried to and fro by waves of waves: each fold moves it along by what the folds
before made of it, which draws crests together as cloth does. The chain rule gives the slopes. Folds finer
than what a pixel sees, or than a lens out of focus shows, are left out softly. Threads shine as a bundle of
cylinders does (Kajiya and Kay, 1989), wide for satin and tight for gloss.
"""

from typing import NamedTuple, TypedDict

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.coarse import coarse_rays, coarse_width, smoothed
from filmgate.engines.animatic.kernels.ripples import chance, rings, scramble
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    clear_sky,
    decay,
    from_sun,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.scene import RGBFrame

N_FOLDS = 4
TURNS = np.float32(6.2831853)
HIDDEN = 400.0
CREST_X, CREST_Z, PLEATS, PLEAT_HIGH = 0.125, 0.082, 7.0, 0.022
_THREAD_FOOT = np.float32(0.01)


class SilkView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    Colours are linear light; `_way`s are unit vectors towards lights. `phase` holds two turns for each fold,
    two for the crests, one for the hue and a spare. `swell` is the height of crests in metres and `fold` how
    far crests are drawn together, 0 to 1. `reach` and `focus` are distances in metres. `every` is how many
    pixels lie between coarse rays.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    deep: list[float]
    body: list[float]
    pale: list[float]
    accent: list[float]
    key: list[float]
    rim: list[float]
    ambient: list[float]
    key_way: list[float]
    rim_way: list[float]
    thread: list[float]
    phase: list[float]
    swell: float
    fold: float
    reach: float
    focus: float
    rain: float
    moment: float
    motes: float
    mote_drift: list[float]
    every: int


class Fold(NamedTuple):
    """A fold: waves to a metre, cosine and sine of its turn, its share of the strength."""

    per_metre: float
    cos: float
    sin: float
    share: float


FOLDS = (
    Fold(0.036, 0.92, 0.39, 1.0),
    Fold(0.080, -0.36, 0.93, 0.95),
    Fold(0.165, 0.71, -0.70, 0.85),
    Fold(0.340, 0.26, 0.97, 0.50),
)
assert len(FOLDS) == N_FOLDS


class Flow(NamedTuple):
    """Where places are carried to, and how that changes with the place."""

    x: Scalars
    z: Scalars
    xx: Scalars
    xz: Scalars
    zx: Scalars
    zz: Scalars


class Cloth(NamedTuple):
    """The height of the cloth, its slopes, and how far along its colours it lies."""

    height: Scalars
    slope_x: Scalars
    slope_z: Scalars
    hue: Scalars


def silk_rows(
    frame: RGBFrame, width: int, first_row: int, n_rows: int, view: SilkView, textures: shading.FilmTextures
) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["dither"])
    red, green, blue, x, z, foot = _soft(view, width=width, first_row=first_row, n_rows=n_rows)
    threads = _wave(x * 61) * _wave(z * 61) * unit((_THREAD_FOOT - foot) * 160)
    light = np.stack([red, green, blue], axis=1) * (1 + 0.05 * threads)[:, None]
    if view["motes"] > 0:
        shine = _shine(view, width=width, first_row=first_row, n_rows=n_rows)
        light = light + np.outer(view["motes"] * shine, vector(view["key"]))
    shading.expose(frame, np.asarray(light, np.float32), seen, view["film"], textures)


def _soft(view: SilkView, *, width: int, first_row: int, n_rows: int) -> list[Scalars]:
    """Return what a ray every few pixels can show, for each ray of some rows: light, place, and spot."""
    every = view["every"]
    top, n = first_row // every, coarse_width(width, every)
    rows = (first_row + n_rows - 1) // every + 2 - top
    toward = coarse_rays(n, first_row=top, n_rows=rows, camera=view["camera"], every=every)
    return [
        smoothed(
            plane.reshape(rows, n),
            first_row=first_row - top * every,
            n_rows=n_rows,
            width=width,
            every=every,
        )
        for plane in _cloth_seen(toward, view)
    ]


def _shine(view: SilkView, *, width: int, first_row: int, n_rows: int) -> Scalars:
    """Return the light of motes: they are small, so that they are lit row by row, and in large rows at every
    second ray.
    """
    every = max(1, view["every"] // 2)
    n = coarse_width(width, every)
    toward = coarse_rays(
        n, first_row=first_row, n_rows=n_rows + 1, camera=view["camera"], every=every, every_row=1
    )
    shine = _motes(view, toward, 1.5, 0.55, 3) + _motes(view, toward, 2.3, 0.8, 17)
    plane = shine.astype(np.float32).reshape(n_rows + 1, n)
    return smoothed(plane, first_row=0, n_rows=n_rows, width=width, every=every, every_row=1)


def _cloth_seen(toward: Vectors, view: SilkView) -> list[Scalars]:
    """Return the light of rays, where they meet the cloth, and the size of the spot they see there."""
    eye, pixel = vector(view["camera"]["eye"]), np.linalg.norm(vector(view["camera"]["right"]))
    down = np.maximum(-toward[:, 1], np.float32(1e-3))
    flat = np.minimum(eye[1] / down, np.float32(HIDDEN))
    foot = flat * pixel / np.sqrt(down) + np.float32(0.03) * np.abs(flat - view["focus"])
    base = eye + toward * flat[:, None]
    high = _cloth(view, base[:, 0], base[:, 2], foot, 2).height * np.float32(view["swell"])
    far = np.minimum((eye[1] - high * unit(40 / flat - 0.4)) / down, np.float32(HIDDEN)).astype(np.float32)
    place = eye + toward * far[:, None]
    x, z = place[:, 0], place[:, 2]
    cloth = _cloth(view, x, z, foot, N_FOLDS)
    if view["rain"] > 0:
        one = rings(x, z, 0.55, view["moment"], 5)
        two = rings(x + np.float32(0.7), z + np.float32(1.9), 0.9, view["moment"], 9)
        shown = view["rain"] * 0.55 / (1 + 14 * foot)
        cloth = cloth._replace(
            slope_x=cloth.slope_x + (one[0] + two[0]) * shown,
            slope_z=cloth.slope_z + (one[1] + two[1]) * shown,
        )
    light = _lit(view, toward, cloth)
    light = mix(light, _background(view, toward), 1 - decay(-((far / np.float32(view["reach"])) ** 2)))
    return [*light.T, x, z, foot]


def _cloth(view: SilkView, x: Scalars, z: Scalars, foot: Scalars, n_folds: int) -> Cloth:
    """Return the cloth at places, as far as so many folds make it, seen in spots of `foot` metres."""
    one, none = np.ones_like(x), np.zeros_like(x)
    flow = Flow(x, z, one, none, none, one)
    phase = [np.float32(turn) for turn in view["phase"]]
    for fold, first, second in zip(FOLDS[:n_folds], phase[0:8:2], phase[1:8:2], strict=False):
        strength = view["fold"] / (1 + (foot * np.float32(fold.per_metre * 6)) ** 2)
        flow = _folded(flow, fold, strength * np.float32(fold.share), first, second)
    a, b = flow.x * np.float32(CREST_X) + phase[8], flow.z * np.float32(CREST_Z) + phase[9]
    # Where the cloth is drawn together its slopes change faster than a wide spot can show.
    spot = foot * 0.5 * (np.abs(flow.xx) + np.abs(flow.xz) + np.abs(flow.zx) + np.abs(flow.zz))
    seen = view["swell"] / (1 + (spot * np.float32(0.5)) ** 2)
    # Pleats run beside the widest crests.
    pleat = PLEATS * PLEAT_HIGH / (1 + (spot * 3) ** 2) * _wave(a * np.float32(PLEATS) + b * 2)
    by_x, by_z = CREST_X * TURNS * (0.6 * _wave(a + 0.25) + pleat), 0.4 * CREST_Z * TURNS * _wave(b + 0.25)
    return Cloth(
        0.6 * _wave(a) + 0.4 * _wave(b),
        seen * (by_x * flow.xx + by_z * flow.zx),
        seen * (by_x * flow.xz + by_z * flow.zz),
        0.5 + 0.5 * _wave(flow.x * np.float32(0.021) - flow.z * np.float32(0.034) + phase[10]),
    )


def _folded(flow: Flow, fold: Fold, strength: Scalars, first: np.float32, second: np.float32) -> Flow:
    per_metre, cos, sin = (np.float32(part) for part in fold[:3])
    u = (cos * flow.x + sin * flow.z) * per_metre + first
    v = (cos * flow.z - sin * flow.x) * per_metre + second
    reach = strength / (TURNS * per_metre)
    along, aside = strength * _wave(u + 0.25), strength * _wave(v + 0.25)
    xx, xz, zx, zz = 1 - sin * aside, cos * aside, cos * along, 1 + sin * along
    return Flow(
        flow.x + reach * _wave(v),
        flow.z + reach * _wave(u),
        xx * flow.xx + xz * flow.zx,
        xx * flow.xz + xz * flow.zz,
        zx * flow.xx + zz * flow.zx,
        zx * flow.xz + zz * flow.zz,
    )


def _wave(x: Scalars) -> Scalars:
    """sin(2 pi x), nearly, as the C kernel has it."""
    turn = x - np.floor(x + np.float32(0.5))
    s = turn * (8 - 16 * np.abs(turn))
    return np.asarray(s * (np.float32(0.775) + np.float32(0.225) * np.abs(s)), np.float32)


def _lit(view: SilkView, toward: Vectors, cloth: Cloth) -> Vectors:
    """Return the light that the cloth sends against `toward`."""
    thread = view["thread"]
    flat, level = np.ones_like(cloth.height), np.ones_like(cloth.height)
    normal = _normalised(-cloth.slope_x, flat, -cloth.slope_z)
    climb = thread[0] * cloth.slope_x + thread[2] * cloth.slope_z
    along = _normalised(thread[0] * level, climb, thread[2] * level)
    edge = 1 - unit(-(normal * toward).sum(axis=1))
    hill = unit(0.5 + 0.5 * cloth.height)
    key, rim = (normal @ vector(view[name]) for name in ("key_way", "rim_way"))
    first, second = (_thread_shine(along, vector(view[name]), toward) for name in ("key_way", "rim_way"))
    satin, gloss = first**32 * unit(key * 2 + 0.5), first**128 * unit(key * 2 + 0.4)
    glance = second**16 * unit(rim * 2 + 0.5)
    close = 0.3 + 0.7 * hill * hill
    base = mix(vector(view["body"]), vector(view["accent"]), cloth.hue)
    base = mix(base, vector(view["deep"]), (1 - hill) ** 2 * 0.85)
    shine = mix(vector(view["pale"]), base, np.full_like(hill, 0.35))
    key_light, rim_light, ambient = (vector(view[name]) for name in ("key", "rim", "ambient"))
    light = (
        np.outer((0.55 + 0.45 * normal[:, 1]) * close, ambient)
        + np.outer(np.maximum(key * 0.8 + 0.2, 0) * close, key_light)
        + np.outer(0.6 * np.maximum(rim * 0.7 + 0.3, 0) * close, rim_light)
    )
    sheen = (
        np.outer(0.20 * satin + 0.46 * gloss, key_light)
        + np.outer(0.42 * glance, rim_light)
        + np.outer(0.55 * edge**3, ambient)
    )
    return np.asarray(base * light + shine * sheen, np.float32)


def _thread_shine(along: Vectors, light: Vectors, toward: Vectors) -> Scalars:
    """Return the sine of the angle between threads and what halves the way from light to eye."""
    half = light - toward
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    return np.asarray(np.sqrt(np.maximum(1 - (along * half).sum(axis=1) ** 2, 0)), np.float32)


def _normalised(x: Scalars, y: Scalars, z: Scalars) -> Vectors:
    vectors = np.stack([x, y, z], axis=1).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _background(view: SilkView, toward: Vectors) -> Vectors:
    height = np.maximum(toward[:, 1], 0)
    clear = clear_sky(view["sky"], height, from_sun(view["sky"], toward))
    share = 0.6 * view["air"]["share"] * decay(-height * view["air"]["clears"])
    return mix(clear, vector(view["air"]["veil"]), share)


def _motes(view: SilkView, toward: Vectors, up: float, cells: float, seed: int) -> Scalars:
    """Return the light of motes that hang `up` metres above the cloth, at most one in each cell."""
    eye = vector(view["camera"]["eye"])
    down = np.maximum(-toward[:, 1], np.float32(0.02))
    far = np.maximum(eye[1] - np.float32(up), np.float32(0.3)) / down
    drift_x, drift_z = (np.float32(part) for part in view["mote_drift"])
    x = (eye[0] + toward[:, 0] * far + drift_x) * np.float32(cells)
    z = (eye[2] + toward[:, 2] * far + drift_z) * np.float32(cells)
    cell_x, cell_z = np.floor(x), np.floor(z)
    bits = scramble(cell_x, cell_z, seed)
    size, turn = 0.022 + 0.06 * chance(bits, 0) ** 4, np.float32(view["moment"] * 0.13) + chance(bits, 3)
    away_x, away_z = x - cell_x - 0.3 - 0.4 * chance(bits, 1), z - cell_z - 0.3 - 0.4 * chance(bits, 2)
    # Round as the eye sees them, though the layer lies flat.
    ahead_x, ahead_z = toward[:, 0], toward[:, 2]
    level = 1 / np.sqrt(ahead_x**2 + ahead_z**2 + 1e-4)
    dz = (away_x * ahead_x + away_z * ahead_z) * level * down
    dx = (away_x * ahead_z - away_z * ahead_x) * level
    blur = size + np.abs(far - view["focus"]) * np.float32(0.004 * cells)
    disc = unit((blur - np.sqrt(dx * dx + dz * dz)) / (0.6 * blur)) * size / (blur * blur) * 0.055
    near = unit(2.2 - far * 0.07) * unit(-toward[:, 1] * 12)
    return np.asarray(disc * (0.55 + 0.45 * _wave(turn)) * near, np.float32)
