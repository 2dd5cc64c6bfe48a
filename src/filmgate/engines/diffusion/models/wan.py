"""Wan 2.1 and 2.2: text or a first picture, and for some checkpoints a last one."""

from typing import Any

from diffusers import DiffusionPipeline, WanImageToVideoPipeline, WanPipeline
from PIL import Image

from filmgate.engines.diffusion.models.calling import call_of
from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot


class WanCaller:
    """Calls a pipeline for text, for pictures, or both of them over the same weights."""

    def __init__(self, pipeline: DiffusionPipeline, *, recipe: Recipe) -> None:
        self._recipe = recipe
        if recipe.boundary_ratio is not None:
            pipeline.register_to_config(boundary_ratio=recipe.boundary_ratio)
        self._for_text = pipeline if isinstance(pipeline, WanPipeline) else None
        self._for_pictures = (
            pipeline if isinstance(pipeline, WanImageToVideoPipeline) else _with_pictures(pipeline)
        )

    def __call__(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model.shoot`."""
        call = call_of(scene, recipe=self._recipe, on_step=on_step)
        if self._recipe.guidance_2 is not None:
            # The two experts keep their proportion when the caller moves the weight of the prompt.
            call["guidance_scale_2"] = self._recipe.guidance_2 * scene.guidance / self._recipe.guidance
        pipeline: Any = self._for_text
        if scene.begins:
            pipeline = self._for_pictures
            call["image"] = Image.fromarray(scene.begins[-1])
            if scene.ends is not None:
                call["last_image"] = Image.fromarray(scene.ends)
        pipeline.set_progress_bar_config(disable=True)
        return Shot(pipeline(**call).frames[0])


def _with_pictures(pipeline: DiffusionPipeline) -> WanImageToVideoPipeline:
    return WanImageToVideoPipeline(
        **pipeline.components,
        boundary_ratio=pipeline.config.boundary_ratio,
        expand_timesteps=pipeline.config.expand_timesteps,
    )
