"""Adapters move the camera, film by film: what one film wears, no other one shows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from filmgate.domain.errors import EngineFailed
from filmgate.domain.requests import CameraMove, CameraType
from filmgate.engines.diffusion.adapters import Adapter, Worn
from filmgate.engines.diffusion.camera import Move
from filmgate.engines.diffusion.models.opening import LoadedModel, open_model
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_films import filmed
from tests.diffusion.test_speed import footage
from tests.diffusion.tiny import MAKERS, a_film, a_scene, on_processor, tiny, warmed

_LTX, _WAN, _MIXTURE = "ltx-2-19b", "wan2.1-t2v-1.3b", "wan2.2-t2v-a14b"


def an_adapter(name: str, folder: Path, *, move: Move | None, seed: int = 1, **more: Any) -> Adapter:
    """Random matrices for the attention of a profile's model, saved as trainers save them."""
    torch.manual_seed(seed)
    pipeline = MAKERS[name]()
    lora = LoraConfig(r=2, lora_alpha=8, init_lora_weights=False, target_modules=["to_q", "to_v", "to_out.0"])
    pipeline.transformer.add_adapter(lora)
    file = f"{move or 'look'}-{seed}.safetensors"
    layers = get_peft_model_state_dict(pipeline.transformer)
    pipeline.save_lora_weights(folder, transformer_lora_layers=layers, weight_name=file)
    return Adapter(weights=str(folder), file=file, move=move, **more)


def filmed_wearing(model: LoadedModel, worn: Worn) -> bytes:
    return footage(model, replace(a_scene(), worn=worn)).tobytes()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        (_LTX, {}),
        (_WAN, {"offload": "group"}),
        (_WAN, {"quantise": "fp8"}),
        (_WAN, {"quantise": "int8_weights"}),
        (_WAN, {"cache": "first_block", "cache_threshold": 0.5}),
    ],
)
def test_films_wear_their_own_adapters_by_weight_and_leave_nothing_behind(
    checkpoint: Checkpoint, tmp_path: Path, name: str, how: dict[str, Any]
) -> None:
    adapters = [
        an_adapter(name, tmp_path, move=move, seed=seed) for seed, move in enumerate((Move.LEFT, Move.UP))
    ]
    setup = on_processor(checkpoint(name), **how)
    model = open_model(tiny(name, adapters=adapters), setup)
    wardrobe: list[Worn] = [{}, {0: 1.0}, {0: 0.4}, {1: 1.0}, {0: 1.0, 1: 1.0}]

    films = [filmed_wearing(model, worn) for worn in wardrobe]

    assert len(set(films)) == len(wardrobe)
    assert [filmed_wearing(model, worn) for worn in reversed(wardrobe)] == films[::-1]
    assert films[0] == filmed_wearing(open_model(tiny(name), setup), {})


def test_an_adapter_is_laid_off_after_a_film_that_was_ended(checkpoint: Checkpoint, tmp_path: Path) -> None:
    adapter = an_adapter(_WAN, tmp_path, move=Move.LEFT)
    model = open_model(tiny(_WAN, adapters=[adapter]), on_processor(checkpoint(_WAN)))
    plain = filmed_wearing(model, {})

    def end() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        model.shoot(replace(a_scene(), worn={0: 1.0}), end)

    assert filmed_wearing(model, {}) == plain


def test_each_of_two_experts_wears_its_own(checkpoint: Checkpoint, tmp_path: Path) -> None:
    adapters = [
        an_adapter(_MIXTURE, tmp_path, move=None, seed=seed, second_expert=seed == 1) for seed in (0, 1)
    ]
    model = open_model(tiny(_MIXTURE, adapters=adapters, steps=4), on_processor(checkpoint(_MIXTURE)))
    wardrobe: list[Worn] = [{}, {0: 1.0}, {1: 1.0}, {0: 1.0, 1: 1.0}]

    films = [filmed_wearing(model, worn) for worn in wardrobe]

    assert len(set(films)) == len(wardrobe)
    assert filmed_wearing(model, {}) == films[0]


def test_a_move_of_the_camera_is_made_by_its_adapter_and_the_rest_by_words_and_the_record_says_so(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    adapters = [
        an_adapter(_LTX, tmp_path, move=move, seed=seed)
        for seed, move in enumerate((Move.LEFT, Move.FORWARD))
    ]
    renderer = warmed(tiny(_LTX, adapters=adapters), on_processor(checkpoint(_LTX)))
    cameras = (
        CameraMove(horizontal=-0.5),
        CameraMove(horizontal=-0.5, tilt=0.9),
        CameraMove(type=CameraType.LEFT_TURN_FORWARD),
        CameraMove(tilt=0.9),
        None,
    )

    makings = [filmed(renderer, a_film(tmp_path, camera=camera)).making for camera in cameras]

    assert [(making["camera"], making["adapters"]) for making in makings if making is not None] == [
        ("left by adapter", {"left-0": 0.5}),
        ("left by adapter, the rest by words in the prompt", {"left-0": 0.5}),
        ("forward by adapter, the rest by words in the prompt", {"forward-1": 1.0}),
        ("by words in the prompt", {}),
        (None, {}),
    ]


def test_an_adapter_that_is_saved_as_the_publisher_of_ltx_does_is_worn_alike(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    ours = an_adapter(_LTX, tmp_path, move=Move.LEFT)
    matrices = load_file(tmp_path / ours.file)
    theirs = {name.replace("transformer.", "diffusion_model.", 1): each for name, each in matrices.items()}
    save_file(theirs, tmp_path / "theirs.safetensors")
    adapters = [ours, ours.model_copy(update={"file": "theirs.safetensors"})]
    model = open_model(tiny(_LTX, adapters=adapters), on_processor(checkpoint(_LTX)))

    films = [filmed_wearing(model, worn) for worn in ({}, {0: 1.0}, {1: 1.0})]

    assert films[0] != films[1] == films[2]


def test_an_adapter_that_is_not_here_is_not_fetched_but_told(checkpoint: Checkpoint, tmp_path: Path) -> None:
    absent = Adapter(weights="nobody/camera", file="left.safetensors", move=Move.LEFT)
    setup = on_processor(checkpoint(_LTX)).model_copy(update={"hub_cache": tmp_path})

    with pytest.raises(EngineFailed, match=r"left.safetensors is not on this machine; .*download = true"):
        open_model(tiny(_LTX, adapters=[absent]), setup)


@pytest.mark.parametrize(
    ("made_for", "worn_by", "reason"),
    [
        (_WAN, _LTX, "cannot be loaded|fits no layer"),
        (_WAN, "hunyuan-video-1.5", "HunyuanVideo15Pipeline has no way to load adapters"),
    ],
)
def test_an_adapter_of_another_model_is_told_before_the_first_film(
    checkpoint: Checkpoint, tmp_path: Path, made_for: str, worn_by: str, reason: str
) -> None:
    adapter = an_adapter(made_for, tmp_path, move=Move.LEFT)

    with pytest.raises(EngineFailed, match=reason):
        open_model(tiny(worn_by, adapters=[adapter]), on_processor(checkpoint(worn_by)))


def test_an_adapter_for_layers_that_the_model_has_not_is_told(checkpoint: Checkpoint, tmp_path: Path) -> None:
    matrices = {"lora_A": torch.zeros(2, 4), "lora_B": torch.zeros(4, 2)}
    save_file(
        {f"unet.mid.attn.{name}.weight": each for name, each in matrices.items()},
        tmp_path / "left.safetensors",
    )
    adapter = Adapter(weights=str(tmp_path), file="left.safetensors", move=Move.LEFT)

    with pytest.raises(EngineFailed, match="fits no layer of WanTransformer3DModel"):
        open_model(tiny(_WAN, adapters=[adapter]), on_processor(checkpoint(_WAN)))


def test_a_second_expert_that_the_model_has_not_is_told(checkpoint: Checkpoint, tmp_path: Path) -> None:
    adapter = an_adapter(_WAN, tmp_path, move=Move.LEFT, second_expert=True)

    with pytest.raises(EngineFailed, match="WanPipeline has no second expert"):
        open_model(tiny(_WAN, adapters=[adapter]), on_processor(checkpoint(_WAN)))


def test_a_file_that_is_no_adapter_is_told_by_its_place_and_what_is_accepted(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    (tmp_path / "left.safetensors").write_bytes(b"no weights")
    adapter = Adapter(weights=str(tmp_path), file="left.safetensors", move=Move.LEFT)

    with pytest.raises(EngineFailed) as failure:
        open_model(tiny(_WAN, adapters=[adapter]), on_processor(checkpoint(_WAN)))

    told = str(failure.value)
    assert told.startswith(f"{tiny(_WAN).name}, adapters.0: left.safetensors cannot be loaded (")
    assert told.endswith("accepted is a LoRA in safetensors for layers of WanTransformer3DModel.")
