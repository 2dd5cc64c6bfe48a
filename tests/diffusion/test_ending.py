"""A film that is ended in the middle: at once, and with all that it took given back."""

import gc
from pathlib import Path

import pytest
import torch

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.models.loading import settle
from filmgate.engines.diffusion.models.opening import open_model
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import a_scene, on_processor, tiny

_WAN = "wan2.1-t2v-1.3b"


def held_bytes() -> int:
    # Without collecting: what only a collection frees stays on a device until there is one.
    return sum(each.nbytes for each in gc.get_objects() if issubclass(type(each), torch.Tensor))


@pytest.mark.parametrize("name", [_WAN, "wan2.1-vace-1.3b", "ltx-2.3-distilled", "hunyuan-video-1.5"])
def test_a_film_that_is_ended_runs_no_further_step_and_leaves_no_tensor_behind(
    checkpoint: Checkpoint, name: str
) -> None:
    model = open_model(tiny(name, steps=4), on_processor(checkpoint(name)))
    scene = a_scene()
    model.shoot(scene, lambda: None)
    gc.collect()
    held, steps = held_bytes(), 0

    def end_at_the_second_step() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise InterruptedError

    # The error is kept, as whoever tells of it does, and its trace with it.
    with pytest.raises(InterruptedError) as ended:
        model.shoot(scene, end_at_the_second_step)

    assert steps == 2
    assert held_bytes() <= held, ended


def test_a_model_that_does_not_fit_on_its_device_is_told() -> None:
    class Large:
        def to(self, device: torch.device) -> None:
            raise torch.OutOfMemoryError(f"CUDA out of memory on {device}. Tried to allocate 2.00 GiB.")

    setup = on_processor(Path("anywhere"))

    with pytest.raises(EngineFailed, match=r"does not fit on the device: .*Tried to allocate 2.00 GiB"):
        settle(Large(), tiny(_WAN).memory, setup, device=torch.device("cpu"))
