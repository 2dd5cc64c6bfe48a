"""Draws leaves, trees, ferns and grass as pictures of light and cover.

Light goes from 0, wood and deep shade, over 0.5, a leaf in the open, to 1, sun or snow on its upper side.
"""

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scenes.herbarium import Canvas

Points = npt.NDArray[np.float64]

_SHIFT = 4
_FINE = 1 << _SHIFT


def blank(*, columns: int, rows: int) -> Canvas:
    """Return a picture of nothing."""
    return np.zeros((rows, columns, 3), np.uint8)


def fill(canvas: Canvas, points: Points, light: float) -> None:
    """Fill a convex outline of (column, row) points."""
    level = min(max(light, 0.0), 1.0) * 255
    outline = (points * _FINE).round().astype(np.int32)
    cv2.fillConvexPoly(canvas, outline, (level, 0, 255), cv2.LINE_AA, _SHIFT)


def stroke(canvas: Canvas, points: Points, width: float, light: float) -> None:
    """Draw a line of `width` pixels; one below a pixel covers only its share."""
    level = min(max(light, 0.0), 1.0) * 255
    cover = min(1.0, width)
    course = (points * _FINE).round().astype(np.int32)[None]
    cv2.polylines(canvas, course, False, (level * cover, 0, 255 * cover), max(1, round(width)), cv2.LINE_AA, _SHIFT)


def broadleaf(random: np.random.Generator, *, columns: int, rows: int, leaves: float, snow: bool) -> Canvas:
    """Draw the crown of a broad-leaved tree; `leaves` from 0, bare, to 1, full."""
    canvas = blank(columns=columns, rows=rows)
    unit = columns / 512
    middle = columns / 2
    tips: list[tuple[float, float, float]] = []
    limbs: list[tuple[Points, float, float]] = []
    stem = _course((middle, rows - 2.0), -np.pi / 2, 0.86 * rows, random, bend=0.05)
    limbs.append((stem, 11 * unit, 0.0))
    for _ in range(26):
        share = random.uniform(0.02, 0.97) ** 0.9
        start = stem[int(share * (len(stem) - 1))]
        side = random.choice([-1.0, 1.0])
        reach = (0.43 * columns) * np.sin(np.pi * (0.12 + 0.80 * share)) ** 0.7 * random.uniform(0.6, 1.0)
        angle = -np.pi / 2 + side * random.uniform(0.55, 1.25) * (1.15 - 0.5 * share)
        _grow(limbs, tips, start, angle, reach, 5.5 * unit * (1.1 - 0.6 * share), 3, random, depth=random.uniform(-1, 1))
    limbs.sort(key=lambda limb: limb[2])
    for course, width, depth in limbs:
        for first, last in ((0, len(course) // 2 + 1), (len(course) // 2, len(course))):
            thick = width * (1.0 if first == 0 else 0.65)
            stroke(canvas, course[first:last], thick, 0.05 + 0.05 * depth)
            if snow:
                stroke(canvas, course[first:last] - (0, 0.4 * thick + 0.5 * unit), max(0.8 * unit, 0.5 * thick), 0.95)
    _cluster(canvas, random, np.array(tips), unit=unit, leaves=leaves)
    return canvas


def conifer(random: np.random.Generator, *, columns: int, rows: int, snow: float) -> Canvas:
    """Draw the crown of a spruce; `snow` is the share of its branches that bear some."""
    canvas = blank(columns=columns, rows=rows)
    unit = columns / 512
    stroke(canvas, np.array([[columns / 2, 0.03 * rows], [columns / 2, rows - 1]]), 5 * unit, 0.03)
    branches = []
    height = 0.03 * rows
    while height < 0.985 * rows:
        share = height / rows
        for _ in range(int(random.integers(3, 6))):
            turn = random.uniform(0, 2 * np.pi)
            branches.append((np.sin(turn), np.cos(turn), height + random.uniform(-4, 4) * unit, share))
        height += (6 + 15 * share) * unit * random.uniform(0.7, 1.3)
    # A branch behind is drawn first; one that points at the eye is short and hangs before the others.
    for depth, way, top, share in sorted(branches):
        reach = (0.03 + 0.42 * share**0.8) * columns * random.uniform(0.75, 1.05) * (1 - 0.35 * max(0.0, share - 0.8) * 5)
        _spray(canvas, random, (columns / 2, top), way * reach, reach, depth, unit=unit, snow=random.random() < snow)
    return canvas


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
                fill(canvas, np.array([at - wide, (at + tip) / 2 - wide * 0.9, tip, (at + tip) / 2 + wide * 0.8, at + wide]), light)
        if snow:
            stroke(canvas, stem[8:], 7 * unit, 0.95)
    return canvas


def _course(start: npt.ArrayLike, angle: float, length: float, random: np.random.Generator, *, bend: float) -> Points:
    n_steps = 10
    angles = angle + np.cumsum(random.normal(0, bend, n_steps))
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * length / n_steps
    return np.concatenate([[np.asarray(start, float)], np.asarray(start, float) + np.cumsum(steps, axis=0)])


def _grow(
    limbs: list[tuple[Points, float, float]], tips: list[tuple[float, float, float]], start: Points, angle: float,
    length: float, width: float, orders: int, random: np.random.Generator, *, depth: float,
) -> None:
    course = _course(start, angle, length, random, bend=0.13)
    limbs.append((course, width, depth))
    for point in course[4 if orders > 1 else 1 :]:
        tips.append((point[0], point[1], depth + random.uniform(-0.3, 0.3)))
    if orders == 0:
        return
    for _ in range(4):
        at = course[int(random.integers(3, len(course)))]
        turned = angle + random.choice([-1, 1]) * random.uniform(0.35, 0.95)
        _grow(limbs, tips, at, turned, length * random.uniform(0.35, 0.6), width * 0.55, orders - 1, random, depth=depth + random.uniform(-0.3, 0.3))


def _cluster(canvas: Canvas, random: np.random.Generator, tips: Points, *, unit: float, leaves: float) -> None:
    """Draw leaves around the tips of twigs, the farther ones first."""
    n_leaves = int(15000 * leaves)
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
    size = random.uniform(2.4, 4.4, n_leaves) * unit
    turn = random.uniform(0, np.pi, n_leaves)
    flat = random.uniform(0.35, 0.9, n_leaves)
    fits = (x > 8 * unit) & (x < columns - 8 * unit) & (y > 8 * unit) & (y < rows - 4 * unit)
    corners = np.array([[-1.0, 0.0], [-0.2, 0.62], [1.0, 0.0], [-0.2, -0.62]])
    for i in np.argsort(depth):
        if fits[i]:
            c, s = np.cos(turn[i]) * size[i], np.sin(turn[i]) * size[i]
            leaf = corners * (1.0, flat[i])
            fill(canvas, leaf @ np.array([[c, s], [-s, c]]) + (x[i], y[i]), max(0.10, light[i]))


def _spray(
    canvas: Canvas, random: np.random.Generator, start: tuple[float, float], across: float, reach: float, depth: float,
    *, unit: float, snow: bool,
) -> None:
    n_steps = max(4, int(reach / (3.2 * unit)))
    share = np.linspace(0, 1, n_steps)
    x = start[0] + across * share
    droop = reach * (0.20 * share + 0.24 * share**2 - 0.16 * share**4) + max(0.0, depth) * 0.18 * reach * share
    y = start[1] + droop
    light = 0.20 + 0.10 * depth
    for i in range(n_steps):
        n_needles = 5
        for _ in range(n_needles):
            length = random.uniform(6, 15) * unit * (0.65 + 0.5 * np.sin(np.pi * share[i]))
            lean = random.normal(0.35 * np.sign(across), 0.55)
            tip = (x[i] + lean * length, y[i] + length * random.uniform(0.25, 1.0))
            lit = light + 0.22 * share[i] + random.uniform(-0.08, 0.14)
            stroke(canvas, np.array([(x[i], y[i]), tip]), 1.5 * unit, max(0.06, lit))
        if snow and share[i] > 0.15:
            flake = (x[i] + random.normal(0, 2 * unit), y[i] - random.uniform(0, 1.5) * unit)
            wide, thick = random.uniform(3, 7) * unit, random.uniform(1.6, 3.4) * unit
            lump = np.array([(-1, 0.3), (-0.6, -0.8), (0.5, -1), (1, 0.2), (0.3, 0.9)]) * (wide, thick) + flake
            fill(canvas, lump, random.uniform(0.82, 1.0) + 0.06 * depth)


def clouded(random: np.random.Generator, *, side: int, stretch: float = 1.0, slope: float = 1.2) -> npt.NDArray[np.float32]:
    """Return noise that repeats at its edges, drawn out down the rows; every value from 0 to 1 is as frequent."""
    x, y = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side) * stretch)
    frequency = np.hypot(x, y)
    frequency[0, 0] = 1.0
    spectrum = frequency**-slope
    spectrum[frequency < 2.5 / side] = 0.0
    noise = np.fft.ifft2(np.fft.fft2(random.standard_normal((side, side))) * spectrum).real
    even = np.empty(noise.size, np.float32)
    even[np.argsort(noise, axis=None)] = np.linspace(0, 1, noise.size)
    return even.reshape(noise.shape)
