"""What makes a model faster or smaller: no film shows what another film left behind."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.models.opening import LoadedModel, open_model
from filmgate.engines.diffusion.scene import Footage, Scene
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import a_scene, on_processor, tiny

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "attention": {"attention": "_native_math"},
    "first_block": {"cache": "first_block", "cache_threshold": 0.5},
    "taylorseer": {"cache": "taylorseer"},
    "mag": {"cache": "mag", "cache_threshold": 0.5},
    "fp8": {"quantise": "fp8"},
    "int8_weights": {"quantise": "int8_weights"},
    "fp8_weights": {"quantise": "fp8_weights"},
    "groups": {"offload": "group"},
    "tiles": {"vae_tiling": True},
}
# These need a model that makes a step in one pass.
OF_ATTENTION: dict[str, dict[str, Any]] = {"pab": {"cache": "pab"}, "faster": {"cache": "faster"}}
# These compute the same numbers in another order or from another place.
EXACT = ("plain", "attention", "groups", "tiles")


def opened(checkpoint: Checkpoint, name: str, way: str, *, steps: int | None = None) -> LoadedModel:
    # The other families take ten times as long, and have caches that begin earlier.
    steps = steps or (6 if name.startswith("wan") else 4)
    return open_model(tiny(name, steps=steps), on_processor(checkpoint(name), **(WAYS | OF_ATTENTION)[way]))


def footage(model: LoadedModel, scene: Scene) -> Footage:
    return model.shoot(scene, lambda: None).footage


@pytest.mark.parametrize(
    ("name", "way"),
    [
        *(("wan2.1-t2v-1.3b", way) for way in WAYS),
        ("wan2.2-t2v-a14b", "first_block"),
        ("wan2.2-t2v-a14b", "mag"),
        ("wan2.1-vace-1.3b", "taylorseer"),
        ("ltx-2.3-distilled", "groups"),
        ("ltx-2.3-distilled", "pab"),
        ("ltx-2.3-distilled", "faster"),
        ("ltx-2-19b", "taylorseer"),
        ("hunyuan-video-1.5", "taylorseer"),
        ("hunyuan-video-1.5", "int8_weights"),
    ],
)
def test_films_of_other_shapes_and_prompts_in_between_change_nothing(
    checkpoint: Checkpoint, name: str, way: str
) -> None:
    used, wide = a_scene(), a_scene(width=32, height=64, n_frames=5)
    other = replace(a_scene(prompt="two foxes"), seed=4)
    model = opened(checkpoint, name, way)

    films = [footage(model, scene) for scene in (used, wide, other, used, wide)]

    assert np.array_equal(films[0], films[3])
    assert np.array_equal(films[1], films[4])
    assert not np.array_equal(films[0], films[2])
    assert np.array_equal(films[3], footage(opened(checkpoint, name, way), used))


@pytest.mark.parametrize("way", WAYS)
def test_each_way_films_what_the_plain_pipeline_does_as_nearly_as_it_promises(
    checkpoint: Checkpoint, way: str
) -> None:
    name = "wan2.1-t2v-1.3b"
    plain = footage(opened(checkpoint, name, "plain"), a_scene()).astype(float)

    hurried = footage(opened(checkpoint, name, way), a_scene()).astype(float)

    assert np.abs(hurried - plain).mean() < (1e-3 if way in EXACT else 12)
    assert way in EXACT or not np.array_equal(hurried, plain)


def test_an_attention_that_is_not_installed_is_told_before_the_first_film(checkpoint: Checkpoint) -> None:
    name = "wan2.1-t2v-1.3b"

    with pytest.raises(EngineFailed, match="cannot be hurried"):
        open_model(tiny(name), on_processor(checkpoint(name), attention="xformers"))


def test_kernels_of_the_hub_cannot_be_chosen(checkpoint: Checkpoint) -> None:
    with pytest.raises(ValueError, match="attention"):
        on_processor(checkpoint("wan2.1-t2v-1.3b"), attention="flash_hub")
