"""Renders the jobs of the animatic engine, in a child process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from filmgate.domain.requests import Action, AspectRatio, GenerationRequest, Mode
from filmgate.domain.tasks import FileKind
from filmgate.engines.animatic.camera import CameraPath
from filmgate.engines.animatic.picture import open_picture
from filmgate.engines.animatic.poster import Poster
from filmgate.engines.animatic.scene import RGBFrame, Scene
from filmgate.engines.animatic.sound import LEAD_IN, continued, heard_at
from filmgate.engines.animatic.stage import Stage, Studio
from filmgate.engines.animatic.still import Dissolve, Still
from filmgate.engines.encoder import ClipShape, EncoderSettings, film
from filmgate.engines.join import join
from filmgate.engines.probe import clip_facts, last_frame
from filmgate.engines.soundtrack import Samples, read_sound
from filmgate.ports import RenderedFile, RenderJob

# Where the plain rate left fine, colourful pictures at 34 to 36 dB, this gave 38.7 dB and more, for about
# 80 kB a frame at 1280x720.
_PICTURE_QUANTISER = 10
# Joining copies packets and encodes sound, which takes a small part of the time of drawing.
_SHARE_OF_DRAWING = 0.95

_WARMING = GenerationRequest(action=Action.TEXT2VIDEO, model="", mode=Mode.STD, duration=1)


@dataclass(frozen=True, kw_only=True)
class Take:
    """One scene to film: `first` is the number of frames that went before the first one drawn."""

    scene: Scene
    path: CameraPath
    shape: ClipShape
    n_frames: int
    first: int = 0
    endpoint_quantiser: int | None = None


class AnimaticRenderer:
    """Films the stage set for a prompt, or the pictures and clips that were given; see `Renderer`."""

    def __init__(self, *, threads: int = 3, stage: Stage | None = None) -> None:
        self._threads = threads
        self._stage = stage or Studio()

    def warm(self) -> None:
        """Load the libraries and run every stage once, on a clip that nobody sees."""
        # Drawing waits for the encoder, never the other way round; more threads would only get in its way.
        cv2.setNumThreads(1)
        shape = ClipShape(width=64, height=64, fps=Fraction(8))
        scene = self._stage.scene(_WARMING, width=shape.width, height=shape.height, seed=0)
        sound = heard_at(self._stage.soundscape(_WARMING), seconds=Fraction(1, 4), seed=0)
        take = Take(scene=scene, path=CameraPath(None, duration=0.25), shape=shape, n_frames=2)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "warm.mp4"
            self._film(take, path, lambda _: None, sound=sound).write(Path(folder) / "warm.jpg")
            clip_facts(path, field="warm")

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Make `clip.mp4` and `poster.jpg` in the job's folder; see `Renderer`."""
        clip, still = job.folder / "clip.mp4", job.folder / "poster.jpg"
        match job.request.action:
            case Action.EXTEND:
                poster = self._extend(job, clip, progress)
            case Action.IMAGE2VIDEO:
                poster = self._film(_take_of_pictures(job), clip, progress, sound=self._sound(job))
            case Action.TEXT2VIDEO:
                poster = self._film(self._take_of_prompt(job), clip, progress, sound=self._sound(job))
        poster.write(still)
        facts = clip_facts(clip, field="clip")
        return (
            RenderedFile(kind=FileKind.CLIP, path=clip, content_type="video/mp4", clip=facts),
            RenderedFile(kind=FileKind.POSTER, path=still, content_type="image/jpeg"),
        )

    def _film(
        self, take: Take, target: Path, progress: Callable[[float], None], *, sound: Samples | None = None
    ) -> Poster:
        poster = Poster(n_frames=take.n_frames)

        def draw(frame: RGBFrame, number: int) -> None:
            time = float((take.first + number) / take.shape.fps)
            take.scene.draw(frame, time=time, pose=take.path.pose(time))
            poster.consider(frame, number)

        settings = EncoderSettings(threads=self._threads, endpoint_quantiser=take.endpoint_quantiser)
        film(
            target,
            shape=take.shape,
            n_frames=take.n_frames,
            draw=draw,
            sound=sound,
            progress=progress,
            settings=settings,
        )
        return poster

    def _extend(self, job: RenderJob, target: Path, progress: Callable[[float], None]) -> Poster:
        source, added = job.inputs["source_clip"], job.folder / "continuation.mp4"
        facts = clip_facts(source, field="video_id")
        shape = ClipShape.of(facts, field="video_id")
        scene = Still(last_frame(source, field="video_id"), width=shape.width, height=shape.height)
        n_frames = round(job.request.duration * shape.fps)
        take = Take(
            scene=scene,
            path=CameraPath(job.request.camera, duration=float(n_frames / shape.fps)),
            shape=shape,
            n_frames=n_frames,
            # The source already shows the resting view; its continuation starts one frame later.
            first=1,
        )
        poster = self._film(take, added, lambda share: progress(share * _SHARE_OF_DRAWING))
        heard = read_sound(source, seconds=facts.duration, field="video_id")
        sound = None
        if heard is not None:
            start = max(facts.duration - LEAD_IN, Fraction(0))
            seconds = facts.duration + n_frames / shape.fps - start
            soundscape = self._stage.soundscape(job.request)
            sound = continued(heard, heard_at(soundscape, seconds=seconds, seed=job.seed, start=start))
        join(source, added, target, sound=sound, field="video_id")
        added.unlink()
        progress(1.0)
        return poster

    def _take_of_prompt(self, job: RenderJob) -> Take:
        ratio = (job.request.aspect_ratio or AspectRatio.WIDE).fraction
        shape = _shape(job, ratio)
        scene = self._stage.scene(job.request, width=shape.width, height=shape.height, seed=job.seed)
        return Take(scene=scene, path=_path(job), shape=shape, n_frames=_n_frames(job))

    def _sound(self, job: RenderJob) -> Samples | None:
        if not job.spec.makes_sound(job.request):
            return None
        soundscape = self._stage.soundscape(job.request)
        return heard_at(soundscape, seconds=Fraction(job.request.duration), seed=job.seed)


def _take_of_pictures(job: RenderJob) -> Take:
    picture = open_picture(job.inputs["start_image"], field="start_image_url")
    ratio = Fraction(picture.shape[1], picture.shape[0])
    if job.request.aspect_ratio is not None:
        ratio = job.request.aspect_ratio.fraction
    shape, n_frames = _shape(job, ratio), _n_frames(job)
    scene: Scene = Still(picture, width=shape.width, height=shape.height)
    if "end_image" in job.inputs:
        end = open_picture(job.inputs["end_image"], field="end_image_url")
        last = float((n_frames - 1) / shape.fps)
        scene = Dissolve(scene, Still(end, width=shape.width, height=shape.height), seconds=last)
    return Take(
        scene=scene, path=_path(job), shape=shape, n_frames=n_frames, endpoint_quantiser=_PICTURE_QUANTISER
    )


def _shape(job: RenderJob, ratio: Fraction) -> ClipShape:
    assert job.spec.fps is not None, f"{job.spec.model} only extends"
    width, height = job.spec.frame_size(ratio)
    return ClipShape(width=width, height=height, fps=Fraction(job.spec.fps))


def _n_frames(job: RenderJob) -> int:
    assert job.spec.fps is not None, f"{job.spec.model} only extends"
    return job.request.duration * job.spec.fps


def _path(job: RenderJob) -> CameraPath:
    assert job.spec.fps is not None, f"{job.spec.model} only extends"
    # The last frame is shown one frame before the end, and is where the move must be complete.
    return CameraPath(job.request.camera, duration=(_n_frames(job) - 1) / job.spec.fps)
