"""Textures that are drawn once for a clip: clouds, stars, rain, snow, dither. All repeat at their edges."""

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

Floats = npt.NDArray[np.float32]

SKY_SIDE = 1024
FALL_SIDE = 512
DITHER_SIDE = 256
_SKY_LEVELS = 5
_N_STARS = 2600


def clouds(random: np.random.Generator, *, cover: float, sun_azimuth: float) -> Floats:
    """Return density and light of a layer of clouds over `cover` of the sky, all levels below one another.

    Shape (2048, 1024, 2), both 0 to 1. Light is what is left of the sun's on its way through the layer.
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
    return stacked(levels_of(both, n_levels=_SKY_LEVELS))


def stars(random: np.random.Generator) -> Floats:
    """Return light and blueness of stars; shape (1024, 1024, 2)."""
    field = np.zeros((SKY_SIDE, SKY_SIDE, 2), np.float32)
    rows, columns = random.integers(0, SKY_SIDE, (2, _N_STARS))
    field[rows, columns, 0] = random.random(_N_STARS) ** 6 * 4.8 + 0.18
    field[:, :, 0] = scipy.ndimage.gaussian_filter(field[:, :, 0], 0.5, mode="wrap")
    field[:, :, 1] = scipy.ndimage.zoom(random.random((64, 64)), SKY_SIDE // 64, order=0) * 0.6
    return field


def rain(random: np.random.Generator) -> Floats:
    """Return a tile of streaks; shape (512, 512), 0 to 1."""
    streaks = scipy.ndimage.uniform_filter1d(_scattered(random, share=0.0025), 27, axis=0, mode="wrap")
    return _normal(scipy.ndimage.gaussian_filter(streaks, (0, 0.6), mode="wrap"))


def snow(random: np.random.Generator) -> Floats:
    """Return a tile of flakes; shape (512, 512), 0 to 1."""
    return _normal(scipy.ndimage.gaussian_filter(_scattered(random, share=0.0016), 1.3, mode="wrap"))


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
        side = len(levels[-1]) // 2
        levels.append(levels[-1].reshape(side, 2, side, 2, -1).mean(axis=(1, 3), dtype=np.float32))
    return levels


def stacked(levels: list[Floats]) -> Floats:
    """Return the levels below one another, each at the left edge; twice as high as the finest."""
    side = len(levels[0])
    stack = np.zeros((2 * side, side, levels[0].shape[2]), np.float32)
    top = 0
    for level in levels:
        stack[top : top + len(level), : len(level)] = level
        top += len(level)
    return stack


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
