"""The ground of a reef in NumPy: how `reef.h` finds where rays meet it. A change belongs into both."""

import numpy as np

from filmgate.engines.animatic.kernels.coarse import quadruple
from filmgate.engines.animatic.kernels.shading import Scalars, Vectors, vector
from filmgate.engines.animatic.kernels.underwater_view import UnderwaterTextures, UnderwaterView

FLOOR_SIDE, FLOOR_METRES, FLOOR_STEP, FLOOR_SCALE = 1024, 80.0, 0.025, 12.8
"""Texels of the ground, how wide it is before it repeats, the metres of a byte, and texels to a metre."""
FARTHEST = 70.0
"""How far one sees, in metres."""

_N_STEPS = 32


def set_out(view: UnderwaterView, up: Scalars) -> Scalars:
    """Return how far there can be ground along rays at the earliest, by how steeply they go `up`."""
    # Above the highest rock there is nothing to meet.
    high = view["camera"]["eye"][1] - view["top"]
    first = np.clip(high / np.maximum(-up, 1e-4), 0.6, FARTHEST)
    return np.where(up > (0.35 if high < 0 else 0.0), FARTHEST, first).astype(np.float32)


def march(view: UnderwaterView, textures: UnderwaterTextures, toward: Vectors, far: Scalars) -> Scalars:
    """Return how far rays that set out at `far` go until they meet the ground, or as far as one sees."""
    eye = vector(view["camera"]["eye"])
    height = np.maximum(-toward[:, 1], 0.05)
    # Where a ray ends as it sets out, no slope is known yet.
    fall = np.full_like(far, 1e6)
    # The last place above the ground and the last below it.
    over, under, depth = far - 1, np.full_like(far, 2 * FARTHEST), np.full_like(far, -1)
    for step in range(_N_STEPS):
        place = eye + toward * far[:, None]
        now = place[:, 1] - _height(textures, place)
        is_above = now > 0
        apart = np.where(far > over, far - over, 1)
        slope = np.maximum(np.where(far > over, (height - now) / apart, 0.03), 0.03) if step else height
        over, height = np.where(is_above, far, over), np.where(is_above, now, height)
        under, depth = np.where(is_above, under, far), np.where(is_above, depth, now)
        # High above the ground a ray goes as far as no slope can rise; close to it, to where it would meet
        # the slope it has passed; once it has been below the ground, to where it must have come through it.
        onward = np.maximum(np.minimum(now / slope, 0.2 + 0.03 * far), 0.7 * now)
        between = over + (under - over) * np.clip(height / (height - depth), 0.15, 0.85) - far
        way = np.where(under <= FARTHEST, between, onward)
        least = (0.006 + 0.0018 * far) * (1 + 0.12 * step)
        ends = (np.abs(now) < least) | (under - over < least) | (far >= FARTHEST)
        fall = np.where(ends, fall, slope)
        far = np.where(ends, far, np.minimum(far + way, FARTHEST)).astype(np.float32)
    # The rest of the way is straight; but what is still high above the ground only grazes it.
    most = 0.03 + 0.009 * far
    far = np.where(now > most, FARTHEST, far + np.clip(now / fall, -most, most))
    return np.asarray(np.minimum(far, FARTHEST), np.float32)


def _height(textures: UnderwaterTextures, place: Vectors) -> Scalars:
    """Return the height of the ground in metres."""
    finest = np.zeros(len(place), np.int32)
    codes = quadruple(textures["heights"], finest, place[:, 0] * FLOOR_SCALE, place[:, 2] * FLOOR_SCALE)
    return np.asarray(codes * FLOOR_STEP, np.float32)
