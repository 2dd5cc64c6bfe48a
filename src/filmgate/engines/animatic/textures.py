"""Textures that are drawn once for a clip: clouds, stars, rain, snow, dither. All repeat at their edges."""

import sys
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

Floats = npt.NDArray[np.float32]
Texels = npt.NDArray[np.uint32]
"""Pairs of numbers in bytes, and beside each pair that of the next column; see `packed`."""

SKY_SIDE = 1024
FALL_SIDE = 512
DITHER_SIDE = 256
STAR_BRIGHTEST = 4.0
# A tile of rain or snow looks the same in frames of all sizes; it is drawn for this height.
_FALL_HEIGHT = 720
_SKY_LEVELS = 5
_N_STARS = 2600


def clouds(random: np.random.Generator, *, cover: float, sun_azimuth: float) -> Texels:
    """Return density and light of a layer of clouds over `cover` of the sky, all levels below one another.

    Shape (2048, 1024), both 0 to 1 in steps of 1/255. Light is what is left of the sun's on its
    way through the layer.
    """
    shape = _noise(random, slope=1.84) + 0.5 * scipy.ndimage.gaussian_filter(
        _noise(random, slope=1.52), (0.8, 3.0), mode="wrap"
    )
    shape /= shape.std()
    thick = np.clip(shape - np.quantile(shape, 1 - cover), 0, None).astype(np.float32)
    between = np.zeros_like(thick)
    n_steps = 8
    for step in range(1, n_steps + 1):
        away = 3.0 * step
        shift = (-round(away * np.cos(sun_azimuth)), -round(away * np.sin(sun_azimuth)))
        between += np.roll(thick, shift, axis=(0, 1)) / n_steps
    grain = np.clip(1 + 0.22 * _noise(random, slope=1.2), 0.3, 1.7)
    light = np.clip(np.exp(-1.5 * between - 0.5 * thick) * grain, 0, 1)
    both = np.stack([1 - np.exp(-2.6 * thick), light], axis=2).astype(np.float32)
    return packed(levels_of(both, n_levels=_SKY_LEVELS), zero=0, step=1 / 255)


def stars(random: np.random.Generator) -> Texels:
    """Return the square root of the light of stars, of 4, and their blueness; shape (2048, 1024).

    Both are 0 to 1 in steps of 1/255. Roots keep the differences between faint stars.
    """
    field = np.zeros((SKY_SIDE, SKY_SIDE, 2), np.float32)
    rows, columns = random.integers(0, SKY_SIDE, (2, _N_STARS))
    field[rows, columns, 0] = np.minimum(0.13 * random.random(_N_STARS) ** -0.75, STAR_BRIGHTEST)
    light = scipy.ndimage.gaussian_filter(field[:, :, 0], 0.38, mode="wrap")
    field[:, :, 0] = np.sqrt(light / STAR_BRIGHTEST)
    field[:, :, 1] = scipy.ndimage.zoom(random.random((64, 64)), SKY_SIDE // 64, order=0) * 0.6
    return packed([field], zero=0, step=1 / 255)


def rain(random: np.random.Generator, *, slant: float, frame_height: int) -> Floats:
    """Return a tile of streaks that go `slant` columns to the left a row; shape (512, 512), 0 to 1."""
    pixels = frame_height / _FALL_HEIGHT
    drops = _scattered(random, share=0.0022 / pixels**1.5)
    streaks = np.zeros_like(drops)
    for step in range(max(1, round(30 * pixels))):
        streaks += np.roll(drops, (step, -round(slant * step)), axis=(0, 1))
    return _normal(scipy.ndimage.gaussian_filter(streaks, (0.5, 0.55 * max(1.0, pixels)), mode="wrap"))


def sand(random: np.random.Generator, *, frame_height: int) -> Floats:
    """Return a tile of grains that fly from side to side; shape (512, 512), 0 to 1."""
    pixels = max(0.75, frame_height / _FALL_HEIGHT)
    grains = _scattered(random, share=0.005 / pixels**1.5)
    streaks = scipy.ndimage.gaussian_filter(grains, (0.55 * pixels, 7.0 * pixels), mode="wrap")
    gusts = scipy.ndimage.gaussian_filter(random.standard_normal(grains.shape), (20, 60), mode="wrap")
    return _normal(streaks * np.clip(0.6 + 0.5 * gusts / gusts.std(), 0.1, 2))


def snow(random: np.random.Generator, *, frame_height: int) -> Floats:
    """Return a tile of flakes, a few of them near and blurred; shape (512, 512), 0 to 1."""
    pixels = max(0.75, frame_height / _FALL_HEIGHT)
    tile = np.zeros((FALL_SIDE, FALL_SIDE), np.float32)
    for share, radius, light in ((0.0014, 1.5, 1.0), (0.0003, 3.2, 0.6)):
        flakes = _scattered(random, share=share / pixels**1.5)
        tile += light * _normal(scipy.ndimage.gaussian_filter(flakes, radius * pixels, mode="wrap"))
    return _normal(tile)


def dither(random: np.random.Generator) -> Floats:
    """Return noise without low frequencies, evenly spread from -0.5 to 0.5; shape (256, 256)."""
    noise = random.random((DITHER_SIDE, DITHER_SIDE))
    for _ in range(3):
        rough = noise - scipy.ndimage.gaussian_filter(noise, 1.6, mode="wrap")
        noise.flat[np.argsort(rough, axis=None)] = np.linspace(0, 1, noise.size)
    return (noise - 0.5).astype(np.float32)


def levels_of(finest: Floats, *, n_levels: int) -> list[Floats]:
    """Return the field and its halvings, each the mean of four texels of the one before."""
    levels = [finest]
    while len(levels) < n_levels:
        rows = levels[-1][::2] + levels[-1][1::2]
        levels.append((rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25))
    return levels


def rows_halved(finest: Floats, *, n_levels: int) -> list[Floats]:
    """Return the field and its halvings along the columns, each row the mean of two of the one before."""
    levels = [finest]
    while len(levels) < n_levels:
        levels.append((levels[-1][::2] + levels[-1][1::2]) * np.float32(0.5))
    return levels


def packed(levels: list[Floats], *, zero: float, step: float) -> Texels:
    """Return levels of pairs below one another, each at the left edge; twice as high as the finest.

    A number becomes the byte nearest to `number / step + zero`. The lower bytes of a texel hold its own
    pair and the upper ones that of the column to its right, the last column's being the first.
    """
    stack = _stack(levels)
    halves = stack.view(np.uint16).reshape(*stack.shape, 2)
    for rows, level in _below_one_another(levels):
        pairs = _codes(level, zero=zero, step=step).view(_PAIR)[:, :, 0]
        own, right = halves[rows, : level.shape[1], _LOWER], halves[rows, : level.shape[1], 1 - _LOWER]
        own[:] = pairs
        right[:, :-1], right[:, -1] = pairs[:, 1:], pairs[:, 0]
    return stack


def quadrupled(levels: list[Floats], *, step: float) -> Texels:
    """Return levels of single numbers as `packed` lays them out, from 0 on.

    From its lowest byte on, a texel holds its own number, that of the column to its right, and both below.
    """
    stack = _stack(levels)
    for rows, level in _below_one_another(levels):
        codes = _codes(level, zero=0, step=step).astype(np.uint32)
        both = codes | np.roll(codes, -1, axis=1) << 8
        stack[rows, : level.shape[1]] = both | np.roll(both, -1, axis=0) << 16
    return stack


_PAIR = np.dtype("<u2")
_LOWER = 0 if sys.byteorder == "little" else 1


def _stack(levels: list[Floats]) -> Texels:
    side = len(levels[0])
    return np.zeros((2 * side, side), np.uint32)


def _below_one_another(levels: list[Floats]) -> Iterator[tuple[slice, Floats]]:
    top = 0
    for level in levels:
        yield slice(top, top + len(level)), level
        top += len(level)


def _codes(numbers: Floats, *, zero: float, step: float) -> npt.NDArray[np.uint8]:
    scaled = numbers * np.float32(1 / step)
    scaled += np.float32(zero + 0.5)
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def _noise(random: np.random.Generator, *, slope: float) -> Floats:
    """Return noise whose amplitude falls with the frequency to the power of -`slope`; mean 0, deviation 1."""
    frequency = np.hypot(*np.meshgrid(np.fft.rfftfreq(SKY_SIDE), np.fft.fftfreq(SKY_SIDE))).astype(np.float32)
    frequency[0, 0] = 1.0
    spectrum = frequency**-slope
    spectrum[frequency < 2.5 / SKY_SIDE] = 0.0
    phase = random.random(spectrum.shape, np.float32) * np.float32(2 * np.pi)
    coefficients = spectrum * (np.cos(phase) + 1j * np.sin(phase))
    noise = scipy.fft.irfft2(coefficients.astype(np.complex64), s=(SKY_SIDE, SKY_SIDE), workers=1)
    return np.asarray(noise / noise.std(), np.float32)


def _scattered(random: np.random.Generator, *, share: float) -> Floats:
    here = random.random((FALL_SIDE, FALL_SIDE), np.float32) < share
    return here * random.random((FALL_SIDE, FALL_SIDE), np.float32)


def _normal(tile: Floats) -> Floats:
    return np.asarray(tile / tile.max(), np.float32)


def quads(levels: list[Floats], *, zero: float, step: float) -> Texels:
    """Return levels of single numbers side by side, each half as wide as the one before.

    A number becomes a byte as in `packed`. From its lowest byte on, a texel holds its own number, that to its
    right, the one below and the one to the right of that; the last row and column go on with the first.
    """
    side = len(levels[0])
    sheet = np.zeros((side, 2 * side), np.uint32)
    left = 0
    for level in levels:
        codes = np.clip(level * np.float32(1 / step) + np.float32(zero + 0.5), 0, 255).astype(np.uint32)
        both = codes | np.roll(codes, -1, axis=1) << 8
        wide = level.shape[1]
        sheet[:, left : left + wide] = both | np.roll(both, -1, axis=0) << 16
        left += wide
    return sheet
