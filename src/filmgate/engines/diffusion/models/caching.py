"""Leaves out work where steps of a film are alike."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers import (
    FasterCacheConfig,
    FirstBlockCacheConfig,
    MagCacheConfig,
    PyramidAttentionBroadcastConfig,
    TaylorSeerCacheConfig,
)

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.caches import Caches
from filmgate.engines.diffusion.setup import Cache

# Named here because the library's own guess finds none of them in Wan.
_CACHED_LAYERS = r"^(transformer_)?blocks\.\d+\.(attn\d?|ffn?)$"
# Half of what is extrapolated, as the library takes it where it is told nothing, with a warning.
_EXTRAPOLATED = 0.5

Time = Callable[[], float]
"""The time of the step that runs, from 1000 down to 0."""


class Caching:
    """One kind of cache, for the networks of a model.

    Every film gets its own, which is thrown away with it: one that saw another shape has crashed other
    servers, and one that saw another prompt would show it.
    """

    def __init__(self, networks: Sequence[Any], caches: Caches, chosen: Cache, *, time: Time) -> None:
        self._networks = networks
        self._caches = caches
        self._chosen = chosen
        self._time = time

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """A block for one film, with caches that are empty at its beginning."""
        with ExitStack() as stack:
            if self._chosen != "none":
                for place, network in enumerate(self._networks):
                    network.enable_cache(self._config(place))
                    stack.callback(network.disable_cache)
            yield

    def check(self) -> None:
        """See whether the cache finds its layers; one that finds none says nothing, and does nothing."""
        with self.fresh():
            if self._chosen != "none" and not all(_is_hooked(network) for network in self._networks):
                raise EngineFailed(f"The cache {self._chosen} finds nothing in this model.")

    def _config(self, place: int) -> object:
        caches, chosen = self._caches, self._chosen
        if chosen == "first_block" and caches.first_block is not None:
            return FirstBlockCacheConfig(threshold=caches.first_block.threshold)
        if chosen == "taylorseer" and caches.taylorseer is not None:
            return TaylorSeerCacheConfig(
                cache_interval=caches.taylorseer.every,
                disable_cache_before_step=caches.taylorseer.whole,
                cache_identifiers=[_CACHED_LAYERS],
            )
        if chosen == "mag" and caches.mag is not None and caches.mag.ratios is not None:
            ratios = caches.mag.ratios[place]
            return MagCacheConfig(
                threshold=caches.mag.threshold,
                max_skip_steps=caches.mag.in_a_row,
                retention_ratio=caches.mag.whole,
                num_inference_steps=len(ratios),
                mag_ratios=torch.tensor(ratios),
            )
        return self._config_of_attention()

    def _config_of_attention(self) -> object:
        if self._chosen == "pab" and (pab := self._caches.pab) is not None:
            return PyramidAttentionBroadcastConfig(
                spatial_attention_block_skip_range=pab.every,
                spatial_attention_timestep_skip_range=pab.between,
                cross_attention_block_skip_range=pab.every,
                cross_attention_timestep_skip_range=pab.between,
                current_timestep_callback=self._time,
            )
        if self._chosen == "faster" and (faster := self._caches.faster) is not None:
            return FasterCacheConfig(
                spatial_attention_block_skip_range=faster.every,
                spatial_attention_timestep_skip_range=(-1, faster.below),
                # Leaving out the pass of what is not wanted is written for models of another layout.
                is_guidance_distilled=True,
                attention_weight_callback=lambda _layer: _EXTRAPOLATED,
                current_timestep_callback=self._time,
            )
        raise EngineFailed(f"The profile takes no cache {self._chosen}.")


def _is_hooked(network: Any) -> bool:
    layers = (layer for name, layer in network.named_modules() if name)
    return any(layer._diffusers_hook.hooks for layer in layers if hasattr(layer, "_diffusers_hook"))
