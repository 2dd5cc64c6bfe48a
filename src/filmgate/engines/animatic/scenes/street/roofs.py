"""What stands on the roofs of a street, and what ends its walls: tanks, masts, sheds, and cornices."""

import cv2
import numpy as np

from filmgate.engines.animatic.scenes.street.lighting import Lighting, empty
from filmgate.engines.animatic.textures import Floats

ROOF_METRES, CORNICE_METRES = 4.0, 0.9
"""How high both pictures are."""


def roof(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """Sheds, a tank on legs, boxes of ventilation and masts, dark before the sky; 16 metres wide."""
    del number
    high, wide = 128, 512
    mask = np.zeros((high, wide), np.uint8)
    cv2.rectangle(mask, (0, high - 14), (wide, high), 255, -1)
    shed = int(random.integers(20, wide - 170))
    cv2.rectangle(mask, (shed, high - int(random.integers(50, 90))), (shed + 110, high), 255, -1)
    for _ in range(int(random.integers(2, 5))):
        left = int(random.integers(0, wide - 60))
        cv2.rectangle(mask, (left, high - int(random.integers(24, 44))), (left + 38, high), 255, -1)
    _tank(mask, int(random.integers(50, wide - 90)))
    for _ in range(int(random.integers(1, 4))):
        _mast(mask, random)
    canvas = empty(wide, high)
    canvas[..., 3] = mask / np.float32(255)
    down = np.linspace(1.25, 0.7, high, dtype=np.float32)[:, None, None]
    tone = np.array((0.10, 0.10, 0.11), np.float32) * (lighting.ambient + 0.05 * lighting.lamps)
    canvas[..., :3] = canvas[..., 3:] * tone * down
    return _snowed(canvas, lighting)


def _tank(mask: np.ndarray, left: int) -> None:
    high = len(mask)
    cv2.rectangle(mask, (left, high - 98), (left + 52, high - 46), 255, -1)
    cv2.fillPoly(
        mask, [np.array([(left - 4, high - 98), (left + 26, high - 118), (left + 56, high - 98)])], 255
    )
    for leg in (left + 4, left + 26, left + 48):
        cv2.line(mask, (leg, high - 46), (leg, high), 255, 3, cv2.LINE_AA)
    cv2.line(mask, (left + 4, high - 14), (left + 48, high - 46), 255, 2, cv2.LINE_AA)


def _mast(mask: np.ndarray, random: np.random.Generator) -> None:
    high, wide = mask.shape
    at, top = int(random.integers(10, wide - 10)), int(random.integers(6, 50))
    cv2.line(mask, (at, top), (at, high), 255, 2, cv2.LINE_AA)
    for rung in range(top + 3, top + 27, 8):
        cv2.line(mask, (at - 9, rung), (at + 9, rung), 255, 1, cv2.LINE_AA)


def cornice(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """The upper edge of a wall: a plate, teeth below it, and the shadow that they throw."""
    del random, number
    high, wide = 64, 512
    canvas = empty(wide, high)
    canvas[:, :, 3] = np.linspace(1.0, 0.0, high, dtype=np.float32)[:, None] ** 0.7 * 0.75
    stone = np.array((0.30, 0.28, 0.26), np.float32) * (0.8 * lighting.ambient + 0.10 * lighting.sun)
    stone = stone + np.array((0.02, 0.017, 0.013), np.float32) * lighting.lamps
    canvas[:20, :, :3], canvas[:20, :, 3] = stone, 1.0
    canvas[16:20, :, :3] *= 0.55
    teeth = np.arange(wide) % 32 < 16
    canvas[20:34, teeth, :3], canvas[20:34, teeth, 3] = stone * 0.8, 1.0
    return _snowed(canvas, lighting)


def _snowed(canvas: Floats, lighting: Lighting) -> Floats:
    """Lay snow on whatever is open to the sky."""
    if lighting.snow:
        covered = canvas[..., 3] > 0.5
        above = np.roll(covered, 5, axis=0)
        above[:5] = False
        canvas[covered & ~above, :3] = 0.8 * lighting.ambient * lighting.snow
    return canvas
