"""Draws ranges of hills as pictures; see `pencil`."""

import cv2
import numpy as np

from filmgate.engines.animatic.scenes.plants.herbarium import Canvas
from filmgate.engines.animatic.scenes.plants.pencil import blank, clouded, paste


def hills(
    random: np.random.Generator,
    *,
    columns: int,
    rows: int,
    texel_metres: tuple[float, float],
    rough: float,
    tree: Canvas,
) -> Canvas:
    """Draw a range of hills under fields and copses, which repeats; a texel is so wide and so high."""
    canvas = blank(columns=columns, rows=rows)
    turns = np.arange(columns) / columns * 2 * np.pi
    crest = sum(
        np.sin(k * turns + random.uniform(0, 7)) * random.uniform(0.5, 1) / k**1.25 for k in range(1, 9)
    )
    crest = (0.50 - 0.22 * rough * crest / np.abs(crest).max()) * rows
    fields = clouded(random, side=512, slope=1.5)
    patches = cv2.resize(fields, (columns, rows), interpolation=cv2.INTER_LINEAR)
    inside = np.clip(np.arange(rows)[:, None] - crest[None] + 0.5, 0, 1)
    below = np.clip((np.arange(rows)[:, None] - crest[None]) / rows, 0, 1)
    canvas[:, :, 2] = inside * 255
    canvas[:, :, 0] = inside * np.clip(0.42 + 0.34 * np.round(patches * 5) / 5 - 0.25 * below, 0, 1) * 255
    for _ in range(260):
        x = int(random.uniform(0, columns))
        if fields[40, int(x * 512 / columns)] < 0.42:
            continue
        metres = random.uniform(7, 13)
        height, width = (max(2, round(metres / texel)) for texel in texel_metres[::-1])
        bottom = int(crest[x] + rows * abs(random.normal(0, 0.05)) + 0.2 * height)
        if height < bottom < rows:
            paste(
                canvas,
                tree,
                middle=x,
                bottom=bottom,
                width=max(2, round(width * random.uniform(0.75, 1.3))),
                height=height,
            )
    return canvas


def hedge(random: np.random.Generator, *, columns: int, rows: int, bush: Canvas) -> Canvas:
    """Draw a row of bushes and low trees with few gaps, which repeats."""
    canvas = blank(columns=columns, rows=rows)
    for x in np.arange(0, columns, 0.28 * rows):
        height = int(
            rows * random.choice([random.uniform(0.22, 0.5), random.uniform(0.5, 0.95)], p=[0.75, 0.25])
        )
        paste(
            canvas,
            bush,
            middle=int(x + random.normal(0, 0.15 * rows)),
            bottom=rows,
            width=int(height * random.uniform(0.9, 1.5)),
            height=height,
        )
    return canvas
