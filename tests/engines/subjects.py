"""Pictures of subjects, drawn for tests."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from filmgate.engines.animatic.scene import RGBFrame

RED = (200, 40, 30)


def a_subject(path: Path, *, backdrop: str = "clear", size: tuple[int, int] = (300, 400)) -> Path:
    """Save a red figure with a white square inside, before nothing, a white wall or a busy one."""
    width, height = size
    figure = np.zeros((height, width), np.uint8)
    cv2.rectangle(figure, (width // 3, height // 4), (2 * width // 3, 9 * height // 10), 255, -1)
    cv2.circle(figure, (width // 2, height // 4), width // 6, 255, -1)
    colour = backdrop_of(backdrop, size)
    colour[figure > 0] = RED
    inner = np.s_[height // 2 : height // 2 + height // 10, width // 2 : width // 2 + width // 10]
    colour[inner] = (246, 246, 246)
    opacity = figure if backdrop == "clear" else np.full_like(figure, 255)
    Image.fromarray(np.dstack([colour, opacity])).save(path)
    return path


def backdrop_of(kind: str, size: tuple[int, int]) -> RGBFrame:
    """Return what is behind the figure: busy, or as white as paper in a studio."""
    width, height = size
    random = np.random.default_rng(5)
    if kind == "busy":
        coarse = random.integers(0, 255, (8, 6, 3), dtype=np.uint8)
        return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.asarray(random.integers(240, 248, (height, width, 3)), np.uint8)
