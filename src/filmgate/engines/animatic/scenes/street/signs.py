"""Signs of a street: upright ones and boards over shops, with writing that means nothing."""

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.scenes.street.lighting import Lighting, empty
from filmgate.engines.animatic.textures import Floats

NEON: tuple[Colour, ...] = (
    (1.0, 0.16, 0.34),
    (0.10, 0.72, 1.0),
    (1.0, 0.42, 0.10),
    (0.80, 0.18, 1.0),
    (0.16, 1.0, 0.62),
    (1.0, 0.82, 0.42),
    (0.30, 0.40, 1.0),
    (1.0, 0.24, 0.10),
)
"""Colours of tubes."""

Stroke = npt.NDArray[np.int32]
"""The corners of a line; shape (n, 2), right and down."""


def _tubes(wide: int, high: int, strokes: list[Stroke], *, thick: int) -> Floats:
    """Return how near each texel is to tubes of light, 0 to 1, and softly around them."""
    mask = np.zeros((high, wide), np.uint8)
    for stroke in strokes:
        cv2.polylines(mask, [stroke], False, 255, thick, cv2.LINE_AA)
    return np.asarray(mask / np.float32(255), np.float32)


def _glyph(random: np.random.Generator, box: tuple[float, float, float, float]) -> list[Stroke]:
    """Return a few strokes in a box that look like writing and are none."""
    left, top, wide, high = box
    grid = np.array([(x, y) for y in (0.08, 0.36, 0.64, 0.92) for x in (0.1, 0.5, 0.9)])
    strokes = []
    for _ in range(int(random.integers(3, 6))):
        start, end = grid[random.integers(len(grid))], grid[random.integers(len(grid))]
        if random.random() < 0.62:
            # Most strokes of any script run along one axis.
            end = np.where(random.random() < 0.5, (end[0], start[1]), (start[0], end[1]))
        points = [start, end]
        if random.random() < 0.35:
            points.append(grid[random.integers(len(grid))])
        strokes.append((np.array(points) * (wide, high) + (left, top)).astype(np.int32))
    return strokes


def _frame_of(wide: int, high: int, inset: int) -> Stroke:
    corners = [(inset, inset), (wide - inset, inset), (wide - inset, high - inset), (inset, high - inset)]
    return np.array([*corners, corners[0]], np.int32)


def _neon(tubes: Floats, colour: Colour, strength: float) -> Floats:
    """Return the light of tubes: a whitish core, the colour around it, and a soft wash of it."""
    soft = cv2.GaussianBlur(tubes, (0, 0), 2.2)
    wash = cv2.GaussianBlur(tubes, (0, 0), 11)
    hue = np.array(colour, np.float32)
    core = 0.55 * hue + 0.45 * hue.max()
    light = tubes[..., None] * core * 2.6 + soft[..., None] * hue * 1.6 + wash[..., None] * hue * 0.55
    return np.asarray(light * strength, np.float32)


def blade(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """An upright sign across the pavement: neon on a dark box, or a lit box with dark writing."""
    wide, high = 128, 512
    colour, other = NEON[number % len(NEON)], NEON[int(random.integers(len(NEON)))]
    n_glyphs = int(random.integers(3, 6))
    step = (high - 60) / n_glyphs
    glyphs = [
        stroke
        for index in range(n_glyphs)
        for stroke in _glyph(random, (28, 34 + index * step, 72, step - 18))
    ]
    canvas = empty(wide, high)
    box = np.zeros((high, wide), np.uint8)
    cv2.rectangle(box, (6, 6), (wide - 7, high - 7), 255, -1, cv2.LINE_AA)
    inside = box.astype(np.float32) / 255
    canvas[..., 3] = inside
    if number % 3 == 2:
        writing = _tubes(wide, high, glyphs, thick=9)
        face = np.linspace(1.0, 0.75, high, dtype=np.float32)[:, None] * inside * (1 - 0.93 * writing)
        pale = 0.5 * np.array(colour, np.float32) + 0.5
        canvas[..., :3] = face[..., None] * pale * (1.25 * lighting.lamps)
        canvas[..., :3] += face[..., None] * pale * lighting.ambient * 0.6
        return canvas
    plate = inside[..., None] * (0.05 + 0.03 * np.array(colour, np.float32))
    canvas[..., :3] = plate * (lighting.ambient + 0.02)
    canvas[..., :3] += _neon(_tubes(wide, high, glyphs, thick=6), colour, lighting.lamps)
    rim = _tubes(wide, high, [_frame_of(wide, high, 13)], thick=4)
    canvas[..., :3] += _neon(rim, other, 0.75 * lighting.lamps) * (number % 2)
    # By day the tubes are pale glass.
    canvas[..., :3] += _tubes(wide, high, glyphs, thick=6)[..., None] * lighting.ambient * 0.35
    return canvas


def board(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """The board over a shop: writing in light on a plate."""
    wide, high = 512, 128
    colour = NEON[(number * 3 + 5) % len(NEON)]
    canvas = empty(wide, high)
    canvas[..., 3] = 1.0
    n_glyphs = int(random.integers(4, 8))
    size = 60
    start = (wide - n_glyphs * size) * random.uniform(0.25, 0.75)
    glyphs = [
        stroke
        for index in range(n_glyphs)
        for stroke in _glyph(random, (start + index * size, 32, size - 14, 62))
    ]
    lit_box = number % 3 == 1
    hue = np.array(colour, np.float32)
    plate = (0.35 + 0.55 * hue) if lit_box else np.array((0.07, 0.065, 0.075), np.float32) + 0.03 * hue
    fade = np.linspace(1.0, 0.7, high, dtype=np.float32)[:, None, None]
    canvas[..., :3] = plate * fade * lighting.ambient * 0.8
    writing = _tubes(wide, high, glyphs, thick=8)
    if lit_box:
        canvas[..., :3] += plate * fade * 0.55 * lighting.lamps
        canvas[..., :3] *= 1 - 0.9 * writing[..., None]
    else:
        canvas[..., :3] += _neon(writing, colour, 0.9 * lighting.lamps)
        canvas[..., :3] += writing[..., None] * lighting.ambient * 0.5
    canvas[:6, :, :3] = lighting.ambient * (0.1 + 0.8 * lighting.snow)
    return canvas
