"""Loads adapters into the networks that denoise, and lets each film wear its own."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from diffusers import DiffusionPipeline

from filmgate.domain.errors import EngineFailed
from filmgate.engines.diffusion.adapters import Adapter, Worn
from filmgate.engines.diffusion.models.loading import UNREADABLE
from filmgate.engines.diffusion.profile import Profile
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.reasons import reason_of


class LoadedAdapters:
    """The adapters of a model, none of them worn; `networks` has the network of each, by its place."""

    def __init__(self, networks: Sequence[Any]) -> None:
        self._networks = networks
        self._lay_off()

    @contextmanager
    def worn(self, worn: Worn) -> Iterator[None]:
        """A block in which these are worn, and no others."""
        for network in {id(each): each for each in self._networks}.values():
            weights = {
                _name(place): weight for place, weight in worn.items() if self._networks[place] is network
            }
            if weights:
                network.set_adapters(list(weights), list(weights.values()))
                network.enable_lora()
        try:
            yield
        finally:
            self._lay_off()

    def _lay_off(self) -> None:
        for network in self._networks:
            network.disable_lora()


def load_adapters(pipeline: DiffusionPipeline, profile: Profile, setup: Setup) -> LoadedAdapters:
    """Load all adapters of a profile, while the model is still in main memory.

    Raises:
        EngineFailed: one is not here and may not be fetched, or does not fit the model.
    """
    if profile.adapters and find_spec("peft") is None:
        raise EngineFailed("Adapters need peft, which is not installed: pip install peft.")
    return LoadedAdapters(
        [
            _load(
                pipeline, adapter, name=_name(place), setup=setup, where=f"{profile.name}, adapters.{place}"
            )
            for place, adapter in enumerate(profile.adapters)
        ]
    )


def _name(place: int) -> str:
    return f"adapter_{place}"


def _load(pipeline: DiffusionPipeline, adapter: Adapter, *, name: str, setup: Setup, where: str) -> Any:
    network = getattr(pipeline, "transformer_2" if adapter.second_expert else "transformer", None)
    if network is None or not hasattr(pipeline, "load_lora_weights"):
        kind = "second expert" if network is None else "way to load adapters"
        accepted = "second_expert = false" if network is None else "adapters = []"
        raise EngineFailed(
            f"{where}: {adapter.file} cannot be worn, for {type(pipeline).__name__} has no {kind}; "
            f"accepted is {accepted}."
        )
    accepted = f"a LoRA in safetensors for layers of {type(network).__name__}"
    into: Mapping[str, Any] = {"load_into_transformer_2": True} if adapter.second_expert else {}
    try:
        with warnings.catch_warnings():
            # A second adapter is what was meant here.
            warnings.filterwarnings("ignore", message="Already found a `peft_config` attribute")
            pipeline.load_lora_weights(
                adapter.weights,
                weight_name=adapter.file,
                adapter_name=name,
                local_files_only=not setup.download,
                cache_dir=setup.hub_cache,
                use_safetensors=True,
                **into,
            )
    # Whatever PEFT and diffusers stumble over in a file that is none of theirs.
    except (*UNREADABLE, RuntimeError, LookupError, TypeError, AttributeError, ImportError) as error:
        if not setup.download and not Path(adapter.weights).is_dir():
            hint = "name its folder by `weights`, or let it be fetched by `download = true`"
            raise EngineFailed(f"{where}: {adapter.file} is not on this machine; {hint}.") from error
        raise EngineFailed(
            f"{where}: {adapter.file} cannot be loaded ({reason_of(error)}); accepted is {accepted}."
        ) from error
    # One that was made for other layers is passed over without an error.
    if name not in getattr(network, "peft_config", {}):
        raise EngineFailed(
            f"{where}: {adapter.file} fits no layer of {type(network).__name__}; accepted is {accepted}."
        )
    return network
