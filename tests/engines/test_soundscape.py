"""From words to what is heard."""

import tomllib
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

import filmgate.engines.animatic.sounds.soundscape as soundscape_module
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.hearing import Hearing
from filmgate.engines.animatic.prompts.mood import Mood, Season, TimeOfDay, Weather
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.prompts.words import lexicon
from filmgate.engines.animatic.sounds.layers import LAYERS
from filmgate.engines.animatic.sounds.music import styles
from filmgate.engines.animatic.sounds.soundscape import Music, soundscape_of
from filmgate.engines.animatic.stage import Studio
from tests.engines.hearing import place

TABLES = tomllib.loads(Path(soundscape_module.__file__).with_name("soundscapes.toml").read_text())
PLACES = {**TABLES["family"], "nowhere": TABLES["nowhere"], "open_air": TABLES["open_air"]}
WORDS = {*TimeOfDay, *Weather, *Season}


def levels_of(mood: Mood, family: Family | None) -> Mapping[str, float]:
    """The layers of a place in a mood, of which nothing else is said."""
    return soundscape_of(mood, Hearing(), family=family).levels


def denied(prompt: str, negative_prompt: str) -> set[str]:
    """The layers of a prompt that are heard in spite of a negative prompt."""
    return set(Studio().soundscape(read(prompt, negative_prompt=negative_prompt), is_given=False).levels)


@pytest.mark.parametrize("name", PLACES)
def test_every_line_of_the_table_names_a_layer_and_knows_its_words(name: str) -> None:
    for layer, line in PLACES[name].items():
        conditions = {*line.get("only", ()), *line.get("never", ())}

        assert layer in LAYERS
        assert set(line) - {"level", "wind", "only", "never"} <= WORDS
        assert conditions <= WORDS


def test_every_family_and_every_sound_of_the_lexicon_is_known() -> None:
    assert set(TABLES["family"]) == set(Family)
    assert set(lexicon()["sound"]) <= set(LAYERS)
    assert set(lexicon()["music"]) == set(styles())


@pytest.mark.parametrize("family", [*Family, None])
def test_something_is_heard_in_every_place_at_every_time(family: Family | None) -> None:
    for time, weather, season in product(TimeOfDay, Weather, Season):
        mood = Mood(time_of_day=time, weather=weather, season=season, wind=0.0)

        assert max(levels_of(mood, family).values()) > -16


@pytest.mark.parametrize(
    ("prompt", "audible", "inaudible"),
    [
        ("ocean waves at sunset", {"surf", "wind"}, {"birds", "rain_on_water", "thunder"}),
        ("a thunderstorm at sea", {"surf", "thunder", "rain_on_water"}, {"grit"}),
        ("a rainy street at night", {"city", "wet_tyres", "rain_on_stone"}, {"dry_tyres", "leaves"}),
        ("a dry street by day", {"dry_tyres"}, {"wet_tyres", "rain_on_stone"}),
        ("a forest at dawn in spring", {"birds", "leaves"}, {"crickets"}),
        ("a forest at night in summer", {"crickets", "leaves"}, {"birds"}),
        ("a forest in fog", {"drips"}, {"rain_on_leaves"}),
        ("a meadow at noon", {"grass", "grasshoppers", "birds"}, {"crickets"}),
        ("a meadow in winter", {"grass", "wind"}, {"grasshoppers", "birds", "crickets"}),
        ("a sandstorm in the desert", {"grit", "sand", "wind"}, {"snow_hiss"}),
        ("deep underwater", {"deep", "bubbles"}, {"wind", "surf"}),
        ("a nebula in space", {"drone", "shimmer"}, {"wind"}),
    ],
)
def test_a_place_sounds_like_itself(prompt: str, audible: set[str], inaudible: set[str]) -> None:
    layers = set(place(prompt).levels)

    assert audible <= layers
    assert not inaudible & layers


def test_where_a_given_picture_was_taken_only_its_prompt_can_tell() -> None:
    portrait, street = (
        Studio().soundscape(read(f"a portrait {words}"), is_given=True).levels
        for words in ("in the rain", "in a city street")
    )

    assert {"room", "rain_on_ground"} <= set(portrait)
    assert "city" in street
    assert "room" not in street


def test_what_is_left_unsaid_sounds_as_it_did_before() -> None:
    before = read("a forest, birds singing, with piano music, no crickets")

    same, other = (read(words, before=before).hearing for words in ("night falls", "the sea without music"))

    assert same == before.hearing
    assert (other.place, other.added, other.music) == (Family.OCEAN, (), None)
    assert "crickets" in other.silenced


def test_what_a_prompt_asks_for_by_name_is_added() -> None:
    assert "birds" in place("the sea, birds singing").levels
    assert "stream" in place("a snowfield with a babbling brook").levels


def test_what_a_prompt_denies_is_left_out() -> None:
    assert "birds" in denied("a forest", "")
    assert "birds" not in denied("a forest", "birds")
    assert "birds" not in denied("a forest without birds", "")
    assert "traffic" not in denied("a city street", "traffic noise")


def test_wind_is_louder_the_more_of_it_there_is() -> None:
    calm, usual, wild = (place(f"{word} desert").levels["wind"] for word in ("calm", "", "raging"))

    assert calm < usual < wild


def test_snow_and_fog_dampen_a_city() -> None:
    clear, fog, snow = (place(f"a city street, {sky}") for sky in ("clear sky", "fog", "snow"))

    assert fog.highest < snow.highest < clear.highest
    assert snow.levels["traffic"] < fog.levels["traffic"] < clear.levels["traffic"]


def test_below_half_the_weather_is_heard_only_as_far_as_it_is_seen() -> None:
    neutral, halfway, literal = (
        levels_of(Mood(weather=Weather.RAIN, literal=share), Family.OCEAN).get("rain_on_water")
        for share in (0.0, 0.5, 1.0)
    )

    assert neutral is None
    assert halfway is not None
    assert literal is not None
    assert halfway == pytest.approx(literal - 6, abs=0.1)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a lake with soft piano music", "piano"),
        ("mountains, epic orchestral score", "epic"),
        ("a neon city, synthwave", "electronic"),
        ("rain on a window, lo-fi beats", "lofi"),
        ("a harbour with acoustic guitar", "folk"),
        ("ocean at dawn, with music", "calm"),
        ("ruins, ominous music", "dark"),
        ("a cheerful meadow with upbeat music", "joyful"),
        ("autumn leaves and a lonely cello", "sad"),
    ],
)
def test_music_is_heard_in_the_style_that_is_asked_for(prompt: str, style: str) -> None:
    music = place(prompt).music

    assert music is not None
    assert music.style == style


@pytest.mark.parametrize(
    "prompt",
    [
        "ocean waves",
        "a cinematic shot of a city",
        "birds in the forest",
        "a calm lake",
        "an epic storm",
        "no music",
    ],
)
def test_without_being_asked_there_is_no_music(prompt: str) -> None:
    assert place(prompt).music is None


def test_music_that_is_denied_is_not_heard() -> None:
    for prompt, negative_prompt in (
        ("a lake, piano", "music"),
        ("a lake, piano", "piano"),
        ("sea, no music", ""),
    ):
        assert read(prompt, negative_prompt=negative_prompt).hearing.music is None


def test_music_is_in_minor_where_it_is_dark_and_moves_with_the_pace() -> None:
    day, night, slow = (
        place(f"{words} with piano music").music
        for words in ("a lake", "a lake at night", "slow motion of a lake")
    )

    assert day == Music(style="piano")
    assert night == Music(style="piano", is_bright=False)
    assert slow is not None
    assert slow.pace < 1


def test_music_silences_tones_that_would_clash_with_it() -> None:
    assert "drone" in place("a nebula in space").levels
    assert "drone" not in place("a nebula in space with ambient music").levels
