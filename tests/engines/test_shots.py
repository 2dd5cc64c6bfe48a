"""Where a clip is cut, and how long its shots are."""

from dataclasses import replace

import pytest

from filmgate.domain.requests import ShotType
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
