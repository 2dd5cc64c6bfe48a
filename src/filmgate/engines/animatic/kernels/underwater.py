"""The kernel of a reef in NumPy: what `underwater.c` does, said plainly. A change belongs into both.

A ray that meets the ground, a field of heights, sees it by the light that waves have gathered there; one that
goes up meets the surface, a window onto the sky within the angle of total reflection and a mirror of the deep
around it. Water takes light on its way, red first. Shafts are the light that the water sends to the eye on
the way, gathered by a coarse grid of rays; stands of weed are upright planes across the camera's way.
"""

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.coarse import (
    coarse_rays,
    coarse_width,
    quadruple,
    sampled,
    smoothed,
)
from filmgate.engines.animatic.kernels.points import add_points
from filmgate.engines.animatic.kernels.reef import FARTHEST, FLOOR_SCALE, march, set_out
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
from filmgate.engines.animatic.kernels.underwater_view import UnderwaterTextures, UnderwaterView
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

GRAIN_SIDE, LEVELS, BLADE_SCALE = 512, 6, 64.0
"""Texels of grain and of weed, their levels, and texels of weed to a metre."""
WAVES_METRES, LENS_METRES = 256 / 9, 256 / 28
"""How wide the patches of waves are that are seen, and that gather light."""

_N_SHAFTS, _N_STANDS = 16, 5
_GRAIN_WIDE, _GRAIN_CLOSE, _WAVES_WIDE, _WAVES_CLOSE = 60.0, 290.0, 9.0, 30.0
_CAUSTICS, _SHAFTS = 28.0, 13.0
_STAND_METRES, _WEED_METRES, _BEND = 5.5, 4.0, 1.25
_WAVE_ZERO, _WAVE_STEP = 128.0, 1 / 32


def underwater_scouts(
    scouts: Floats,
    width: int,
    height: int,
    first_row: int,
    n_rows: int,
    view: UnderwaterView,
    textures: UnderwaterTextures,
) -> None:
    """Fill `n_rows` rows of how far rays go for every `view["cell"]` pixels, shape (rows, rays)."""
    del height
    camera, cell = view["camera"], view["cell"]
    n = coarse_width(width, cell)
    toward = coarse_rays(n, first_row=first_row, n_rows=n_rows, camera=camera, every=cell)
    far = march(view, textures, toward, set_out(view, toward[:, 1]))
    scouts[first_row : first_row + n_rows] = far.reshape(n_rows, n)


def underwater_shafts(
    coarse: Floats,
    width: int,
    height: int,
    first_row: int,
    n_rows: int,
    view: UnderwaterView,
    textures: UnderwaterTextures,
) -> None:
    """Fill `n_rows` rows of the coarse picture of shafts, shape (rows, rays), from `first_row` on."""
    del height
    camera, every, lost = view["camera"], view["every"], view["lost"][1]
    n = coarse_width(width, every)
    toward = coarse_rays(n, first_row=first_row, n_rows=n_rows, camera=camera, every=every)
    rows, columns = np.arange(first_row, first_row + n_rows) % DITHER_SIDE, np.arange(n) % DITHER_SIDE
    jitter = textures["film"]["dither"][np.ix_(rows, columns)].ravel() + np.float32(0.5)
    eye = vector(camera["eye"])
    down = (eye[1] - 0.3) / np.maximum(-toward[:, 1], 1e-3)
    up = (view["surface"] - eye[1]) / np.maximum(toward[:, 1], 1e-3)
    end = np.minimum(np.minimum(down, up), 26)
    total = np.zeros(len(toward), np.float32)
    level = np.full(len(toward), 2, np.int32)
    for step in range(_N_SHAFTS):
        far = end * (step + jitter) / _N_SHAFTS
        place = eye + toward * far[:, None]
        light = _sunlight(view, textures, place, _SHAFTS, level)
        total += (light - 0.40) * decay(-far * lost * 1.6 - (view["surface"] - place[:, 1]) * lost * 1.2)
    apart = np.maximum(2 - 2 * (toward @ vector(view["sun"])), 0)
    shafts = total * (end / _N_SHAFTS) * (0.25 + 1.3 / (1 + 3 * apart)) * view["shafts"]
    coarse[first_row : first_row + n_rows] = shafts.reshape(n_rows, n)


def underwater_rows(
    frame: RGBFrame,
    width: int,
    first_row: int,
    n_rows: int,
    view: UnderwaterView,
    textures: UnderwaterTextures,
    coarse: Floats,
    nearness: Floats,
    beginnings: Floats,
    height: int,
) -> None:
    """Light `n_rows` rows of the frame, shape (rows, columns, 3), from `first_row` on.

    `coarse` is the picture of shafts. Rays meet the ground at 1/`nearness`, between what scouts found, where
    `beginnings` is 0 for their cell of the scouts' grid; else they march on from that far.
    """
    del height
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    pixel = float(np.linalg.norm(vector(view["camera"]["right"])))
    toward = seen.toward
    rows, columns = np.arange(first_row, first_row + n_rows), np.arange(width)
    begin = beginnings[np.ix_(rows // view["cell"], columns // view["cell"])].ravel()
    near = smoothed(nearness, first_row=first_row, n_rows=n_rows, width=width, every=view["cell"])
    far = np.minimum(1 / near, FARTHEST).astype(np.float32)
    start = np.where(begin < FARTHEST, np.maximum(begin, set_out(view, toward[:, 1])), np.float32(FARTHEST))
    marches = begin > 0
    far[marches] = march(view, textures, toward[marches], start[marches].astype(np.float32))
    met = far < FARTHEST
    light = np.empty_like(toward)
    light[met] = _ground(view, textures, toward[met], far[met], pixel)
    above = _surface(view, textures, toward[~met], pixel)
    # What is as far as one can see is open water.
    light[~met] = mix(_open_water(view, toward[~met]), above, unit(toward[~met, 1] * 14))
    if view["blades"] > 0:
        light = _with_weed(view, textures, light, toward, far, pixel)
    shafts = smoothed(coarse, first_row=first_row, n_rows=n_rows, width=width, every=view["every"])
    light = np.maximum(light + np.outer(shafts, vector(view["light"])), 0).astype(np.float32)
    add_points(light, seen, width=width, points=textures["points"])
    shading.expose(frame, light, seen, view["film"], textures["film"])


def underwater_caustics(light: Floats, slopes: Floats, side: int, reach: float) -> None:
    """Fill in how much light falls on each texel after waves have bent it aside; shape (side, side).

    Light passes each texel of a surface of `slopes`, shape (side, side, 2), and is moved by `reach` texels
    for a slope of 1.
    """
    light[:] = 0
    # Half of the light begins between four texels, so that where it is thin, its grid cannot be seen.
    right = slopes + np.roll(slopes, -1, axis=1)
    for start, bent in ((0.0, slopes), (0.5, (right + np.roll(right, -1, axis=0)) / 4)):
        _scatter(light, *(start + np.indices((side, side))[::-1] + reach * np.moveaxis(bent, 2, 0)))


def _scatter(light: Floats, u: Floats, v: Floats) -> None:
    """Let points of light at columns `u` and rows `v`, of 0.5 each, fall on the four texels around each."""
    side = len(light)
    u0, v0 = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    across, down = u - u0, v - v0
    for right in (0, 1):
        for below in (0, 1):
            share = 0.5 * (across if right else 1 - across) * (down if below else 1 - down)
            place = ((v0 + below) % side) * side + (u0 + right) % side
            light += np.bincount(place.ravel(), share.ravel(), minlength=side * side).reshape(side, side)


def _sunlight(
    view: UnderwaterView, textures: UnderwaterTextures, place: Vectors, scale: float, level: Levels
) -> Scalars:
    """Return how much sunlight reaches places, from where it came through the surface; 1 where it is even."""
    sun = vector(view["sun"])
    up = (view["surface"] - place[:, 1]) / sun[1]
    u, v = ((place[:, axis] + sun[axis] * up) * np.float32(scale) for axis in (0, 2))
    return np.asarray(quadruple(textures["caustics"], level, u, v) * (4 / 255), np.float32)


def _open_water(view: UnderwaterView, toward: Vectors) -> Vectors:
    up = 0.5 + 0.5 * toward[:, 1]
    apart = np.maximum(2 - 2 * (toward @ vector(view["sun"])), 0)
    glow = 0.10 * view["shafts"] / (1 + 3 * apart) ** 2
    return np.asarray(
        vector(view["deep"])
        + np.outer(up**3, vector(view["upward"]))
        + np.outer(glow, vector(view["light"])),
        np.float32,
    )


def _through_water(view: UnderwaterView, toward: Vectors, far: Scalars, light: Vectors) -> Vectors:
    """Return light that comes through `far` metres of water, which takes red first."""
    open_water = _open_water(view, toward)
    left = np.stack([decay(-far * lost) for lost in view["lost"]], axis=1)
    return np.asarray(open_water + (light - open_water) * left, np.float32)


def _ground(
    view: UnderwaterView, textures: UnderwaterTextures, toward: Vectors, far: Scalars, pixel: float
) -> Vectors:
    """Return the light of the ground that rays meet, through the water between."""
    eye, grain = vector(view["camera"]["eye"]), textures["grain"]
    place = eye + toward * far[:, None]
    x, y, z = place.T
    foot = far * pixel
    level = level_of(foot * (1.5 * FLOOR_SCALE), LEVELS)
    face, openness = sampled(textures["face"], level, x * FLOOR_SCALE, z * FLOOR_SCALE)
    rock, growth = sampled(textures["cover"], level, x * FLOOR_SCALE, z * FLOOR_SCALE)
    # Sand is seen longer than it is wide, the more so the flatter one looks along it; rocks turn to the eye.
    slant = np.minimum(far / np.maximum(eye[1] - y, 1e-3), 8)
    light_level = level_of(foot * slant * (0.5 * _CAUSTICS), 5)
    foot = foot * (slant + (np.minimum(slant, 2.6) - slant) * rock / 255)
    level = level_of(foot * _GRAIN_WIDE, LEVELS)
    sandy, rough = sampled(grain, level, x * _GRAIN_WIDE, (z + y * 0.8) * _GRAIN_WIDE)
    level = level_of(foot * (1.4 * _GRAIN_CLOSE), LEVELS)
    _, fine = sampled(grain, level, (x + y * 0.3) * _GRAIN_CLOSE, (z + y) * _GRAIN_CLOSE)
    fine = fine - 128
    rocky = unit(rock * (1.6 / 255) - 0.3 + fine * 0.0016)
    sand_relief = (sandy - 128) * 0.0042 + fine * 0.0010
    rock_relief = (rough - 128) * 0.0050 + fine * 0.0044
    relief = sand_relief + (rock_relief - sand_relief) * rocky
    growth = growth + fine * 0.10
    colour = mix(
        np.tile(vector(view["rock"]), (len(x), 1)), vector(view["coral"]), unit((growth - 132) * 0.035)
    )
    colour = mix(colour, vector(view["weed"]), 0.8 * unit((118 - growth) * 0.03))
    colour = mix(np.tile(vector(view["sand"]), (len(x), 1)), colour, rocky)
    sunny = _sunlight(view, textures, place, _CAUSTICS, light_level)
    low = decay(-(view["surface"] - y) * view["lost"][1] * 0.7)
    hollow = 0.16 + 0.84 * unit(openness / 255 + 1.3 * relief)
    direct = sunny * unit(face / 255 * (1 + 1.6 * relief)) * low * view["bright"]
    lit = np.outer(hollow, vector(view["ambient"])) + np.outer(direct, vector(view["light"]))
    ember = rocky * unit((fine - 22) * 0.02) ** 2 * unit((138 - growth) * 0.05)
    return _through_water(view, toward, far, colour * lit + np.outer(ember, vector(view["ember"])))


def _surface(view: UnderwaterView, textures: UnderwaterTextures, toward: Vectors, pixel: float) -> Vectors:
    """Return the light of the surface from below: a window onto the sky, around it a mirror of the deep."""
    eye, sky = vector(view["camera"]["eye"]), view["sky"]
    up = np.maximum(toward[:, 1], 0.02)
    far = np.minimum((view["surface"] - eye[1]) / up, FARTHEST)
    x, _, z = (eye + toward * far[:, None]).T
    foot = far * pixel * np.minimum(1 / up, 8)
    wide = _slopes(textures, x, z, foot, _WAVES_WIDE, view["wave"])
    close = _slopes(textures, z + 3, x, foot, _WAVES_CLOSE, view["wave"] * 0.8 + view["ripple"])
    sx, sz = wide[0] + close[1], wide[1] + close[0]
    norm = 1 / np.sqrt(1 + sx**2 + sz**2)
    slant = toward[:, 0] * sx + toward[:, 2] * sz
    cosine = np.maximum((toward[:, 1] + slant) * norm, 0)
    sine = _BEND**2 * (1 - cosine**2)
    window = unit((1 - sine) * 5)
    window = window * window * (3 - 2 * window)
    bent = np.sqrt(np.maximum(1 - sine, 0)) - _BEND * cosine
    through = _BEND * toward + np.stack([bent * sx * norm, bent * norm + 0.02, bent * sz * norm], axis=1)
    through = through / np.linalg.norm(through, axis=1, keepdims=True)
    apart = from_sun(sky, through)
    clouds = vector(sky["cloud_shade"]) + vector(sky["cloud_light"]) * np.float32(0.4)
    cover = np.full(len(x), min(sky["cloud_cover"] * 0.4, 0.85), np.float32)
    seen = mix(clear_sky(sky, np.maximum(through[:, 1], 0), apart), clouds, cover)
    seen = seen + np.outer(0.30 / (1 + apart * 90) ** 2, vector(sky["disc"]))
    back = np.stack([toward[:, 0] + 2 * sx, -toward[:, 1], toward[:, 2] + 2 * sz], axis=1)
    glimmer = unit(0.5 + 1.6 * slant)
    mirror = _open_water(view, back / np.linalg.norm(back, axis=1, keepdims=True))
    mirror = mirror * (0.75 + 0.5 * glimmer)[:, None] + np.outer(0.35 * glimmer**2, vector(view["upward"]))
    return _through_water(view, toward, far, mix(mirror, seen, window))


def _slopes(
    textures: UnderwaterTextures, x: Scalars, z: Scalars, foot: Scalars, scale: float, strength: float
) -> tuple[Scalars, Scalars]:
    codes = sampled(textures["waves"], level_of(foot * scale, LEVELS), x * scale, z * scale)
    first, second = ((code - _WAVE_ZERO) * (strength * _WAVE_STEP) for code in codes)
    return first, second


def _with_weed(
    view: UnderwaterView,
    textures: UnderwaterTextures,
    light: Vectors,
    toward: Vectors,
    far: Scalars,
    pixel: float,
) -> Vectors:
    """Return the light with stands of weed before it, one behind the other, swaying."""
    eye = vector(view["camera"]["eye"])
    first = np.floor(eye[2] / np.float32(_STAND_METRES)) + 1
    for stand in range(_N_STANDS, 0, -1):
        number = float(first + stand - 1)
        ahead = float(np.float32(number * _STAND_METRES) - eye[2])
        # A stand that the camera is about to pass fades away, and so does one that comes into sight.
        leaves = np.clip(ahead * 0.7 - 1.2, 0, 1) * np.clip(_N_STANDS + 0.5 - ahead / _STAND_METRES, 0, 1)
        at = ahead / np.maximum(toward[:, 2], 0.05)
        x, y, _ = (eye + toward * at[:, None]).T
        high = np.maximum(y, 0) * 0.22
        swing = (0.5 * np.sin(view["sway"] + number * 1.7) + 0.03 * x) * high**2
        cover, shade = sampled(
            textures["blades"],
            level_of(at * pixel * BLADE_SCALE, LEVELS),
            (x + swing) * BLADE_SCALE + number * 137,
            np.clip(y, 0, 6.9) * BLADE_SCALE,
        )
        beside = unit((np.abs(x) - 2.2) * 0.7)
        share = cover / 255 * view["blades"] * leaves * beside * (at < far) * (y > -0.3) * unit(y + 1.3)
        share = np.where(y < _WEED_METRES, share, 0)
        sunny = (0.25 + 0.6 * shade / 255) * view["bright"] * (1 - 0.6 * unit(1 - y * 0.16))
        lit = vector(view["ambient"]) + np.outer(sunny, vector(view["light"]))
        colour = vector(view["weed"]) * lit * (0.35 + 0.65 * shade / 255)[:, None]
        light = mix(light, _through_water(view, toward, at, colour), share)
    return light
