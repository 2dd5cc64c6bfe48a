"""What makes a model faster or smaller, each switched on by itself."""

from typing import Any

import torch

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.models.caching import Caching
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of


def hurry(transformers: list[Any], setup: Setup, *, caching: Caching) -> None:
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
        caching.check()
    except (ValueError, RuntimeError, ImportError, AttributeError, NotImplementedError) as error:
        raise EngineFailed(
            f"The model cannot be hurried as filmgate.toml says: {reason_of(error)}"
        ) from error
