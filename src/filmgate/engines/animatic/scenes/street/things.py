"""Trees, lamps, lanterns and cars of a street, and the towers at its end."""

import cv2
import numpy as np

from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.prompts.mood import Season
from filmgate.engines.animatic.scenes.street.lighting import Lighting, empty
from filmgate.engines.animatic.textures import Floats

_LEAVES: dict[Season, tuple[Colour, Colour]] = {
    Season.SPRING: ((0.30, 0.36, 0.14), (0.72, 0.50, 0.56)),
    Season.SUMMER: ((0.06, 0.13, 0.03), (0.16, 0.26, 0.06)),
    Season.AUTUMN: ((0.36, 0.14, 0.03), (0.56, 0.30, 0.05)),
}


def _branches(canvas: Floats, random: np.random.Generator) -> None:
    """Grow a tree of dark lines from the middle of the lower edge."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    growing = [(256.0, 511.0, -np.pi / 2, 120.0, 15.0)]
    while growing:
        x, y, angle, length, thick = growing.pop()
        end = (x + np.cos(angle) * length, y + np.sin(angle) * length)
        cv2.line(mask, (int(x), int(y)), (int(end[0]), int(end[1])), 255, max(1, int(thick)), cv2.LINE_AA)
        if length > 14:
            for turn in (-1, 1, 0)[: 2 + (random.random() < 0.5)]:
                bend = turn * random.uniform(0.3, 0.65) + random.normal(0, 0.12)
                growing.append((*end, angle + bend, length * random.uniform(0.66, 0.82), thick * 0.66))
    canvas[..., 3] = mask / np.float32(255)


def tree(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """A street tree: trunk and boughs, and the leaves of the season."""
    canvas = empty(512, 512)
    _branches(canvas, random)
    light = lighting.ambient * 0.8 + lighting.sun * 0.12 + np.array((0.10, 0.085, 0.06)) * lighting.lamps
    bark = np.array((0.075, 0.06, 0.05), np.float32) * light
    canvas[..., :3] = canvas[..., 3:] * (bark + 0.5 * lighting.snow * lighting.ambient)
    if lighting.season is Season.WINTER or lighting.snow > 0:
        return canvas
    dark, pale = (np.array(colour, np.float32) for colour in _LEAVES[lighting.season])
    n_leaves = 3400
    angle, far = random.uniform(0, 2 * np.pi, n_leaves), np.sqrt(random.random(n_leaves))
    lumps = 0.80 + 0.20 * np.sin(angle * 5 + number * 2) * np.cos(angle * 3 + number)
    x, y = 256 + np.cos(angle) * far * 205 * lumps, 195 + np.sin(angle) * far * 175 * lumps
    order = np.argsort(-y + random.normal(0, 60, n_leaves))
    for index in order:
        high = np.clip((390 - y[index]) / 380 + random.normal(0, 0.22), 0, 1)
        tone = (dark + (pale - dark) * high * random.uniform(0.5, 1.0)) * light * (0.45 + 0.8 * high)
        ends = (int(random.integers(5, 12)), int(random.integers(3, 7)))
        centre = (int(x[index]), int(y[index]))
        cv2.ellipse(
            canvas, centre, ends, random.uniform(0, 180), 0, 360, (*tone.tolist(), 1.0), -1, cv2.LINE_AA
        )
    return canvas


def skyline(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """Far towers with lit windows."""
    canvas = empty(1024, 256)
    body = np.array((0.10, 0.11, 0.13), np.float32) * (0.9 - 0.3 * number) * lighting.ambient
    left = 0
    while left < 1024:
        wide, high = int(random.integers(26, 84)), int(256 * random.beta(2.0, 2.6) * 0.95) + 12
        right = min(1024, left + wide)
        canvas[256 - high :, left:right, 3] = 1.0
        canvas[256 - high :, left:right, :3] = body * random.uniform(0.8, 1.25)
        if random.random() < 0.35:
            mast = (left + right) // 2
            canvas[max(0, 256 - high - 22) : 256 - high, mast : mast + 2] = (*body, 1.0)
            canvas[max(0, 256 - high - 22), mast : mast + 2, :3] += (1.2 * lighting.lamps, 0.1, 0.05)
        rows, columns = np.arange(256 - high + 5, 252, 4), np.arange(left + 4, right - 4, 4)
        lit = random.random((len(rows), len(columns))) < 0.30
        tone = random.uniform(0.2, 0.75) * np.array((1.0, 0.76, 0.48), np.float32) * lighting.lamps
        for row, flags in zip(rows, lit, strict=True):
            for column in columns[flags]:
                canvas[row : row + 2, column : column + 2, :3] += tone * random.uniform(0.4, 1.3)
        left = right + int(random.integers(0, 10)) * (random.random() < 0.3)
    return canvas


def lanterns(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """A cable across the street, on which lanterns hang."""
    canvas = empty(512, 128)
    across = np.arange(512)
    sag = 18 + 46 * (1 - ((across - 256) / 256.0) ** 2)
    cable = np.zeros((128, 512), np.uint8)
    cv2.polylines(cable, [np.stack([across, sag], axis=1).astype(np.int32)], False, 255, 1, cv2.LINE_AA)
    canvas[..., 3] = cable / np.float32(255) * 0.9
    canvas[..., :3] = canvas[..., 3:] * 0.05 * lighting.ambient
    warm = np.array(((1.0, 0.30, 0.10), (1.0, 0.62, 0.26))[number], np.float32)
    y, x = np.mgrid[0:128, 0:512].astype(np.float32)
    for at in np.linspace(30, 482, 11):
        middle = float(np.interp(at, across, sag)) + 12
        shape = ((x - at) / 9) ** 2 + ((y - middle) / 10.5) ** 2
        cover = np.clip((1.15 - shape) * 3, 0, 1)[..., None]
        light = (0.35 + 0.9 * np.exp(-1.6 * shape))[..., None] * warm * random.uniform(0.8, 1.2)
        paper = warm * lighting.ambient * 0.55 * (1.1 - 0.35 * (y - middle) / 10)[..., None]
        canvas[..., :3] = canvas[..., :3] * (1 - cover) + cover * (light * 1.5 * lighting.lamps + paper)
        canvas[..., 3:] = np.maximum(canvas[..., 3:], cover)
    return canvas


def _car(lighting: Lighting, paint: Colour) -> Floats:
    """The body of a car, seen from behind or before, without its lights."""
    canvas = empty(256, 128)
    body = np.zeros((128, 256), np.uint8)
    outline = [(82, 116), (80, 74), (86, 66), (100, 38), (156, 38), (170, 66), (176, 74), (174, 116)]
    cv2.fillPoly(body, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
    for left in (85, 153):
        cv2.rectangle(body, (left, 108), (left + 18, 125), 255, -1, cv2.LINE_AA)
    glass = np.zeros_like(body)
    cv2.fillPoly(glass, [np.array([(93, 64), (104, 43), (152, 43), (163, 64)], np.int32)], 255, cv2.LINE_AA)
    shape, pane = cv2.GaussianBlur(body, (3, 3), 0) / 255.0, glass / 255.0
    lift = np.linspace(1.25, 0.25, 128)[:, None, None]
    light = (lighting.ambient * 0.8 + 0.06 * lighting.lamps) * lift
    canvas[..., 3] = shape
    canvas[..., :3] = shape[..., None] * np.array(paint) * light
    canvas[..., :3] += pane[..., None] * (lighting.ambient * 0.18 * lift - canvas[..., :3] * 0.85)
    canvas[108:, ..., :3] *= 0.25
    return canvas


def _lights(canvas: Floats, colour: Colour, *, radius: float, strength: float) -> Floats:
    y, x = np.mgrid[0:128, 0:256].astype(np.float32)
    for at in (93.0, 163.0):
        apart = ((x - at) / radius) ** 2 + ((y - 84) / (0.62 * radius)) ** 2
        fade = np.clip(1 - np.hypot((x - at) / 78, (y - 84) / 44), 0, 1) ** 2
        shine = 5.0 * np.exp(-apart) + 0.30 * fade / (1 + apart * 0.12)
        canvas[..., :3] += shine[..., None] * np.array(colour, np.float32) * strength
    return canvas


def tail(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    del random
    paints = ((0.16, 0.17, 0.19), (0.45, 0.43, 0.40))
    car = _car(lighting, paints[number])
    return _lights(car, (1.0, 0.05, 0.03), radius=6.0, strength=0.15 + 0.85 * lighting.lamps)


def head(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    del random, number
    car = _car(lighting, (0.10, 0.11, 0.13))
    return _lights(car, (1.0, 0.92, 0.76), radius=6.5, strength=0.25 + 1.1 * lighting.lamps)


def post(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """A lamp post with an arm to the left, its light at the arm's end."""
    del random, number
    mask = np.zeros((512, 128), np.uint8)
    bend = [(108, 511), (108, 60), (104, 40), (92, 28), (70, 22), (30, 20)]
    cv2.polylines(mask, [np.array(bend, np.int32)], False, 255, 5, cv2.LINE_AA)
    cv2.rectangle(mask, (102, 440), (114, 511), 255, -1, cv2.LINE_AA)
    canvas = empty(128, 512)
    canvas[..., 3] = mask / np.float32(255)
    tone = np.array((0.05, 0.055, 0.06), np.float32) * (lighting.ambient + 0.12 * lighting.lamps)
    canvas[..., :3] = canvas[..., 3:] * tone
    head = np.zeros_like(mask)
    cv2.ellipse(head, (26, 25), (20, 7), 0, 0, 360, 255, -1, cv2.LINE_AA)
    shape = (head / np.float32(255))[..., None]
    canvas[..., 3:] = np.maximum(canvas[..., 3:], shape)
    glass = np.array((1.0, 0.80, 0.52), np.float32) * 5.0 * lighting.lamps + 0.3 * lighting.ambient
    canvas[..., :3] = canvas[..., :3] * (1 - shape) + shape * glass
    return canvas


def cone(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """The light under a lamp that rain or fog shows; it hides nothing."""
    del random, number
    canvas = empty(256, 256)
    y, x = np.mgrid[0:256, 0:256].astype(np.float32)
    down, aside = (y + 6) / 256, np.abs(x - 127.5) / 128
    beam = np.exp(-((aside / (0.10 + 0.62 * down)) ** 2) * 3.2) / (0.22 + 2.2 * down) * (1 - down).clip(0, 1)
    edge = np.clip((1 - aside) * 3, 0, 1)
    canvas[..., :3] = (beam * edge)[..., None] * np.array((1.0, 0.80, 0.54), np.float32) * lighting.lamps
    return canvas


def halo(random: np.random.Generator, lighting: Lighting, number: int) -> Floats:
    """The shine around a light; it hides nothing."""
    del random, number
    canvas = empty(128, 128)
    y, x = np.mgrid[0:128, 0:128].astype(np.float32)
    apart = np.hypot(x - 63.5, y - 63.5) / 64
    shine = np.clip(1 - apart, 0, 1) ** 2 * (0.25 + 1.4 * np.exp(-7 * apart))
    canvas[..., :3] = shine[..., None] * np.array((1.0, 0.82, 0.56), np.float32) * lighting.lamps
    return canvas
