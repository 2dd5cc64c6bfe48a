"""Ambience: sea, wind and rain made of shaped noise."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, samples_in

Wave = npt.NDArray[np.float32]
"""Shape (n,): one channel, dtype float32, at `SAMPLE_RATE`."""

_PEAK = 10 ** (-1.05 / 20)
"""The loudest a clip gets, a hair below -1 dBFS, which leaves room for what AAC adds."""

_FADE_SECONDS = 0.02
CROSSFADE_SECONDS = Fraction(1, 4)
"""For how long a continuation's ambience overlaps the sound before it."""

_MATCHED_SAMPLES = 2 * SAMPLE_RATE
_SILENCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class SoundLevels:
    """How much of each is heard, from 0 (silent) to 1 (a storm)."""

    sea: float = 0.0
    wind: float = 0.0
    rain: float = 0.0


def ambience(levels: SoundLevels, *, seconds: Fraction, seed: int) -> Samples:
    """Return `seconds` of stereo ambience with short fades at both ends.

    Its peak is at most -1 dBFS, and lower the quieter the weather. Equal levels and seeds sound equal.
    """
    length = samples_in(seconds)
    random = np.random.default_rng([seed, 0x50D])
    heard = np.zeros((2, length), dtype=np.float32)
    if levels.sea > 0:
        heard += levels.sea * _sea(length, levels.sea, random)
    if levels.wind > 0:
        heard += 0.8 * levels.wind * _wind(length, random)
    if levels.rain > 0:
        heard += 0.7 * levels.rain * _rain(length, levels.rain, random)
    peak = float(np.abs(heard).max(initial=0.0))
    if peak > 0:
        loudest = max(levels.sea, levels.wind, levels.rain)
        heard *= _PEAK * min(1.0, 0.3 + 0.7 * loudest) / peak
    return faded(heard)


def faded(samples: Samples) -> Samples:
    """Return the sound with 20 ms ramps from and to silence, so that nothing clicks."""
    length = samples.shape[1]
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / (SAMPLE_RATE * _FADE_SECONDS)
    return np.asarray(samples * np.minimum(ramp, 1.0), dtype=np.float32)


def continued(before: Samples, after: Samples) -> Samples:
    """Return `before` with `after` crossfaded over its end, at equal power and as loud as it was there.

    `after` must start `CROSSFADE_SECONDS` early; the result is that much shorter than both together.
    """
    overlap = min(samples_in(CROSSFADE_SECONDS), before.shape[1], after.shape[1])
    after = after * _matching_gain(before[:, -_MATCHED_SAMPLES:], after)
    angle = np.linspace(0, np.pi / 2, overlap, dtype=np.float32)
    joint = before[:, before.shape[1] - overlap :] * np.cos(angle) + after[:, :overlap] * np.sin(angle)
    whole = np.concatenate(
        [before[:, : before.shape[1] - overlap], np.clip(joint, -_PEAK, _PEAK), after[:, overlap:]], axis=1
    )
    return np.asarray(whole, dtype=np.float32)


def _matching_gain(before: Samples, after: Samples) -> float:
    """Return what makes `after` as loud as `before` without passing the peak; 1 after silence."""
    heard_before, heard_after = float(before.std()), float(after[:, :_MATCHED_SAMPLES].std())
    if min(heard_before, heard_after) < _SILENCE:
        return 1.0
    return min(heard_before / heard_after, _PEAK / float(np.abs(after).max()))


def _sea(length: int, level: float, random: np.random.Generator) -> Samples:
    """Surges that come every few seconds: a deep roar, then a hiss as the crest breaks."""
    time = np.arange(length, dtype=np.float32) / SAMPLE_RATE
    surge = np.full(length, 0.25, dtype=np.float32)
    for period in (4.7, 6.9, 10.3):
        phase = random.uniform(0, 2 * np.pi)
        surge += (0.5 + 0.5 * np.sin(2 * np.pi * time / period + phase)) ** 3
    roar = _stereo(length, 45, 420, random, slope=0.9)
    wash = _stereo(length, 350, 2_600, random, slope=0.5)
    hiss = _stereo(length, 1_800, 9_000, random, slope=0.4)
    return np.asarray(
        0.8 * roar * surge + (0.22 + 0.3 * level) * wash * surge**1.5 + 0.12 * hiss * surge**2.2,
        dtype=np.float32,
    )


def _wind(length: int, random: np.random.Generator) -> Samples:
    """A dark rush with gusts that brighten it."""
    gusts = _wander(length, 0.45, random)
    rush = _stereo(length, 70, 520, random, slope=0.8)
    whistle = _stereo(length, 480, 1_500, random, slope=0.6)
    return np.asarray(rush * (0.35 + gusts) + 0.35 * whistle * gusts**2, dtype=np.float32)


def _rain(length: int, level: float, random: np.random.Generator) -> Samples:
    """A broad hiss, with single drops on it."""
    hiss = _stereo(length, 700, 11_000, random, slope=0.25) * (0.85 + 0.15 * _wander(length, 1.5, random))
    drops = np.stack([_drops(length, 30 + 120 * level, random) for _ in range(2)])
    return np.asarray(0.3 * hiss + 0.5 * drops, dtype=np.float32)


def _drops(length: int, per_second: float, random: np.random.Generator) -> Wave:
    ringing = np.arange(700, dtype=np.float32)
    drop = np.exp(-ringing / 95) * np.sin(2 * np.pi * 2_500 * ringing / SAMPLE_RATE)
    heard = np.zeros(length + len(drop), dtype=np.float32)
    count = int(per_second * length / SAMPLE_RATE)
    for start, loudness in zip(random.integers(0, length, count), random.random(count) ** 3, strict=True):
        heard[start : start + len(drop)] += drop * loudness
    return heard[:length]


def _stereo(
    length: int, lowest: float, highest: float, random: np.random.Generator, *, slope: float
) -> Samples:
    """Two channels of noise that share most of what they have, so the sound is wide but has a middle."""
    shared = _noise(length, lowest, highest, random, slope=slope)
    sides = [_noise(length, lowest, highest, random, slope=slope) for _ in range(2)]
    return np.stack([0.7 * shared + 0.71 * side for side in sides])


def _noise(length: int, lowest: float, highest: float, random: np.random.Generator, *, slope: float) -> Wave:
    """Noise of unit deviation whose amplitude falls as frequency to the power of -`slope` inside a band.

    The band's edges, in hertz, fall off with second-order skirts.
    """
    # A power of two is the quickest length to transform, and spares the noise from repeating.
    size = 1 << max(length - 1, 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    frequency[0] = frequency[1]
    gain = frequency**-slope / (1 + (lowest / frequency) ** 4) / (1 + (frequency / highest) ** 4)
    shape = (2, len(frequency))
    real, imaginary = random.standard_normal(shape, dtype=np.float32)
    wave = np.fft.irfft((real + 1j * imaginary) * gain.astype(np.float32), size)[:length]
    return np.asarray(wave / max(float(wave.std()), 1e-12), dtype=np.float32)


def _wander(length: int, per_second: float, random: np.random.Generator) -> Wave:
    """A smooth curve in [0, 1] that changes its mind `per_second` times."""
    points = random.random(int(length / SAMPLE_RATE * per_second) + 3)
    position = np.arange(length) / SAMPLE_RATE * per_second
    share = position % 1
    share = share * share * (3 - 2 * share)
    left = points[position.astype(np.int64)]
    right = points[position.astype(np.int64) + 1]
    return np.asarray(left + (right - left) * share, dtype=np.float32)
