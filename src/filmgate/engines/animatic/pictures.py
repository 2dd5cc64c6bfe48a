"""Which scene the pictures of a request become."""

from collections.abc import Mapping
from pathlib import Path

from filmgate.domain.requests import GenerationRequest
from filmgate.engines.animatic.mood import Mood, mood_of
from filmgate.engines.animatic.morph import Morph
from filmgate.engines.animatic.picture import open_picture
from filmgate.engines.animatic.scene import RGBFrame, Scene
from filmgate.engines.animatic.still import Still
from filmgate.engines.encoder import ClipShape


def scene_of_pictures(
    request: GenerationRequest, start: RGBFrame, inputs: Mapping[str, Path], *, shape: ClipShape, seed: int
) -> Scene:
    """Return the start image as a scene, on its way to the end image where there is one.

    Raises:
        InvalidRequest: the end image cannot be opened; names its field.
    """
    if "end_image" not in inputs:
        return still_scene(request, start, shape=shape, seed=seed)
    n_frames = round(request.duration * shape.fps)
    return Morph(
        start,
        open_picture(inputs["end_image"], field="end_image_url"),
        width=shape.width,
        height=shape.height,
        # The last frame is shown one frame before the end.
        seconds=float((n_frames - 1) / shape.fps),
        mood=_mood(request),
        seed=seed,
    )


def still_scene(request: GenerationRequest, picture: RGBFrame, *, shape: ClipShape, seed: int) -> Still:
    """Return one picture as a scene; it sways where the request has no say in how the camera moves."""
    return Still(
        picture,
        width=shape.width,
        height=shape.height,
        mood=_mood(request),
        sways=request.camera is None,
        seed=seed,
    )


def _mood(request: GenerationRequest) -> Mood:
    return mood_of(
        request.prompt,
        negative_prompt=request.negative_prompt or "",
        cfg_scale=request.effective_cfg_scale,
    )
