"""Wan VACE: text, any known frames, and pictures of subjects, all by one mask."""

from diffusers import DiffusionPipeline
from PIL import Image

from filmgate.engines.diffusion.models.calling import call_of
from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot

_UNKNOWN = (128, 128, 128)
_KEEP, _MAKE = 0, 255


class WanVACECaller:
    """Calls the pipeline with the frames that are known, and a mask that is white where none is."""

    def __init__(self, pipeline: DiffusionPipeline, *, recipe: Recipe) -> None:
        self._pipeline = pipeline
        self._recipe = recipe

    def __call__(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model.shoot`."""
        call = call_of(scene, recipe=self._recipe, on_step=on_step)
        if scene.begins or scene.ends is not None:
            call["video"], call["mask"] = known_frames(scene)
        if scene.references:
            call["reference_images"] = [Image.fromarray(picture) for picture in scene.references]
        self._pipeline.set_progress_bar_config(disable=True)
        return Shot(self._pipeline(**call).frames[0])


def known_frames(scene: Scene) -> tuple[list[Image.Image], list[Image.Image]]:
    """Return a frame and a mask for every frame of the scene; what is not known is grey, its mask white."""
    size = scene.width, scene.height
    ends = [] if scene.ends is None else [Image.fromarray(scene.ends)]
    begins = [Image.fromarray(frame) for frame in scene.begins]
    n_unknown = scene.n_frames - len(begins) - len(ends)
    keep, make = Image.new("L", size, _KEEP), Image.new("L", size, _MAKE)
    frames = [*begins, *[Image.new("RGB", size, _UNKNOWN)] * n_unknown, *ends]
    return frames, [*[keep] * len(begins), *[make] * n_unknown, *[keep] * len(ends)]
