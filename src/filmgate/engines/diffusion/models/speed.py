"""What makes a model faster or smaller, each switched on by itself."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers import FirstBlockCacheConfig, TaylorSeerCacheConfig

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of


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
            pass
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
    return TaylorSeerCacheConfig() if setup.cache == "taylorseer" else None
