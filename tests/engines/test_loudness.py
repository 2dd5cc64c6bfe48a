"""Loudness as FFmpeg's meter finds it, and a limiter that nothing passes."""

import numpy as np
import pytest

from filmgate.engines.animatic.sounds.loudness import levelled, limited, loudness_of, true_peak
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples
from tests.engines.hearing import measured

CEILING = 10 ** (-1.6 / 20)


def tone(hertz: float, *, decibels: float, seconds: float = 3) -> Samples:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * time)
    return np.stack([wave, wave]).astype(np.float32)


def hum_with_rare_knocks() -> Samples:
    sound = tone(200, decibels=-50, seconds=8)
    for second in (1, 4, 6):
        sound[:, second * SAMPLE_RATE :][:, :2_000] += tone(700, decibels=-3, seconds=1)[:, :2_000]
    return sound


SOUNDS = {
    "a low tone": tone(60, decibels=-10),
    "a high tone on one side": tone(6_000, decibels=-20) * np.array([[1.0], [0.0]], dtype=np.float32),
    "noise": np.random.default_rng(1).normal(0, 0.1, (2, 5 * SAMPLE_RATE)).astype(np.float32),
    "loud, then quiet": np.concatenate([tone(500, decibels=-12), tone(500, decibels=-40)], axis=1),
    "nearly nothing, now and then a knock": hum_with_rare_knocks(),
}


def test_a_tone_at_minus_23_dbfs_has_minus_23_lufs() -> None:
    assert loudness_of(tone(1_000, decibels=-23, seconds=5)) == pytest.approx(-23, abs=0.05)


@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS.keys())
def test_loudness_is_what_another_meter_finds(sound: Samples) -> None:
    assert loudness_of(sound) == pytest.approx(measured(sound)[0], abs=0.1)


def test_silence_has_no_loudness_and_stays_silent() -> None:
    silence = np.zeros((2, SAMPLE_RATE), dtype=np.float32)

    assert loudness_of(silence) == -np.inf
    assert not levelled(silence, loudness=-16).any()


def test_a_sound_shorter_than_a_block_has_a_loudness() -> None:
    assert loudness_of(tone(1_000, decibels=-23, seconds=0.2)) == pytest.approx(-23, abs=0.2)


@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS.keys())
def test_every_sound_is_brought_to_the_loudness_asked_without_clipping(sound: Samples) -> None:
    loudness, peak = measured(levelled(sound, loudness=-16))

    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak < -1.5


def test_a_peak_between_two_samples_is_found_and_held() -> None:
    # At a quarter of the sample rate, half way between samples, the wave is 3 dB higher than on them.
    time = np.arange(SAMPLE_RATE)
    wave = 1.1 * np.hanning(len(time)) * np.sin(np.pi / 2 * time + np.pi / 4)
    sound = np.stack([wave, wave]).astype(np.float32)

    held = limited(sound)

    assert np.abs(sound).max() < 0.8 < true_peak(sound)
    assert true_peak(held) <= CEILING * 1.01


def test_the_limiter_leaves_alone_what_is_below_its_ceiling() -> None:
    sound = tone(440, decibels=-6)

    assert limited(sound) is sound


def test_the_limiter_turns_down_smoothly_around_a_peak_only() -> None:
    sound = tone(440, decibels=-6)
    sound[:, 70_000:70_040] *= 4

    held = limited(sound)

    gain = held / np.where(sound == 0, 1, sound)
    assert true_peak(held) <= CEILING * 1.01
    assert np.array_equal(held[:, :69_000], sound[:, :69_000])
    assert np.abs(np.diff(gain[0, 69_500:70_500])).max() < 0.02
