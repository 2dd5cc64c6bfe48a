"""Heights of billowing clouds, which repeat at their edges, and the shadows that they throw."""

import numpy as np

from filmgate.engines.animatic.textures import Floats


def smooth_noise(random: np.random.Generator, *, side: int, longest: float, slope: float) -> Floats:
    """Return noise whose amplitude falls with the frequency to the power of -`slope`; mean 0, deviation 1.

    No wave of it is longer than `longest` texels. Shape (side, side).
    """
    frequency = np.hypot(*np.meshgrid(np.fft.rfftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = 1.0
    spectrum = np.where(frequency < 1 / longest, 0.0, frequency**-slope)
    turn = np.exp(2j * np.pi * random.random(spectrum.shape))
    noise = np.fft.irfft2(spectrum * turn, s=(side, side))
    return np.asarray(noise / noise.std(), np.float32)


def billowed(
    random: np.random.Generator,
    heights: Floats,
    *,
    n: int,
    radii: tuple[float, float],
    texel: float,
    sunk: float,
) -> Floats:
    """Return the heights with `n` balls laid upon them, of radii between the two given in metres.

    A texel is `texel` metres wide; `sunk` is the share of its radius to which a ball's middle lies below the
    surface.
    """
    side = len(heights)
    grown = heights.copy()
    places = random.integers(0, side, (n, 2))
    sizes = radii[0] * (radii[1] / radii[0]) ** random.random(n)
    for (row, column), radius in zip(places, sizes, strict=True):
        reach = int(radius / texel)
        offsets = np.arange(-reach, reach + 1)
        squared = radius**2 - (offsets[:, None] ** 2 + offsets**2) * texel**2
        rows, columns = (row + offsets) % side, (column + offsets) % side
        window = np.ix_(rows, columns)
        ball = np.sqrt(np.maximum(squared, 0)) - sunk * radius + heights[row, column]
        grown[window] = np.maximum(grown[window], np.where(squared > 0, ball, -np.inf))
    return grown


def shadow_heights(heights: Floats, *, azimuth: float, fall: float) -> Floats:
    """Return below which height it is shadow, where the sun's rays sink by `fall` a texel.

    The sun stands towards `azimuth` (rad) from the rows' direction.
    """
    shaded, reach = heights, 1
    while reach < len(heights) // 2:
        # Twice as far with each turn: what shades within the first n texels shades n further on, too.
        shift = (-round(reach * float(np.cos(azimuth))), -round(reach * float(np.sin(azimuth))))
        shaded = np.maximum(shaded, np.roll(shaded, shift, axis=(0, 1)) - np.float32(reach * fall))
        reach *= 2
    return np.asarray(shaded, np.float32)
