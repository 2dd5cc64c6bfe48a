"""Checkpoints and devices that are not what is needed, told to the operator."""

import json
import shutil
from pathlib import Path

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.models.opening import open_model
from filmgate.engines.diffusion.profile import load_profile
from filmgate.engines.diffusion.setup import Setup
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import on_processor, tiny

_NAME = "wan2.1-t2v-1.3b"


def test_a_checkpoint_that_is_not_here_is_not_fetched_but_told(tmp_path: Path) -> None:
    setup = Setup(device="cpu", hub_cache=tmp_path)

    with pytest.raises(EngineFailed, match=r"Wan2.1-T2V-1.3B-Diffusers is not on this machine; .*download"):
        open_model(load_profile(_NAME), setup)


def test_a_checkpoint_of_another_family_is_told_by_its_class(checkpoint: Checkpoint) -> None:
    with pytest.raises(EngineFailed, match=r"is a WanVACEPipeline, and the profile .* needs a WanPipeline"):
        open_model(tiny(_NAME), on_processor(checkpoint("wan2.1-vace-1.3b")))


def test_a_damaged_checkpoint_is_told_without_its_path(checkpoint: Checkpoint, tmp_path: Path) -> None:
    index = json.loads((checkpoint(_NAME) / "model_index.json").read_text())
    (tmp_path / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(EngineFailed, match="cannot be loaded") as failure:
        open_model(tiny(_NAME), on_processor(tmp_path))

    assert str(tmp_path) not in str(failure.value)


def test_damaged_weights_are_told(checkpoint: Checkpoint, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(checkpoint(_NAME), copy)
    next((copy / "transformer").glob("*.safetensors")).write_bytes(b"no weights")

    with pytest.raises(EngineFailed, match="The checkpoint cannot be loaded"):
        open_model(tiny(_NAME), on_processor(copy))


def test_weights_that_are_code_are_not_read(checkpoint: Checkpoint, tmp_path: Path) -> None:
    import torch

    copy = tmp_path / "copy"
    shutil.copytree(checkpoint(_NAME), copy)
    weights = next((copy / "transformer").glob("*.safetensors"))
    torch.save({}, weights.with_suffix(".bin"))
    weights.unlink()

    with pytest.raises(EngineFailed, match="cannot be loaded"):
        open_model(tiny(_NAME), on_processor(copy))


@pytest.mark.parametrize("device", ["cuda:7", "a-toaster"])
def test_a_device_that_is_not_here_is_told(checkpoint: Checkpoint, device: str) -> None:
    setup = on_processor(checkpoint(_NAME)).model_copy(update={"device": device})

    with pytest.raises(EngineFailed, match=f"There is no device {device}"):
        open_model(tiny(_NAME), setup)


def test_the_recipe_is_pinned_whatever_the_checkpoint_says(checkpoint: Checkpoint) -> None:
    from filmgate.engines.diffusion.models.loading import load_pipeline

    setup = on_processor(checkpoint("wan2.2-t2v-a14b"))

    pipeline = load_pipeline(tiny("wan2.2-t2v-a14b"), setup)

    assert pipeline.scheduler.config.flow_shift == 12
