"""Renders the jobs of a diffusion engine, in a child process that keeps its model."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from filmgate.domain.errors import EngineFailed
from filmgate.engines.colour import RGBFrame
from filmgate.engines.diffusion.adapters import moves_of, worn_for
from filmgate.engines.diffusion.brief import Brief, Source
from filmgate.engines.diffusion.camera import travels
from filmgate.engines.diffusion.profile import Profile
from filmgate.engines.diffusion.reel import Reel
from filmgate.engines.diffusion.scene import Footage, Model, Scene, Shot
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.diffusion.sound import fitted, spliced
from filmgate.engines.diffusion.stages import Stages
from filmgate.engines.diffusion.words import camera_words, spoken_negative, spoken_prompt
from filmgate.engines.encoder import EncoderSettings, film
from filmgate.engines.join import join
from filmgate.engines.poster import Poster, clip_and_poster
from filmgate.engines.soundtrack import Samples, read_sound
from filmgate.ports import RenderedFile, RenderJob

_MIB = 2**20
# The model's steps take nearly all of the time.
_SHARE_OF_STEPS = 0.92
# A clip that begins on a given picture repeats it more closely than the rest.
_PICTURE_QUANTISER = 10


class DiffusionRenderer:
    """Films with one loaded model; see `Renderer`. `profile` and `setup` are both as JSON."""

    def __init__(self, *, profile: Mapping[str, Any], setup: Mapping[str, Any]) -> None:
        self._profile = Profile.model_validate(profile)
        self._setup = Setup.model_validate(setup)
        self._model: Model | None = None

    def warm(self) -> None:
        """Load the model."""
        try:
            from filmgate.engines.diffusion.models.opening import open_model
        except ImportError as error:
            message = (
                f'kind = "diffusion" needs {error.name}, which is not installed: '
                "install PyTorch and, in Filmgate's folder, its extra: pip install -e '.[diffusion]'."
            )
            raise EngineFailed(message) from error
        self._model = open_model(self._profile, self._setup)

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Make `clip.mp4` and `poster.jpg` in the job's folder; see `Renderer`."""
        assert self._model is not None, "a renderer is warmed first"
        take = _Take(job, profile=self._profile, setup=self._setup, model=self._model, progress=progress)
        return take.files()


class _Take:
    """One job, from its brief to its files."""

    def __init__(
        self,
        job: RenderJob,
        *,
        profile: Profile,
        setup: Setup,
        model: Model,
        progress: Callable[[float], None],
    ) -> None:
        self._job = job
        self._profile = profile
        self._setup = setup
        self._model = model
        self._progress = progress
        self._stages = Stages()
        self._brief = Brief.of(job, profile=profile)
        self._worn = worn_for(job.request.camera, profile.adapters)
        self._steps = count(1)
        self._n_steps = profile.recipe.steps * len(self._brief.chain.windows)

    def files(self) -> Sequence[RenderedFile]:
        """Film, finish and measure."""
        clip, still = self._job.folder / "clip.mp4", self._job.folder / "poster.jpg"
        # What was taken before this job is not its own.
        self._model.peak_memory_bytes()
        self._progress(0.0)
        shot = self._shot()
        with self._stages.stage("finish"):
            poster = self._finish(shot, clip)
            poster.write(still)
        return clip_and_poster(clip, still, making=self._told())

    def _shot(self) -> Shot:
        """Run the model for each window, each continuing from the last frames of the one before."""
        brief, chain = self._brief, self._brief.chain
        begins, sound = list(brief.begins), self._source_sound()
        # What continues a clip is shown from the clip's own last frame on, which the reel begins with.
        pieces: list[Footage] = [np.stack(begins[-1:])] if chain.continues else []
        for number, window in enumerate(chain.windows):
            is_last = number + 1 == len(chain.windows)
            if number:
                begins = list(np.concatenate(pieces)[-window.context :])
            shot = self._run(
                begins, n_frames=window.n_frames, ends=brief.ends if is_last else None, number=number
            )
            pieces.append(shot.footage[window.context :])
            if shot.sound is not None:
                overlap = Fraction(window.context) / chain.rate
                sound = shot.sound if sound is None else spliced(sound, shot.sound, overlap=overlap)
        return Shot(np.concatenate(pieces), sound)

    def _run(self, begins: list[RGBFrame], *, n_frames: int, ends: RGBFrame | None, number: int) -> Shot:
        request, chain = self._job.request, self._brief.chain
        scene = Scene(
            prompt=spoken_prompt(request, adapted=moves_of(self._profile.adapters)),
            negative=spoken_negative(request, self._profile),
            guidance=self._profile.recipe.guidance_for(request.cfg_scale),
            seed=self._job.seed + number,
            width=chain.width,
            height=chain.height,
            n_frames=n_frames,
            rate=chain.rate,
            begins=begins,
            ends=ends,
            references=self._brief.references,
            worn=self._worn,
        )
        with self._stages.run():
            return self._model.shoot(scene, self._step)

    def _step(self) -> None:
        self._stages.step()
        self._progress(_SHARE_OF_STEPS * min(1.0, next(self._steps) / self._n_steps))

    def _source_sound(self) -> Samples | None:
        source = self._brief.source
        if source is None:
            return None
        return read_sound(source.path, seconds=source.facts.duration, field="video_id")

    def _finish(self, shot: Shot, clip: Path) -> Poster:
        source, chain = self._brief.source, self._brief.chain
        seconds = chain.n_frames / chain.shape.fps
        if source is None:
            wanted = shot.sound is not None and self._job.spec.makes_sound(self._job.request)
            sound = fitted(shot.sound, seconds=seconds) if wanted and shot.sound is not None else None
            return self._film(shot.footage, clip, sound=sound)
        added = self._job.folder / "continuation.mp4"
        poster = self._film(shot.footage, added, sound=None)
        sound = self._sound_of_whole(source, shot, seconds=seconds)
        join(source.path, added, clip, sound=sound, field="video_id")
        added.unlink()
        return poster

    def _sound_of_whole(self, source: Source, shot: Shot, *, seconds: Fraction) -> Samples | None:
        if not source.facts.has_audio or shot.sound is None:
            return None
        return fitted(shot.sound, seconds=source.facts.duration + seconds)

    def _film(self, footage: Footage, target: Path, *, sound: Samples | None) -> Poster:
        chain = self._brief.chain
        reel, poster = Reel(footage, chain=chain), Poster(n_frames=chain.n_frames)
        film(
            target,
            shape=chain.shape,
            n_frames=chain.n_frames,
            draw=poster.watching(reel.draw),
            sound=sound,
            progress=lambda share: self._progress(_SHARE_OF_STEPS + (1 - _SHARE_OF_STEPS) * share * 0.9),
            settings=EncoderSettings(endpoint_quantiser=_PICTURE_QUANTISER if self._brief.begins else None),
        )
        return poster

    def _told(self) -> Mapping[str, Any]:
        request, profile, setup = self._job.request, self._profile, self._setup
        checkpoint = setup.checkpoint or profile.checkpoint
        return {
            "profile": profile.name,
            # Where a folder is on this machine is no matter of the client's.
            "checkpoint": Path(checkpoint).name if Path(checkpoint).is_dir() else checkpoint,
            "cache": setup.cache,
            "quantise": setup.quantise,
            "device": self._model.device,
            "seed": self._job.seed,
            "steps": profile.recipe.steps,
            "guidance": round(profile.recipe.guidance_for(request.cfg_scale), 3),
            "camera": self._camera_told(),
            "adapters": {Path(profile.adapters[place].file).stem: at for place, at in self._worn.items()},
            **self._brief.chain.told(),
            **self._stages.told(),
            "peak_memory_mib": self._model.peak_memory_bytes() // _MIB,
        }

    def _camera_told(self) -> str | None:
        camera, adapted = self._job.request.camera, moves_of(self._profile.adapters)
        if camera is None:
            return None
        by_adapter = [travel.move.value for travel in travels(camera) if travel.move in adapted]
        if not by_adapter:
            return "by words in the prompt"
        rest = ", the rest by words in the prompt" if camera_words(camera, adapted=adapted) else ""
        return f"{' and '.join(by_adapter)} by adapter{rest}"
