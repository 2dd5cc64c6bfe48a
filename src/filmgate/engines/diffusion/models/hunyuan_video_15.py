"""HunyuanVideo-1.5: text alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diffusers import DiffusionPipeline

from filmgate.engines.diffusion.models.calling import call_without_callback
from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot


class HunyuanVideo15Caller:
    """Calls a pipeline that has a guider instead of a guidance, and no callback after a step."""

    def __init__(self, pipeline: DiffusionPipeline, *, recipe: Recipe) -> None:
        self._pipeline = pipeline
        self._recipe = recipe

    def __call__(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model.shoot`."""
        self._pipeline.guider = self._pipeline.guider.new(guidance_scale=scene.guidance)
        self._pipeline.set_progress_bar_config(disable=True)
        with _stepping(self._pipeline.scheduler, on_step):
            made = self._pipeline(**call_without_callback(scene, recipe=self._recipe))
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
