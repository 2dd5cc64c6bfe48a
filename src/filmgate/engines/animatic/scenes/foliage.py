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
    cv2.polylines(
        canvas, course, False, (level * cover, 0, 255 * cover), max(1, round(width)), cv2.LINE_AA, _SHIFT
    )


def strokes(canvas: Canvas, lines: Points, width: float, light: Points) -> None:
    """Draw many lines of `width` pixels, shape (n, 2, 2), the darkest first; `light` is rounded to a sixteenth."""
    cover = min(1.0, width)
    course = (lines * _FINE).round().astype(np.int32)
    levels = np.clip((light * 16).round(), 1, 16).astype(int)
    for level in np.unique(levels):
        colour = (level * 255 / 16 * cover, 0, 255 * cover)
        cv2.polylines(
            canvas, list(course[levels == level]), False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT
        )


def outlines(canvas: Canvas, points: Points, light: Points) -> None:
    """Fill convex outlines in their order; shapes (n, corners, 2) and (n,)."""
    corners = (points * _FINE).round().astype(np.int32)
    for outline, level in zip(corners, (np.clip(light, 0, 1) * 255).tolist(), strict=True):
        cv2.fillConvexPoly(canvas, outline, (level, 0, 255), cv2.LINE_AA, _SHIFT)


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


def clouded(
    random: np.random.Generator, *, side: int, stretch: float = 1.0, slope: float = 1.2
) -> npt.NDArray[np.float32]:
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


def paste(canvas: Canvas, picture: Canvas, *, middle: int, bottom: int, width: int, height: int) -> None:
    """Put a picture of another size before what is drawn; columns repeat."""
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    columns = (np.arange(width) + middle - width // 2) % canvas.shape[1]
    behind = canvas[bottom - height : bottom, columns]
    canvas[bottom - height : bottom, columns] = small + behind * (1 - small[:, :, 2:] / 255)


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
            np.stack([head + (random.normal(0, 5) * unit, foot), head + (0, 0.4 * foot), head]),
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


def hills(random: np.random.Generator, *, columns: int, rows: int, rough: float, tree: Canvas) -> Canvas:
    """Draw a range of hills under fields and copses, which repeats."""
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
        height = int(rows * random.uniform(0.05, 0.11))
        bottom = int(crest[x] + rows * abs(random.normal(0, 0.05)) + 0.2 * height)
        if bottom < rows:
            paste(
                canvas,
                tree,
                middle=x,
                bottom=bottom,
                width=int(height * random.uniform(0.8, 1.5)),
                height=height,
            )
    return canvas


_ROUND = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 10)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 10)[:-1])], axis=1
)


def _repeated(course: Points, columns: int) -> list[Points]:
    """Return the course, and again where it crosses an edge of the strip."""
    least, most = course[:, 0].min() - 0.03 * columns, course[:, 0].max() + 0.03 * columns
    shifts = [0.0] + ([float(columns)] if least < 0 else []) + ([-float(columns)] if most > columns else [])
    return [course + (shift, 0.0) for shift in shifts]


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
