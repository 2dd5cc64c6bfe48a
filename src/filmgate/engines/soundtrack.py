"""Sound of clips: AAC in stereo at 48 kHz, exactly as long as the picture."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt

from filmgate.engines.probe import open_clip
from filmgate.engines.reasons import refusal

SAMPLE_RATE = 48_000
"""Samples for each second and channel, in every clip."""

Samples = npt.NDArray[np.float32]
"""Shape (2, n): left and right, dtype float32, full scale -1 to 1, at `SAMPLE_RATE`."""

_BITS_PER_SECOND = 160_000
_FRAME_SAMPLES = 1024
_FADE_SAMPLES = SAMPLE_RATE // 50


def samples_in(seconds: Fraction) -> int:
    """Return how many samples of one channel last so long."""
    return round(seconds * SAMPLE_RATE)


class Soundtrack:
    """Encodes samples little by little into an open clip, so that sound and picture interleave.

    The encoder's 1024 priming samples get negative times; the muxer hides them with an edit list, and
    the last packet is cut to the samples it really holds.
    """

    def __init__(self, container: av.container.OutputContainer, samples: Samples) -> None:
        self._container = container
        self._samples = np.ascontiguousarray(samples)
        self._stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        self._stream.codec_context.bit_rate = _BITS_PER_SECOND
        self._next = 0

    def fill(self, until: Fraction) -> None:
        """Encode what is heard before `until`, in seconds from the start of the clip."""
        end = min(samples_in(until), self._samples.shape[1])
        while self._next + _FRAME_SAMPLES <= end:
            self._encode(self._next + _FRAME_SAMPLES)

    def finish(self) -> None:
        """Encode the rest and close the track."""
        total = self._samples.shape[1]
        while self._next < total:
            self._encode(min(self._next + _FRAME_SAMPLES, total))
        self._container.mux(self._stream.encode())

    def _encode(self, end: int) -> None:
        piece = np.ascontiguousarray(self._samples[:, self._next : end])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = self._next
        self._next = end
        self._container.mux(self._stream.encode(frame))


def read_sound(path: Path, *, seconds: Fraction, field: str) -> Samples | None:
    """Return the clip's sound for its first `seconds`, or None when it has none.

    Gaps, and what is missing at the end, are silent.

    Raises:
        InvalidRequest: as `open_clip`, or the sound changes its form on the way.
    """
    with open_clip(path, field=field) as container:
        if not container.streams.audio:
            return None
        samples = np.zeros((2, samples_in(seconds)), dtype=np.float32)
        for start, piece in _pieces(container, field=field):
            if start >= samples.shape[1]:
                # A caller's sound may go on for hours behind a short picture.
                break
            first, last = max(start, 0), min(start + piece.shape[1], samples.shape[1])
            if first < last:
                samples[:, first:last] = piece[:, first - start : last - start]
    return samples


def original_sound(path: Path, *, seconds: Fraction, field: str) -> Samples | None:
    """Return the clip's sound cut to so many seconds, or ended with silence; None when it has none.

    It comes and goes within 20 ms, so that neither a cut nor an end clicks.

    Raises:
        InvalidRequest: as `open_clip`.
    """
    samples = read_sound(path, seconds=seconds, field=field)
    if samples is None:
        return None
    heard = np.flatnonzero(np.any(samples != 0, axis=0))
    n_heard = int(heard[-1]) + 1 if len(heard) else 0
    place = np.arange(n_heard, dtype=np.float32)
    samples[:, :n_heard] *= np.minimum(np.minimum(place, place[::-1]) / _FADE_SAMPLES, 1.0)
    return samples


def _pieces(container: av.container.InputContainer, *, field: str) -> Iterator[tuple[int, Samples]]:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    position: int | None = None
    # The resampler keeps samples back until it is given None.
    for frame in chain(container.decode(audio=0), [None]):
        if position is None:
            position = _start_of(frame)
        try:
            pieces = resampler.resample(frame)
        except ValueError as error:
            raise refusal(field, "its sound changes rate or channels on the way") from error
        for piece in pieces:
            array = cast("Samples", piece.to_ndarray())
            yield position, array
            position += array.shape[1]


def _start_of(frame: av.AudioFrame | None) -> int:
    if frame is None or frame.pts is None or frame.time_base is None:
        return 0
    return round(frame.pts * frame.time_base * SAMPLE_RATE)
