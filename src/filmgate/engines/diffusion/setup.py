"""How the operator wants a model held and hurried, as the child is told."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Backends whose kernels are fetched from the hub when they are first used are left out on purpose.
Attention = Literal[
    "native",
    "flash",
    "_flash_3",
    "flex",
    "sage",
    "xformers",
    "_native_cudnn",
    "_native_flash",
    "_native_math",
]
Cache = Literal["none", "first_block", "taylorseer", "mag", "pab", "faster"]
Quantise = Literal["none", "fp8", "int8_weights", "fp8_weights", "fp8_compute"]
Offload = Literal["none", "model", "group"]


class Setup(BaseModel):
    """What the child builds its model by; None leaves to the profile what that decides.

    `device` is one of PyTorch's, or `auto`; `threads` are those that it computes with on a processor.
    `checkpoint` is a folder or a name on the hub. Only with `download` may it be fetched, and then while the
    child gets ready, never for a job.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = "auto"
    threads: Annotated[int | None, Field(ge=1)] = None
    checkpoint: str | None = None
    download: bool = False
    hub_cache: Path | None = None
    offload: Offload | None = None
    vae_tiling: bool | None = None
    attention: Attention = "native"
    cache: Cache = "none"
    cache_threshold: Annotated[float | None, Field(gt=0)] = None
    compile: bool = False
    quantise: Quantise = "none"
