"""Sound of models, brought to what clips carry and joined at the seams of windows."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, samples_in


def at_clip_rate(sound: npt.NDArray[np.float32], *, rate: int, seconds: Fraction) -> Samples:
    """Return sound of shape (channels, samples) at `rate` as clips carry it, so many seconds of it.

    One channel goes to both sides; what is missing at the end is silent.
    """
    ratio = Fraction(SAMPLE_RATE, rate)
    resampled = resample_poly(sound, ratio.numerator, ratio.denominator, axis=-1)
    stereo = np.broadcast_to(resampled, (2, resampled.shape[-1])) if len(resampled) == 1 else resampled[:2]
    return fitted(np.clip(stereo, -1, 1).astype(np.float32), seconds=seconds)


def fitted(samples: Samples, *, seconds: Fraction) -> Samples:
    """Return the samples cut to so many seconds, or ended with silence."""
    n = samples_in(seconds)
    kept = np.zeros((2, n), dtype=np.float32)
    kept[:, : samples.shape[1]] = samples[:, :n]
    return kept


def spliced(before: Samples, after: Samples, *, overlap: Fraction) -> Samples:
    """Return one sound behind the other, over the last `overlap` seconds of the first fading between them."""
    n = min(samples_in(overlap), before.shape[1], after.shape[1])
    rise = np.linspace(0, 1, n, dtype=np.float32)
    seam = before[:, before.shape[1] - n :] * (1 - rise) + after[:, :n] * rise
    return np.concatenate([before[:, : before.shape[1] - n], seam, after[:, n:]], axis=1)
