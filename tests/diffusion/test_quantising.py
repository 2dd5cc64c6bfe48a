"""Weights in 8 bits: what they take, and what a device must be able to do."""

import sys
from typing import Any

import pytest
import torch
from torchao.utils import TorchAOBaseTensor

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.models.opening import open_model
from filmgate.engines.diffusion.models.quantising import quantise, why_not
from filmgate.engines.diffusion.setup import Quantise
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_speed import footage
from tests.diffusion.tiny import MAKERS, a_scene, on_processor, tiny

_NAME = "wan2.1-t2v-1.3b"
_PROCESSOR = torch.device("cpu")


def in_8_bits(transformer: Any) -> set[str]:
    return {
        name
        for name, weight in transformer.named_parameters()
        if isinstance(weight, TorchAOBaseTensor) and weight.qdata.element_size() == 1
    }


@pytest.mark.parametrize("name", ["wan2.1-vace-1.3b", "ltx-2.3-distilled", "hunyuan-video-1.5"])
@pytest.mark.parametrize("how", ["int8_weights", "fp8_weights"])
def test_every_matrix_of_every_block_is_kept_in_8_bits_and_nothing_else(name: str, how: Quantise) -> None:
    transformer = MAKERS[name]().transformer
    lists = [name for name, part in transformer.named_children() if isinstance(part, torch.nn.ModuleList)]
    blocks = tuple(f"{name}." for name in lists)
    matrices = {
        f"{name}.weight" for name, part in transformer.named_modules() if isinstance(part, torch.nn.Linear)
    }

    quantise([transformer], how, device=_PROCESSOR)

    assert in_8_bits(transformer) == {each for each in matrices if each.startswith(blocks)} < matrices


def test_quantised_weights_may_wait_in_groups_of_layers(checkpoint: Checkpoint) -> None:
    models = [
        open_model(tiny(_NAME), on_processor(checkpoint(_NAME), quantise="int8_weights", **more))
        for more in ({}, {"offload": "group"})
    ]

    films = [footage(model, a_scene()).tobytes() for model in models]

    assert films[0] == films[1]


@pytest.mark.parametrize(
    ("device", "capability", "found"),
    [("cpu", None, "this is cpu"), ("cuda", (8, 6), "compute capability 8.6;"), ("cuda", (8, 9), None)],
)
def test_a_device_that_cannot_multiply_in_8_bits_is_told_with_what_it_can_do(
    device: str, capability: tuple[int, int] | None, found: str | None
) -> None:
    reason = why_not("fp8_compute", device=device, capability=capability)

    assert reason is None if found is None else found in str(reason)
    assert why_not("int8_weights", device=device, capability=capability) is None


def test_a_processor_refuses_to_multiply_in_8_bits_before_the_first_film(checkpoint: Checkpoint) -> None:
    with pytest.raises(
        EngineFailed, match=r"needs a GPU of compute capability 8\.9 or more, and this is cpu"
    ):
        open_model(tiny(_NAME), on_processor(checkpoint(_NAME), quantise="fp8_compute"))


def test_torchao_that_is_not_installed_is_told(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)

    with pytest.raises(EngineFailed, match=r"int8_weights\" needs torchao, .*pip install torchao"):
        open_model(tiny(_NAME), on_processor(checkpoint(_NAME), quantise="int8_weights"))
