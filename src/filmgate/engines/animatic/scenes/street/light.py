"""How lamps, signs and the sun light the walls and the ground of a street: drawn once for a clip."""

import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.panels import light_texels
from filmgate.engines.animatic.scenes.street.measures import FRONT, ROAD_MIDDLE, Building, Emitter
from filmgate.engines.animatic.textures import Floats, Texels, packed, quads, rows_halved

_COLUMNS, _ROWS, _FROM = 512, 64, -16.0
_TILE_SIDE, _GRIT_SIDE = 256, 128
_WALL_HIGH, _GROUND_WIDE = 48.0, 32.0
# Lamps leave enough of a night that signs stand out.
_STRENGTH = 0.72
# Texels at which light is reckoned; between them it is interpolated.
_STRIDE = 2


def lightmap(emitters: list[Emitter], buildings: list[Building], sun: Floats) -> Texels:
    """Return the light on the left walls, the right walls and the ground, and how much they see of the sun.

    Shape (192, 512): 64 rows each, along the street in half metres from -16; walls upwards to 48 metres,
    the ground from left to right over 32 metres.
    """
    ahead = _FROM + np.arange(0, _COLUMNS, _STRIDE) / 2
    high = np.arange(0, _ROWS) * (_WALL_HIGH / (_ROWS - 1))
    aside = (np.arange(_ROWS) + 0.5) * (_GROUND_WIDE / _ROWS) - _GROUND_WIDE / 2
    up, z = np.meshgrid(high, ahead, indexing="ij")
    x, ground_z = np.meshgrid(aside, ahead, indexing="ij")
    sheets = [
        _lit(np.full_like(up, side * FRONT), up, z, (-side, 0, 0), emitters, buildings, sun)
        for side in (-1, 1)
    ]
    sheets.append(_lit(x, np.zeros_like(x), ground_z, (0, 1, 0), emitters, buildings, sun))
    return light_texels(np.concatenate(sheets))


def _lit(
    x: Floats,
    y: Floats,
    z: Floats,
    normal: tuple[int, int, int],
    emitters: list[Emitter],
    buildings: list[Building],
    sun: Floats,
) -> Floats:
    """Return light and sun, shape (rows, columns, 4), at places whose x counts from the road's middle."""
    light = np.zeros((*x.shape, 4), np.float32)
    for emitter in emitters:
        near = np.abs(z[0] - emitter.place[2]) < 26
        where = (slice(None), slice(*np.flatnonzero(near)[[0, -1]] + (0, 1))) if near.any() else None
        if where is None:
            continue
        dx, dy, dz = (
            (emitter.place[0] - ROAD_MIDDLE - x[where]).astype(np.float32),
            (emitter.place[1] - y[where]).astype(np.float32),
            (emitter.place[2] - z[where]).astype(np.float32),
        )
        squared = dx * dx + dy * dy + dz * dz + 0.35
        facing = np.maximum(dx * normal[0] + dy * normal[1], 0) / np.sqrt(squared) + 0.06
        fade = np.clip(1 - np.abs(dz) / 26, 0, 1)
        light[(*where, slice(0, 3))] += (_STRENGTH * emitter.strength * facing / squared * fade)[
            ..., None
        ] * np.array(emitter.colour, np.float32)
    light[..., 3] = _sunlit(x, y, z, buildings, sun)
    finer = scipy.ndimage.zoom(light, (1, _STRIDE, 1), order=1, mode="nearest", grid_mode=True)
    return np.asarray(finer, np.float32)


def _sunlit(x: Floats, y: Floats, z: Floats, buildings: list[Building], sun: Floats) -> Floats:
    """Return the share of the sun that the houses on its side leave to each place."""
    side = 1 if sun[0] >= 0 else -1
    across = max(abs(float(sun[0])), 0.02)
    way = (FRONT - x * side) / across
    meets, climbs = z + sun[2] * way, y + sun[1] * way
    heights = np.zeros(2048)
    place = _FROM + np.arange(2048) / 2
    for building in buildings:
        if building.side == side:
            heights[(place >= building.start) & (place < building.end)] = building.height
    # Behind the last house the town goes on.
    heights[place >= max(building.end for building in buildings)] = 30.0
    heights = scipy.ndimage.gaussian_filter1d(heights, 1.0)
    shadow = np.interp(meets, place, heights)
    return np.asarray(np.clip((climbs - shadow) / 1.6 + 0.5, 0, 1), np.float32)


def noise_tile(random: np.random.Generator, *, blur: float) -> Texels:
    """Return two repeating noises about 128, deviation 32: fine grain, and soft blotches over it."""
    white = random.standard_normal((2, _TILE_SIDE, _TILE_SIDE)).astype(np.float32)
    fine = scipy.ndimage.gaussian_filter(white[0], blur, mode="wrap")
    soft = np.zeros_like(fine)
    for weight, sigma in ((1.0, 24.0), (0.8, 11.0), (0.4, 5.0), (0.2, 2.0)):
        soft += weight * _normal(scipy.ndimage.gaussian_filter(white[1], sigma, mode="wrap"))
    levels = rows_halved(np.stack([_normal(fine), _normal(soft)], axis=2), n_levels=8)
    return packed(levels, zero=128, step=1 / 32)


def grit_tile(random: np.random.Generator, *, blur: float) -> Texels:
    """Return repeating fine grain about 128, deviation 32, each texel with its neighbours; see `quads`."""
    white = random.standard_normal((_GRIT_SIDE, _GRIT_SIDE)).astype(np.float32)
    fine = _normal(scipy.ndimage.gaussian_filter(white, blur, mode="wrap"))
    # Along a street it is the width of walls that is seen short.
    levels = [level.T for level in rows_halved(fine, n_levels=7)]
    return quads(levels, zero=128, step=1 / 32)


def _normal(noise: Floats) -> Floats:
    return np.asarray((noise - noise.mean()) / noise.std(), np.float32)
