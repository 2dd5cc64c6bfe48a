"""Draws the crowns of trees as pictures; see `pencil`."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scenes.plants.herbarium import Canvas
from filmgate.engines.animatic.scenes.plants.pencil import Points, blank, outlines, stroke, strokes

STEM_WIDTH = 8 / 512
"""How wide the stem of a broad-leaved crown is at its foot, as a share of the crown's picture."""


def broadleaf(random: np.random.Generator, *, columns: int, rows: int, leaves: float, snow: bool) -> Canvas:
    """Draw the crown of a broad-leaved tree; `leaves` from 0, bare, to 1, full."""
    canvas = blank(columns=columns, rows=rows)
    unit = columns / 512
    middle = columns / 2
    tips: list[tuple[float, float, float]] = []
    limbs: list[tuple[Points, float, float]] = []
    stem = _course((middle, rows - 2.0), -np.pi / 2, 0.86 * rows, random, bend=0.05)
    limbs.append((stem, STEM_WIDTH * columns, 0.0))
    for _ in range(30):
        share = random.uniform(0.02, 0.97) ** 0.9
        start = stem[int(share * (len(stem) - 1))]
        side = random.choice([-1.0, 1.0])
        reach = (0.43 * columns) * np.sin(np.pi * (0.12 + 0.80 * share)) ** 0.7 * random.uniform(0.6, 1.0)
        angle = -np.pi / 2 + side * random.uniform(0.55, 1.25) * (1.15 - 0.5 * share)
        _grow(
            limbs,
            tips,
            start,
            angle,
            reach,
            5.5 * unit * (1.1 - 0.6 * share),
            3,
            random,
            depth=random.uniform(-1, 1),
            n_twigs=0 if leaves > 0.5 else 4,
        )
    limbs.sort(key=lambda limb: limb[2])
    for course, width, depth in limbs:
        for first, last in ((0, len(course) // 2 + 1), (len(course) // 2, len(course))):
            thick = width * (1.0 if first == 0 else 0.65)
            stroke(canvas, course[first:last], thick, 0.05 + 0.05 * depth)
            # Snow lies on what is level, and falls off what is steep.
            level = abs(course[last - 1][0] - course[first][0]) / (
                np.hypot(*(course[last - 1] - course[first])) + 1e-9
            )
            if snow and level > 0.45:
                stroke(
                    canvas,
                    course[first:last] - (0, 0.4 * thick + 0.5 * unit),
                    max(0.8 * unit, 0.5 * thick * level),
                    0.95,
                )
    _cluster(canvas, random, np.array(tips), unit=unit, leaves=leaves)
    return canvas


def conifer(random: np.random.Generator, *, columns: int, rows: int, snow: float) -> Canvas:
    """Draw the crown of a spruce; `snow` is the share of its branches that bear some."""
    canvas = blank(columns=columns, rows=rows)
    unit = columns / 512
    stroke(canvas, np.array([[columns / 2, 0.03 * rows], [columns / 2, rows - 1]]), 6 * unit, 0.03)
    branches = []
    height = 0.03 * rows
    # The lowest branches hang down to the edge and not beyond it, where they would be cut off.
    while height < 0.80 * rows:
        share = height / rows
        for _ in range(int(random.integers(3, 6))):
            turn = random.uniform(0, 2 * np.pi)
            branches.append((np.sin(turn), np.cos(turn), height + random.uniform(-4, 4) * unit, share))
        height += (6 + 15 * share) * unit * (1.0 if unit > 0.75 else 1.4) * random.uniform(0.7, 1.3)
    # A branch behind is drawn first; one that points at the eye is short and hangs before the others.
    for depth, way, top, share in sorted(branches):
        reach = (
            (0.03 + 0.48 * share**0.8) * columns * random.uniform(0.75, 1.05) * random.choice([1.0, 1.0, 0.7])
        )
        _spray(
            canvas,
            random,
            (columns / 2, top),
            way * reach,
            reach,
            depth,
            unit=unit,
            snow=random.random() < snow,
        )
    return canvas


def _course(
    start: npt.ArrayLike, angle: float, length: float, random: np.random.Generator, *, bend: float
) -> Points:
    n_steps = 10
    angles = angle + np.cumsum(random.normal(0, bend, n_steps))
    course = np.empty((n_steps + 1, 2))
    course[0] = start
    course[1:, 0], course[1:, 1] = np.cos(angles), np.sin(angles)
    course[1:] *= length / n_steps
    return np.cumsum(course, axis=0)


def _grow(
    limbs: list[tuple[Points, float, float]],
    tips: list[tuple[float, float, float]],
    start: Points,
    angle: float,
    length: float,
    width: float,
    orders: int,
    random: np.random.Generator,
    *,
    depth: float,
    n_twigs: int,
) -> None:
    course = _course(start, angle, length, random, bend=0.13)
    limbs.append((course, width, depth))
    for point in course[4 if orders > 1 else 1 :]:
        tips.append((point[0], point[1], depth + random.uniform(-0.3, 0.3)))
    if orders == 0:
        return
    for _ in range(3 if orders > 1 else n_twigs):
        at = course[int(random.integers(3, len(course)))]
        turned = angle + random.choice([-1, 1]) * random.uniform(0.35, 0.95)
        _grow(
            limbs,
            tips,
            at,
            turned,
            length * random.uniform(0.35, 0.6),
            width * 0.55,
            orders - 1,
            random,
            depth=depth + random.uniform(-0.3, 0.3),
            n_twigs=n_twigs,
        )


def _cluster(
    canvas: Canvas, random: np.random.Generator, tips: Points, *, unit: float, leaves: float
) -> None:
    """Draw leaves around the tips of twigs, the farther ones first."""
    # Small pictures have fewer leaves, which are larger.
    n_leaves, larger = (int(17000 * leaves), 1.0) if unit > 0.75 else (int(6000 * leaves), 1.6)
    if n_leaves == 0:
        return
    chosen = tips[random.integers(0, len(tips), n_leaves)]
    rows, columns = canvas.shape[:2]
    away = random.normal(0, 8.5 * unit, (n_leaves, 2))
    x, y = chosen[:, 0] + away[:, 0], chosen[:, 1] + 0.8 * away[:, 1]
    depth = chosen[:, 2] + random.normal(0, 0.35, n_leaves)
    # Leaves above the middle of their clump, and those at the outside of the crown, stand in the light.
    outside = np.hypot((x - columns / 2) / (0.5 * columns), (y - 0.45 * rows) / (0.5 * rows))
    light = 0.34 + 0.10 * depth - 0.010 * away[:, 1] / unit + 0.26 * (outside - 0.5) - 0.16 * (y / rows - 0.4)
    light += random.normal(0, 0.09, n_leaves)
    size = random.uniform(2.4, 4.4, n_leaves) * unit * larger
    turn = random.uniform(0, np.pi, n_leaves)
    flat = random.uniform(0.35, 0.9, n_leaves)
    fits = (x > 8 * unit) & (x < columns - 8 * unit) & (y > 8 * unit) & (y < rows - 4 * unit)
    order = np.argsort(depth)
    order = order[fits[order]]
    cos, sin = np.cos(turn[order]) * size[order], np.sin(turn[order]) * size[order]
    leaves_at = _LEAF * np.stack([np.ones(len(order)), flat[order]], axis=1)[:, None]
    turned = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    outlines(
        canvas, leaves_at @ turned + np.stack([x, y], axis=1)[order, None], np.maximum(0.10, light[order])
    )


_LEAF = np.array([[-1.0, 0.0], [-0.2, 0.62], [1.0, 0.0], [-0.2, -0.62]])


def _spray(
    canvas: Canvas,
    random: np.random.Generator,
    start: tuple[float, float],
    across: float,
    reach: float,
    depth: float,
    *,
    unit: float,
    snow: bool,
) -> None:
    n_steps = max(4, int(reach / (3.2 * unit)))
    share = np.linspace(0, 1, n_steps)
    x = start[0] + across * share
    droop = (
        reach * (0.20 * share + 0.24 * share**2 - 0.16 * share**4) + max(0.0, depth) * 0.18 * reach * share
    )
    y = start[1] + droop
    light = 0.20 + 0.10 * depth
    n_needles = 5 if unit > 0.75 else 3
    base = np.repeat(np.stack([x, y], axis=1), n_needles, axis=0)
    on = np.repeat(share, n_needles)
    n = len(base)
    length = random.uniform(6, 15, n) * unit * (0.65 + 0.5 * np.sin(np.pi * on))
    lean = random.normal(0.35 * np.sign(across), 0.55, n)
    tips = base + np.stack([lean * length, length * random.uniform(0.25, 1.0, n)], axis=1)
    strokes(
        canvas, np.stack([base, tips], axis=1), 1.5 * unit, light + 0.22 * on + random.uniform(-0.08, 0.14, n)
    )
    if snow:
        kept = share > 0.15
        n = int(kept.sum())
        at = (
            np.stack([x, y], axis=1)[kept]
            + np.stack([random.normal(0, 2, n), -random.uniform(0, 1.5, n)], axis=1) * unit
        )
        size = np.stack([random.uniform(3, 7, n), random.uniform(1.6, 3.4, n)], axis=1) * unit
        outlines(canvas, _LUMP * size[:, None] + at[:, None], random.uniform(0.82, 1.0, n) + 0.06 * depth)


_LUMP = np.array([(-1, 0.3), (-0.6, -0.8), (0.5, -1), (1, 0.2), (0.3, 0.9)])
