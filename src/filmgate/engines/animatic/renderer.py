"""Renders the jobs of the animatic engine, in a child process."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from filmgate.domain.requests import Action
from filmgate.engines.animatic.camera import CameraPath
from filmgate.engines.animatic.continuity import to_comment
from filmgate.engines.animatic.director import Director, Script
from filmgate.engines.animatic.given import kept_sound, starts_on_picture
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.prompts.shots import planned_shots, reading_of
from filmgate.engines.animatic.sounds.sound import LEAD_IN, continued, heard_along, heard_at
from filmgate.engines.animatic.stage import Stage, Studio
from filmgate.engines.animatic.takes import Reel, Take
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.encoder import EncoderSettings, film
from filmgate.engines.join import join
from filmgate.engines.poster import Poster, clip_and_poster
from filmgate.engines.probe import clip_facts
from filmgate.engines.soundtrack import Samples, original_sound, read_sound
from filmgate.ports import RenderedFile, RenderJob

# Where the plain rate left fine, colourful pictures at 34 to 36 dB, this gave 38.7 dB and more, for about
# 80 kB a frame at 1280x720.
_PICTURE_QUANTISER = 10
# Joining copies packets and encodes sound, which takes a small part of the time of drawing.
_SHARE_OF_DRAWING = 0.95

_WARMING = read("music")


class AnimaticRenderer:
    """Films the stage set for a prompt, or the pictures and clips that were given; see `Renderer`."""

    def __init__(self, *, threads: int = 3, stage: Stage | None = None) -> None:
        self._threads = threads
        self._stage = stage or Studio()
        self._director = Director(self._stage)

    def warm(self) -> None:
        """Load the libraries and run the stage once, on a clip that nobody sees."""
        # Drawing waits for the encoder, never the other way round; more threads would only get in its way.
        cv2.setNumThreads(1)
        shape = ClipShape(width=64, height=64, fps=Fraction(8))
        build = partial(self._stage.scene, _WARMING, width=shape.width, height=shape.height, seed=0)
        soundscape = self._stage.soundscape(_WARMING, is_given=False)
        sound = heard_at(soundscape, seconds=Fraction(1, 4), seed=0)
        take = Take(build=build, path=CameraPath(duration=0.25), n_frames=2)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "warm.mp4"
            script = Script(reel=Reel([take], shape=shape))
            self._film(script, path, lambda _: None, sound=sound).write(Path(folder) / "warm.jpg")
            clip_facts(path, field="warm")

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Make `clip.mp4` and `poster.jpg` in the job's folder; see `Renderer`."""
        clip, still = job.folder / "clip.mp4", job.folder / "poster.jpg"
        if job.request.action is Action.EXTEND:
            poster = self._extend(job, clip, progress)
        else:
            poster = self._film(self._director.new_clip(job), clip, progress, sound=self._sound(job))
        poster.write(still)
        return clip_and_poster(clip, still)

    def _film(
        self,
        script: Script,
        target: Path,
        progress: Callable[[float], None],
        *,
        sound: Samples | None = None,
    ) -> Poster:
        reel = script.reel
        poster = Poster(n_frames=reel.n_frames)
        film(
            target,
            shape=reel.shape,
            n_frames=reel.n_frames,
            draw=poster.watching(reel.draw),
            sound=sound,
            progress=progress,
            settings=EncoderSettings(
                threads=self._threads,
                endpoint_quantiser=_PICTURE_QUANTISER if script.has_pictures else None,
            ),
            comment=_comment(script),
        )
        return poster

    def _extend(self, job: RenderJob, target: Path, progress: Callable[[float], None]) -> Poster:
        source, added = job.inputs["source_clip"], job.folder / "continuation.mp4"
        facts = clip_facts(source, field="video_id")
        shape = ClipShape.of(facts, field="video_id")
        script = self._director.continuation(job, source, shape=shape)
        poster = self._film(script, added, lambda share: progress(share * _SHARE_OF_DRAWING))
        sound = read_sound(source, seconds=facts.duration, field="video_id")
        if sound is not None:
            seconds = script.reel.n_frames / shape.fps
            sound = continued(sound, self._sound_after(job, script, after=facts.duration, seconds=seconds))
        join(source, added, target, sound=sound, field="video_id", comment=_comment(script))
        added.unlink()
        progress(1.0)
        return poster

    def _sound_after(self, job: RenderJob, script: Script, *, after: Fraction, seconds: Fraction) -> Samples:
        """Return what is heard in a continuation, and for the lead-in before it."""
        lead_in = min(LEAD_IN, after)
        ours = script.continuity
        reading, seed = (ours.reading, ours.seed) if ours else (reading_of(job.request), job.seed)
        soundscape = self._stage.soundscape(reading, is_given=ours is None)
        return heard_at(soundscape, seconds=lead_in + seconds, seed=seed, start=after - lead_in)

    def _sound(self, job: RenderJob) -> Samples | None:
        kept = kept_sound(job)
        if kept is not None:
            return original_sound(kept.path, seconds=Fraction(job.request.duration), field=kept.field)
        if not job.spec.makes_sound(job.request):
            return None
        is_given = starts_on_picture(job.request)
        parts = [
            (self._stage.soundscape(shot.reading, is_given=is_given and number == 0), Fraction(shot.seconds))
            for number, shot in enumerate(planned_shots(job.request))
        ]
        return heard_along(parts, seed=job.seed)


def _comment(script: Script) -> str | None:
    return to_comment(script.continuity) if script.continuity else None
