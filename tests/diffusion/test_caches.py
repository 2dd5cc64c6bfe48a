"""Caches: they leave out work, begin empty with every film, and are refused where they would do harm."""

import numpy as np
import pytest
from diffusers import MagCacheConfig
from pydantic import ValidationError

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.caches import Caches, Mag
from filmgate.engines.diffusion.models.loading import transformers_of
from filmgate.engines.diffusion.models.measuring import measured_ratios
from filmgate.engines.diffusion.models.opening import open_model
from filmgate.engines.diffusion.models.wan import WanCaller
from filmgate.engines.diffusion.profile import Profile
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_speed import footage, opened
from tests.diffusion.tiny import MAKERS, a_scene, on_processor, tiny

_WAN, _LTX = "wan2.1-t2v-1.3b", "ltx-2.3-distilled"


@pytest.mark.parametrize(
    ("name", "way"),
    [(_WAN, "first_block"), (_WAN, "taylorseer"), (_WAN, "mag"), (_LTX, "pab"), (_LTX, "faster")],
)
def test_a_cache_leaves_out_work_and_is_gone_after_a_film_that_was_ended(
    checkpoint: Checkpoint, name: str, way: str
) -> None:
    model = opened(checkpoint, name, way)
    whole = footage(model, a_scene())
    steps = 0

    def end_after_two_steps() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        model.shoot(a_scene(prompt="two foxes"), end_after_two_steps)

    assert steps == 2
    assert np.array_equal(footage(model, a_scene()), whole)
    assert not np.array_equal(whole, footage(opened(checkpoint, name, "plain"), a_scene()))


@pytest.mark.parametrize(
    "name", ["wan2.1-t2v-1.3b", "wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.2-ti2v-5b", "wan2.1-flf2v-14b"]
)
def test_what_mag_needs_is_measured_over_every_step_of_every_network(name: str) -> None:
    profile, pipeline = tiny(name, steps=5), MAKERS[name]()
    networks = transformers_of(pipeline)

    ratios = measured_ratios(networks, WanCaller(pipeline, recipe=profile.recipe), profile)

    assert [each[0] for each in ratios] == [1.0] * len(networks)
    assert sum(len(each) for each in ratios) == 5
    assert all(0.1 < ratio < 10 for each in ratios for ratio in each)


def test_what_is_measured_is_what_the_library_measures() -> None:
    profile, pipeline = tiny(_WAN, steps=4), MAKERS[_WAN]()
    network, caller = pipeline.transformer, WanCaller(pipeline, recipe=profile.recipe)
    theirs: list[float] = []

    def watched(scene: Scene, on_step: OnStep) -> Shot:
        def after_step() -> None:
            on_step()
            hook = network.blocks[-1]._diffusers_hook.get_hook("mag_cache_block_hook")
            theirs[:] = hook.state_manager._state_cache["cond"].calibration_ratios

        return caller(scene, after_step)

    network.enable_cache(MagCacheConfig(calibrate=True, num_inference_steps=100))

    (ours,) = measured_ratios([network], watched, profile)

    assert ours == pytest.approx(theirs, rel=1e-4)


def test_ratios_of_the_profile_stand_in_place_of_measured_ones(checkpoint: Checkpoint) -> None:
    def filmed(*ratios: float) -> bytes:
        mag = Mag(threshold=0.1, ratios=(ratios,))
        profile = tiny(_WAN, steps=4).model_copy(update={"caches": Caches(mag=mag)})
        model = open_model(profile, on_processor(checkpoint(_WAN), cache="mag"))
        return footage(model, a_scene()).tobytes()

    plain = footage(opened(checkpoint, _WAN, "plain", steps=4), a_scene()).tobytes()

    assert filmed(1, 9, 9, 9) == plain
    assert filmed(1, 1, 1, 1) != plain


@pytest.mark.parametrize(("name", "way"), [(_LTX, "first_block"), ("wan2.1-vace-1.3b", "mag")])
def test_a_cache_that_the_profile_does_not_take_is_told_before_the_first_film(
    checkpoint: Checkpoint, name: str, way: str
) -> None:
    with pytest.raises(EngineFailed, match=f"takes no cache {way}"):
        opened(checkpoint, name, way)


def test_a_cache_that_finds_none_of_its_layers_is_told(checkpoint: Checkpoint) -> None:
    profile = tiny(_LTX).model_dump() | {"caches": {"first_block": {}}}

    with pytest.raises(EngineFailed, match="cannot be hurried"):
        open_model(Profile.model_validate(profile), on_processor(checkpoint(_LTX), cache="first_block"))


def test_ratios_that_cannot_be_measured_are_told_by_their_field_and_what_would_do(
    checkpoint: Checkpoint,
) -> None:
    profile = tiny(_WAN, steps=4)
    broken = profile.recipe.model_copy(update={"more": {"no_such_argument": 1}})

    with pytest.raises(EngineFailed) as failure:
        open_model(profile.model_copy(update={"recipe": broken}), on_processor(checkpoint(_WAN), cache="mag"))

    told = str(failure.value)
    assert told.startswith(f"{profile.name}, caches.mag.ratios: they are not given, and cannot be measured")
    assert "TypeError" in told
    assert "cache = none, first_block or taylorseer in filmgate.toml" in told


def test_ratios_for_another_number_of_networks_are_told(checkpoint: Checkpoint) -> None:
    caches = Caches(mag=Mag(ratios=((1.0, 1.0), (1.0, 1.0))))
    profile = tiny(_WAN, steps=4).model_copy(update={"caches": caches})

    with pytest.raises(EngineFailed, match=r"mag.ratios: there are 2 lists of ratios; .* 1 network"):
        open_model(profile, on_processor(checkpoint(_WAN), cache="mag"))


def test_ratios_for_another_number_of_steps_are_refused_with_the_profile() -> None:
    profile = tiny(_WAN, steps=4).model_dump() | {"caches": {"mag": {"ratios": [[1, 1, 1]]}}}

    with pytest.raises(ValidationError, match=r"ratios has 3 values; accepted are as many as .* 4"):
        Profile.model_validate(profile)
