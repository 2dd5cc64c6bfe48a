"""The kernel of a scene in space in NumPy: what `space.c` does, said plainly. A change belongs into both.

Gas and dust lie on two spheres around the camera, flattened to textures by a stereographic projection, which
keeps shapes; as the camera travels the nearer one moves more. Before them is a planet, a lit ball with air
around it and perhaps a ring, and a star that lights it; all other stars are points. Gas, dust, the glow of
the star and the planet's ground are soft, so that they are drawn on a coarse grid.
"""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.coarse import coarse_rays, coarse_width, sampled, smoothed
from filmgate.engines.animatic.kernels.points import add_points
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    decay,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels

GAS_SIDE, WISP_SIDE, BAND_SIDE, N_LEVELS = 1024, 512, 1024, 6
"""Sides of the textures in texels, and how many levels lie below one another in each."""

_GAS_SCALE, _NEBULA_METRES, _WISP_METRES = 215.0, 75.0, 45.0
_WISP_WIDE, _WISP_CLOSE = 150.0, 560.0
_RING_INNER, _RING_OUTER = 1.35, 2.3
_DISC_FADE, _DISC_EDGE = 16000.0, 0.02


class SpaceView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `sun` is the direction of the star near by and `planet` the place of the planet, of `radius` metres, whose
    axes are `pole`, `prime` and `east`; it has turned by `spin` texels. `deep` to `starlight` are the colours
    of `space_moods.Palette`, `light` is what falls on the planet, `ground`, `cloud` and `air` are its own.
    `churn` is how far wisps move the gas, `dusty` how dense dust is, `contrast` how grainy gas is, and `flow`
    how far wisps have gone, in texels. Each `flash` is a place on the flattened sky and the light there.
    `every` is how many pixels lie between coarse rays.
    """

    camera: shading.CameraView
    film: shading.FilmView
    sun: list[float]
    planet: list[float]
    pole: list[float]
    prime: list[float]
    east: list[float]
    deep: list[float]
    gas: list[float]
    glow: list[float]
    haze: list[float]
    dust: list[float]
    starlight: list[float]
    light: list[float]
    ground: list[float]
    cloud: list[float]
    air: list[float]
    radius: float
    spin: float
    ring: float
    churn: float
    dusty: float
    contrast: float
    flash: list[list[float]]
    flow: list[float]
    n_large: int
    every: int


class SpaceTextures(TypedDict):
    """What the rays meet; see `scenes.nebula` and `points.Points`."""

    film: shading.FilmTextures
    gas: Texels
    lanes: Texels
    wisps: Texels
    bands: Texels
    points: Floats
    ends: npt.NDArray[np.int32]


def space_rows(
    frame: RGBFrame, width: int, first_row: int, n_rows: int, view: SpaceView, textures: SpaceTextures
) -> None:
    """Light `n_rows` rows of the frame, shape (rows, columns, 3), from `first_row` on."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    pixel = float(np.linalg.norm(vector(view["camera"]["right"])))
    light, ground = _soft(view, textures, width=width, first_row=first_row, n_rows=n_rows)
    light = light + _star(view, seen.toward)
    light = _with_planet(view, light, ground, seen.toward, pixel)
    if view["ring"] > 0:
        light = _with_ring(view, textures, light, seen.toward, pixel)
    light = np.ascontiguousarray(light, np.float32)
    add_points(light, seen, width=width, points=textures["points"])
    shading.expose(frame, light, seen, view["film"], textures["film"])


def _soft(
    view: SpaceView, textures: SpaceTextures, *, width: int, first_row: int, n_rows: int
) -> tuple[Vectors, Vectors]:
    """Return what a ray every few pixels can show, for each ray of some rows: the background and ground."""
    every = view["every"]
    top, n = first_row // every, coarse_width(width, every)
    rows = (first_row + n_rows - 1) // every + 2 - top
    toward = coarse_rays(n, first_row=top, n_rows=rows, camera=view["camera"], every=every)
    pixel = float(np.linalg.norm(vector(view["camera"]["right"]))) * every
    coarse = np.hstack(
        [
            _nebula(view, textures, toward, pixel) + _glow(view, toward),
            _ground(view, textures, toward, pixel),
        ]
    )
    below_top = first_row - top * every
    planes = (
        smoothed(plane.reshape(rows, n), first_row=below_top, n_rows=n_rows, width=width, every=every)
        for plane in coarse.T
    )
    light, ground = np.split(np.stack(list(planes), axis=1), 2, axis=1)
    return light, ground


def _nebula(view: SpaceView, textures: SpaceTextures, toward: Vectors, pixel: float) -> Vectors:
    near, at = (_flattened(view, toward, metres) for metres in (_WISP_METRES, _NEBULA_METRES))
    spread = 1 + 0.25 * (at[0] ** 2 + at[1] ** 2)
    flow, wisps = view["flow"], textures["wisps"]
    level = level_of(pixel * _WISP_WIDE * spread, N_LEVELS)
    wide, fold = sampled(wisps, level, near[0] * _WISP_WIDE + flow[0], near[1] * _WISP_WIDE + flow[1])
    # Gas flows: what it looks like is moved about by its wisps.
    push, pull = (wide - 128) * view["churn"], (fold - 128) * view["churn"]
    u = at[0] * _GAS_SCALE + GAS_SIDE // 2 + push
    v = GAS_SIDE // 2 - at[1] * _GAS_SCALE + pull
    finest = np.zeros(len(u), np.int32)
    (gas, glow), (lane, haze) = (sampled(textures[name], finest, u, v) for name in ("gas", "lanes"))
    level = level_of(pixel * _WISP_CLOSE * spread, N_LEVELS)
    close, fine = sampled(
        wisps, level, at[0] * _WISP_CLOSE - flow[1] + push, at[1] * _WISP_CLOSE + flow[0] + pull
    )
    grain = 1 + view["contrast"] * ((fold - 128) * 0.0050 + (close - 128) * 0.0038)
    flash = 1 + _flash(view, at)
    light = (
        np.outer(grain, vector(view["deep"]))
        + np.outer((gas / 255) ** 2 * grain * flash, vector(view["gas"]))
        + np.outer((glow / 255) ** 2 * (2 - grain) * flash, vector(view["glow"]))
        + np.outer((haze / 255) ** 2 * (0.7 + 0.3 * grain), vector(view["haze"]))
    )
    # Dust takes blue light first, and shines a little by itself.
    dark = -lane / 255 * view["dusty"] * (0.75 + (fine - 128) * 0.004)
    taken = np.stack([decay(dark * 0.75), decay(dark), decay(dark * 1.25)], axis=1)
    return np.asarray(light * taken + np.outer(1 - decay(dark * 0.5), vector(view["dust"])), np.float32)


def _flattened(view: SpaceView, toward: Vectors, metres: float) -> tuple[Scalars, Scalars]:
    """Return where rays pass a sphere of such a radius around the origin, on the flattened sky."""
    x, y, z = _normalised(toward + vector(view["camera"]["eye"]) / np.float32(metres)).T
    spread = 2 / np.maximum(1 + z, 0.2)
    return x * spread, y * spread


def _flash(view: SpaceView, at: tuple[Scalars, Scalars]) -> Scalars:
    light = np.zeros(len(at[0]), np.float32)
    for across, up, strength in view["flash"]:
        light += strength / (1 + 14 * ((at[0] - across) ** 2 + (at[1] - up) ** 2)) ** 2
    return light


def _glow(view: SpaceView, toward: Vectors) -> Vectors:
    """Return the light around the star that lights all."""
    apart = _from_star(view, toward)
    return np.outer(0.25 / (1 + 9 * apart) ** 2 + 1.3 / (1 + 400 * apart) ** 2, vector(view["starlight"]))


def _star(view: SpaceView, toward: Vectors) -> Vectors:
    """Return the disc of that star, which ends in nothing."""
    disc = 1 / (1 + _DISC_FADE * _from_star(view, toward)) - 1 / (1 + _DISC_FADE * _DISC_EDGE)
    return np.outer(40 * np.maximum(disc, 0) ** 2, vector(view["starlight"]))


def _from_star(view: SpaceView, toward: Vectors) -> Scalars:
    return np.asarray(np.maximum(2 - 2 * (toward @ vector(view["sun"])), 0))


def _with_planet(view: SpaceView, light: Vectors, ground: Vectors, toward: Vectors, pixel: float) -> Vectors:
    centre, radius = _centre(view), view["radius"]
    ahead = toward @ centre
    past = np.sqrt(np.maximum(centre @ centre - ahead**2, 0))
    covered = unit((radius - past) / (pixel * ahead) + 0.5)
    high = np.maximum(past / radius - 1, 0)
    day = unit(_normal(view, toward) @ vector(view["sun"]) * 1.6 + 0.45)
    # Seen through the air along the limb, the star behind lights it all.
    behind = unit(toward @ vector(view["sun"])) ** 8 * 3.5
    air = (0.8 * decay(-high * 60) + 0.12 * decay(-high * 14)) * day * (0.6 + behind)
    return mix(light + np.outer(air, vector(view["air"])), ground, covered)


def _normal(view: SpaceView, toward: Vectors) -> Vectors:
    """Return the normals of the planet's front, or those of its limb for rays that pass it."""
    return _normalised(toward * _front(view, toward)[:, None] - _centre(view))


def _ground(view: SpaceView, textures: SpaceTextures, toward: Vectors, pixel: float) -> Vectors:
    """Return the light of the planet's surface."""
    normal, foot = _normal(view, toward), pixel * (toward @ _centre(view)) / view["radius"]
    facing = np.maximum(-(normal * toward).sum(axis=1), 0.06)
    east, prime = normal @ vector(view["east"]), normal @ vector(view["prime"])
    longitude = np.arctan2(east, prime) * (BAND_SIDE / 2 / np.pi) + view["spin"]
    latitude = (normal @ vector(view["pole"]) * 0.5 + 0.5) * (BAND_SIDE - 2) + 0.5
    level = level_of(foot / facing * (0.35 * BAND_SIDE), N_LEVELS)
    cloudy, bright = sampled(textures["bands"], level, longitude, latitude)
    day = normal @ vector(view["sun"])
    lit = unit(day * 1.35 + 0.10)
    lit = lit * lit * (3 - 2 * lit)
    rim = (1 - np.minimum(facing, 1)) ** 2
    shine = (0.45 + bright * (0.75 / 255)) * (0.25 + 0.75 * np.minimum(facing * 1.6, 1))
    ground = mix(np.tile(vector(view["ground"]), (len(lit), 1)), vector(view["cloud"]), cloudy / 255)
    ground = ground * (shine * (lit + 0.012))[:, None] * vector(view["light"])
    air = rim * unit(day * 1.6 + 0.45) * 0.6 + 0.10 * unit(day + 0.25) * (0.3 + rim)
    return np.asarray(ground + np.outer(air, vector(view["air"])), np.float32)


def _with_ring(
    view: SpaceView, textures: SpaceTextures, light: Vectors, toward: Vectors, pixel: float
) -> Vectors:
    """Return the light with the ring before it, whose plane is that of the planet's equator."""
    centre, radius, pole = _centre(view), view["radius"], vector(view["pole"])
    slant = toward @ pole
    away = np.where(slant < 0, np.minimum(slant, -1e-3), np.maximum(slant, 1e-3))
    far = centre @ pole / away
    place = (toward * far[:, None] - centre) / np.float32(radius)
    out = np.linalg.norm(place, axis=1)
    past = np.sqrt(np.maximum(centre @ centre - (toward @ centre) ** 2, 0))
    hidden = (far > _front(view, toward)) & (past < radius) | (far <= 0)
    share = (out - _RING_INNER) / (_RING_OUTER - _RING_INNER)
    within = unit(share * 40) * unit((1 - share) * 40) * ~hidden
    level = level_of(pixel * far / radius / np.maximum(np.abs(slant), 0.05) * 420, N_LEVELS)
    grain, icy = sampled(textures["wisps"], level, unit(share) * 330, np.full_like(share, 7))
    toward_sun = place @ vector(view["sun"])
    aside = np.sqrt(np.maximum(out**2 - toward_sun**2, 0))
    lit = np.where(toward_sun < 0, unit((aside - 1) * 30 + 0.5), 1)
    dense = unit((grain - 90) * 0.012) * within * view["ring"]
    colour = mix(np.tile(vector(view["cloud"]), (len(lit), 1)), vector(view["ground"]), icy / 255 * 0.6)
    return mix(light, colour * vector(view["light"]) * (0.02 + 0.75 * lit)[:, None], dense * 0.85)


def _centre(view: SpaceView) -> Vectors:
    return np.asarray(vector(view["planet"]) - vector(view["camera"]["eye"]))


def _front(view: SpaceView, toward: Vectors) -> Scalars:
    """Return how far away the planet's front is, or its middle for rays that pass it."""
    centre = _centre(view)
    ahead = toward @ centre
    past = np.sqrt(np.maximum(centre @ centre - ahead**2, 0))
    return np.asarray(ahead - np.sqrt(np.maximum(view["radius"] ** 2 - past**2, 0)))


def _normalised(directions: Vectors) -> Vectors:
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))
