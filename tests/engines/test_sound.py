"""Ambience as numbers: how long, how loud, and where in the spectrum."""

from fractions import Fraction

import numpy as np
import pytest

from filmgate.engines.animatic.sound import CROSSFADE_SECONDS, SoundLevels, ambience, continued
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, samples_in

PEAK = 10 ** (-1 / 20)
STORM = SoundLevels(sea=1, wind=1, rain=1)


def share_above(samples: Samples, hertz: float) -> float:
    """Return the share of the power above a frequency."""
    power = np.abs(np.fft.rfft(samples[0])) ** 2
    frequency = np.fft.rfftfreq(samples.shape[1], 1 / SAMPLE_RATE)
    return float(power[frequency > hertz].sum() / power.sum())


@pytest.mark.parametrize("seconds", [Fraction(1), Fraction(5), Fraction(61, 24)])
@pytest.mark.parametrize("levels", [SoundLevels(sea=0.3, wind=0.1), SoundLevels(rain=0.6), STORM])
def test_it_is_exactly_as_long_as_asked_and_never_clips(levels: SoundLevels, seconds: Fraction) -> None:
    heard = ambience(levels, seconds=seconds, seed=1)

    assert heard.shape == (2, round(seconds * SAMPLE_RATE))
    assert 0.1 < np.abs(heard).max() <= PEAK


def test_it_fades_in_and_out_within_twenty_milliseconds() -> None:
    heard = ambience(STORM, seconds=Fraction(2), seed=1)

    assert np.all(heard[:, [0, -1]] == 0)
    assert np.abs(heard[:, :48]).max() < 0.1 * np.abs(heard).max()
    assert heard[:, 960:4000].std() > 0.2 * heard.std()


def test_the_same_seed_sounds_the_same_and_another_does_not() -> None:
    one, same, other = (ambience(STORM, seconds=Fraction(1), seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert abs(np.corrcoef(one[0], other[0])[0, 1]) < 0.2


def test_both_channels_differ_but_belong_together() -> None:
    left, right = ambience(SoundLevels(sea=0.7), seconds=Fraction(4), seed=3)

    assert 0.2 < np.corrcoef(left, right)[0, 1] < 0.8


def test_a_storm_is_louder_than_a_calm() -> None:
    calm, storm = (
        ambience(SoundLevels(sea=level, wind=level), seconds=Fraction(4), seed=3) for level in (0.15, 1)
    )

    assert storm.std() > 1.7 * calm.std()


def test_rain_is_bright_and_wind_is_dark() -> None:
    rain, wind = (
        ambience(levels, seconds=Fraction(4), seed=3) for levels in (SoundLevels(rain=1), SoundLevels(wind=1))
    )

    assert share_above(rain, 1_500) > 0.5
    assert share_above(wind, 1_500) < 0.05


def test_waves_come_and_go() -> None:
    sea = ambience(SoundLevels(sea=1), seconds=Fraction(15), seed=3)

    loudness = sea[0].reshape(-1, SAMPLE_RATE // 2).std(axis=1)

    assert loudness.max() > 2 * loudness.min()


def test_silence_is_silent() -> None:
    assert not ambience(SoundLevels(), seconds=Fraction(1), seed=1).any()


def test_a_continuation_takes_over_as_loud_as_it_was_and_without_a_hole() -> None:
    before = ambience(SoundLevels(sea=0.2), seconds=Fraction(3), seed=1)
    after = ambience(STORM, seconds=3 + CROSSFADE_SECONDS, seed=2)

    whole = continued(before, after)

    joint = whole[:, samples_in(Fraction(5, 2)) : samples_in(Fraction(7, 2))].reshape(2, 10, -1)
    assert whole.shape == (2, 6 * SAMPLE_RATE)
    assert np.array_equal(whole[:, :130_000], before[:, :130_000])
    assert joint.std(axis=2).min() > 0.3 * before.std()
    assert whole[:, 4 * SAMPLE_RATE :].std() < 2 * before.std()
    assert np.abs(whole).max() <= PEAK


def test_after_silence_a_continuation_is_as_loud_as_it_is() -> None:
    silence = np.zeros((2, SAMPLE_RATE), dtype=np.float32)
    after = ambience(STORM, seconds=1 + CROSSFADE_SECONDS, seed=2)

    assert np.array_equal(
        continued(silence, after)[:, SAMPLE_RATE:], after[:, samples_in(CROSSFADE_SECONDS) :]
    )
