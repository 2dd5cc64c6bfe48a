"""What makes a model faster or smaller, each switched on by itself."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers import FirstBlockCacheConfig, TaylorSeerCacheConfig

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of

# Named here because the library's own guess finds none of them in Wan.
_CACHED_LAYERS = r"^(transformer_)?blocks\.\d+\.(attn\d?|ffn?)$"


def hurry(transformers: list[Any], setup: Setup) -> None:
    """Switch on what holds for the life of the model.

    Raises:
        EngineFailed: this model, or this machine, cannot do it.
    """
    try:
        for transformer in transformers:
            if setup.quantise == "fp8":
                transformer.enable_layerwise_casting(
                    storage_dtype=torch.float8_e4m3fn, compute_dtype=transformer.dtype
                )
            if setup.attention != "native":
                transformer.set_attention_backend(setup.attention)
            if setup.compile:
                transformer.compile_repeated_blocks(fullgraph=True)
        with cached(transformers, setup):
            _check_hooked(transformers, setup)
    except (ValueError, RuntimeError, ImportError, AttributeError, NotImplementedError) as error:
        raise EngineFailed(
            f"The model cannot be hurried as filmgate.toml says: {reason_of(error)}"
        ) from error


@contextmanager
def cached(transformers: list[Any], setup: Setup) -> Iterator[None]:
    """A block for one run, in which steps are left out where the cache finds that little would change.

    The cache is made for the run and thrown away with it: one that saw another shape has crashed other
    servers, and one that saw another prompt would show it.
    """
    with ExitStack() as stack:
        if (config := _cache_config(setup)) is not None:
            for transformer in transformers:
                transformer.enable_cache(config)
                stack.callback(transformer.disable_cache)
        yield


def _cache_config(setup: Setup) -> FirstBlockCacheConfig | TaylorSeerCacheConfig | None:
    if setup.cache == "first_block":
        return FirstBlockCacheConfig(threshold=setup.cache_threshold)
    if setup.cache == "taylorseer":
        return TaylorSeerCacheConfig(cache_identifiers=[_CACHED_LAYERS])
    return None


def _check_hooked(transformers: list[Any], setup: Setup) -> None:
    """A cache that finds none of its layers says nothing, and does nothing."""
    if setup.cache == "none":
        return
    for transformer in transformers:
        layers = (layer for name, layer in transformer.named_modules() if name)
        if not any(layer._diffusers_hook.hooks for layer in layers if hasattr(layer, "_diffusers_hook")):
            raise EngineFailed(f"The cache {setup.cache} finds nothing in {type(transformer).__name__}.")
