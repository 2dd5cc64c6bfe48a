"""What is heard, as numbers: how long, how loud, where in the spectrum, and how it goes on."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from filmgate.engines.animatic.lightning import Lightning
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.mood import Weather
from filmgate.engines.animatic.sounds.layers import LAYERS
from filmgate.engines.animatic.sounds.loudness import loudness_of
from filmgate.engines.animatic.sounds.music import styles
from filmgate.engines.animatic.sounds.sound import LEAD_IN, continued, heard_along
from filmgate.engines.animatic.sounds.soundscape import Music, Soundscape
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, samples_in
from tests.engines.hearing import (
    decoded,
    heard,
    largest_step,
    levels,
    measured,
    only,
    place,
    share_above,
)

SURF = only("surf")
EVERY_FAMILY_AND_WEATHER = [
    (family, list(Weather)[number % len(Weather)]) for number, family in enumerate(Family)
]


def beginning_and_end(soundscape: Soundscape, *, seconds: int = 4, seed: int = 7) -> tuple[Samples, Samples]:
    """A clip of so many seconds, and two seconds that go on from there."""
    start = seconds - LEAD_IN
    return heard(soundscape, seconds=seconds, seed=seed), heard(
        soundscape, seconds=float(LEAD_IN + 2), seed=seed, start=float(start)
    )


@pytest.mark.parametrize("seconds", [Fraction(1), Fraction(5), Fraction(61, 24)])
def test_it_is_exactly_as_long_as_asked(seconds: Fraction) -> None:
    assert heard(SURF, seconds=float(seconds)).shape == (2, samples_in(seconds))


@pytest.mark.parametrize(("family", "weather"), EVERY_FAMILY_AND_WEATHER)
def test_every_place_in_every_weather_plays_at_minus_16_lufs(
    family: Family, weather: Weather, tmp_path: Path
) -> None:
    sound = heard(place(weather, family=family))

    played = decoded(sound, tmp_path)

    loudness, peak = measured(played)
    assert played.shape == sound.shape
    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak < -1


@pytest.mark.parametrize("style", styles())
def test_every_style_of_music_plays_at_minus_16_lufs_over_a_place(style: str, tmp_path: Path) -> None:
    lake = Soundscape(levels={"lapping": -8.0}, music=Music(style=style))

    loudness, peak = measured(decoded(heard(lake), tmp_path))

    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak < -1


def test_it_fades_in_and_out_within_twenty_milliseconds() -> None:
    sound = heard(only("wind"), seconds=2)

    assert np.all(sound[:, [0, -1]] == 0)
    assert np.abs(sound[:, :48]).max() < 0.1 * np.abs(sound).max()
    assert sound[:, 960:4000].std() > 0.2 * sound.std()


def test_the_same_seed_sounds_the_same_and_another_does_not() -> None:
    forest = place("a forest at dawn in the rain with piano music")

    one, same, other = (heard(forest, seconds=1, seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert abs(np.corrcoef(one[0], other[0])[0, 1]) < 0.2


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_heard_in_stereo_and_may_start_anywhere(name: str) -> None:
    layer = only(name, wind=0.8)

    early, late = heard(layer, seconds=9, seed=3), heard(layer, seconds=4, seed=3, start=5)

    left, right = early
    same = np.corrcoef(early[0, 6 * SAMPLE_RATE : -1_000], late[0, SAMPLE_RATE:-1_000])[0, 1]
    assert early.std() > 0.01
    assert -0.1 < np.corrcoef(left, right)[0, 1] < 0.98
    assert same > 0.97


def test_rain_is_bright_and_fog_swallows_the_highs() -> None:
    rain, day, fog = (share_above(heard(place(f"a meadow, {sky}")), 4_000) for sky in ("rain", "day", "fog"))

    assert rain > 1.5 * day > 3 * fog


def test_water_and_space_are_dark_and_leaves_are_bright() -> None:
    below, beyond, between = (
        share_above(heard(place(prompt)), 1_500) for prompt in ("underwater", "space", "a forest")
    )

    assert max(below, beyond) < 0.03
    assert between > 0.15


def test_waves_come_and_go() -> None:
    loudness = levels(heard(SURF, seconds=20))

    assert loudness.max() > 2.5 * loudness.min()


def test_cars_pass_from_one_side_to_the_other() -> None:
    sound = heard(only("wet_tyres"), seconds=20)

    left, right = (sound[channel].reshape(80, -1).std(axis=1) for channel in (0, 1))
    sides = np.log(left / right)
    assert sides.min() < -0.7
    assert sides.max() > 0.7


def test_thunder_follows_the_lightning_that_is_seen() -> None:
    storm = only("thunder")
    strikes = [struck for second in range(30) if (struck := Lightning(7).strike_in(second)) is not None]

    sound = heard(storm, seconds=strikes[0] + 4.5, seed=7)

    struck = round(strikes[0] * SAMPLE_RATE)
    assert not sound[:, :struck].any()
    assert sound[:, struck:].std() > 0.01


def test_a_bird_sings_notes_and_wind_does_not() -> None:
    birds, wind = (heard(only(name), seconds=8) for name in ("birds", "wind"))

    assert share_above(birds, 1_800) - share_above(birds, 7_500) > 0.9
    assert share_above(wind, 1_800) < 0.05


@pytest.mark.parametrize("style", styles())
def test_music_has_notes_of_one_key(style: str) -> None:
    sound = heard(Soundscape(music=Music(style=style)), seconds=7)

    spectrum = np.abs(np.fft.rfft(sound.sum(axis=0) * np.hanning(sound.shape[1])))
    frequency = np.fft.rfftfreq(sound.shape[1], 1 / SAMPLE_RATE)
    inside = (frequency > 90) & (frequency < 1_000)
    notes = 12 * np.log2(frequency[inside] / 440)
    power = spectrum[inside] ** 2
    off_key = np.abs(notes - np.round(notes)) > 0.25
    chroma = np.bincount(np.round(notes).astype(int) % 12, power, minlength=12)
    assert power[off_key].sum() < 0.2 * power.sum()
    assert np.sort(chroma)[:4].sum() < 0.08 * chroma.sum()


def test_music_is_below_the_place_it_is_heard_in() -> None:
    sea = place("the sea at dusk")
    with_music = place("the sea at dusk with piano music")

    one, other = heard(sea, seconds=6), heard(with_music, seconds=6)

    assert np.corrcoef(one[0], other[0])[0, 1] > 0.7
    assert not np.allclose(one, other, atol=0.01)


def test_silence_is_silent() -> None:
    assert not heard(Soundscape(), seconds=1).any()


def test_the_same_place_goes_on_as_if_it_had_never_stopped() -> None:
    forest = place("a forest at dawn with guitar")
    before, after = beginning_and_end(forest)
    whole = heard(forest, seconds=6)

    joined = continued(before, after)

    joint = slice(3 * SAMPLE_RATE, 5 * SAMPLE_RATE)
    assert joined.shape == whole.shape
    assert np.corrcoef(joined[0, joint], whole[0, joint])[0, 1] > 0.99
    assert largest_step(joined[:, joint]) < 1.3 * largest_step(whole)


def test_another_place_takes_over_as_loud_as_it_was_without_a_click_or_a_hole() -> None:
    before, after = 0.2 * heard(SURF, seconds=5), beginning_and_end(only("wind"), seconds=5)[1]

    joined = continued(before, after)

    joint = levels(joined[:, 4 * SAMPLE_RATE : 6 * SAMPLE_RATE], seconds=0.1)
    assert joined.shape == (2, 7 * SAMPLE_RATE)
    assert np.array_equal(joined[:, :225_000], before[:, :225_000])
    assert 0.4 * joint.mean() < joint.min() < joint.max() < 2 * joint.mean()
    assert largest_step(joined) < 1.3 * largest_step(before)


@pytest.mark.parametrize(("prompt", "other"), [("the sea", "a forest in a storm"), ("fog", "birds, piano")])
def test_a_continued_clip_is_as_loud_as_its_source(prompt: str, other: str) -> None:
    before = heard(place(prompt), seconds=5)
    after = heard(place(other), seconds=7, start=3)

    joined = continued(before, after)

    loudness, peak = measured(joined)
    assert loudness == pytest.approx(-16, abs=0.7)
    assert peak < -1


def test_shots_in_two_places_are_heard_one_after_the_other_without_a_click() -> None:
    sea, street = place("the sea"), place("a city street in the rain")

    sound = heard_along([(sea, Fraction(2)), (sea, Fraction(1)), (street, Fraction(2))], seed=7)

    cut = slice(round(2.6 * SAMPLE_RATE), round(3.1 * SAMPLE_RATE))
    assert sound.shape == (2, 5 * SAMPLE_RATE)
    assert measured(sound)[0] == pytest.approx(-16, abs=0.7)
    assert share_above(sound[:, : cut.start], 3_000) < 0.3 * share_above(sound[:, cut.stop :], 3_000)
    assert levels(sound[:, cut], seconds=0.05).min() > 0.4 * sound.std()
    assert largest_step(sound[:, cut]) < 1.3 * largest_step(sound[:, cut.stop :])


def test_after_silence_a_continuation_is_as_loud_as_it_is() -> None:
    silence = np.zeros((2, 3 * SAMPLE_RATE), dtype=np.float32)
    after = beginning_and_end(SURF)[1]

    joined = continued(silence, after)

    assert np.array_equal(joined[:, 3 * SAMPLE_RATE :], after[:, samples_in(LEAD_IN) :])


def test_a_clip_shorter_than_the_lead_in_is_continued_from_its_start() -> None:
    before, after = heard(SURF, seconds=1), heard(SURF, seconds=3)

    joined = continued(before, after)

    assert joined.shape == after.shape
    assert loudness_of(joined) == pytest.approx(-16, abs=1)
