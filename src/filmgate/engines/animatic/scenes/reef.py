"""What is drawn for a reef: the ground, its grain and weed, once for a clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.reef import FLOOR_METRES, FLOOR_SIDE, FLOOR_STEP
from filmgate.engines.animatic.kernels.underwater import BLADE_SCALE, GRAIN_SIDE, LEVELS
from filmgate.engines.animatic.scenes.billows import billowed, shadow_heights, smooth_noise
from filmgate.engines.animatic.textures import Floats, Texels, levels_of, packed, quadrupled

_ALONG_METRES = 2.6
"""How far to either side the camera's way is free of rocks."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The ground as kernels take it.

    `heights` are in steps of `FLOOR_STEP`; `face` says how it faces the sun and how open it is, `cover` how
    rocky it is and what grows there; `top` is how high the highest rock is, in metres.
    """

    heights: Texels
    face: Texels
    cover: Texels
    top: float


def ground(random: np.random.Generator, *, sun: Sequence[float]) -> Ground:
    """Draw the ground under a sun that stands towards `sun`, a unit vector."""
    texel = FLOOR_METRES / FLOOR_SIDE
    heights, rocky = _relief(random, texel)
    growth = 0.52 + 0.15 * smooth_noise(random, side=FLOOR_SIDE, longest=5 / texel, slope=1.2)
    face = np.stack([facing(heights, sun=sun, texel=texel), _openness(heights, texel)], axis=2)
    cover = np.stack([scipy.ndimage.gaussian_filter(rocky, 1.0, mode="wrap"), growth], axis=2)
    return Ground(
        heights=quadrupled(levels_of(heights, n_levels=LEVELS), step=FLOOR_STEP),
        face=packed(levels_of(face.astype(np.float32), n_levels=LEVELS), zero=0, step=1 / 255),
        cover=packed(levels_of(cover.astype(np.float32), n_levels=LEVELS), zero=0, step=1 / 255),
        top=float(heights.max()),
    )


def _relief(random: np.random.Generator, texel: float) -> tuple[Floats, Floats]:
    """Return heights in metres, and how rocky it is there, 0 to 1."""
    dunes = smooth_noise(random, side=FLOOR_SIDE, longest=14 / texel, slope=2.4)
    rise = smooth_noise(random, side=FLOOR_SIDE, longest=18 / texel, slope=2.0)
    away = np.abs((np.arange(FLOOR_SIDE) / FLOOR_SIDE + 0.5) % 1 - 0.5) * FLOOR_METRES
    beside = np.clip((away - _ALONG_METRES) / 4.0, 0, 1).astype(np.float32)
    sand = 0.35 + 0.13 * dunes
    reef = (np.clip(rise * 0.9 + 0.75 * beside - 0.55, 0, None) ** 0.8 * beside * 1.6).astype(np.float32)
    heights = sand + reef
    for n, radii in ((260, (0.8, 1.7)), (1400, (0.35, 0.8)), (5000, (0.15, 0.35))):
        heights = _on_rock(random, heights, reef, n=n, radii=radii, texel=texel)
    heights = billowed(random, heights, n=60, radii=(0.25, 0.6), texel=texel, sunk=0.6)
    rocky = np.clip((heights - sand) * 6, 0, 1)
    # Rocks rise ever less the higher they are, so that none reaches the camera or ends in a table.
    heights = np.where(heights > 1.6, 1.6 + 2.1 * np.tanh((heights - 1.6) / 2.6), heights)
    heights = np.maximum(scipy.ndimage.gaussian_filter(heights, 0.8, mode="wrap"), 0.03)
    return np.asarray(heights, np.float32), np.asarray(rocky, np.float32)


def facing(heights: Floats, *, sun: Sequence[float], texel: float) -> Floats:
    """Return how much sunlight falls on the ground, 0 to 1, less where other ground is before it.

    `sun` is the unit vector towards it: along columns, up, along rows. A texel is `texel` metres wide.
    """
    x, y, z = sun
    flat = float(np.hypot(x, z))
    soft = scipy.ndimage.gaussian_filter(heights, 1.0, mode="wrap")
    rise_z, rise_x = (
        np.gradient(np.pad(soft, 1, mode="wrap"), texel, axis=axis)[1:-1, 1:-1] for axis in (0, 1)
    )
    slope = (y - x * rise_x - z * rise_z) / np.sqrt(1 + rise_x**2 + rise_z**2)
    shaded = shadow_heights(heights, azimuth=float(np.arctan2(x, z)), fall=texel * y / max(flat, 1e-3))
    # Water scatters light, so that shadows are soft and never black.
    lit = 1 - 0.75 * np.clip((shaded - heights) / 0.25, 0, 1)
    lit = scipy.ndimage.gaussian_filter(lit, 1.2, mode="wrap")
    return np.asarray(np.clip(0.15 + 0.75 * slope / y, 0, 1) * lit, np.float32)


def _openness(heights: Floats, texel: float) -> Floats:
    """Return how much of the light from all around reaches the ground, about 0.5 where it is level."""
    hidden = np.zeros_like(heights)
    for metres, share in ((0.25, 0.9), (0.8, 0.45)):
        around = scipy.ndimage.gaussian_filter(heights, metres / texel, mode="wrap")
        hidden += share * np.clip(around - heights, -0.35 / share, None)
    return np.asarray(np.clip(0.55 - hidden + 0.05 * heights, 0, 1), np.float32)


def _on_rock(
    random: np.random.Generator,
    heights: Floats,
    reef: Floats,
    *,
    n: int,
    radii: tuple[float, float],
    texel: float,
) -> Floats:
    """Return the heights with balls where there is a reef."""
    grown = billowed(random, heights, n=n, radii=radii, texel=texel, sunk=0.35)
    share = np.clip(reef * 2.5, 0, 1)
    return np.asarray(heights + (grown - heights) * share, np.float32)


def grains(random: np.random.Generator) -> Texels:
    """Draw how ripples of sand and knobs of rock catch the light, both about the middle of 0 to 1."""
    side = GRAIN_SIDE
    bend = smooth_noise(random, side=side, longest=256, slope=2.2)
    fine = smooth_noise(random, side=side, longest=20, slope=0.8)
    rows = np.arange(side)[:, None]
    ripples = np.sin(2 * np.pi * rows * 22 / side + 2.6 * bend)
    ripples = ripples + 0.35 * np.sin(4 * np.pi * rows * 22 / side + 5.2 * bend + 1.0)
    knobs = 0.5 * smooth_noise(random, side=side, longest=120, slope=1.7)
    for n, radii in ((260, (14.0, 30.0)), (1300, (6.0, 14.0)), (6000, (2.5, 6.0))):
        knobs = billowed(random, knobs, n=n, radii=radii, texel=1.0, sunk=0.5)
    lit = knobs - np.roll(knobs, -3, axis=0)
    sandy = 0.5 + 0.13 * ripples + 0.07 * fine
    rough = 0.5 + 0.10 * lit / lit.std() + 0.10 * (knobs - knobs.mean()) / knobs.std()
    both = np.clip(np.stack([sandy, rough], axis=2), 0, 1).astype(np.float32)
    return packed(levels_of(both, n_levels=LEVELS), zero=0, step=1 / 255)


def blades(random: np.random.Generator) -> Texels:
    """Draw a stand of weed: how much of the view it covers and how light it is; rows go up."""
    side = GRAIN_SIDE
    cover, light = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    rows = np.arange(side)
    for _ in range(64):
        foot, tall = random.random() * side, BLADE_SCALE * (0.5 + 3.2 * random.random() ** 1.6)
        bend, phase, broad = (
            random.standard_normal(2)[0] * 16,
            6.28 * random.random(),
            2.2 + 3.2 * random.random(),
        )
        up = np.clip(rows / tall, 0, 1)
        middle = foot + bend * up**2 + 4.0 * np.sin(phase + rows / 21.0) * up
        half = broad * np.sqrt(np.clip(1 - up, 0, 1)) * (0.75 + 0.25 * np.sin(phase + rows / 7.0))
        apart = (np.arange(side) - middle[:, None] + side / 2) % side - side / 2
        blade = np.clip(half[:, None] - np.abs(apart) + 0.5, 0, 1) * (rows < tall)[:, None]
        shade = 0.35 + 0.4 * up[:, None] + 0.25 * np.clip(apart / np.maximum(half[:, None], 1), -1, 1)
        nearer = random.random() * 0.35 + 0.65
        light = np.where(blade > 0.3, shade * nearer, light).astype(np.float32)
        cover = np.maximum(cover, blade).astype(np.float32)
    both = np.stack([cover, np.clip(light, 0, 1)], axis=2)
    return packed(levels_of(both, n_levels=LEVELS), zero=0, step=1 / 255)
