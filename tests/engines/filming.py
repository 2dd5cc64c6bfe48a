"""Things to film, and eyes to see what came out."""

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import cv2
import numpy as np
from PIL import Image

from filmgate.domain.models import AudioSupport, ModelSpec
from filmgate.domain.requests import Action, GenerationRequest, Mode, RemoteMedia
from filmgate.domain.tasks import ClipFacts, FileKind, TaskId
from filmgate.engines import colour
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.prompts.reading import Reading
from filmgate.engines.animatic.renderer import AnimaticRenderer
from filmgate.engines.animatic.scene import RGBFrame, Scene
from filmgate.engines.animatic.sounds.soundscape import Soundscape
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.encoder import Draw, film
from filmgate.ports import RenderJob

SHAPE = ClipShape(width=160, height=90, fps=Fraction(12))

SOMEWHERE = RemoteMedia(url="https://pictures.example/a")
"""Where a request says a picture is; jobs find it among their inputs."""

SPEC = ModelSpec(
    model="kling-small",
    mode=Mode.STD,
    text2video=True,
    image2video=True,
    extend=True,
    durations=(1,),
    end_image_durations=(1,),
    camera_durations=(1,),
    audio=AudioSupport.OPTIONAL,
    references=True,
    multi_shot=True,
    short_side=90,
    fps=12,
    single_mode=False,
    millicredits_per_second=0,
    audio_factor=Fraction(1),
)


def texture(*, width: int, height: int, seed: int = 1, grain: int = 12) -> RGBFrame:
    """Soft colourful blotches of about `grain` pixels, the same for the same seed."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 236, (height // grain + 2, width // grain + 2, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def sliding(frame: RGBFrame, number: int) -> None:
    """Draw blotches that move two pixels to the left with every frame."""
    height, width = frame.shape[:2]
    frame[:] = texture(width=width + 400, height=height)[:, 2 * number : 2 * number + width]


def a_clip(path: Path, *, n_frames: int = 12, draw: Draw = sliding, **changes: Any) -> Path:
    """Film a small clip to `path`; `changes` are arguments of `film`."""
    plain: dict[str, Any] = {"shape": SHAPE, "n_frames": n_frames, "draw": draw}
    film(path, **plain | changes)
    return path


def frames_of(path: Path) -> list[RGBFrame]:
    """Decode every frame to RGB."""
    with av.open(str(path)) as container:
        return [colour.to_rgb(frame) for frame in container.decode(video=0)]


def fingerprints(path: Path) -> list[str]:
    """Hash every decoded frame as it is stored, before any conversion."""
    with av.open(str(path)) as container:
        return [sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]


def shown_at(path: Path) -> list[Fraction]:
    """Return when every frame is shown, in seconds from the start."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [(frame.pts or 0) * Fraction(frame.time_base or 0) for frame in frames]


def psnr(one: RGBFrame, other: RGBFrame) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    return float(cv2.PSNR(one, other))


def motion(before: RGBFrame, after: RGBFrame) -> tuple[float, float, float, float]:
    """Estimate how the picture moved: right and down in pixels, turned clockwise (rad), scale.

    Features are tracked from one frame to the other, and the nearest similarity is fitted to them.
    """
    first, second = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after))
    points = cv2.goodFeaturesToTrack(first, 200, 0.01, 4)
    tracked, found, _ = cv2.calcOpticalFlowPyrLK(
        first, second, points, np.empty_like(points), winSize=(21, 21), maxLevel=4
    )
    kept = found.ravel() == 1
    matrix, _ = cv2.estimateAffinePartial2D(points[kept], tracked[kept], ransacReprojThreshold=2.0)
    middle = np.array([before.shape[1] / 2, before.shape[0] / 2, 1])
    moved = matrix @ middle - middle[:2]
    scale, turned = np.hypot(matrix[0, 0], matrix[1, 0]), np.arctan2(matrix[1, 0], matrix[0, 0])
    return float(moved[0]), float(moved[1]), float(turned), float(scale)


def a_picture(path: Path, *, width: int = 320, height: int = 180, seed: int = 1) -> Path:
    """Save blotches as a picture."""
    Image.fromarray(texture(width=width, height=height, seed=seed)).save(path)
    return path


class FakeStage:
    """A stage whose every scene is one textured wall, with a breeze."""

    def scene(self, reading: Reading, *, width: int, height: int, seed: int) -> Scene:
        """Hang up a wall that depends on the seed alone."""
        return Still(texture(width=2 * width, height=2 * height, seed=seed), width=width, height=height)

    def soundscape(self, reading: Reading, *, is_given: bool) -> Soundscape:
        """Hear a breeze."""
        return Soundscape(levels={"wind": 0.0})


def staged_renderer(*, threads: int = 3) -> AnimaticRenderer:
    """Build the renderer on the fake stage; children find it by name."""
    return AnimaticRenderer(threads=threads, stage=FakeStage())


def a_job(folder: Path, *, inputs: Mapping[str, Path] | None = None, **request: Any) -> RenderJob:
    """A job of one second with the seed 7 in a new folder; the rest are fields of its request.

    A start or end image among the inputs is one of the request too.
    """
    folder.mkdir(exist_ok=True)
    inputs = inputs or {}
    frames = {name: SOMEWHERE for name in ("start_image", "end_image") if name in inputs}
    asked: dict[str, Any] = {
        "action": Action.TEXT2VIDEO,
        "model": "kling-small",
        "mode": Mode.STD,
        "duration": 1,
    }
    return RenderJob(
        task_id=TaskId(UUID(int=7)),
        attempt=1,
        request=GenerationRequest(**asked | frames | request),
        spec=SPEC,
        seed=7,
        inputs=inputs,
        folder=folder,
    )


def rendered(job: RenderJob) -> tuple[Path, ClipFacts]:
    """Render the job on the fake stage; return the clip and what was measured on it."""
    files = staged_renderer().render(job, lambda _: None)
    clip = next(file for file in files if file.kind is FileKind.CLIP)
    assert clip.clip is not None
    return clip.path, clip.clip
