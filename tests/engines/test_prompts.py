"""Where people's prompts are filmed; the prompts are in `prompts.toml`."""

import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose

_PROMPTS = tomllib.loads((Path(__file__).parent / "prompts.toml").read_text())


def test_there_are_a_few_hundred_prompts_and_some_for_every_family() -> None:
    assert sum(len(prompts) for prompts in _PROMPTS.values()) > 250
    assert all(len(_PROMPTS[family]) >= 20 for family in Family)


@pytest.mark.parametrize(
    ("family", "prompt"), [(family, prompt) for family, prompts in _PROMPTS.items() for prompt in prompts]
)
def test_a_prompt_is_filmed_where_it_says(family: str, prompt: str) -> None:
    assert read(prompt).family == family


@pytest.mark.parametrize(
    "synonyms",
    [
        ("a calm ocean", "the quiet sea", "still waves"),
        ("a foggy forest", "misty woods", "hazy woodland"),
        ("desert dunes", "the Sahara", "sand dunes"),
        ("northern lights", "aurora borealis", "polar lights"),
        ("outer space", "the cosmos", "galaxies"),
        ("under water", "below the surface", "coral reefs"),
        ("a rainy city", "rain in the streets", "a town in the rain"),
        ("a meadow", "grassland", "fields of flowers"),
    ],
    ids=lambda synonyms: synonyms[0],
)
def test_near_synonyms_are_filmed_in_the_same_place_and_mood(synonyms: tuple[str, ...]) -> None:
    readings = [read(prompt) for prompt in synonyms]

    for one, other in combinations(readings, 2):
        assert one.family == other.family
        assert one.mood.weather == other.mood.weather


def test_a_negative_prompt_removes_the_place_it_names() -> None:
    prompt = "a city by the sea"

    assert read(prompt, negative_prompt="city, buildings").family is Family.OCEAN
    assert read(prompt, negative_prompt="sea").family is Family.STREET


@pytest.mark.parametrize(
    ("prompt", "way"),
    [
        ("the camera slowly pans to the left", {"yaw": -1}),
        ("Zoom out to reveal the valley", {"focal": -1}),
        ("zooming in on the peak", {"focal": 1}),
        ("aerial drone shot over the coast", {"up": 1, "forward": 1, "pitch": -1}),
        ("dolly in while the camera tilts up, looking up", {"forward": 1, "pitch": 1}),
        ("a tracking shot along the street", {"right": 1}),
        ("static shot of the sea", {}),
        ("the camera orbits around a castle", {"right": 1, "yaw": -1}),
        ("the camera slowly rises above the forest", {"up": 1}),
        ("the camera flies through a canyon", {"forward": 1}),
        ("camera glides over the lake", {"forward": 1}),
        ("The camera gently pushes in on a face", {"forward": 1}),
        ("zoom into the valley", {"focal": 1}),
        ("the camera rotates", {"roll": 1}),
        ("the camera pans across the hills", {"yaw": 1}),
    ],
)
def test_camera_words_move_the_camera(prompt: str, way: dict[str, int]) -> None:
    read_way = read(prompt).way

    assert read_way is not None
    moved = {axis: getattr(read_way, axis) for axis in ("right", "up", "forward", "yaw", "pitch", "roll")}
    moved["focal"] = read_way.focal - 1
    assert {axis: 1 if value > 0 else -1 for axis, value in moved.items() if value} == way


def test_a_prompt_without_camera_words_leaves_the_camera_to_itself() -> None:
    assert read("a calm sea").way is None
    assert read("fog rolling in over the rolling hills, light from above, seen from orbit").way is None
    assert read("no zoom, static shot").way == Pose()


def test_what_a_continuing_prompt_leaves_unsaid_stays() -> None:
    before = read("a stormy night in the mountains")

    after = read("thick fog comes up", before=before)

    assert (after.family, after.mood.time_of_day) == (before.family, before.mood.time_of_day)
    assert after.mood.weather == "fog"
    assert read("", before=before) == before
