"""Loads a checkpoint by its profile, onto the device that the operator chose."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline
from safetensors import SafetensorError

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.profile import Memory, Profile, Recipe
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of

UNREADABLE = (OSError, ValueError, SafetensorError)
"""What files of weights are refused by that are not there, or are none."""


def device_of(setup: Setup) -> torch.device:
    """Return the device to compute on.

    Raises:
        EngineFailed: this machine has no such device.
    """
    if setup.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(setup.device)
        torch.empty(1, device=device)
    # PyTorch says that a device is not there by whatever its driver's layer raises.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise EngineFailed(f"There is no device {setup.device}: {reason_of(error)}") from error
    return device


def load_pipeline(profile: Profile, setup: Setup) -> DiffusionPipeline:
    """Return the pipeline of the checkpoint in main memory, with the recipe's scheduler.

    Weights are read from safetensors alone, for the other format is code.

    Raises:
        EngineFailed: the checkpoint is not here and may not be fetched, or is not what the profile needs.
    """
    checkpoint = setup.checkpoint or profile.checkpoint
    with _told(checkpoint, may_download=setup.download):
        pipeline = DiffusionPipeline.from_pretrained(
            checkpoint,
            dtype=_dtypes(profile.memory),
            use_safetensors=True,
            local_files_only=not setup.download,
            cache_dir=setup.hub_cache,
        )
        _pin_scheduler(pipeline, profile.recipe)
    return pipeline


def settle(pipeline: DiffusionPipeline, memory: Memory, setup: Setup, *, device: torch.device) -> None:
    """Bring the model to where it films, or arrange that each part comes there when it is needed.

    Raises:
        EngineFailed: it does not fit, or cannot be held so.
    """
    try:
        _place(pipeline, memory, setup, device=device)
    except torch.OutOfMemoryError as error:
        raise EngineFailed(f"The model does not fit on the device: {reason_of(error)}") from error
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise EngineFailed(f"The model cannot be held as filmgate.toml says: {reason_of(error)}") from error


def transformers_of(pipeline: DiffusionPipeline) -> list[Any]:
    """Return the one or two networks that denoise."""
    both = (getattr(pipeline, name, None) for name in ("transformer", "transformer_2"))
    return [transformer for transformer in both if transformer is not None]


@contextmanager
def _told(checkpoint: str, *, may_download: bool) -> Iterator[None]:
    """A block in which what goes wrong with a checkpoint is told to the operator."""
    try:
        yield
    except (*UNREADABLE, RuntimeError, AttributeError, ImportError) as error:
        if not may_download and not Path(checkpoint).is_dir():
            hint = "name a folder by `checkpoint`, or let it be fetched by `download = true`"
            raise EngineFailed(f"The checkpoint {checkpoint} is not on this machine; {hint}.") from error
        raise EngineFailed(f"The checkpoint cannot be loaded: {reason_of(error)}") from error


def _dtypes(memory: Memory) -> dict[str, torch.dtype]:
    dtypes = {"default": getattr(torch, memory.dtype)}
    if memory.vae_dtype is not None:
        dtypes["vae"] = getattr(torch, memory.vae_dtype)
    return dtypes


def _pin_scheduler(pipeline: DiffusionPipeline, recipe: Recipe) -> None:
    scheduler = pipeline.scheduler
    pinned: dict[str, Any] = {}
    if recipe.flow_shift is not None:
        name = "flow_shift" if "flow_shift" in scheduler.config else "shift"
        pinned[name] = recipe.flow_shift
    if recipe.sigmas is not None:
        # The levels of noise are meant as they are.
        pinned |= {"use_dynamic_shifting": False, "shift": 1.0, "shift_terminal": None}
    pipeline.scheduler = type(scheduler).from_config(scheduler.config, **pinned)


def _place(pipeline: DiffusionPipeline, memory: Memory, setup: Setup, *, device: torch.device) -> None:
    offload = setup.offload or memory.offload
    tiles = memory.vae_tiling if setup.vae_tiling is None else setup.vae_tiling
    if tiles:
        pipeline.vae.enable_tiling()
    if offload == "group":
        streams = device.type == "cuda"
        pipeline.enable_group_offload(
            onload_device=device, offload_type="leaf_level", use_stream=streams, record_stream=streams
        )
    elif offload == "model" and device.type != "cpu":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        # What waits in main memory while it is not needed is there already on a processor.
        pipeline.to(device)
