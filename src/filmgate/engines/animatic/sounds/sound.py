"""The sound of a scene: its layers and its music, mixed, brought to one loudness, and continued."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from math import inf
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from filmgate.engines.animatic.sounds.layers import LAYERS
from filmgate.engines.animatic.sounds.loudness import LOUDNESS_OF_ONE, levelled, limited, loudness_of
from filmgate.engines.animatic.sounds.music import bed_level, music
from filmgate.engines.animatic.sounds.soundscape import Music, Soundscape
from filmgate.engines.animatic.sounds.spot import Spot
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, samples_in

LOUDNESS = -16.0
"""The integrated loudness of a clip, in LUFS as ITU-R BS.1770-4 measures it."""

LEAD_IN = Fraction(2)
"""How much earlier than it is heard a continuation starts, so that it can be fitted to what is before it."""

_FADE_SAMPLES = SAMPLE_RATE // 50
_CROSSFADE_SECONDS = Fraction(1, 4)
_RETURN_SECONDS = 3.0
_MOST_DECIBELS_AWAY = 15.0
_CHUNK_SAMPLES = 10 * SAMPLE_RATE
_BED_MEASURED_SECONDS = 8

_DUCK_STEP = SAMPLE_RATE // 10
_DUCK_STEPS = 12
_MOST_SWELLING = 10.0


def heard_at(
    soundscape: Soundscape, *, seconds: Fraction, seed: int, start: Fraction = Fraction(0)
) -> Samples:
    """Return what is heard for `seconds` from `start` on, at `LOUDNESS`, true peaks at most -1.6 dBTP.

    It fades in and out within 20 ms. Equal soundscapes and seeds give one and the same wave, of which this
    is a part: what starts at 5 s goes on where 5 s from 0 end, though not to the decibel as loud.
    """
    first, length = samples_in(start), samples_in(seconds)
    heard = _ambience(soundscape, seed=seed, first=first, length=length)
    if soundscape.music is not None:
        _add_music(soundscape.music, heard, seed=seed, first=first)
    return faded(levelled(heard, loudness=LOUDNESS))


def heard_along(parts: Sequence[tuple[Soundscape, Fraction]], *, seed: int) -> Samples:
    """Return what is heard in one place after the other, for so many seconds each.

    One goes over into the next within a quarter of a second before the cut.
    """
    whole = np.zeros((2, 0), dtype=np.float32)
    start = Fraction(0)
    for soundscape, same in groupby(parts, key=itemgetter(0)):
        seconds = sum((seconds for _, seconds in same), Fraction(0))
        early = min(_CROSSFADE_SECONDS, start)
        part = heard_at(soundscape, seconds=early + seconds, seed=seed, start=start - early)
        whole = _joined(whole, part, overlap=samples_in(early))
        start += seconds
    return whole


def faded(samples: Samples) -> Samples:
    """Return the sound with 20 ms ramps from and to silence, so that nothing clicks."""
    count = min(_FADE_SAMPLES, samples.shape[1])
    ramp = np.arange(count, dtype=np.float32) / _FADE_SAMPLES
    faded = samples.copy()
    faded[:, :count] *= ramp
    faded[:, faded.shape[1] - count :] *= ramp[::-1]
    return faded


def continued(before: Samples, after: Samples) -> Samples:
    """Return `before` with `after` going on from it: as loud at the join, and as loud on the whole.

    `after` must start `LEAD_IN` early, or with `before` where that is shorter. By that much it is fitted to
    the end of `before`; within three seconds it returns to the loudness that all of `before` has. After
    silence it is as loud as it is. The two are crossfaded over the last quarter of a second of `before`.
    """
    overlap = min(samples_in(_CROSSFADE_SECONDS), before.shape[1])
    lead_in = after[:, : min(samples_in(LEAD_IN), before.shape[1])]
    gain = _fitting_gain(before, after, lead_in=lead_in)
    going_on = (after * gain)[:, lead_in.shape[1] - overlap :]
    return _joined(before, going_on, overlap=overlap)


def _ambience(soundscape: Soundscape, *, seed: int, first: int, length: int) -> Samples:
    layers = [
        (
            np.float32(10 ** (level / 20)),
            LAYERS[name](Spot(seed=seed, layer=name, wind=soundscape.wind, tempo=soundscape.tempo)),
        )
        for name, level in sorted(soundscape.levels.items())
    ]
    heard = np.zeros((2, length), dtype=np.float32)
    for chunk in range(0, length, _CHUNK_SAMPLES):
        place = slice(chunk, min(chunk + _CHUNK_SAMPLES, length))
        for gain, layer in layers:
            heard[:, place] += gain * layer.piece(first + chunk, place.stop - chunk)
    return _through_air(heard, highest=soundscape.highest)


def _through_air(heard: Samples, *, highest: float) -> Samples:
    if highest == inf:
        return heard
    # Air takes from the highs little by little, not all at once, so the filter is the gentlest there is.
    sections = butter(1, highest, fs=SAMPLE_RATE, output="sos").astype(np.float32)
    return np.asarray(sosfilt(sections, heard, axis=1), dtype=np.float32)


def _add_music(asked: Music, heard: Samples, *, seed: int, first: int) -> None:
    """Add the bed to the ambience, in place; it gives way where the ambience swells."""
    bed = music(Spot(seed=seed, layer="music"), asked.style, is_bright=asked.is_bright, pace=asked.pace)
    measured = loudness_of(bed.piece(0, _BED_MEASURED_SECONDS * SAMPLE_RATE))
    level = bed_level(asked.style) + LOUDNESS_OF_ONE - measured
    gain = np.float32(10 ** (level / 20)) * _ducking(heard)
    for chunk in range(0, heard.shape[1], _CHUNK_SAMPLES):
        place = slice(chunk, min(chunk + _CHUNK_SAMPLES, heard.shape[1]))
        heard[:, place] += gain[place] * bed.piece(first + chunk, place.stop - chunk)


def _ducking(ambience: Samples) -> npt.NDArray[np.float32]:
    """Return by how much music gives way, at each sample: half the decibels by which the ambience swells."""
    length = ambience.shape[1]
    edges = np.arange(0, length, _DUCK_STEP)
    power = np.add.reduceat(np.sum(ambience * ambience, axis=0), edges) / _DUCK_STEP
    power = uniform_filter1d(power.astype(np.float64), _DUCK_STEPS, mode="nearest") + 1e-12
    swelling = np.clip(10 * np.log10(power / power.mean()), 0.0, _MOST_SWELLING)
    gain = 10 ** (-0.5 * swelling / 20)
    return np.asarray(np.interp(np.arange(length), edges, gain), dtype=np.float32)


def _fitting_gain(before: Samples, after: Samples, *, lead_in: Samples) -> npt.NDArray[np.float32]:
    """Return the gain of a continuation at each sample: shape (n,)."""
    whole = loudness_of(before)
    at_join = loudness_of(before[:, -lead_in.shape[1] :]) - loudness_of(lead_in)
    on_the_whole = whole - loudness_of(after)
    if not np.isfinite([at_join, on_the_whole]).all():
        return np.ones(after.shape[1], dtype=np.float32)
    away = float(np.clip(at_join - on_the_whole, -_MOST_DECIBELS_AWAY, _MOST_DECIBELS_AWAY))
    since_join = (np.arange(after.shape[1]) - lead_in.shape[1]) / (SAMPLE_RATE * _RETURN_SECONDS)
    back = 0.5 + 0.5 * np.cos(np.pi * np.clip(since_join, 0.0, 1.0))
    return np.asarray(10 ** ((on_the_whole + away * back) / 20), dtype=np.float32)


def _joined(before: Samples, after: Samples, *, overlap: int) -> Samples:
    """Return both, one after the other, but for so many samples in which one becomes the other."""
    after[:, :overlap] = _crossfaded(before[:, before.shape[1] - overlap :], after[:, :overlap])
    return np.concatenate([before[:, : before.shape[1] - overlap], limited(after)], axis=1)


def _crossfaded(ending: Samples, beginning: Samples) -> Samples:
    """Return a crossfade that keeps the power, whether the two are strangers or one and the same wave."""
    angle = np.linspace(0, np.pi / 2, ending.shape[1], dtype=np.float32)
    power = np.sqrt(np.sum(ending * ending) * np.sum(beginning * beginning))
    likeness = float(np.sum(ending * beginning) / power) if power > 0 else 0.0
    share = 1 + max(likeness, 0.0) * np.sin(2 * angle)
    return np.asarray((ending * np.cos(angle) + beginning * np.sin(angle)) / np.sqrt(share), dtype=np.float32)
