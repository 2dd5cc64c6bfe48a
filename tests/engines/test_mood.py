"""What prompts mean: words and their neighbours, what is ruled out, and how literally they are taken."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmgate.engines.animatic.light import light_of
from filmgate.engines.animatic.prompts.mood import Mood, Season, TimeOfDay, Weather
from filmgate.engines.animatic.prompts.reading import read


@pytest.mark.parametrize(
    ("prompt", "time", "weather"),
    [
        ("a cinematic sunset over the ocean", TimeOfDay.SUNSET, Weather.CLOUDY),
        ("Sunrise, thick mist, nobody about", TimeOfDay.DAWN, Weather.FOG),
        ("thunderstorms at midnight", TimeOfDay.NIGHT, Weather.STORM),
        ("a cat on a sofa", TimeOfDay.DAY, Weather.CLOUDY),
        ("late afternoon light on still water under a cloudless sky", TimeOfDay.GOLDEN, Weather.CLEAR),
        ("the blue hour, snowflakes falling", TimeOfDay.DUSK, Weather.SNOW),
        ("it drizzled all day", TimeOfDay.DAY, Weather.RAIN),
        ("above the clouds at night, in the rain", TimeOfDay.NIGHT, Weather.RAIN),
        ("storm clouds over the sea", TimeOfDay.DAY, Weather.STORM),
        ("clouds over snowy peaks", TimeOfDay.DAY, Weather.CLOUDY),
    ],
)
def test_prompts_are_read(prompt: str, time: TimeOfDay, weather: Weather) -> None:
    mood = mood_of(prompt)

    assert (mood.time_of_day, mood.weather) == (time, weather)


def _said() -> Iterator[tuple[str, str, str]]:
    """Yield the prompts of `moods.toml`, each with a part of its mood and what that is."""
    for part, meanings in tomllib.loads((Path(__file__).parent / "moods.toml").read_text()).items():
        for meaning, prompts in meanings.items():
            for prompt in prompts:
                yield part, meaning, prompt


@pytest.mark.parametrize(("part", "meaning", "prompt"), list(_said()))
def test_everything_that_a_prompt_says_is_heard(part: str, meaning: str, prompt: str) -> None:
    assert str(getattr(mood_of(prompt), part)).lower() == meaning


@pytest.mark.parametrize(
    ("before", "prompt", "part", "meaning"),
    [
        ("snow falls on a street", "the snow stops", "weather", Weather.CLOUDY),
        ("snow falls on a street", "the snow stops", "season", Season.WINTER),
        ("a rainy street at night", "the rain stops", "weather", Weather.CLOUDY),
        ("a rainy street at night", "the rain stops", "time_of_day", TimeOfDay.NIGHT),
        ("a rainy street", "the sun comes out", "weather", Weather.CLEAR),
        ("a rainy street", "the sun comes out", "is_wet", True),
        ("a storm at sea", "the sky clears", "weather", Weather.CLEAR),
        ("a storm at sea", "cloudless", "weather", Weather.CLEAR),
        ("a foggy forest", "the fog lifts", "weather", Weather.CLOUDY),
        ("a meadow under clouds", "the clouds disappear", "weather", Weather.CLEAR),
        ("a sunny beach", "night falls", "time_of_day", TimeOfDay.NIGHT),
        ("a sunny beach", "the sun sets", "time_of_day", TimeOfDay.SUNSET),
        ("a beach at night", "the sun rises", "time_of_day", TimeOfDay.DAWN),
        ("a beach at night", "a sunny day", "time_of_day", TimeOfDay.DAY),
        ("a street by day", "the neon sign of a bar", "time_of_day", TimeOfDay.DAY),
        ("a windy sea", "the wind drops", "wind", 0.08),
        ("a windy sea", "no wind", "wind", 0.08),
    ],
)
def test_what_begins_or_ends_changes_what_was_before(
    before: str, prompt: str, part: str, meaning: object
) -> None:
    assert getattr(read(prompt, before=read(before)).mood, part) == meaning


def _lexicon() -> Iterator[tuple[str, str, str]]:
    """Yield every word of the lexicon with its kind and what it stands under."""
    text = files("filmgate.engines.animatic.prompts").joinpath("lexicon.toml").read_text()
    kinds = tomllib.loads(text)
    del kinds["idle"]
    for kind, entries in kinds.items():
        for name, entry in entries.items():
            for word in entry["words"] if isinstance(entry, dict) else entry:
                yield kind, name, word


@pytest.mark.parametrize(("kind", "name", "word"), sorted(_lexicon()))
def test_every_word_of_the_lexicon_means_what_it_stands_under(kind: str, name: str, word: str) -> None:
    reading = read(f"The {word.upper()}!")
    mood = reading.mood

    understood = {
        "time_of_day": mood.time_of_day == name,
        "time_of_day_hint": mood.time_of_day == name,
        "weather": mood.weather == name,
        "weather_hint": mood.weather == name,
        "wind": mood.wind != Mood().wind,
        "pace": mood.pace != 1.0,
        "tint": mood.tint != (1.0, 1.0, 1.0),
        "season": mood.season == name,
        "ground": mood.is_wet == (name == "wet"),
        "flora": mood.flora == name,
        "family": reading.family == name,
        "family_hint": reading.family == name,
        "backdrop": reading.family == name,
        "camera": reading.way is not None,
        "sound": name in reading.hearing.added,
        "music": reading.hearing.music == name,
        "music_at_all": reading.hearing.music is not None,
    }
    assert understood[kind]


@pytest.mark.parametrize(
    ("one", "other"),
    [("stormy", "tempests"), ("foggy", "misty"), ("sundown", "sunset"), ("moonlit", "starry night")],
)
def test_near_synonyms_agree(one: str, other: str) -> None:
    assert (mood_of(one).time_of_day, mood_of(one).weather) == (
        mood_of(other).time_of_day,
        mood_of(other).weather,
    )


def test_a_longer_phrase_outweighs_a_shorter_one() -> None:
    assert mood_of("golden hour in the morning").time_of_day is TimeOfDay.GOLDEN


def test_a_negative_prompt_removes_what_it_names() -> None:
    prompt = "rain and fog at sunset"

    assert mood_of(prompt, negative_prompt="rainy").weather is Weather.FOG
    assert mood_of(prompt, negative_prompt="rain, mist").weather is Weather.CLOUDY
    assert mood_of("the sea", negative_prompt="clouds").weather is Weather.CLEAR


@pytest.mark.parametrize(
    ("prompt", "negative_prompt", "time", "weather"),
    [
        ("night sea under the moon", "star", TimeOfDay.NIGHT, Weather.CLOUDY),
        ("overcast sea", "dull colours", TimeOfDay.DAY, Weather.OVERCAST),
        ("a sky without clouds", "", TimeOfDay.DAY, Weather.CLEAR),
        ("not stormy at all, dawn", "", TimeOfDay.DAWN, Weather.CLOUDY),
        ("even the gulls rest", "", TimeOfDay.DAY, Weather.CLOUDY),
    ],
)
def test_only_what_is_meant_is_ruled_out(
    prompt: str, negative_prompt: str, time: TimeOfDay, weather: Weather
) -> None:
    mood = mood_of(prompt, negative_prompt=negative_prompt)

    assert (mood.time_of_day, mood.weather) == (time, weather)


def test_a_clear_day_does_not_end_the_wind() -> None:
    assert mood_of("a windy clear day").wind == mood_of("a windy day").wind > Mood().wind


def test_one_wave_is_as_windy_as_many() -> None:
    assert mood_of("a wave").wind == mood_of("big waves").wind > Mood().wind


def test_cfg_scale_goes_from_neutral_to_literal() -> None:
    neutral, daylight = light_of(mood_of("sunset", cfg_scale=0)), light_of(mood_of("day"))
    halfway, literal = light_of(mood_of("sunset", cfg_scale=0.25)), light_of(mood_of("sunset", cfg_scale=0.5))

    assert neutral == daylight
    assert literal.elevation < halfway.elevation < neutral.elevation


def test_cfg_scale_above_the_middle_exaggerates() -> None:
    literal, exaggerated = light_of(mood_of("sunset")), light_of(mood_of("sunset", cfg_scale=1))

    assert exaggerated.horizon[0] - exaggerated.horizon[2] > literal.horizon[0] - literal.horizon[2]


@given(prompt=st.text(), negative_prompt=st.text(), cfg_scale=st.floats(0, 1))
def test_every_text_has_a_mood_and_a_light(prompt: str, negative_prompt: str, cfg_scale: float) -> None:
    light = light_of(mood_of(prompt, negative_prompt=negative_prompt, cfg_scale=cfg_scale))

    assert all(part >= 0 for part in (*light.zenith, *light.horizon, *light.veil, light.exposure))


def mood_of(prompt: str, *, negative_prompt: str = "", cfg_scale: float = 0.5) -> Mood:
    """Return the mood of a prompt's reading."""
    return read(prompt, negative_prompt=negative_prompt, cfg_scale=cfg_scale).mood
