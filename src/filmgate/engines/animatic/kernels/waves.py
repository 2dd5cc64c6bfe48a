"""Slopes of water, in NumPy: what `waves.h` does. A change belongs into both."""

from typing import NamedTuple

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.shading import Levels, Scalars, Vectors, level_of, vector
from filmgate.engines.animatic.textures import Texels

FARTHEST, LEAST_DOWN = 40000, 1e-4
WIND = (0.35, 0.94)
"""Where the wind blows from and to: its shares of right and forward."""
ZERO, STEP = 128.0, 1 / 32
"""The byte of a level surface, and the slope that one more byte means."""
N_ROUGH, ROUGH_FIRST_OCTAVE = 64, -6


class Layer(NamedTuple):
    """A layer of waves: texels to a metre, cosine and sine of its turn, and where it begins."""

    scale: float
    cos: float
    sin: float
    u: float
    v: float


LAYERS = (
    Layer(0.24, 0.8, 0.6, 37.0, 0.0),
    Layer(1.48, 1.0, 0.0, 0.0, 0.0),
    Layer(14.2, 0.94, -0.34, 0.0, 0.0),
    Layer(44.0, 0.5, 0.87, 0.0, 11.0),
)
"""Two of the swell and two of the chop; `SWELL_WIDE` to `CHOP_CLOSE` in C."""


def slopes(field: Texels, layer: Layer, strength: float, place: Vectors, foot: Scalars) -> Vectors:
    """Return the slopes of one layer along x and z, shape (n, 2), where rays cover `foot` metres."""
    x, z = place[:, 0], place[:, 2]
    u = (x * layer.cos + z * layer.sin) * layer.scale + layer.u
    v = (z * layer.cos - x * layer.sin) * layer.scale + layer.v
    codes = sample_waves(field, level_of(foot * layer.scale, 8), u, v)
    a, b = ((code - ZERO) * (strength * STEP) for code in codes)
    return np.stack([layer.cos * a - layer.sin * b, layer.cos * b + layer.sin * a], axis=1)


def roughness(rough: list[float], foot: Scalars) -> Scalars:
    """Return the deviation of the slopes that the footprints hide."""
    entry = (foot.view(np.int32) >> 21) - ((127 + ROUGH_FIRST_OCTAVE) << 2)
    return np.asarray(vector(rough)[np.clip(entry, 0, N_ROUGH - 1)])


def sample_waves(texture: Texels, level: Levels, u: Scalars, v: Scalars) -> tuple[Scalars, Scalars]:
    """Sample a texture of `rows_halved`, each ray at its own level; 0 to 255.

    A row of a level stands for the middle of those it was made from.
    """
    columns = np.full_like(level, texture.shape[1])
    return shading.bilinear(
        texture, level, columns, u, (v + np.float32(0.5)) / (1 << level) - np.float32(0.5)
    )


class Reflection(NamedTuple):
    """What water does with rays: where it mirrors them to, the mirrored share, how much of itself is seen."""

    up: Vectors
    fresnel: Scalars
    body: Scalars


def reflected(
    toward: Vectors, slopes: Vectors, rough: Scalars, *, leaning: float, lifting: float
) -> Reflection:
    """Return what water of these slopes, shape (n, 2), does with rays.

    Slopes that face away from a low eye are hidden behind others: the visible ones lean towards it, by the
    shares `leaning` and `lifting` of the roughness. Fresnel's law is in Schlick's form.
    """
    sx, sz = slopes.T
    norm = 1 / np.sqrt(1 + sx**2 + sz**2)
    along = sx * toward[:, 0] + sz * toward[:, 2]
    against = (along - toward[:, 1]) * norm
    fresnel = 0.02 + 0.98 * (1 - np.minimum(np.maximum(against, 0) + leaning * rough, 1)) ** 5
    twice = 2 * against * norm
    # A ray that the mirror would throw down meets a second wave, which throws it up again.
    height = np.abs(toward[:, 1] + twice) + lifting * rough
    up = np.stack([toward[:, 0] - twice * sx, height, toward[:, 2] - twice * sz], axis=1)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    return Reflection(np.asarray(up, np.float32), fresnel, (1 - fresnel) * (0.75 + 0.9 * along))


def glitter_of(sky: shading.SkyView, apart: Scalars, rough: Scalars, *, blur: float) -> Scalars:
    """Return the sun's glitter, `apart` (squared chord) from it, on water so rough and wider by `blur`."""
    width = sky["disc_edge"] + 3 * rough**2 + blur
    return np.asarray((1 / (1 + (apart / width) ** 2)) ** 2 * 0.016 / width)
