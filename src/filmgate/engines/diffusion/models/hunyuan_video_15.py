"""HunyuanVideo-1.5: text, or in a checkpoint of its own a first picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diffusers import DiffusionPipeline, HunyuanVideo15ImageToVideoPipeline
from diffusers.pipelines.hunyuan_video1_5.image_processor import HunyuanVideo15ImageProcessor
from PIL import Image

from filmgate.engines.diffusion.models.calling import call_without_callback
from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot


class _SizeOfPicture(HunyuanVideo15ImageProcessor):  # type: ignore[misc]
    """Films in the size of the given picture, where the pipeline would choose one near its proportions."""

    def calculate_default_height_width(self, height: int, width: int, target_size: int) -> tuple[int, int]:
        """Return what is given, which is on the grid of the profile already."""
        del target_size
        return height, width


class HunyuanVideo15Caller:
    """Calls a pipeline that has a guider instead of a guidance, and no callback after a step."""

    def __init__(self, pipeline: DiffusionPipeline, *, recipe: Recipe) -> None:
        self._pipeline = pipeline
        self._recipe = recipe
        self._begins_on_picture = isinstance(pipeline, HunyuanVideo15ImageToVideoPipeline)
        if self._begins_on_picture:
            grid = pipeline.video_processor.config.vae_scale_factor
            pipeline.video_processor = _SizeOfPicture(do_resize=False, vae_scale_factor=grid)

    def __call__(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model.shoot`."""
        call = call_without_callback(scene, recipe=self._recipe)
        if self._begins_on_picture:
            # The size is the picture's.
            del call["width"], call["height"]
            call["image"] = Image.fromarray(scene.begins[-1])
        self._pipeline.guider = self._pipeline.guider.new(guidance_scale=scene.guidance)
        self._pipeline.set_progress_bar_config(disable=True)
        with _stepping(self._pipeline.scheduler, on_step):
            made = self._pipeline(**call)
        return Shot(made.frames[0])


@contextmanager
def _stepping(scheduler: Any, on_step: OnStep) -> Iterator[None]:
    """A block in which every step of the scheduler is told of."""
    step = scheduler.step

    def told_step(*args: Any, **options: Any) -> Any:
        made = step(*args, **options)
        on_step()
        return made

    scheduler.step = told_step
    try:
        yield
    finally:
        del scheduler.step
