"""Draws ferns, grass, flowers and what flies over them as pictures; see `pencil`."""

import numpy as np

from filmgate.engines.animatic.scenes.plants.herbarium import Canvas
from filmgate.engines.animatic.scenes.plants.pencil import Points, blank, fill, outlines, stroke


def fern(random: np.random.Generator, *, columns: int, rows: int, snow: bool) -> Canvas:
    """Draw a tuft of fronds that arch to both sides."""
    canvas = blank(columns=columns, rows=rows)
    unit = columns / 512
    angles = np.linspace(-1.25, 1.25, 13) + random.uniform(-0.12, 0.12, 13)
    for angle in random.permutation(angles):
        length = rows * random.uniform(0.72, 1.02) * (1 - 0.16 * abs(angle))
        steps = np.linspace(0, 1, 34)
        bend = angle * (0.45 + 0.95 * steps**1.4)
        x = columns / 2 + random.uniform(-12, 12) * unit + np.cumsum(np.sin(bend)) * length / 34
        y = rows - 3 - np.cumsum(np.cos(bend)) * length / 34
        base = random.uniform(0.18, 0.42)
        stem = np.stack([x, y], axis=1)
        stroke(canvas, stem, 2.2 * unit, 0.12)
        for step in range(4, 34):
            share = step / 34
            size = 62 * unit * np.sin(np.pi * min(1.0, 0.16 + 0.9 * share)) * (1 - 0.35 * share)
            along = stem[step] - stem[step - 1]
            along /= np.hypot(*along) + 1e-9
            for side in (-1, 1):
                out = np.array([-along[1], along[0]]) * side
                way = out * 0.92 + along * 0.5 + (0, 0.14)
                tip, at = stem[step] + way * size, stem[step]
                wide = along * max(1.1, 5.4 * unit)
                light = base + 0.28 * share + 0.14 * (out[1] < 0) + random.uniform(-0.05, 0.07)
                fill(
                    canvas,
                    np.array(
                        [at - wide, (at + tip) / 2 - wide * 0.9, tip, (at + tip) / 2 + wide * 0.8, at + wide]
                    ),
                    light,
                )
        if snow:
            stroke(canvas, stem[8:], 7 * unit, 0.95)
    return canvas


def grass(
    random: np.random.Generator, roots: Points, *, columns: int, rows: int, ears: float, frost: float
) -> Canvas:
    """Draw blades from these columns; what crosses an edge goes on at the other.

    `ears` is the share of stalks with ripe ones, `frost` whitens the tips.
    """
    canvas = blank(columns=columns, rows=rows)
    unit = rows / 256
    share = np.linspace(0, 1, 7)
    heights = np.sort(random.beta(2.6, 2.2, len(roots)))[::-1]
    for x, height in zip(roots, heights, strict=True):
        lean = random.normal(0, 0.28)
        has_ear = random.random() < ears * height
        tall = rows * (0.96 if has_ear else 0.9) * (0.30 + 0.66 * height)
        course = np.stack(
            [x + tall * lean * share**2, rows - tall * share * (1 - 0.12 * abs(lean) * share)], axis=1
        )
        side = random.uniform(1.1, 2.5) * unit * (1 - 0.85 * share**1.5)[:, None] * (1.0, 0.0)
        tone = random.uniform(-0.10, 0.14) + 0.16 * (0.5 - height)
        light = np.maximum(
            0.02, 0.08 + 0.62 * (share + 0.08) ** 0.8 + tone + frost * np.maximum(0, share - 0.3)
        )
        for moved in _repeated(course, columns):
            left, right = moved - side, moved + side
            outlines(canvas, np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1), light[:-1])
            if has_ear:
                _ear(canvas, random, moved[-1], np.arctan2(*(moved[-1] - moved[-3])[::-1]), unit)
    return canvas


def flowers(
    random: np.random.Generator, *, columns: int, rows: int, n_heads: int, petals: int, size: float
) -> Canvas:
    """Draw a patch of flowers on thin stems."""
    canvas = blank(columns=columns, rows=rows)
    unit = rows / 256
    n_petals = max(5, petals)
    for _ in range(n_heads):
        head = np.array([columns * (0.5 + 0.38 * random.uniform(-1, 1)), rows * random.uniform(0.06, 0.55)])
        foot = rows - head[1]
        stroke(
            canvas,
            head + np.array([(random.normal(0, 5) * unit, foot), (0, 0.4 * foot), (0, 0)]),
            0.9 * unit,
            0.10,
        )
        radius, flat = size * unit * random.uniform(0.75, 1.2), random.uniform(0.45, 0.9)
        angles = random.uniform(0, 6) + 2 * np.pi * np.arange(n_petals) / n_petals
        tips = np.stack([np.cos(angles), np.sin(angles) * flat], axis=1) * radius
        sides = np.stack([-tips[:, 1], tips[:, 0]], axis=1) * (0.42 if petals > 6 else 0.66)
        petal = np.stack(
            [0 * tips, 0.6 * tips + sides, tips + 0.4 * sides, tips - 0.4 * sides, 0.6 * tips - sides], axis=1
        )
        light = 0.62 + 0.25 * np.sin(angles + 2.2) + random.uniform(-0.06, 0.06, n_petals)
        outlines(canvas, head + petal, light)
        fill(canvas, head + _ROUND * (radius * 0.28, radius * 0.28 * flat), 1.0 if petals > 6 else 0.3)
    return canvas


def leaf(*, columns: int, rows: int) -> Canvas:
    """Draw a single leaf."""
    canvas = blank(columns=columns, rows=rows)
    outline = np.array([(0.08, 0.5), (0.3, 0.28), (0.6, 0.26), (0.92, 0.48), (0.62, 0.70), (0.3, 0.72)])
    fill(canvas, outline * (columns, rows), 0.75)
    return canvas


def glimmer(*, columns: int, rows: int) -> Canvas:
    """Draw a small light with a glow around it."""
    canvas = blank(columns=columns, rows=rows)
    x, y = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    glow = np.clip(1 - np.hypot(x, y), 0, 1) ** 3
    canvas[:, :, 0] = canvas[:, :, 2] = np.clip(1.6 * glow, 0, 1) * 255
    return canvas


_ROUND = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 10)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 10)[:-1])], axis=1
)


def _repeated(course: Points, columns: int) -> list[Points]:
    """Return the course, and again where it crosses an edge of the strip."""
    least, most = course[:, 0].min() - 0.03 * columns, course[:, 0].max() + 0.03 * columns
    shifts = [0.0] + ([float(columns)] if least < 0 else []) + ([-float(columns)] if most > columns else [])
    return [course + np.array([shift, 0.0]) for shift in shifts]


def _ear(canvas: Canvas, random: np.random.Generator, at: Points, angle: float, unit: float) -> None:
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    for k in range(9):
        place = at + along * (k - 4.5) * 2.6 * unit
        for side in (-1, 1):
            tip = place + (along * 4.6 + across * side * 2.6) * unit
            middle = (place + tip) / 2
            fill(
                canvas,
                np.array(
                    [
                        place,
                        middle + along * 0.2 * unit + across * side * 1.2 * unit,
                        tip,
                        middle - across * side * 0.8 * unit,
                    ]
                ),
                0.62 + 0.03 * k + random.uniform(-0.08, 0.08),
            )
        stroke(
            canvas,
            np.array([place, place + (along * 9 + across * random.uniform(-4, 4)) * unit]),
            0.5 * unit,
            0.8,
        )
