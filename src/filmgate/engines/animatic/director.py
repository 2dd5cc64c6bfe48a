"""Turns jobs into takes: which scenes are built, where the camera goes, how one clip continues another."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from filmgate.engines.animatic.camera import CameraPath
from filmgate.engines.animatic.continuity import Continuity, from_comment
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.production import Production
from filmgate.engines.animatic.prompts.reading import Reading
from filmgate.engines.animatic.prompts.shots import reading_of
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.animatic.stage import Stage
from filmgate.engines.animatic.takes import Crossing, Reel, Take
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.probe import comment_of, last_frame
from filmgate.ports import RenderJob

# For how long the light of one prompt goes over into that of the next.
_CROSSING_SECONDS = 2.5
# A frame drawn again differs from the decoded one by what the encoder lost: 33 dB in the densest rain.
_LEAST_LIKENESS_DB = 27.0


@dataclass(frozen=True, kw_only=True)
class Script:
    """All that is filmed for a job; `continuity` is what an extension needs to go on in its last scene."""

    reel: Reel
    continuity: Continuity | None = None
    has_pictures: bool = False


class Director:
    """Plans clips on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def new_clip(self, job: RenderJob) -> Script:
        """Plan the clip of a prompt, and of what was given with it.

        Raises:
            InvalidRequest: something given cannot be used; names its field.
        """
        production = Production(job, self._stage)
        takes = production.takes()
        return Script(
            reel=Reel(takes, shape=production.shape),
            continuity=production.continuity(takes),
            has_pictures=production.has_pictures,
        )

    def continuation(self, job: RenderJob, source: Path, *, shape: ClipShape) -> Script:
        """Plan what comes after a clip: more of its scene where it is one of ours, else of its last frame.

        Raises:
            InvalidRequest: the source cannot be read.
        """
        n_frames = round(job.request.duration * shape.fps)
        last = last_frame(source, field="video_id")
        before = from_comment(comment_of(source, field="video_id") or "")
        if before is not None:
            scene = self._scene(before, shape=shape)
            if _shows(scene, before, last):
                return self._more_of(job, scene, before, n_frames=n_frames, shape=shape)
        return _more_of_a_picture(job, last, n_frames=n_frames, shape=shape)

    def _more_of(
        self, job: RenderJob, scene: Scene, before: Continuity, *, n_frames: int, shape: ClipShape
    ) -> Script:
        reading = reading_of(job.request, before=before.reading)
        step, until = float(1 / shape.fps), float(n_frames / shape.fps)
        path = CameraPath(way=reading.way, start=before.standpoint, duration=until)
        if (reading.family, reading.mood) != (before.reading.family, before.reading.mood):
            after = self._stage.scene(reading, width=shape.width, height=shape.height, seed=before.seed)
            scene = Crossing(scene, after, moment=before.moment, seconds=_CROSSING_SECONDS)
        take = Take(
            build=lambda: scene, path=path, n_frames=n_frames, moment=before.moment + step, begun=step
        )
        continuity = Continuity(
            reading=reading,
            seed=before.seed,
            moment=before.moment + until,
            standpoint=path.standpoint(until),
        )
        return Script(reel=Reel([take], shape=shape), continuity=continuity)

    def _scene(self, continuity: Continuity, *, shape: ClipShape) -> Scene:
        return self._stage.scene(
            continuity.reading, width=shape.width, height=shape.height, seed=continuity.seed
        )


def _shows(scene: Scene, continuity: Continuity, last: RGBFrame) -> bool:
    """Say whether the scene is really what the clip ended with; another version may draw another one."""
    frame = np.empty_like(last)
    scene.draw(frame, time=continuity.moment, pose=continuity.standpoint.pose)
    return cv2.PSNR(frame, last) >= _LEAST_LIKENESS_DB


def _still(picture: RGBFrame, reading: Reading, *, way: Pose | None, shape: ClipShape, seed: int) -> Still:
    return Still(
        picture,
        width=shape.width,
        height=shape.height,
        mood=reading.mood,
        # What moves unasked would blur what the camera was asked to do.
        sways=way is None,
        seed=seed,
    )


def _more_of_a_picture(job: RenderJob, last: RGBFrame, *, n_frames: int, shape: ClipShape) -> Script:
    reading = reading_of(job.request)
    take = Take(
        build=partial(_still, last, reading, way=reading.way, shape=shape, seed=job.seed),
        path=CameraPath(way=reading.way, duration=float(n_frames / shape.fps)),
        n_frames=n_frames,
        # The source already shows the resting view; its continuation starts one frame later.
        moment=float(1 / shape.fps),
        begun=float(1 / shape.fps),
    )
    return Script(reel=Reel([take], shape=shape))
