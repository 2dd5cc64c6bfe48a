"""Instruments: one note of each as a wave."""

from typing import Any

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from filmgate.engines.animatic.sounds.events import peaking, ticks
from filmgate.engines.animatic.sounds.tiles import Wave
from filmgate.engines.soundtrack import SAMPLE_RATE

_MIDDLE_C = 261.63
_HIGHEST = 9_000.0
_TIMES_OF_RING = 5.0
LONGEST_SECONDS = 3.5
"""No note rings longer."""


def hertz(note: float) -> float:
    """Return the pitch of a MIDI note number; 69 is 440 Hz."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def struck(voice: dict[str, Any], note: int) -> Wave:
    """Return a struck or plucked note: partials that each ring and die in their own time.

    `voice` is an entry of `struck` in `music.toml`.
    """
    pitch = hertz(note)
    # Short strings lose their energy sooner than long ones.
    ring = voice["ring"] * (_MIDDLE_C / pitch) ** 0.5
    length = round(min(_TIMES_OF_RING * ring, LONGEST_SECONDS) * SAMPLE_RATE)
    heard = np.zeros(length)
    struck_at = np.zeros(length)
    struck_at[0] = 1.0
    for partial in range(1, voice["partials"] + 1):
        frequency = partial * pitch * (1 + voice["stretch"] * (partial * partial - 1)) ** 0.5
        strength = abs(np.sin(np.pi * partial * voice["place"])) * partial ** -voice["slope"]
        if frequency > _HIGHEST or strength < 0.005:
            continue
        seconds = ring / (1 + voice["damping"] * (partial - 1))
        lasting = min(length, round(1.5 * _TIMES_OF_RING * seconds * SAMPLE_RATE))
        heard[:lasting] += strength * _ringing(struck_at[:lasting], frequency, seconds)
    time = ticks(length / SAMPLE_RATE)
    ending = np.minimum((length - np.arange(length)) / (0.05 * SAMPLE_RATE), 1.0)
    return peaking(heard * (1 - np.exp(-time / (voice["onset"] / 2))) * ending)


def drum(voice: dict[str, Any], random: np.random.Generator) -> Wave:
    """Return a beat of a drum: a falling tone and a burst of noise. `voice` is an entry of `drum`."""
    time = ticks(_TIMES_OF_RING * voice["ring"]).astype(np.float64)
    pitch = voice["pitch"] * (1 - voice["fall"] + 2 * voice["fall"] * np.exp(-time / 0.03))
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE) * np.exp(-time / voice["ring"])
    above = butter(2, voice["above"], btype="highpass", fs=SAMPLE_RATE, output="sos")
    burst = sosfilt(above, random.standard_normal(len(time))) * np.exp(-time / min(voice["ring"], 0.06))
    onset = np.minimum(time / 0.002, 1.0)
    ending = np.minimum(np.arange(len(time))[::-1] / (0.01 * SAMPLE_RATE), 1.0)
    return peaking((tone + voice["noise"] * burst) * onset * ending)


def _ringing(struck_at: np.ndarray[Any, np.dtype[np.float64]], frequency: float, seconds: float) -> Any:
    """Return a damped sine as what a resonator of two poles answers; far quicker than drawing it."""
    angle = 2 * np.pi * frequency / SAMPLE_RATE
    radius = np.exp(-1 / (seconds * SAMPLE_RATE))
    return lfilter(
        [0.0, radius * np.sin(angle)], [1.0, -2 * radius * np.cos(angle), radius * radius], struck_at
    )
