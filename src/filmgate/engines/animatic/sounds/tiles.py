"""Noise and tones that repeat after some seconds, made in the frequency domain."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from filmgate.engines.animatic.sounds.loudness import weighting
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples

Wave = npt.NDArray[np.float32]
"""Shape (n,): one channel, dtype float32, at `SAMPLE_RATE`."""

Gain = Callable[[Wave], Wave]
"""From frequencies in hertz to the amplitude that a sound has there, on any scale."""

# Between 4.8 and 5.5 seconds, quick to transform, and without a common beat, so that no two layers repeat
# together.
_SIZES = (2**18, 7 * 2**15, 15 * 2**14, 243 * 2**10)


class Tile:
    """Stereo sound without a beginning or an end: after its last sample comes its first."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def piece(self, start: int, length: int) -> Samples:
        """Return `length` samples from the `start`th on."""
        size = self._samples.shape[1]
        first = start % size
        if first + length <= size:
            return self._samples[:, first : first + length]
        places = np.arange(first, first + length) % size
        return np.asarray(np.take(self._samples, places, axis=1), dtype=np.float32)


def noise(random: np.random.Generator, gain: Gain, *, width: float = 0.7) -> Tile:
    """Return noise with this spectrum, of loudness 1: one that an ear takes for as loud as any other.

    `width` goes from 0, where both channels are alike, to 1, where they have nothing in common.
    """
    size = int(random.choice(_SIZES))
    frequency = _frequencies(size)
    amplitude = gain(frequency)
    middle, side = (_random_spectrum(random, len(frequency)) for _ in range(2))
    # Middle and side of these shares make two channels whose correlation is 1 less the square of the width.
    middle *= np.float32(np.sqrt(1 - width * width / 2))
    side *= np.float32(width / np.sqrt(2))
    loudness = 2 * np.sqrt(np.sum((amplitude * _weights(size)) ** 2, dtype=np.float64)) / size
    amplitude = (amplitude / max(float(loudness), 1e-20)).astype(np.float32)
    spectra = ((middle + side) * amplitude, (middle - side) * amplitude)
    return Tile(np.stack([scipy.fft.irfft(spectrum, size) for spectrum in spectra]))


def band(lowest: float, highest: float, *, slope: float = 0.5) -> Gain:
    """Return a gain that falls as frequency to the power of -`slope` inside a band of hertz.

    Beyond the band it falls off with second-order skirts.
    """

    def gain(frequency: Wave) -> Wave:
        skirts = (1 + (lowest / frequency) ** 4) * (1 + (frequency / highest) ** 4)
        return np.asarray(frequency**-slope / skirts, dtype=np.float32)

    return gain


def tones(
    pitches: Sequence[float],
    *,
    partials: int = 8,
    slope: float = 1.0,
    spread: float = 0.004,
    odd: float = 1.0,
) -> Gain:
    """Return a gain that sounds as a choir of these pitches (hertz) does.

    Each partial is smeared over `spread` of its own frequency, as many voices would; the even ones are as
    strong as the odd ones divided by `odd`.
    """

    def gain(frequency: Wave) -> Wave:
        heard = np.zeros_like(frequency)
        spacing = frequency[2] - frequency[1]
        for pitch in pitches:
            for partial in range(1, partials + 1):
                middle, breadth = partial * pitch, max(partial * pitch * spread, 0.3)
                first, last = (int((middle + side * 4 * breadth) / spacing) for side in (-1, 1))
                place = slice(max(first, 1), max(last + 2, 2))
                away = (frequency[place] - middle) / breadth
                strength = partial**-slope / (1.0 if partial % 2 else odd) / breadth**0.5
                heard[place] += np.float32(strength) * np.exp(-0.5 * away * away)
        return heard

    return gain


def patter(
    random: np.random.Generator, drops: Sequence[Wave], *, per_second: float, evenness: float = 3.0
) -> Tile:
    """Return so many drops a second, scattered over time and space, of loudness 1.

    The lower the `evenness`, the more alike the drops are in strength.
    """
    size = int(random.choice(_SIZES))
    count = round(per_second * size / SAMPLE_RATE)
    places = random.integers(0, size, count)
    strengths = random.random(count) ** evenness
    sides = np.sqrt(random.random(count))
    shares = np.stack([strengths * sides, strengths * np.sqrt(1 - sides * sides)], axis=1)
    heard = np.zeros((2, size + max(map(len, drops))), dtype=np.float32)
    for place, drop, (left, right) in zip(places, random.integers(0, len(drops), count), shares, strict=True):
        wave = drops[drop]
        heard[0, place : place + len(wave)] += np.float32(left) * wave
        heard[1, place : place + len(wave)] += np.float32(right) * wave
    # What rings on after the end is heard at the beginning.
    heard[:, : heard.shape[1] - size] += heard[:, size:]
    heard = heard[:, :size]
    weighted = np.abs(scipy.fft.rfft(heard)) * _weights(size)
    loudness = np.sqrt(np.sum(weighted**2, dtype=np.float64)) / size
    return Tile(np.asarray(heard / max(float(loudness), 1e-20), dtype=np.float32))


def _random_spectrum(random: np.random.Generator, count: int) -> npt.NDArray[np.complex64]:
    real, imaginary = random.standard_normal((2, count), dtype=np.float32)
    return np.asarray(real + np.complex64(1j) * imaginary, dtype=np.complex64)


@cache
def _frequencies(size: int) -> Wave:
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    # A spectrum that falls with frequency would be infinite at 0; nobody hears what is there.
    frequency[0] = frequency[1]
    return frequency


@cache
def _weights(size: int) -> Wave:
    return weighting(_frequencies(size)).astype(np.float32)
