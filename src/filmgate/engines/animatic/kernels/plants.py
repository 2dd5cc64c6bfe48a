"""The kernel of woods and meadows in NumPy: what `plants.c` does, said plainly. A change belongs into both.

Every plant is upright and stands across the view, at one depth; its picture holds light and cover. The air
lies before and behind them in slabs of depth, of which a coarse grid says what each lets through and how it
is lit. From the nearest slab to the farthest everything adds its light, as far as what is before it lets it
through.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.plants_fields import dark, gust, ripe, wave
from filmgate.engines.animatic.kernels.plants_view import (
    BESIDE,
    BLOCK,
    CELL,
    GROUND_LEVELS,
    GROUND_SIDE,
    GROUND_WIDTHS,
    Plants,
    PlantsTextures,
    PlantsView,
)
from filmgate.engines.animatic.kernels.shading import Scalars, Vectors, from_sun, level_of, mix, unit, vector
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels

_FINE, _MIDDLE = (230.0, 230.0, 0.96, 0.28), (47.0, 47.0, 0.8, -0.6)
_COARSE, _DAPPLE = (8.3, 8.3, 1.0, 0.0), (34.0, 13.0, 1.0, 0.0)


class _Drawn:
    """The rays of some rows, what they have met so far, and the slab of air that is being drawn."""

    def __init__(self, seen: shading.Rays, view: PlantsView) -> None:
        camera = view["camera"]
        self.seen, self.view = seen, view
        self.eye = vector(camera["eye"])
        self.toward = self._through(seen.x)
        first = seen.x - seen.x % BLOCK
        self.block_ends = [self._through(first), self._through(first + BLOCK)]
        self.into_block = (seen.x - first) / np.float32(BLOCK)
        self.pixel = float(np.linalg.norm(vector(camera["right"])))
        self.light = np.zeros_like(self.toward)
        self.through = np.ones(len(self.toward), np.float32)
        apart = from_sun(view["sky"], seen.toward)
        air = shading.clear_sky(view["sky"], np.zeros_like(apart), apart)
        self.gloom = mix(
            air, vector(view["air"]["veil"]), np.full_like(apart, view["air"]["share"])
        ) * vector(view["gloom"])
        self.sunward = (1 / (1 + 5 * apart)) ** 2
        self.clear, self.haze = self.through, self.light

    def _through(self, x: Any) -> Vectors:
        """Return the directions through columns of the rows that are drawn."""
        right, up, corner = (vector(self.view["camera"][name]) for name in ("right", "up", "corner"))
        return np.asarray(corner - np.outer(self.seen.y, up) + np.outer(x, right), np.float32)

    def enter(self, grid: Floats) -> None:
        """Go on to a slab of air."""
        across, down = self.seen.x / CELL, self.seen.y / CELL
        column, row = (np.floor(part).astype(np.int64) for part in (across, down))
        above, below = (mix(grid[at, column], grid[at, column + 1], across - column) for at in (row, row + 1))
        self.clear, lit = mix(above, below, down - row).T
        self.haze = self.gloom + np.outer(lit, vector(self.view["beam"]))

    def add(
        self, at: npt.NDArray[np.int64], light: Vectors, *, part: Scalars | float, cover: Scalars | float
    ) -> None:
        """Add what the rays `at` meet behind `part` of the slab."""
        hazy = mix(light, self.haze[at], (1 - self.clear[at]) * part)
        share = self.through[at] * cover
        self.light[at] += hazy * share[:, None]
        self.through[at] -= share

    def leave(self) -> None:
        """Add the air of the slab."""
        self.light += self.haze * (self.through * (1 - self.clear))[:, None]
        self.through = self.through * self.clear


def plants_rows(
    frame: RGBFrame,
    width: int,
    first_row: int,
    n_rows: int,
    view: PlantsView,
    textures: PlantsTextures,
    plants: Plants,
    n_plants: int,
) -> None:
    """Fill `n_rows` of the frame from `first_row` on; the nearest of the plants come first."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    drawn = _Drawn(seen, view)
    deep = plants["z"][:n_plants] - view["camera"]["eye"][2]
    for slab in range(view["n_slabs"]):
        close, far = view["edges"][slab : slab + 2]
        drawn.enter(textures["haze"][slab])
        for plant in plants[:n_plants][(deep >= close) & (deep < far)]:
            _draw_plant(drawn, plant, textures, close, far)
        _draw_ground(drawn, textures["ground"], close, far)
        drawn.leave()
    is_far = np.flatnonzero(
        drawn.eye[1] * drawn.toward[:, 2] + view["edges"][view["n_slabs"]] * drawn.toward[:, 1] >= 0
    )
    sky = shading.sky_light(
        view["camera"], view["sky"], view["air"], textures["sky"], seen.toward[is_far], seen.grain[is_far]
    )
    drawn.light[is_far] += sky * drawn.through[is_far, None]
    shading.expose(frame, drawn.light, seen, view["film"], textures["film"])


def _draw_ground(drawn: _Drawn, ground: Texels, close: float, far: float) -> None:
    view, toward, eye = drawn.view, drawn.toward, drawn.eye
    ahead, sinking = eye[1] * toward[:, 2], -toward[:, 1]
    at = np.flatnonzero((far * sinking >= ahead) & (close * sinking < ahead))
    down = eye[1] / np.maximum(sinking[at], 1e-4)
    deep = down * toward[at, 2]
    wide = deep * drawn.pixel * (1.2 + 0.5 * drawn.seen.grain[at])
    lengthy = wide * np.maximum(down / eye[1], 1)
    x, _, z = (eye + toward[at] * down[:, None]).T
    fine, middle, coarse, spots = (
        _sample_ground(ground, layer, x, z, wide, lengthy) for layer in (_FINE, _MIDDLE, _COARSE, _DAPPLE)
    )
    detail = fine[0] * 0.5 + middle[0] * 0.4 + coarse[0] * 0.35
    shine = view["gust_shine"] * gust(view, x, z) + view["drift"] * ripe(x, z) - dark(view, x, z)
    light = unit(detail - 0.12 + shine)
    mossy = unit((coarse[1] + 0.5 * middle[1] - 1 + 0.5 * view["patchy"]) * 3) * view["patchy"]
    lit = _ramp(view["ground_shade"], view["ground_middle"], view["ground_top"], light)
    lit = mix(lit, np.outer(0.3 + light, vector(view["patch"])), mossy)
    earth = np.broadcast_to(vector(view["path_shade"]), lit.shape)
    path = mix(earth, np.broadcast_to(vector(view["path_top"]), lit.shape), 0.25 + 0.75 * light)
    lit = mix(lit, path, _trodden(view, x, z, middle[1] + coarse[1] - 1))
    sunlit = unit((spots[1] - 0.56) * 5) * (0.4 + light) * (0.5 + 2 * drawn.sunward[at])
    lit = lit + np.outer(sunlit, vector(view["dapple"]))
    drawn.add(at, lit, part=unit((deep - close) / (far - close)), cover=1.0)


def _trodden(view: PlantsView, x: Scalars, z: Scalars, frayed: Scalars) -> Scalars:
    """Return the share of trodden earth at places; `frayed` is noise about 0."""
    winding, windings, half_width, share = view["path"]
    away = np.abs(x - winding * wave(z * windings + 0.02)) + 0.9 * frayed
    return unit((half_width - away) * 1.6) * share


def _sample_ground(
    ground: Texels,
    layer: tuple[float, float, float, float],
    x: Scalars,
    z: Scalars,
    wide: Scalars,
    lengthy: Scalars,
) -> tuple[Scalars, Scalars]:
    """Sample both fields where a pixel covers so many metres across and along; 0 to 1."""
    across, along, cos, sin = layer
    narrow, level = level_of(wide * across, GROUND_WIDTHS), level_of(lengthy * along, GROUND_LEVELS)
    u, v = (x * cos + z * sin) * across, (z * cos - x * sin) * along
    u, v = ((part + 0.5) / (1 << at) - 0.5 for part, at in ((u, narrow), (v, level)))
    # Stacks of levels lie one below the other, so a row of one is a row of all further down.
    n_columns, n_rows = GROUND_SIDE >> narrow, GROUND_SIDE >> level
    top = 2 * GROUND_SIDE * (narrow + 1) - ((2 * GROUND_SIDE) >> level)
    return _bilinear(ground.ravel(), top * GROUND_SIDE, GROUND_SIDE, n_columns, n_rows, u, v, wraps=True)


class _Level(NamedTuple):
    """One level of a picture: where it begins, its size, and the first level's texels to one of it."""

    start: int
    columns: int
    rows: int
    size: int


def _level(picture: Any, number: int) -> _Level:
    number = min(max(number, 0), int(picture["n_levels"]) - 1)
    columns, rows = int(picture["columns"]), int(picture["rows"])
    start = int(picture["start"]) + sum(((columns >> i) + BESIDE) * (rows >> i) for i in range(number))
    return _Level(start, columns >> number, rows >> number, 1 << number)


def _sample_picture(
    texels: Texels, level: _Level, u: Scalars, v: Scalars, *, wraps: bool
) -> tuple[Scalars, Scalars]:
    """Sample a level at coordinates of the first; columns repeat, rows only if it `wraps`. 0 to 1."""
    u, v = (part / level.size - 0.5 for part in (u, v))
    return _bilinear(
        texels, level.start, level.columns + BESIDE, level.columns, level.rows, u, v, wraps=wraps
    )


def _bilinear(
    texels: Texels,
    start: Any,
    stride: int,
    n_columns: Any,
    n_rows: Any,
    u: Scalars,
    v: Scalars,
    *,
    wraps: bool,
) -> tuple[Scalars, Scalars]:
    u0, v0 = np.floor(u), np.floor(v)
    column, upper = u0.astype(np.int64) % n_columns, v0.astype(np.int64)
    rows = (row % n_rows if wraps else np.clip(row, 0, n_rows - 1) for row in (upper, upper + 1))
    pairs = [shading.across(texels[start + row * stride + column], u - u0) for row in rows]
    first, second = ((a + (b - a) * (v - v0)) / 255 for a, b in zip(*pairs, strict=True))
    return first, second


def _draw_plant(drawn: _Drawn, plant: Any, textures: PlantsTextures, close: float, far: float) -> None:
    toward, eye = drawn.toward, drawn.eye
    deep = float(plant["z"] - eye[2])
    away = deep / np.maximum(toward[:, 2], 0.01)
    x, y = eye[0] + toward[:, 0] * away, eye[1] + toward[:, 1] * away
    inside = (toward[:, 2] >= 0.02) & (x >= plant["left"]) & (x <= plant["left"] + plant["width"])
    at = np.flatnonzero(inside & (y >= plant["foot"]) & (y <= plant["foot"] + plant["height"]))
    if at.size == 0:
        return
    if plant["girth"] > 0:
        light, cover = _trunk(drawn, plant, textures, at, x[at], y[at], deep * drawn.pixel)
    else:
        light, cover = _leaves(drawn, plant, textures, at, deep * drawn.pixel)
    # What the camera passes through fades before its eyes.
    nearness = min(max(2 * deep - 0.6, 0.0), 1.0)
    drawn.add(at, light, part=(deep - close) / (far - close), cover=cover * nearness)


def _leaves(
    drawn: _Drawn, plant: Any, textures: PlantsTextures, at: npt.NDArray[np.int64], pixel: float
) -> tuple[Vectors, Scalars]:
    """Return light and cover of a picture at places of its plant, where pixels are so many metres."""
    view, picture = drawn.view, textures["pictures"][plant["picture"]]
    texels = picture["columns"] * plant["turns"] / plant["width"]
    # What changes little from pixel to pixel is calculated at the ends of blocks, and even between them.
    ends = (_passed(view, plant, picture, drawn.eye, toward[at]) for toward in drawn.block_ends)
    u, v, shine = (one + (other - one) * drawn.into_block[at] for one, other in zip(*ends, strict=True))
    octave = float(np.log2(max(texels * pixel, 1))) + 0.15
    share = float(unit((octave - np.floor(octave) - 0.4) * 5))
    fine, coarse = (
        _sample_picture(textures["texels"], _level(picture, int(octave) + step), u, v, wraps=False)
        for step in (0, 1)
    )
    lit, cover = (one + (other - one) * share for one, other in zip(fine, coarse, strict=True))
    light = np.maximum(lit / np.maximum(cover, 1 / 255) + shine, 0)
    # What is seen larger than it was drawn gets its edges back.
    cover = unit((cover - 0.5) * max(1.0, 0.8 / (texels * pixel)) + 0.5) * plant["share"]
    if plant["turns"] == 1:
        # A single plant that leans far leaves its picture.
        cover = cover * ((u >= 0) & (u <= picture["columns"]))
    glow = plant["glow"] * drawn.sunward[at] * light
    return _ramp(plant["shade"], plant["middle"], plant["top"], light) + np.outer(glow, plant["top"]), cover


def _passed(
    view: PlantsView, plant: Any, picture: Any, eye: Scalars, toward: Vectors
) -> tuple[Scalars, Scalars, Scalars]:
    """Return the texels where rays pass leaves, and how much lighter wind and shadows make them."""
    away = (plant["z"] - eye[2]) / np.maximum(toward[:, 2], 0.01)
    x, y = eye[0] + toward[:, 0] * away, eye[1] + toward[:, 1] * away
    middle = plant["left"] + np.float32(0.5) * plant["width"]
    is_wide = plant["turns"] > 1
    blowing = gust(view, x if is_wide else np.full_like(x, middle), np.full_like(x, plant["z"]))
    flutter = wave(0.9 * x + 0.55 * y + 1.7 * plant["z"] - view["gust"][2])
    high = y / (plant["foot"] + plant["height"])
    lean = plant["sway"] * high**2 * (0.35 + blowing + 0.18 * flutter)
    texels = picture["columns"] * plant["turns"] / plant["width"]
    u = plant["start"] * picture["columns"] + (x - plant["left"] - lean) * texels
    v = picture["rows"] - (y - plant["foot"]) * (picture["rows"] / plant["height"])
    ripeness = view["drift"] * ripe(x, np.full_like(x, plant["z"])) if is_wide else np.zeros_like(x)
    shadow = dark(view, x if is_wide else np.full_like(x, middle), np.full_like(x, plant["z"]))
    return u, v, (view["gust_shine"] * blowing + ripeness) * high - shadow


def _trunk(
    drawn: _Drawn,
    plant: Any,
    textures: PlantsTextures,
    at: npt.NDArray[np.int64],
    x: Scalars,
    y: Scalars,
    pixel: float,
) -> tuple[Vectors, Scalars]:
    """Return light and cover of round bark; its edges are exact at every distance."""
    view, picture = drawn.view, textures["pictures"][plant["picture"]]
    up = y - plant["foot"]
    high = up / plant["height"]
    radius = plant["girth"] * (0.78 - 0.5 * high + 0.3 / (1 + 5 * up**2))
    middle = plant["left"] + np.float32(0.5) * plant["width"]
    blowing = gust(view, np.full_like(x, middle), np.full_like(x, plant["z"]))
    off = x - middle - plant["bow"] * 4 * high * (1 - high) - plant["sway"] * high**2 * blowing
    n = np.clip(off / radius, -1, 1)
    u = plant["start"] * picture["columns"] + picture["columns"] * n * (0.32 + 0.05 * n**2 + 0.13 * n**8)
    texels = np.float32(0.6 * picture["columns"] / plant["girth"] * pixel)
    level = _level(picture, int(level_of(np.array([texels]), int(picture["n_levels"]))[0]))
    lit, rough = _sample_picture(textures["texels"], level, u, 4096 - up * plant["turns"], wraps=True)
    light = lit * (0.42 + 0.38 * (1 - n**2) + 0.30 * n * view["side"])
    grown = unit((rough + 0.35 * n * view["side"] - 0.9 + plant["share"] / (1 + 0.3 * up)) * 4)
    rim = n**8 * plant["glow"] * (0.5 + 0.5 * n * view["side"]) * drawn.sunward[at]
    cover = unit((radius - np.abs(off)) / pixel + 0.5) * np.minimum(2 * radius / pixel, 1)
    shade, bark, moss = (np.broadcast_to(plant[name], (len(x), 3)) for name in ("shade", "middle", "top"))
    seen = mix(mix(shade, bark, light), moss * (0.4 + 0.7 * light)[:, None], grown)
    return seen + np.outer(rim, vector(view["beam"])), cover


def _ramp(shade: Any, middle: Any, top: Any, light: Scalars) -> Vectors:
    """Return the colours of light 0, 1/2 and 1, and those between."""
    dark, half, bright = (
        np.broadcast_to(np.asarray(part, np.float32), (len(light), 3)) for part in (shade, middle, top)
    )
    return mix(mix(dark, half, unit(2 * light)), bright, unit(2 * light - 1))
