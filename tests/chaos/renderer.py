"""A quick renderer that makes real clips, each of them known again by its frames."""

import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.tasks import FileKind
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.encoder import film
from filmgate.engines.probe import clip_facts
from filmgate.ports import RenderedFile, RenderJob

FPS = 8
_SHAPE = ClipShape(width=64, height=36, fps=Fraction(FPS))
_DARKEST, _N_GREYS = 20, 200


class TinyRenderer:
    """Follows the script in the prompt; its clip is all one grey, which the task's seed chooses.

    An extension continues its source with the new seed's grey.
    """

    def warm(self) -> None:
        """The codec is loaded with the module."""

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Follow the script, and film."""
        words = dict(word.split("=") for word in job.request.prompt.split() if "=" in word)
        steps = int(words.get("steps", 1))
        for step in range(steps):
            progress(step / steps)
            time.sleep(float(words.get("pause", 0)))
        match words.get("then"):
            case "refuse":
                raise InvalidRequest([Objection("prompt", None, "The script says so.")])
            case "crash":
                raise RuntimeError("The script says so.")
        path = job.folder / "clip.mp4"
        greys = [grey_of(job.seed)] * (FPS * job.request.duration)
        if "source_clip" in job.inputs:
            greys = greys_in(job.inputs["source_clip"]) + greys

        def draw(frame: RGBFrame, number: int) -> None:
            frame.fill(greys[number])

        film(path, shape=_SHAPE, n_frames=len(greys), draw=draw)
        facts = clip_facts(path, field="clip")
        return [RenderedFile(kind=FileKind.CLIP, path=path, content_type="video/mp4", clip=facts)]


def grey_of(seed: int) -> int:
    """Return the grey, 20 to 219 in sRGB, of a clip's frames."""
    return _DARKEST + seed * 37 % _N_GREYS


def greys_in(clip: Path | BinaryIO) -> list[int]:
    """Decode a clip and return the mean grey of each of its frames, 0 to 255 in sRGB.

    Raises:
        av.FFmpegError: it cannot be decoded.
    """
    with av.open(clip, "r") as container:
        return [round(float(frame.to_ndarray(format="rgb24").mean())) for frame in container.decode(video=0)]
