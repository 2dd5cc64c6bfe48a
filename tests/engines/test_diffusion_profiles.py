"""Profiles: what is in them, and what their recipes come to."""

from dataclasses import replace
from pathlib import Path

import pytest

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.requests import CameraMove, CameraType
from filmgate.engines.diffusion.adapters import Adapter, worn_for
from filmgate.engines.diffusion.camera import Move
from filmgate.engines.diffusion.profile import Profile, known_profiles, load_profile
from filmgate.engines.diffusion.words import camera_words, spoken_negative, spoken_prompt
from filmgate.testing.jobs import a_request

_GUIDED = [name for name in known_profiles() if load_profile(name).recipe.guidance_range]


@pytest.mark.parametrize("name", known_profiles())
def test_every_profile_survives_the_way_to_the_child(name: str) -> None:
    profile = load_profile(name)

    assert Profile.model_validate(profile.model_dump(mode="json")) == profile


@pytest.mark.parametrize(
    "name", [name for name in known_profiles() if load_profile(name).recipe.guidance_range]
)
def test_the_weight_of_the_prompt_rises_from_end_to_end_through_the_recipe(name: str) -> None:
    recipe = load_profile(name).recipe
    assert recipe.guidance_range is not None

    weights = [recipe.guidance_for(cfg_scale) for cfg_scale in (0, 0.25, 0.5, 0.75, 1)]

    assert weights == sorted(set(weights))
    assert (weights[0], weights[2], weights[4]) == (
        recipe.guidance_range[0],
        recipe.guidance,
        recipe.guidance_range[1],
    )
    assert recipe.guidance_for(None) == recipe.guidance


def test_weights_with_limits_say_so() -> None:
    limited = {name for name in known_profiles() if "limits neither" not in load_profile(name).licence.limits}

    assert limited == {
        "hunyuan-video-1.5",
        "hunyuan-video-1.5-i2v",
        "ltx-2-19b",
        "ltx-2.3-distilled",
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("window = 81", "window = 80", "window = 80 is not on the grid"),
        ("steps = 50", "steps = 0", "recipe.steps"),
        ('camera = "words"', 'camra = "words"', "gives.camra"),
        ("interpolate = 2.0", "windows = 2", "native.context must be given"),
        ("[native]", "[native", "Expected"),
        ("[caches.mag]", "[caches.pab]\n[caches.mag]", "need a model that makes a step in one"),
        ("[caches.taylorseer]\nevery = 5", "[caches.taylorseer]\nevery = 1", "caches.taylorseer.every"),
    ],
)
def test_a_mistake_in_a_profile_of_ones_own_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = (Path(load_profile.__code__.co_filename).parent / "profiles/wan2.1-t2v-1.3b.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace(old, new))

    with pytest.raises(InvalidSettings, match=fault):
        load_profile(str(own))


def test_every_mistake_in_a_profile_is_told_with_its_line(tmp_path: Path) -> None:
    text = (Path(load_profile.__code__.co_filename).parent / "profiles/wan2.1-t2v-1.3b.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace("steps = 50", "steps = 0").replace("interpolate = 2.0", "interpolate = 0.5"))

    with pytest.raises(InvalidSettings) as refusal:
        load_profile(str(own))

    lines = own.read_text().splitlines()
    steps, interpolate = lines.index("steps = 0") + 1, lines.index("interpolate = 0.5") + 1
    told = str(refusal.value)
    assert told.startswith(f"own.toml, line {steps}: recipe.steps: ")
    assert f"; line {interpolate}: delivery.interpolate: " in told


def test_an_unknown_profile_is_told_with_the_known_ones() -> None:
    with pytest.raises(InvalidSettings, match=r"no profile wan9.*wan2.2-ti2v-5b"):
        load_profile("wan9")


def test_the_camera_is_told_in_words_at_the_end_of_the_prompt() -> None:
    request = a_request("A <<<element_1>>> runs.")
    moved = CameraMove(pan=-0.2, zoom=0.9)

    words = camera_words(moved)

    assert words == "The camera slowly pans left and quickly zooms out"
    assert camera_words(CameraMove(type=CameraType.DOWN_BACK)) == "The camera moves down and pulls back"
    assert camera_words(CameraMove()) == ""
    assert spoken_prompt(request) == "A runs"


def test_moves_that_adapters_make_are_left_out_of_the_words() -> None:
    request = replace(a_request("A fox runs."), camera=CameraMove(horizontal=-0.5, tilt=0.9))

    prompts = [spoken_prompt(request, adapted=moves) for moves in ({Move.LEFT}, {Move.LEFT, Move.TILT_UP})]

    assert prompts == ["A fox runs. The camera quickly tilts up", "A fox runs"]


def test_adapters_weigh_as_much_as_the_camera_travels_and_those_without_a_move_always_do() -> None:
    adapters = [
        Adapter(weights="a", file="left.safetensors", move=Move.LEFT, strength=0.8),
        Adapter(weights="a", file="right.safetensors", move=Move.RIGHT),
        Adapter(weights="a", file="forward.safetensors", move=Move.FORWARD),
        Adapter(weights="a", file="look.safetensors", strength=0.6),
    ]
    turning = CameraMove(type=CameraType.LEFT_TURN_FORWARD)

    assert worn_for(CameraMove(horizontal=-0.5), adapters) == {0: 0.4, 3: 0.6}
    assert worn_for(turning, adapters) == {2: 1.0, 3: 0.6}
    assert worn_for(None, adapters) == {3: 0.6}


def test_what_the_caller_does_not_want_comes_before_what_the_recipe_never_wants() -> None:
    profile = load_profile("wan2.1-t2v-1.3b")
    request = a_request()

    assert spoken_negative(request, profile) == profile.recipe.negative_prompt
