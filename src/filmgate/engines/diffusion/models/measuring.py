"""Measures how much the blocks of a network add from step to step; `mag` leaves out work by that."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from filmgate.domain.requests import Action
from filmgate.engines.diffusion.profile import EndImage, Profile
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot

_PROMPT = "Two foxes run over fresh snow at the edge of a forest, low sun, the camera follows them."
_N_FRAMES = 17


def measured_ratios(
    networks: Sequence[Any], shoot: Callable[[Scene, OnStep], Shot], profile: Profile
) -> tuple[tuple[float, ...], ...]:
    """Film a small scene, and return for each network what its blocks add in each of its steps.

    That is the mean over all tokens of the length of what they add, as a ratio to that of the step before
    (Ma et al., MagCache, 2025, equation 4). Of several passes in a step the first counts, which is that of
    the prompt.
    """
    with ExitStack() as stack:
        gauges = [stack.enter_context(_gauge(network)) for network in networks]

        def next_step() -> None:
            for gauge in gauges:
                gauge.next_step()

        shoot(_small_scene(profile), next_step)
        return tuple(tuple(gauge.ratios) for gauge in gauges)


class _Gauge:
    """Watches the first block's input and the last one's output."""

    def __init__(self) -> None:
        self.ratios: list[float] = []
        self._is_counted = False
        self._began: torch.Tensor | None = None
        self._added: torch.Tensor | None = None

    def next_step(self) -> None:
        self._is_counted = False

    def before(self, _block: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        self._began = None if self._is_counted else given[0]

    def after(self, _block: nn.Module, _given: object, made: torch.Tensor) -> None:
        if self._began is None:
            return
        added = torch.linalg.vector_norm((made - self._began).float(), dim=-1)
        self.ratios.append(1.0 if self._added is None else float((added / (self._added + 1e-8)).mean()))
        self._added, self._began, self._is_counted = added, None, True


@contextmanager
def _gauge(network: Any) -> Iterator[_Gauge]:
    gauge = _Gauge()
    handles = (
        network.blocks[0].register_forward_pre_hook(gauge.before),
        network.blocks[-1].register_forward_hook(gauge.after),
    )
    try:
        yield gauge
    finally:
        for handle in handles:
            handle.remove()


def _small_scene(profile: Profile) -> Scene:
    native, recipe, gives = profile.native, profile.recipe, profile.gives
    side = -(-native.short_side // 2 // native.size_grid) * native.size_grid
    picture = np.broadcast_to(np.linspace(40, 200, side)[:, None, None], (side, side, 3)).astype(np.uint8)
    begins_on_picture = Action.TEXT2VIDEO not in gives.actions
    return Scene(
        prompt=_PROMPT,
        negative=recipe.negative_prompt,
        guidance=recipe.guidance,
        seed=0,
        width=side,
        height=side,
        n_frames=min(native.window, native.on_frame_grid(_N_FRAMES)),
        rate=Fraction(native.rates[0]),
        begins=[picture] if begins_on_picture else (),
        ends=picture if gives.end_image is EndImage.REQUIRED else None,
    )
