"""Prompts in other languages than English; they are in `languages.toml`."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.languages import glossary, in_english, languages
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.prompts.words import Wording, lexicon

_HERE = Path(__file__).parent
_PROMPTS: dict[str, dict[str, dict[str, Any]]] = tomllib.loads((_HERE / "languages.toml").read_text())
_OTHERS = {"une femme danse dans une salle vide", "一只猫在弹钢琴"}
_ENGLISH = {
    each for prompts in tomllib.loads((_HERE / "prompts.toml").read_text()).values() for each in prompts
}
# What a glossary must have words for: everything that is seen, and how the camera goes.
_KINDS = ("family", "time_of_day", "weather", "season", "flora", "wind", "pace", "camera")


@pytest.mark.parametrize(
    ("prompt", "says"), [(prompt, says) for prompts in _PROMPTS.values() for prompt, says in prompts.items()]
)
def test_a_prompt_says_what_it_says_in_its_language(prompt: str, says: dict[str, Any]) -> None:
    reading = read(prompt)

    way = vars(reading.way) if reading.way is not None else {}
    said = {"family": reading.family, **vars(reading.mood), **{axis: _sign(by) for axis, by in way.items()}}
    assert {name: said.get(name) for name in says} == says


def test_every_language_has_prompts_of_every_family() -> None:
    assert set(_PROMPTS) == set(languages())
    for prompts in _PROMPTS.values():
        assert {says["family"] for says in prompts.values()} == set(Family)


@pytest.mark.parametrize("prompt", sorted(_ENGLISH - _OTHERS))
def test_english_stays_as_it_is(prompt: str) -> None:
    assert in_english(prompt) == prompt


def test_english_among_other_words_stays_as_it_is() -> None:
    said = in_english("relaxing 海边, 4K, extra wide shot")

    assert said == "relaxing  seaside , 4K, extra wide shot"


@pytest.mark.parametrize("code", languages())
def test_a_glossary_says_what_the_lexicon_knows(code: str) -> None:
    terms = set(glossary(code).english.values()) - {"", "-free", "no", "not", "without"}

    assert not [term for term in terms if not _is_heard(Wording(term))]


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("kind", _KINDS)
def test_a_glossary_has_words_for_all_that_can_be_seen(code: str, kind: str) -> None:
    reached = {name for term in glossary(code).english.values() for name in Wording(term).all_chosen(kind)}

    assert reached == set(lexicon()[kind])


@pytest.mark.parametrize(
    ("prompt", "negative_prompt"),
    [
        ("海边的城市", "城市"),
        ("Eine Stadt am Meer", "Stadt"),
        ("una ciudad junto al mar", "ciudad, edificios"),
    ],
)
def test_a_negative_prompt_removes_what_it_names_in_its_language(prompt: str, negative_prompt: str) -> None:
    assert read(prompt, negative_prompt=negative_prompt).family is Family.OCEAN


def _is_heard(wording: Wording) -> bool:
    kinds = [kind for kind in lexicon() if kind != "idle"]
    return any(
        wording.all_chosen(kind) or any(wording.rules_out(kind, name) for name in lexicon()[kind])
        for kind in kinds
    )


def _sign(by: float) -> int:
    return (by > 0) - (by < 0)
