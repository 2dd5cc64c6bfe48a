"""The kernel of a sea of clouds in NumPy: what `clouds.c` does, said plainly. A change belongs into both.

First a coarse grid of rays marches through the clouds. A ray first goes on to where the billows begin, by
steps as long as it is high above the deck, and then gathers light by short ones: the deck is a field of
heights, on which billows of two sizes stand, and beside each height it holds the one below which the sun is
hidden. Then the rays of all pixels smooth what the coarse ones have found, add the finest billows, and the
sky behind.
"""

from typing import NamedTuple, TypedDict

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.coarse import coarse_rays, coarse_width, sampled, smoothed
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    decay,
    from_sun,
    level_of,
    unit,
    vector,
)
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels

DECK_SIDE, DECK_METRES, DECK_STEP = 1024, 512.0, 0.125
BILLOW_SIDE = 512
N_FLASHES, N_PLANES = 4, 5
"""Lightnings at once; and planes of the coarse picture: red, green, blue, the share of sky left, metres."""

_N_APPROACH, _N_STEPS, _N_PASSES, _N_LEVELS = 80, 20, 2, 7
_DECK_SCALE, _WIDE, _CLOSE, _FINE = 2.0, 10.0, 47.0, 83.0
_WIDE_METRES, _CLOSE_METRES, _WIDE_LEAN, _CLOSE_LEAN, _ASIDE = 1.2, 0.28, 0.6, 0.4, 0.45
_FLASH_BEND, _FARTHEST, _LOST_METRES, _LEAST_CLEAR = 1 / 150, 4000.0, 900.0, 0.01
_STEP_SHARE = np.float32(0.014)


class CloudsView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `every` is how many pixels lie between the coarse rays of a row, and `every_row` how many rows between
    rows of them: fewer, for what is far lies in flat layers. `top` is the height of the highest tower in
    metres, `puff` how much the clouds billow, and `drift` how far their billows of both sizes have gone, in
    texels. Each `flash` is a place, right and forward in metres, and the share of `spark` there. `lit` and
    `shade` are the clouds' colours in and out of the sun, and `below` what shines through them from the
    ground.
    """

    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    every: int
    every_row: int
    top: float
    puff: float
    drift: list[float]
    flash: list[list[float]]
    lit: list[float]
    shade: list[float]
    below: list[float]
    spark: list[float]


class CloudsTextures(TypedDict):
    """What the rays meet: the deck's heights and shadows, and heights and light of billows upon it."""

    sky: shading.SkyTextures
    film: shading.FilmTextures
    deck: Texels
    billows: Texels


class _Gathered:
    """What rays have gathered on their way: metres, what is left of their sight, light, openness, reach."""

    def __init__(self, n: int) -> None:
        self.far = np.full(n, 2.0, np.float32)
        self.clear = np.ones(n, np.float32)
        self.light, self.open, self.reach = (np.zeros(n, np.float32) for _ in range(3))


class _Place(NamedTuple):
    above: Scalars
    light: Scalars
    open: Scalars


def clouds_march(
    coarse: Floats,
    width: int,
    height: int,
    first_row: int,
    n_rows: int,
    view: CloudsView,
    textures: CloudsTextures,
) -> None:
    """Fill `n_rows` rows of the coarse picture, shape (5, rows, rays), from `first_row` on."""
    del height
    every, n = view["every"], coarse_width(width, view["every"])
    toward = coarse_rays(
        n,
        first_row=first_row,
        n_rows=n_rows,
        camera=view["camera"],
        every=every,
        every_row=view["every_row"],
    )
    pixel = float(np.linalg.norm(vector(view["camera"]["right"]))) * every
    gathered = _Gathered(len(toward))
    for _ in range(_N_PASSES):
        _approach(gathered, toward, view, textures, pixel)
        _march(gathered, toward, view, textures, pixel)
    # What skims the clouds without an end meets them somewhere.
    lost = gathered.clear * unit(toward[:, 1] * -80)
    clear = gathered.clear - lost
    opacity = 1 - clear
    light, open_, reach = (
        (gathered.light + lost * np.float32(0.4)),
        (gathered.open + lost * np.float32(0.7)),
        (gathered.reach + lost * np.float32(_LOST_METRES)),
    )
    colour = _lit_clouds(view, textures, toward, opacity, light, open_, reach) * opacity[:, None]
    planes = [*colour.T, clear, reach / np.maximum(opacity, 1e-3)]
    for plane, values in zip(coarse, planes, strict=True):
        plane[first_row : first_row + n_rows] = values.reshape(n_rows, n)


def clouds_rows(
    frame: RGBFrame,
    width: int,
    first_row: int,
    n_rows: int,
    view: CloudsView,
    textures: CloudsTextures,
    coarse: Floats,
    height: int,
) -> None:
    """Light `n_rows` rows of the frame, shape (rows, columns, 3), from `first_row` on."""
    del height
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    red, green, blue, clear, far = (
        smoothed(
            plane,
            first_row=first_row,
            n_rows=n_rows,
            width=width,
            every=view["every"],
            every_row=view["every_row"],
        )
        for plane in coarse
    )
    colour = np.stack([red, green, blue], axis=1)
    colour *= _fine_light(view, textures, seen.toward, far)[:, None]
    sky = shading.sky_light(
        view["camera"], view["sky"], view["air"], textures["sky"], seen.toward, seen.grain
    )
    shading.expose(frame, colour + sky * clear[:, None], seen, view["film"], textures["film"])


def _approach(
    gathered: _Gathered, toward: Vectors, view: CloudsView, textures: CloudsTextures, pixel: float
) -> None:
    """Go on to where the billows begin; what goes up past the highest tower has gone for good."""
    billows = (_WIDE_METRES + _CLOSE_METRES) * view["puff"]
    above, way, going = np.zeros_like(gathered.far), np.zeros_like(gathered.far), np.ones_like(gathered.far)
    for _ in range(_N_APPROACH):
        far = gathered.far
        place = vector(view["camera"]["eye"]) + toward * far[:, None]
        before, above = above, place[:, 1] - _deck(textures, place, far * pixel)[0] * DECK_STEP - billows
        # The step that went in is taken back to where the heights between say that they begin.
        back = way * above / np.maximum(before - above, 1e-3)
        way = np.where(above > 0, np.maximum(above * 1.1, _STEP_SHARE * far), back) * going
        gone = (far > _FARTHEST) | (place[:, 1] > view["top"]) | (gathered.clear < _LEAST_CLEAR)
        gathered.far = np.where(gone, 2 * _FARTHEST, far + way).astype(np.float32)
        going = going * ~((above <= 0) | gone)


def _march(
    gathered: _Gathered, toward: Vectors, view: CloudsView, textures: CloudsTextures, pixel: float
) -> None:
    for _ in range(_N_STEPS):
        far = gathered.far
        place = vector(view["camera"]["eye"]) + toward * far[:, None]
        here = _cloud_at(view, textures, place, far * pixel)
        soft = 0.35 + 0.013 * far
        dense = unit(0.5 - here.above / soft)
        way = np.maximum(here.above * 0.6, 0.10 + (0.008 + 0.00001 * far) * far)
        share = gathered.clear * (1 - decay(-1.6 * dense * np.minimum(way / soft, 1)))
        share = np.where((far > _FARTHEST) | (gathered.clear < _LEAST_CLEAR), 0, share).astype(np.float32)
        gathered.light += share * here.light
        gathered.open += share * here.open
        gathered.reach += share * far
        gathered.clear -= share
        gathered.far = np.minimum(far + way, 2 * _FARTHEST).astype(np.float32)


def _deck(textures: CloudsTextures, place: Vectors, foot: Scalars) -> tuple[Scalars, Scalars]:
    level = level_of(foot * (3 * _DECK_SCALE), _N_LEVELS)
    return sampled(textures["deck"], level, place[:, 0] * _DECK_SCALE, place[:, 2] * _DECK_SCALE)


def _cloud_at(view: CloudsView, textures: CloudsTextures, place: Vectors, foot: Scalars) -> _Place:
    """Return how high a place is above the clouds (below is negative), and how it is lit there."""
    (x, y, z), drift = place.T, view["drift"]
    deck, shadow = _deck(textures, place, foot)
    wide, wide_lit = sampled(
        textures["billows"],
        level_of(foot * (2 * _WIDE), _N_LEVELS),
        (x - _ASIDE * z) * _WIDE + drift[0],
        (y + _WIDE_LEAN * z) * _WIDE + drift[1],
    )
    close, close_lit = sampled(
        textures["billows"],
        level_of(foot * (1.6 * _CLOSE), _N_LEVELS),
        (x + _ASIDE * z) * _CLOSE + drift[2],
        (y + _CLOSE_LEAN * z) * _CLOSE + drift[3],
    )
    wide_bump, close_bump = wide * (2 / 255) - 1, close * (2 / 255) - 1
    bump = (wide_bump * _WIDE_METRES + close_bump * _CLOSE_METRES) * view["puff"]
    sun = unit((y + bump - shadow * DECK_STEP) * 0.35 + 0.75)
    facing = (0.95 * wide_lit + 0.75 * close_lit) / 255
    return _Place(
        above=y - deck * DECK_STEP - bump,
        light=sun * (0.15 + (0.25 + 0.80 * sun) * facing),
        open=unit(0.60 + 0.40 * wide_bump + 0.25 * close_bump + 0.02 * (y - 9)),
    )


def _lit_clouds(
    view: CloudsView,
    textures: CloudsTextures,
    toward: Vectors,
    opacity: Scalars,
    light: Scalars,
    open_: Scalars,
    reach: Scalars,
) -> Vectors:
    """Return what rays have gathered as light; `opacity` is the share of them that clouds fill."""
    whole = 1 / np.maximum(opacity, 1e-3)
    far = np.maximum(reach * whole, 1)
    near_sun = 1 / (1 + 7 * from_sun(view["sky"], toward))
    place = vector(view["camera"]["eye"]) + toward * far[:, None]
    open_ = open_ * whole
    # Edges are thin, so light comes through them.
    through = (1 - opacity) * near_sun**2 * 0.8
    town, _ = sampled(textures["deck"], np.full(len(far), 4, np.int32), place[:, 0] * 0.8, place[:, 2] * 0.8)
    colour = (
        np.outer(open_, vector(view["shade"]))
        + np.outer(light * whole * (0.5 + 0.5 * near_sun), vector(view["lit"]))
        + np.outer(through, vector(view["sky"]["halo"]))
        + np.outer(unit(town * 0.014 - 0.5) * (1.15 - open_) ** 2, vector(view["below"]))
        + np.outer(_spark(view, place) * open_, vector(view["spark"]))
    )
    return shading.hazed(view["sky"], view["air"], toward, far, colour)


def _spark(view: CloudsView, place: Vectors) -> Scalars:
    """Return the light of lightning within the clouds around places."""
    spark = np.zeros(len(place), np.float32)
    for right, forward, light in view["flash"]:
        apart = (place[:, 0] - right) ** 2 + (place[:, 2] - forward) ** 2
        spark += light * (1 / (1 + apart * _FLASH_BEND)) ** 2
    return spark


def _fine_light(view: CloudsView, textures: CloudsTextures, toward: Vectors, far: Scalars) -> Scalars:
    """Return how much the finest billows, which only the rays of single pixels can show, brighten a place."""
    x, y, z = (vector(view["camera"]["eye"]) + toward * far[:, None]).T
    foot = far * np.linalg.norm(vector(view["camera"]["right"]))
    value, lit = sampled(
        textures["billows"],
        level_of(foot * (1.4 * _FINE), _N_LEVELS),
        (x + _ASIDE * z) * _FINE + view["drift"][2] * 4,
        (y + _CLOSE_LEAN * z) * _FINE + view["drift"][3] * 4,
    )
    return np.asarray(1 + view["puff"] * (lit * (0.30 / 255) + value * (0.16 / 255) - 0.23), np.float32)
