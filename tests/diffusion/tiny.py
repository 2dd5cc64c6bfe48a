"""Profiles and jobs so small that a film takes a second, over checkpoints to match."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from filmgate.domain.requests import Action, Element, RemoteMedia
from filmgate.engines.diffusion.adapters import Adapter
from filmgate.engines.diffusion.profile import Family, Profile, load_profile
from filmgate.engines.diffusion.renderer import DiffusionRenderer
from filmgate.engines.diffusion.scene import Scene
from filmgate.engines.diffusion.setup import Setup
from filmgate.ports import RenderJob
from filmgate.testing.jobs import a_job
from tests.diffusion import other_checkpoints, wan_checkpoints

MAKERS: Mapping[str, Callable[[], DiffusionPipeline]] = {
    "wan2.1-t2v-1.3b": wan_checkpoints.wan_t2v,
    "wan2.1-vace-1.3b": wan_checkpoints.wan_vace,
    "wan2.1-flf2v-14b": wan_checkpoints.wan_flf2v,
    "wan2.2-ti2v-5b": wan_checkpoints.wan_ti2v_5b,
    "wan2.2-t2v-a14b": wan_checkpoints.wan_t2v_a14b,
    "wan2.2-i2v-a14b": wan_checkpoints.wan_i2v_a14b,
    "ltx-2.3-distilled": other_checkpoints.ltx2,
    "ltx-2-19b": other_checkpoints.ltx2,
    "hunyuan-video-1.5": other_checkpoints.hunyuan_video_15,
    "hunyuan-video-1.5-i2v": other_checkpoints.hunyuan_video_15_i2v,
}

_MEDIA = RemoteMedia(url="https://example.com/given.png")


def save_checkpoint(profile: str, folder: Path) -> None:
    """Save random weights, the same ones each time, as a checkpoint for the profile."""
    torch.manual_seed(0)
    MAKERS[profile]().save_pretrained(folder)


def tiny(name: str, *, steps: int = 2, adapters: Sequence[Adapter] = (), **delivery: Any) -> Profile:
    """The profile of this name, for frames of 32 lines, 8 a second, in windows of a second."""
    plain = load_profile(name)
    halves_time_once = plain.family in (Family.LTX2, Family.HUNYUAN_VIDEO_15)
    native = {
        "short_side": 32,
        "size_grid": min(32, plain.native.size_grid),
        "rates": (8,),
        "frame_grid": 2 if halves_time_once else 4,
        "window": 9,
        "context": min(plain.native.context, 3 if halves_time_once else 5),
    }
    recipe = {
        "steps": steps,
        "sigmas": plain.recipe.sigmas and tuple(1 - step / steps for step in range(steps)),
        "max_sequence_length": 16 if plain.recipe.max_sequence_length else None,
    }
    memory = {"dtype": "float32", "vae_dtype": None, "offload": "none", "vae_tiling": False}
    chain = {"windows": 3 if plain.native.context else 1, "interpolate": 4.0, "upscale": 1.5} | delivery
    return Profile.model_validate(
        plain.model_dump()
        | {
            "native": native,
            "recipe": plain.recipe.model_dump() | recipe,
            "memory": plain.memory.model_dump() | memory,
            "delivery": chain,
            "adapters": adapters,
        }
    )


def on_processor(checkpoint: Path, **changes: Any) -> Setup:
    """How a tiny checkpoint is held; one thread, for more of them only wait for each other."""
    return Setup(checkpoint=str(checkpoint), device="cpu", threads=1, **changes)


def warmed(profile: Profile, setup: Setup) -> DiffusionRenderer:
    """A renderer in this process, with its model loaded."""
    renderer = DiffusionRenderer(profile=profile.model_dump(mode="json"), setup=setup.model_dump(mode="json"))
    renderer.warm()
    return renderer


def a_film(folder: Path, *, short_side: int = 32, fps: int = 8, **changes: Any) -> RenderJob:
    """A job for a second, and whatever pictures its changes name as `start_image` and so on."""
    job = a_job(folder)
    inputs: dict[str, Path] = {
        name: changes.pop(name) for name in ("start_image", "end_image") if name in changes
    }
    subjects: Sequence[Path] = changes.pop("elements", ())
    asked: dict[str, Any] = {"duration": 1, **dict.fromkeys(inputs, _MEDIA), **changes}
    if inputs:
        asked["action"] = Action.IMAGE2VIDEO
    if subjects:
        asked["elements"] = tuple(Element(image=_MEDIA) for _ in subjects)
        inputs |= {f"element_{number}": path for number, path in enumerate(subjects, 1)}
    request = replace(job.request, **asked)
    spec = replace(job.spec, short_side=short_side, fps=fps)
    return replace(job, request=request, spec=spec, inputs=inputs)


def a_picture(folder: Path, *, colour: tuple[int, int, int] = (200, 60, 40), name: str = "picture") -> Path:
    """A picture of 64 x 36 that runs from black to a colour."""
    path = folder / f"{name}.png"
    ramp = np.linspace(0, 1, 64)[None, :, None] * np.array(colour)
    Image.fromarray(np.broadcast_to(ramp, (36, 64, 3)).astype(np.uint8)).save(path)
    return path


def a_scene(*, prompt: str = "a quiet sea", width: int = 64, height: int = 32, n_frames: int = 9) -> Scene:
    """A run of the model on text alone."""
    return Scene(
        prompt=prompt,
        negative="rain",
        guidance=5.0,
        seed=3,
        width=width,
        height=height,
        n_frames=n_frames,
        rate=Fraction(8),
    )
