"""Weights in 8 bits, by torchao."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.setup import Quantise
from filmgate.engines.reasons import reason_of

# The first GPUs that multiply in 8 bits of floating point: Ada and Hopper.
_MULTIPLIES_FP8 = (8, 9)


def quantise(transformers: list[Any], how: Quantise, *, device: torch.device) -> None:
    """Turn the weights of all blocks into 8 bits, while they are still in main memory.

    What stands outside the blocks is small, and what it does to time and text is felt in every frame; so are
    the matrices of adapters, which change from film to film. `fp8` is no matter of torchao, see `hurry`.

    Raises:
        EngineFailed: torchao or the device cannot do it.
    """
    if how in ("none", "fp8"):
        return
    if (reason := why_not(how, device=device.type, capability=_capability(device))) is not None:
        raise EngineFailed(reason)
    try:
        from torchao.quantization import quantize_

        for transformer in transformers:
            quantize_(transformer, _config(how), filter_fn=_of_block(transformer))
    except ImportError as error:
        message = f'quantise = "{how}" needs torchao, which is not installed: pip install torchao.'
        raise EngineFailed(message) from error
    except (ValueError, RuntimeError, AssertionError, NotImplementedError) as error:
        raise EngineFailed(f'The model cannot be kept as quantise = "{how}": {reason_of(error)}') from error


def why_not(how: Quantise, *, device: str, capability: tuple[int, int] | None) -> str | None:
    """Say why a device, of such a kind and such a compute capability where it is a GPU, cannot do it."""
    if how != "fp8_compute" or (capability is not None and capability >= _MULTIPLIES_FP8):
        return None
    found = device if capability is None else f"a GPU of compute capability {capability[0]}.{capability[1]}"
    return (
        'quantise = "fp8_compute" multiplies in 8 bits, which needs a GPU of compute capability 8.9 or more, '
        f"and this is {found}; fp8_weights, int8_weights and fp8 keep the weights as small and work here."
    )


def _capability(device: torch.device) -> tuple[int, int] | None:
    return torch.cuda.get_device_capability(device) if device.type == "cuda" else None


def _config(how: Quantise) -> object:
    from torchao import quantization

    configs: Mapping[str, Callable[[], object]] = {
        "int8_weights": quantization.Int8WeightOnlyConfig,
        "fp8_weights": quantization.Float8WeightOnlyConfig,
        "fp8_compute": quantization.Float8DynamicActivationFloat8WeightConfig,
    }
    return configs[how]()


def _of_block(transformer: Any) -> Callable[[nn.Module, str], bool]:
    """Return what tells the matrices of blocks from all other modules, by the module and its full name."""
    # Some models name parts as repeated that stand alone; blocks stand numbered in a list.
    blocks = tuple(
        f"{name}."
        for name, module in transformer.named_modules()
        if type(module).__name__ in transformer._repeated_blocks and name.rpartition(".")[2].isdigit()
    )

    def is_of_block(module: nn.Module, name: str) -> bool:
        return isinstance(module, nn.Linear) and name.startswith(blocks) and ".lora_" not in name

    return is_of_block
