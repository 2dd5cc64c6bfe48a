"""Renderers whose model runs out of memory where the prompt says `too much`."""

from typing import NoReturn

import torch

from filmgate.engines.diffusion.renderer import DiffusionRenderer
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot


class _Greedy(DiffusionRenderer):
    def warm(self) -> None:
        """Load the model, and put what fails in its way."""
        super().warm()
        model = self._model
        assert model is not None
        shoot = model.shoot

        def greedy(scene: Scene, on_step: OnStep) -> Shot:
            return self.take_too_much() if scene.prompt == "too much" else shoot(scene, on_step)

        model.shoot = greedy  # type: ignore[method-assign]

    def take_too_much(self) -> NoReturn:
        raise NotImplementedError


class OutOfDeviceMemory(_Greedy):
    """As PyTorch says it of a GPU, which is not here to say it."""

    def take_too_much(self) -> NoReturn:
        """Raise what it raises."""
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 is full.")


class OutOfMainMemory(_Greedy):
    """As PyTorch really says it of a processor."""

    def take_too_much(self) -> NoReturn:
        """Ask for more than any machine has."""
        torch.empty(2**55, dtype=torch.float32)
        raise AssertionError("it was given")
