"""What is drawn for a reef: the ground, its grain and weed, once, and the light that waves bend."""

import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.underwater import (
    BLADE_SCALE,
    FLOOR_METRES,
    FLOOR_SIDE,
    FLOOR_STEP,
    GRAIN_SIDE,
    LEVELS,
)
from filmgate.engines.animatic.scenes.billows import billowed, smooth_noise
from filmgate.engines.animatic.textures import Floats, Texels, levels_of, packed

_ALONG_METRES = 2.6
"""How far to either side the camera's way is free of rocks."""


def ground(random: np.random.Generator) -> tuple[Texels, float]:
    """Draw heights in metres and how rocky it is there, 0 to 1, and say how high the highest rock is."""
    texel = FLOOR_METRES / FLOOR_SIDE
    dunes = smooth_noise(random, side=FLOOR_SIDE, longest=14 / texel, slope=2.4)
    rise = smooth_noise(random, side=FLOOR_SIDE, longest=18 / texel, slope=2.0)
    away = np.abs((np.arange(FLOOR_SIDE) / FLOOR_SIDE + 0.5) % 1 - 0.5) * FLOOR_METRES
    beside = np.clip((away - _ALONG_METRES) / 4.0, 0, 1).astype(np.float32)
    sand = 0.35 + 0.13 * dunes
    reef = (np.clip(rise * 0.9 + 0.75 * beside - 0.55, 0, None) ** 0.8 * beside * 1.6).astype(np.float32)
    heights = sand + reef
    for n, radii in ((260, (0.8, 1.7)), (1400, (0.35, 0.8)), (5000, (0.15, 0.35))):
        heights = _on_rock(random, heights, reef, n=n, radii=radii, texel=texel)
    for n, radii in ((60, (0.25, 0.6)),):
        heights = billowed(random, heights, n=n, radii=radii, texel=texel, sunk=0.6)
    rocky = np.clip((heights - sand) * 6, 0, 1)
    # Rocks rise ever less the higher they are, so that none reaches the camera or ends in a table.
    heights = np.where(heights > 1.6, 1.6 + 2.1 * np.tanh((heights - 1.6) / 2.6), heights)
    heights = np.maximum(scipy.ndimage.gaussian_filter(heights, 0.8, mode="wrap"), 0.03)
    both = np.stack(
        [heights, scipy.ndimage.gaussian_filter(rocky, 1.0, mode="wrap") * FLOOR_STEP * 255], axis=2
    )
    return packed(levels_of(both.astype(np.float32), n_levels=LEVELS), zero=0, step=FLOOR_STEP), float(
        heights.max()
    )


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


def caustics(slopes: Floats, *, reach: float) -> Texels:
    """Return how much light falls where, of 4, after waves of such slopes have bent it aside.

    Light passes each texel of the surface and is moved by `reach` texels for a slope of 1; shape (512, 256).
    """
    side = len(slopes)
    row, column = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    u, v = column + reach * slopes[:, :, 0], row + reach * slopes[:, :, 1]
    u0, v0 = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    across, down = (u - u0).ravel(), (v - v0).ravel()
    u0, v0 = u0.ravel(), v0.ravel()
    light = np.zeros(side * side)
    for right in (0, 1):
        for below in (0, 1):
            share = (across if right else 1 - across) * (down if below else 1 - down)
            place = ((v0 + below) % side) * side + (u0 + right) % side
            light += np.bincount(place, share, minlength=side * side)
    both = np.repeat(light.reshape(side, side, 1).astype(np.float32), 2, axis=2)
    return packed(levels_of(both, n_levels=LEVELS), zero=0, step=4 / 255)
