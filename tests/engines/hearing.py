"""Ears for what the engines sound like; loudness is measured by FFmpeg's own meter, not by ours."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.sounds.sound import heard_at
from filmgate.engines.animatic.sounds.soundscape import Soundscape, soundscape_of
from filmgate.engines.probe import clip_facts
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, read_sound
from tests.engines.filming import a_clip


def only(name: str, *, wind: float = 0.4) -> Soundscape:
    """A place where one layer is heard and nothing else."""
    return Soundscape(levels={name: 0.0}, wind=wind)


def place(prompt: str, *, family: Family | None = None) -> Soundscape:
    """What is heard in the mood and at the place of a prompt."""
    reading = read(prompt)
    return soundscape_of(reading.mood, reading.hearing, family=family or reading.hearing.place)


def heard(soundscape: Soundscape, *, seconds: float = 4, seed: int = 7, start: float = 0) -> Samples:
    """Listen for some seconds."""
    return heard_at(soundscape, seconds=Fraction(seconds), seed=seed, start=Fraction(start))


def measured(samples: Samples) -> tuple[float, float]:
    """Return the integrated loudness in LUFS and the true peak in dBTP."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="fltp", layout="stereo")
    meter, sink = graph.add("ebur128", "peak=true:metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    graph.push(_audio_frame(samples))
    graph.push(None)
    *_, last = _pulled(graph)
    return float(last["lavfi.r128.I"]), float(20 * np.log10(max(float(last["lavfi.r128.true_peak"]), 1e-9)))


def decoded(samples: Samples, folder: Path) -> Samples:
    """Return what a clip of this sound plays."""
    n_frames = round(samples.shape[1] / SAMPLE_RATE * 12)
    clip = a_clip(folder / "heard.mp4", n_frames=n_frames, sound=samples)
    sound = read_sound(clip, seconds=clip_facts(clip, field="clip").duration, field="clip")
    assert sound is not None
    return sound


def share_above(samples: Samples, hertz: float) -> float:
    """Return the share of the power above a frequency."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(samples.shape[1], 1 / SAMPLE_RATE)
    return float(power[:, frequency > hertz].sum() / power.sum())


def levels(samples: Samples, *, seconds: float = 0.5) -> npt.NDArray[np.float32]:
    """Return the deviation of both channels together in each stretch of so many seconds."""
    length = round(seconds * SAMPLE_RATE)
    count = samples.shape[1] // length
    return np.asarray(samples[:, : count * length].reshape(2, count, length).std(axis=(0, 2)), np.float32)


def largest_step(samples: Samples) -> float:
    """Return the largest jump from one sample to the next."""
    return float(np.abs(np.diff(samples)).max())


def _audio_frame(samples: Samples) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
    frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), 0
    return frame


def _pulled(graph: av.filter.Graph) -> Iterator[dict[str, str]]:
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            return
        yield dict(frame.metadata)
