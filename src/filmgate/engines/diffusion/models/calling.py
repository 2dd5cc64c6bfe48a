"""What the calls of all pipelines have in common."""

from typing import Any

import torch

from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene


def call_of(scene: Scene, *, recipe: Recipe, on_step: OnStep) -> dict[str, Any]:
    """Return the arguments that pipelines with a step callback take, by their names."""

    def after_step(_pipeline: object, _step: int, _time: object, _tensors: object) -> dict[str, Any]:
        on_step()
        return {}

    return _plain(scene, recipe=recipe) | {
        "guidance_scale": scene.guidance,
        "callback_on_step_end": after_step,
    }


def call_without_callback(scene: Scene, *, recipe: Recipe) -> dict[str, Any]:
    """Return the arguments that pipelines without a step callback or a guidance take."""
    return _plain(scene, recipe=recipe)


def _plain(scene: Scene, *, recipe: Recipe) -> dict[str, Any]:
    call = {
        "prompt": scene.prompt,
        "width": scene.width,
        "height": scene.height,
        "num_frames": scene.n_frames,
        "num_inference_steps": recipe.steps,
        # Noise from the processor is the same on every device.
        "generator": torch.Generator("cpu").manual_seed(scene.seed),
        "output_type": "np",
        **recipe.more,
    }
    if recipe.guidance_range is not None:
        call["negative_prompt"] = scene.negative
    if recipe.sigmas is not None:
        call["sigmas"] = list(recipe.sigmas)
    if recipe.max_sequence_length is not None:
        call["max_sequence_length"] = recipe.max_sequence_length
    return call
