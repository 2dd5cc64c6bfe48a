"""Single sounds that happen now and then: drops, chirps, thunder."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from filmgate.engines.animatic.sounds.tiles import Wave
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples

_PITCHES = 24


@dataclass(frozen=True, kw_only=True)
class Event:
    """A sound that begins at a time, in seconds of the scene.

    `side` goes from 0 (left) to 1 (right).
    """

    time: float
    sound: Samples
    strength: float = 1.0
    side: float = 0.5


Schedule = Callable[[int], Iterable[Event]]
"""From the number of a period of the scene to what begins in it; the same whenever it is asked."""


class Events:
    """A layer of the sounds that a schedule names."""

    def __init__(self, schedule: Schedule, *, longest: float, period: float = 1.0) -> None:
        """Ask the schedule for every `period` seconds; no sound lasts longer than `longest` seconds.

        Events may begin one period late, but not before their own.
        """
        self._schedule, self._period = schedule, period
        self._before = 2 + int(longest / period)

    def piece(self, start: int, length: int) -> Samples:
        """See `Layer`."""
        heard = np.zeros((2, length), dtype=np.float32)
        first = int(start / SAMPLE_RATE / self._period) - self._before
        last = int((start + length) / SAMPLE_RATE / self._period)
        for number in range(max(first, 0), last + 1):
            for event in self._schedule(number):
                _add(event, heard, start)
        return heard


def _add(event: Event, heard: Samples, start: int) -> None:
    begins = round(event.time * SAMPLE_RATE) - start
    first, last = max(begins, 0), min(begins + event.sound.shape[1], heard.shape[1])
    if first >= last:
        return
    for channel, share in enumerate((1 - event.side, event.side)):
        gain = np.float32(event.strength * np.sqrt(2 * share))
        heard[channel, first:last] += gain * event.sound[channel, first - begins : last - begins]


def now_and_then(
    sounds: Sequence[Samples], *, seeds: Sequence[int], per_second: float, evenness: float = 1.5
) -> Events:
    """Return a layer of sounds that come when they like; the lower the `evenness`, the more alike."""

    def schedule(second: int) -> Iterator[Event]:
        random = np.random.default_rng([*seeds, second])
        for _ in range(random.poisson(per_second)):
            yield Event(
                time=second + random.random(),
                sound=sounds[int(random.integers(len(sounds)))],
                strength=float(random.random() ** evenness),
                side=float(random.uniform(0.1, 0.9)),
            )

    return Events(schedule, longest=longest_of(sounds))


def longest_of(sounds: Iterable[Samples]) -> float:
    """Return how long the longest of these lasts, in seconds."""
    return float(max(sound.shape[1] for sound in sounds)) / SAMPLE_RATE


class Hall:
    """A place that answers: sound dies away in it over `seconds`, losing its highs first."""

    def __init__(
        self, random: np.random.Generator, *, seconds: float, wet: float, early: float = 0.012
    ) -> None:
        """Mix `wet` of the answer, which comes `early` seconds late, with 1 of the sound itself."""
        length = round(seconds * SAMPLE_RATE)
        time = ticks(seconds)
        tail = random.standard_normal((2, length), dtype=np.float32)
        tail *= np.exp(-6.9 * time / seconds)
        # What comes later has gone further through the air: crossfade to a duller copy of the tail.
        duller = np.cumsum(tail, axis=1, dtype=np.float64)
        duller[:, 24:] -= duller[:, :-24].copy()
        share = np.minimum(time / (0.4 * seconds), 1.0)
        tail = np.asarray((1 - share) * tail + share * (duller / 24**0.5), dtype=np.float32)
        late = round(early * SAMPLE_RATE)
        answer = np.zeros((2, late + length), dtype=np.float32)
        answer[:, late:] = wet * tail / np.sqrt(np.sum(tail * tail, axis=1, keepdims=True))
        self._answer = answer

    @property
    def seconds(self) -> float:
        """For how long a sound goes on after its end."""
        return self._answer.shape[1] / SAMPLE_RATE

    def around(self, wave: Wave) -> Samples:
        """Return the sound in this place, in stereo, its highest peak at 1."""
        length = len(wave) + self._answer.shape[1]
        size = scipy.fft.next_fast_len(length, real=True)
        spectrum = scipy.fft.rfft(wave, size)
        heard: Samples = scipy.fft.irfft(spectrum * scipy.fft.rfft(self._answer, size), size)[:, :length]
        heard[:, : len(wave)] += wave
        return peaking(heard)


def peaking(sound: npt.NDArray[np.floating]) -> Samples:
    """Return the sound with its highest peak at 1."""
    return np.asarray(sound / max(float(np.abs(sound).max(initial=0.0)), 1e-9), dtype=np.float32)


def ticks(seconds: float) -> Wave:
    """Return the time of each sample of a sound that lasts so long, in seconds."""
    return np.asarray(np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE, dtype=np.float32)


def ring(hertz: float, *, decay: float, rise: float = 0.0, seconds: float | None = None) -> Wave:
    """Return a tone that dies away with the time constant `decay`, in seconds.

    Its pitch grows by the share `rise` within each `decay`, as a bubble's does.
    """
    time = ticks(seconds or 6 * decay)
    turns = hertz * (time + rise * time * time / (2 * decay))
    # A first quarter of a millisecond of rise keeps the onset from clicking.
    onset = np.minimum(time / 0.00025, 1.0)
    return np.asarray(onset * np.exp(-time / decay) * np.sin(2 * np.pi * turns), dtype=np.float32)


def rings(lowest: float, highest: float, *, decay: float, rise: float = 0.0) -> list[Wave]:
    """Return tones of many pitches, evenly spread between two; see `ring`."""
    return [ring(float(pitch), decay=decay, rise=rise) for pitch in np.geomspace(lowest, highest, _PITCHES)]
