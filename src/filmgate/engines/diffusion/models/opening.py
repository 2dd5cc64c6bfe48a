"""Opens the model of a profile: its pipeline, the way to call it, and what makes it faster."""

import gc
import resource
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from diffusers import DiffusionPipeline, LTX2ConditionPipeline

from filmgate.domain.errors import EngineFailed
from filmgate.domain.wording import counted, either
from filmgate.engines.diffusion.models.adapting import LoadedAdapters, load_adapters
from filmgate.engines.diffusion.models.caching import Caching
from filmgate.engines.diffusion.models.hunyuan_video_15 import HunyuanVideo15Caller
from filmgate.engines.diffusion.models.loading import device_of, load_pipeline, settle, transformers_of
from filmgate.engines.diffusion.models.ltx2 import LTX2Caller
from filmgate.engines.diffusion.models.measuring import measured_ratios
from filmgate.engines.diffusion.models.quantising import quantise
from filmgate.engines.diffusion.models.speed import hurry
from filmgate.engines.diffusion.models.wan import WanCaller
from filmgate.engines.diffusion.models.wan_vace import WanVACECaller
from filmgate.engines.diffusion.profile import Family, Profile
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of

_Caller = Callable[[Scene, OnStep], Shot]

# The classes that a checkpoint may name for each family.
_PIPELINES: Mapping[Family, tuple[str, ...]] = {
    Family.WAN: ("WanPipeline", "WanImageToVideoPipeline"),
    Family.WAN_VACE: ("WanVACEPipeline",),
    Family.LTX2: ("LTX2Pipeline", "LTX2ConditionPipeline", "LTX2ImageToVideoPipeline"),
    Family.HUNYUAN_VIDEO_15: ("HunyuanVideo15Pipeline", "HunyuanVideo15ImageToVideoPipeline"),
}
_CALLERS: Mapping[Family, Callable[..., _Caller]] = {
    Family.WAN: WanCaller,
    Family.WAN_VACE: WanVACECaller,
    Family.LTX2: LTX2Caller,
    Family.HUNYUAN_VIDEO_15: HunyuanVideo15Caller,
}


def open_model(profile: Profile, setup: Setup) -> "LoadedModel":
    """Load the model.

    Raises:
        EngineFailed: says to the operator what is missing.
    """
    if setup.threads is not None:
        torch.set_num_threads(setup.threads)
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    device = device_of(setup)
    pipeline = load_pipeline(profile, setup)
    if type(pipeline).__name__ not in _PIPELINES[profile.family]:
        needed = " or ".join(_PIPELINES[profile.family])
        found = type(pipeline).__name__
        raise EngineFailed(f"The checkpoint is a {found}, and the profile {profile.name} needs a {needed}.")
    if profile.family is Family.LTX2:
        # The pipeline that takes conditions films text as well.
        pipeline = LTX2ConditionPipeline(**pipeline.components)
    adapters = load_adapters(pipeline, profile, setup)
    quantise(transformers_of(pipeline), setup.quantise, device=device)
    settle(pipeline, profile.memory, setup, device=device)
    caller = _CALLERS[profile.family](pipeline, recipe=profile.recipe)
    caching = _caching(pipeline, caller, profile=profile, setup=setup)
    hurry(transformers_of(pipeline), setup, caching=caching)
    return LoadedModel(pipeline, caller, adapters=adapters, caching=caching, device=device)


def _caching(pipeline: DiffusionPipeline, caller: _Caller, *, profile: Profile, setup: Setup) -> Caching:
    networks = transformers_of(pipeline)
    caches = profile.caches.within(setup.cache_threshold)
    if setup.cache == "mag" and caches.mag is not None:
        ratios = caches.mag.ratios or _measured(networks, caller, profile=profile)
        if len(ratios) != len(networks):
            raise EngineFailed(
                f"{profile.name}, caches.mag.ratios: there are {counted(len(ratios), 'list')} of ratios; "
                f"accepted is one for each of the model's {counted(len(networks), 'network')}."
            )
        caches = caches.model_copy(update={"mag": caches.mag.model_copy(update={"ratios": ratios})})
    return Caching(networks, caches, setup.cache, time=lambda: float(pipeline.current_timestep))


def _measured(networks: Sequence[Any], caller: _Caller, *, profile: Profile) -> tuple[tuple[float, ...], ...]:
    """Measure what the profile does not say.

    Raises:
        EngineFailed: the small film for it cannot be made here.
    """
    try:
        return measured_ratios(networks, caller, profile)
    # Everything that a network of another make, or a device with too little memory, breaks a film by.
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError) as error:
        others = either([name for name in profile.caches.names if name != "mag"])
        raise EngineFailed(
            f"{profile.name}, caches.mag.ratios: they are not given, and cannot be measured over a small "
            f"film ({reason_of(error)}); accepted is a list of ratios for each network, one for each of its "
            f"steps, or cache = {others} in filmgate.toml."
        ) from error


class LoadedModel:
    """See `Model`."""

    def __init__(
        self,
        pipeline: DiffusionPipeline,
        caller: _Caller,
        *,
        adapters: LoadedAdapters,
        caching: Caching,
        device: torch.device,
    ) -> None:
        self._pipeline = pipeline
        self._caller = caller
        self._adapters = adapters
        self._caching = caching
        self._device = device

    @property
    def device(self) -> str:
        """See `Model`."""
        return torch.cuda.get_device_name(self._device) if self._on_gpu else str(self._device)

    def shoot(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model`."""

        def settled_step() -> None:
            if self._on_gpu:
                # The processor runs ahead of the device, and would tell of steps that are still to come.
                torch.cuda.synchronize(self._device)
            on_step()

        try:
            with self._adapters.worn(scene.worn), self._caching.fresh():
                made = self._caller(scene, settled_step)
        except BaseException as error:
            _let_go(error)
            gc.collect()
            raise
        finally:
            self._free()
        footage = (np.clip(made.footage, 0, 1) * 255).round().astype(np.uint8)
        return Shot(footage, made.sound)

    def peak_memory_bytes(self) -> int:
        """See `Model`; on a processor it is the most that the process ever had."""
        if not self._on_gpu:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        peak = torch.cuda.max_memory_allocated(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        return int(peak)

    @property
    def _on_gpu(self) -> bool:
        return str(self._device.type) == "cuda"

    def _free(self) -> None:
        # A run that was ended in the middle leaves a model on the device that should wait in main memory.
        self._pipeline.maybe_free_model_hooks()
        if self._on_gpu:
            torch.cuda.empty_cache()


def _let_go(error: BaseException) -> None:
    """Let go of what the pipeline had on the device when it was ended, which the error's trace holds."""
    traceback.clear_frames(error.__traceback__)
    for frame, _line in traceback.walk_tb(error.__traceback__):
        # Pipelines ask for their `locals()`, a copy that the frame keeps until it is asked again.
        frame.f_locals  # noqa: B018
