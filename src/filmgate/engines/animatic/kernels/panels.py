"""Rectangles in space, textures of light and filtered patterns: what `panels.h` does, in NumPy.

A ray `d` from the eye meets the plane of a rectangle with corner `o` and edges `a` and `r` at the shares
`(r x o).d / n.d` and `(o x a).d / n.d` of them, and `n.o / n.d` along the ray, where `n` is `a x r`. All
numerators and `n.d` are linear over the frame, so that edges need no clipping, and how far a pixel is from
one gives its cover.
"""

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.shading import CameraView, Scalars, Vectors, unit, vector
from filmgate.engines.animatic.textures import Floats, Texels

LIGHT_BRIGHTEST = 8.0
LIGHT_STEP, COVER_STEP = 2 / 511, 1 / 31

PANEL = np.dtype(
    [
        *((name, np.float32, 3) for name in ("origin", "across", "rise")),
        *((name, np.float32) for name in ("width", "height", "base")),
        *((name, np.int32) for name in ("kind", "first_row", "end_row", "first_texel")),
        *((name, np.int32) for name in ("first_room", "columns", "floors")),
        *((name, np.float32) for name in ("room_width", "room_height", "lit", "depth", "mean_glass")),
        *((name, np.float32, 3) for name in ("wall", "mean", "tint")),
        *((name, np.float32) for name in ("texels_wide", "texels_high", "light_row", "margin")),
    ]
)
"""A rectangle of a scene, as the kernels read it: `panel` in `street.h`."""

MAX_PANELS = 1024
"""The most that a frame shows; see `street.h`."""

Panels = npt.NDArray[Any]
"""Rectangles from far to near; shape (n,) of `PANEL`."""


class MirrorView(TypedDict):
    """A picture of mirrored rays: where its first texel is, and its texels in each metre a metre ahead."""

    left: float
    top: float
    per_across: float
    per_rise: float
    width: int
    height: int


class Line(NamedTuple):
    """A number that is linear over the frame: its values, its steps across and down, and 1 / their length."""

    values: Scalars
    step: np.float32
    fall: np.float32
    sharp: np.float32


def line_of(camera: CameraView, edge: Vectors, rays: Vectors) -> Line:
    """Return the number that `edge` makes of each unnormalised ray."""
    step = np.float32(edge @ vector(camera["right"]))
    fall = np.float32(-(edge @ vector(camera["up"])))
    return Line(
        rays @ edge, step, fall, np.float32(1) / np.sqrt(step * step + fall * fall + np.float32(1e-20))
    )


def between(low: Line, high: Line) -> Scalars:
    """Return the share of each pixel on the inner side of two opposite edges."""
    inner = unit(low.values * low.sharp + 0.5) + unit(high.values * high.sharp + 0.5) - 1
    return np.asarray(np.maximum(inner, 0), np.float32)


def light_texels(light: Floats, *, random: np.random.Generator | None = None) -> Texels:
    """Return texels of linear light and cover, shape (..., 4): cube roots in 9 bits each, cover in 5.

    With `random`, numbers are rounded up as often as they are above the lower step, which hides steps.
    """
    codes = np.empty(light.shape, np.float32)
    codes[..., :3] = np.cbrt(np.maximum(light[..., :3], 0)) / LIGHT_STEP
    codes[..., 3] = light[..., 3] / COVER_STEP
    codes += 0.5 if random is None else random.random(light.shape, np.float32)
    whole = np.clip(codes, 0, (511, 511, 511, 31)).astype(np.uint32)
    return np.asarray(
        whole[..., 0] | whole[..., 1] << 9 | whole[..., 2] << 18 | whole[..., 3] << 27, np.uint32
    )


def sample_light(
    texture: Texels,
    u: Scalars,
    v: Scalars,
    left: Scalars | float,
    top: Scalars | float,
    right: Scalars | float,
    bottom: Scalars | float,
) -> Vectors:
    """Return light and cover, shape (n, 4), at texels `u`, `v` held within the edges."""
    u = np.clip(np.asarray(u, np.float32), np.float32(left), np.float32(right))
    v = np.clip(np.asarray(v, np.float32), np.float32(top), np.float32(bottom))
    x, y = u.astype(np.int64), v.astype(np.int64)
    x1, y1 = x + (x + 1 <= right), y + (y + 1 <= bottom)
    fu, fv = (u - x.astype(np.float32))[:, None], (v - y.astype(np.float32))[:, None]
    above, below = (_coded(texture[row, x]) * (1 - fu) + _coded(texture[row, x1]) * fu for row in (y, y1))
    codes = above + (below - above) * fv
    light = (codes[:, :3] * np.float32(LIGHT_STEP)) ** 3
    return np.concatenate([light, codes[:, 3:] * np.float32(COVER_STEP)], axis=1).astype(np.float32)


def _coded(texels: Texels) -> Vectors:
    parts = (texels & 511, texels >> 9 & 511, texels >> 18 & 511, texels >> 27)
    return np.stack([part.astype(np.float32) for part in parts], axis=1)


def filled(x: Scalars, width: Scalars | np.floating[Any] | float) -> Scalars:
    """Return the integral from 0 to `x` of what is 1 in the first `width` of every whole step."""
    whole = np.floor(x)
    return np.asarray(whole * width + np.minimum(x - whole, width), np.float32)


def pulse(x: Scalars, width: Scalars | np.floating[Any] | float, foot: Scalars) -> Scalars:
    """Return the share of `foot` around `x` that lies in the first `width` of every whole step."""
    half = np.float32(0.5) * np.maximum(foot, np.float32(1e-3))
    return pulse_by(x, width, half, np.float32(0.5) / half)


def pulse_by(x: Scalars, width: Scalars | np.floating[Any] | float, half: Scalars, sharp: Scalars) -> Scalars:
    """Return the same for a foot whose half, and 1 / the whole of it, are known."""
    return unit((filled(x + half, width) - filled(x - half, width)) * sharp)


def strip(apart: Scalars, half: np.float32, far: Scalars, sharp: Scalars, many: Scalars) -> Scalars:
    """Return the share of pixels within `half` of the middle of a strip, which are `apart` from it.

    A pixel reaches `far` to both sides, `sharp` being 1 / both. Once it sees `many` such strips, all a whole
    step apart, it shows their share of all.
    """
    inside = unit((np.minimum(half, apart + far) - np.maximum(-half, apart - far)) * sharp)
    return np.asarray(inside + (2 * half - inside) * many, np.float32)


def smooth(x: Scalars) -> Scalars:
    """Return numbers held within 0 and 1 that leave both ends gently."""
    x = unit(x)
    return x * x * (3 - 2 * x)


def light_of_texels(texels: Texels) -> Floats:
    """Return the linear light of texels; shape (..., 3)."""
    parts = np.stack([texels & 511, texels >> 9 & 511, texels >> 18 & 511], axis=-1).astype(np.float32)
    roots = parts * np.float32(LIGHT_STEP)
    # NumPy's power takes many times as long.
    return np.asarray(roots * roots * roots, np.float32)
