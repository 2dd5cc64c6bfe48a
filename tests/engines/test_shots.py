"""Where a clip is cut, and how long its shots are."""

from dataclasses import replace

import pytest

from filmgate.domain.requests import ShotType
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.mood import TimeOfDay, Weather
from filmgate.engines.animatic.prompts.shots import PlannedShot, planned_shots
from tests.engines.jobs import a_request


def shots_of(prompt: str, *, duration: int) -> list[PlannedShot]:
    """Return the shots that `intelligence` cuts a prompt into."""
    request = replace(a_request(prompt), duration=duration, multi_shot=True, shot_type=ShotType.INTELLIGENCE)
    return planned_shots(request)


@pytest.mark.parametrize(
    ("prompt", "duration", "seconds"),
    [
        ("dunes. a forest. the sea.", 3, [1, 1, 1]),
        ("dunes, then a forest", 5, [2, 3]),
        ("dunes. a forest. the sea. snow. a street.", 3, [1, 1, 1]),
        (". ".join(["dunes"] * 9), 15, [2, 3, 2, 3, 2, 3]),
        ("dunes at dawn", 3, [3]),
        ("dunes at dawn", 8, [2, 3, 3]),
    ],
)
def test_every_sentence_is_a_shot_as_long_as_there_are_seconds(
    prompt: str, duration: int, seconds: list[int]
) -> None:
    assert [shot.seconds for shot in shots_of(prompt, duration=duration)] == seconds


def test_what_a_prompt_tells_beyond_its_seconds_shares_the_last_shot() -> None:
    families = [shot.reading.family for shot in shots_of("dunes. a forest. the sea. snow.", duration=3)]

    assert len(families) == 3
    assert len(set(families)) == 3


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [
        (
            "A sunny beach. Then a storm over the sea at night.",
            [(TimeOfDay.DAY, Weather.CLEAR), (TimeOfDay.NIGHT, Weather.STORM)],
        ),
        (
            "A beach. Then a storm over the sea at night.",
            [(TimeOfDay.DAY, Weather.CLOUDY), (TimeOfDay.NIGHT, Weather.STORM)],
        ),
        (
            "白天的沙滩。然后夜晚的海上暴风雨。",
            [(TimeOfDay.DAY, Weather.CLOUDY), (TimeOfDay.NIGHT, Weather.STORM)],
        ),
        (
            "Ein Strand am Tag, dann ein Sturm auf dem Meer bei Nacht",
            [(TimeOfDay.DAY, Weather.CLOUDY), (TimeOfDay.NIGHT, Weather.STORM)],
        ),
        (
            "Rain in the city at night. A forest. Fog comes up, then the sun rises.",
            [
                (TimeOfDay.NIGHT, Weather.RAIN),
                (TimeOfDay.NIGHT, Weather.RAIN),
                (TimeOfDay.NIGHT, Weather.FOG),
                (TimeOfDay.DAWN, Weather.FOG),
            ],
        ),
        ("A woman on a beach. She smiles. Golden hour, cinematic.", [(TimeOfDay.GOLDEN, Weather.CLOUDY)] * 3),
        (
            "A beach. A street at dusk. A forest in the morning.",
            [
                (TimeOfDay.DAY, Weather.CLOUDY),
                (TimeOfDay.DUSK, Weather.CLOUDY),
                (TimeOfDay.DAWN, Weather.CLOUDY),
            ],
        ),
        (
            "A beach by day. Neon signs in an alley.",
            [(TimeOfDay.DAY, Weather.CLOUDY), (TimeOfDay.NIGHT, Weather.CLOUDY)],
        ),
    ],
)
def test_every_sentence_has_its_own_time_and_weather(
    prompt: str, moods: list[tuple[TimeOfDay, Weather]]
) -> None:
    read_moods = [shot.reading.mood for shot in shots_of(prompt, duration=10)]

    assert [(mood.time_of_day, mood.weather) for mood in read_moods] == moods


def test_a_sentence_that_names_no_place_is_filmed_where_the_one_before_was() -> None:
    shots = shots_of("A knight smiles. He rides through a forest. His horse drinks.", duration=6)

    assert [shot.reading.family for shot in shots] == [Family.FOREST] * 3


def test_what_cuts_an_italian_prompt_cuts_no_english_one() -> None:
    assert len(shots_of("Una spiaggia di giorno, poi una tempesta sul mare", duration=3)) == 2
    assert len(shots_of("The poi dancers on a beach at night", duration=3)) == 1
