"""Draws what covers the ground and the trunks of a forest."""

from itertools import product

import cv2
import numpy as np

from filmgate.engines.animatic.kernels.plants_view import GROUND_SIDE
from filmgate.engines.animatic.scenes.plants.herbarium import Canvas
from filmgate.engines.animatic.scenes.plants.pencil import blank, clouded
from filmgate.engines.animatic.textures import Floats


def litter(random: np.random.Generator) -> Floats:
    """Draw fallen leaves, and noise for what is mixed with them; shape (512, 512, 2), 0 to 1."""
    canvas = np.full((GROUND_SIDE, GROUND_SIDE), 60, np.uint8)
    n = 5200
    turn, size = random.uniform(0, 2 * np.pi, n), random.uniform(4, 11, n)
    cos, sin = np.cos(turn) * size, np.sin(turn) * size
    flat = _LEAF * np.stack([np.ones(n), random.uniform(0.5, 1.1, n)], axis=1)[:, None]
    turned = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    outlines = flat @ turned + random.uniform(0, GROUND_SIDE, (n, 1, 2))
    light = np.clip(random.normal(125, 48, n), 10, 250)
    for outline, level in zip(outlines, light.tolist(), strict=True):
        for shift in product(*(_sides(outline[:, axis]) for axis in (0, 1))):
            cv2.fillConvexPoly(
                canvas, ((outline + shift) * 16).round().astype(np.int32), level, cv2.LINE_AA, 4
            )
    return np.stack([canvas.astype(np.float32) / 255, clouded(random, side=GROUND_SIDE)], axis=2)


def _sides(along: Floats) -> list[int]:
    """Return how far an outline must be moved to be seen at both edges of a field that repeats."""
    return [0] + [GROUND_SIDE] * bool(along.min() < 0) + [-GROUND_SIDE] * bool(along.max() > GROUND_SIDE)


_LEAF = np.array([[-1.0, 0.0], [-0.3, 0.5], [0.5, 0.45], [1.0, 0.0], [0.5, -0.45], [-0.3, -0.5]])


def bark(random: np.random.Generator) -> Canvas:
    """Draw furrowed bark, and noise for what grows on it; 512 columns go around a trunk."""
    rough = clouded(random, side=512, stretch=5)
    fine = clouded(random, side=512, stretch=2, slope=0.8)
    furrows = np.abs(rough - 0.5) * 2
    light = np.clip(0.12 + 0.85 * furrows**0.6 * (0.65 + 0.5 * fine), 0, 1)
    canvas = blank(columns=512, rows=512)
    canvas[:, :, 0], canvas[:, :, 2] = light * 255, clouded(random, side=512, slope=1.5) * 255
    return canvas
