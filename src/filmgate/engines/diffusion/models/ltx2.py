"""LTX-2: picture and sound at once, with given frames at the beginning and the end."""

from diffusers import DiffusionPipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from PIL import Image

from filmgate.engines.diffusion.models.calling import call_of
from filmgate.engines.diffusion.profile import Recipe
from filmgate.engines.diffusion.scene import OnStep, Scene, Shot
from filmgate.engines.diffusion.sound import at_clip_rate


class LTX2Caller:
    """Calls the pipeline that takes conditions; without any it films text."""

    def __init__(self, pipeline: DiffusionPipeline, *, recipe: Recipe) -> None:
        self._pipeline = pipeline
        self._recipe = recipe

    def __call__(self, scene: Scene, on_step: OnStep) -> Shot:
        """See `Model.shoot`."""
        call = call_of(scene, recipe=self._recipe, on_step=on_step)
        call["frame_rate"] = float(scene.rate)
        call["conditions"] = _conditions(scene) or None
        self._pipeline.set_progress_bar_config(disable=True)
        made = self._pipeline(**call)
        samples = made.audio[0].float().cpu().numpy()
        rate = self._pipeline.vocoder.config.output_sampling_rate
        return Shot(made.frames[0], at_clip_rate(samples, rate=rate, seconds=scene.n_frames / scene.rate))


def _conditions(scene: Scene) -> list[LTX2VideoCondition]:
    conditions = []
    if scene.begins:
        frames = [Image.fromarray(frame) for frame in scene.begins]
        conditions.append(LTX2VideoCondition(frames=frames, index=0))
    if scene.ends is not None:
        conditions.append(LTX2VideoCondition(frames=Image.fromarray(scene.ends), index=-1))
    return conditions
