"""How loud sound is, by ITU-R BS.1770-4, and how it is brought to a loudness without clipping."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import freqz_sos, resample_poly, sosfilt

from filmgate.engines.soundtrack import SAMPLE_RATE, Samples

Floats = npt.NDArray[np.float64]

# BS.1770-4, tables 1 and 2: what the head does to sound, and what the ear does; valid at 48 kHz.
_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
_STEP_SAMPLES = SAMPLE_RATE // 10
_STEPS_IN_BLOCK = 4
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
_CHUNK_SAMPLES = 100 * _STEP_SAMPLES

_CEILING = 10 ** (-1.6 / 20)
"""The highest true peak; AAC adds up to half a decibel, and what it adds must stay below -1 dBTP."""

LOUDNESS_OF_ONE = -0.691 + 10 * float(np.log10(2))
"""The loudness of two channels whose weighted power is 1, in LUFS."""

_LOOKAHEAD_SAMPLES = 240
_OVERSAMPLING = 4
# Between samples a wave seldom rises higher than this over them.
_HIDDEN_RISE = 1.6


def weighting(frequency: npt.NDArray[np.floating]) -> Floats:
    """Return by how much each frequency (hertz) counts, as amplitude."""
    _, response = freqz_sos(_WEIGHTING, frequency, fs=SAMPLE_RATE)
    return np.asarray(np.abs(response), dtype=np.float64)


def loudness_of(samples: Samples) -> float:
    """Return the integrated loudness in LUFS; minus infinity for silence.

    What is shorter than one block of 0.4 s counts as one.
    """
    powers = _block_powers(samples)
    loud = powers[_decibels(powers) > _ABSOLUTE_GATE]
    if not len(loud):
        return -np.inf
    gate = float(_decibels(loud.mean())) + _RELATIVE_GATE
    return float(_decibels(loud[_decibels(loud) > gate].mean()))


def levelled(samples: Samples, *, loudness: float) -> Samples:
    """Return the sound at this integrated loudness (LUFS), its true peaks held below -1.6 dBTP.

    Silence stays silent. A sound of rare loud moments ends a little below what is asked.
    """
    measured = loudness_of(samples)
    if measured == -np.inf:
        return samples
    gain = loudness - measured
    levelled = samples
    # Where the limiter takes something away, the whole has to rise a little again.
    for _ in range(3):
        raised = samples * np.float32(10 ** (gain / 20))
        levelled = limited(raised)
        if levelled is raised:
            break
        missing = loudness - loudness_of(levelled)
        if missing < 0.1:
            break
        gain += missing
    return levelled


def limited(samples: Samples) -> Samples:
    """Return the sound with true peaks of at most -1.6 dBTP; itself, where they already are.

    The gain moves within five milliseconds before a peak and after it, so that nothing is cut off.
    """
    peaks = _true_peaks(samples)
    if peaks.max(initial=0.0) <= _CEILING:
        return samples
    allowed = np.minimum(1.0, _CEILING / np.maximum(peaks, 1e-9)).astype(np.float32)
    lowest = minimum_filter1d(allowed, 2 * _LOOKAHEAD_SAMPLES + 1)
    # Two averages over half the distance each: smooth, and never above what any peak nearby allows.
    for _ in range(2):
        lowest = uniform_filter1d(lowest, _LOOKAHEAD_SAMPLES)
    return np.asarray(samples * lowest, dtype=np.float32)


def true_peak(samples: Samples) -> float:
    """Return the highest value between and on the samples, as BS.1770-4 finds it: four times oversampled."""
    return float(_true_peaks(samples).max(initial=0.0))


def _true_peaks(samples: Samples) -> npt.NDArray[np.float32]:
    """Return how high the louder channel rises around each sample; exact only near the ceiling."""
    peaks = np.asarray(np.abs(samples).max(axis=0, initial=0.0), dtype=np.float32)
    for first, last in _chunks(samples.shape[1]):
        if last - first < _LOOKAHEAD_SAMPLES or peaks[first:last].max() * _HIDDEN_RISE < _CEILING:
            continue
        finer = np.abs(resample_poly(samples[:, first:last], _OVERSAMPLING, 1, axis=1)).max(axis=0)
        around = finer.reshape(-1, _OVERSAMPLING).max(axis=1)
        # What rises between two samples belongs to both.
        peaks[first:last] = np.maximum(peaks[first:last], around)
        peaks[first + 1 : last] = np.maximum(peaks[first + 1 : last], around[:-1])
    return peaks


def _block_powers(samples: Samples) -> Floats:
    """Return the weighted power of every block of 0.4 s, one in each 0.1 s; shape (blocks,)."""
    state = np.zeros((len(_WEIGHTING), 2, 2))
    steps: list[Floats] = []
    whole = np.zeros(0)
    for first, last in _chunks(samples.shape[1]):
        heard, state = sosfilt(_WEIGHTING, samples[:, first:last].astype(np.float64), axis=1, zi=state)
        whole = np.sum(heard * heard, axis=0)
        count = len(whole) // _STEP_SAMPLES
        steps.append(whole[: count * _STEP_SAMPLES].reshape(count, _STEP_SAMPLES).mean(axis=1))
    step_powers = np.concatenate(steps) if steps else np.zeros(0)
    if len(step_powers) < _STEPS_IN_BLOCK:
        return whole.mean(keepdims=True) if len(whole) else whole
    return np.convolve(step_powers, np.full(_STEPS_IN_BLOCK, 1 / _STEPS_IN_BLOCK), mode="valid")


def _chunks(length: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + _CHUNK_SAMPLES, length)) for first in range(0, length, _CHUNK_SAMPLES))


def _decibels(power: npt.NDArray[np.float64]) -> Floats:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-20)))
