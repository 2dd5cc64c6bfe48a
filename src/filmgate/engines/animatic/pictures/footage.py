"""A given video as a scene: its own motion, in the light and weather that a prompt asks for."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.pictures.grading import Grading
from filmgate.engines.animatic.pictures.projector import Projector, Slide, warp_picture
from filmgate.engines.animatic.pictures.relief import relief_of
from filmgate.engines.animatic.prompts.mood import Mood, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.join import steady_frames
from filmgate.engines.picture import fit
from filmgate.engines.probe import clip_facts, open_clip, pictures
from filmgate.engines.reasons import refusal

# Videos are often a few frames shorter than they are said to be.
_MISSING_SECONDS = Fraction(1, 10)
_LONGEST_RATIO = Fraction(3)


class Footage:
    """A video as a `Scene`, from its start; frames are asked for in order.

    Where the mood names neither light nor weather nor tint, the frames are the video's own.
    """

    def __init__(
        self,
        path: Path,
        *,
        field: str,
        shape: ClipShape,
        n_frames: int,
        mood: Mood,
        seed: int = 0,
        drawing: Kernels | None = None,
    ) -> None:
        """Open the video for so many frames of this size and rate.

        Raises:
            InvalidRequest: it cannot be read, then or later; names `field`.
        """
        self._shape = shape
        self._turns = quarter_turns(path, field=field)
        self._frames = steady_frames(path, n_frames=n_frames, fps=shape.fps, field=field)
        self._number, self._shown = 0, self._fitted(next(self._frames))
        self._projector = Projector(width=shape.width, height=shape.height, kernels=drawing or kernels())
        self._grading, self._relief = None, np.zeros_like(self._projector.x)
        if not _is_plain(mood):
            nodes = self._projector.x, self._projector.y
            self._grading = Grading(mood, self._shown, nodes=nodes, height=shape.height, seed=seed)
            self._relief = _at_nodes(relief_of(self._shown), *nodes, shape=shape)

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:  # noqa: ARG002 - the seam names them
        """Fill the frame; the video's camera has moved already, and `pose` has no say."""
        self._wind_on(round(time * self._shape.fps))
        if self._grading is None:
            np.copyto(frame, self._shown)
            return
        slide = Slide(picture=warp_picture(self._shown), u=self._projector.x, v=self._projector.y)
        lighting = self._grading.at(time, share=1.0, relief=self._relief)
        self._projector.project(frame, slide, lighting=lighting, number=round(time * 240))

    def _wind_on(self, number: int) -> None:
        newest = None
        while self._number < number and (coming := next(self._frames, None)) is not None:
            newest = coming
            self._number += 1
        if newest is not None:
            self._shown = self._fitted(newest)

    def _fitted(self, frame: RGBFrame) -> RGBFrame:
        upright = np.ascontiguousarray(np.rot90(frame, self._turns))
        if upright.shape[1::-1] == (self._shape.width, self._shape.height):
            return upright
        return fit(upright, width=self._shape.width, height=self._shape.height)


def quarter_turns(path: Path, *, field: str) -> int:
    """Return by how many quarters counter-clockwise a video's frames are to be turned before they are shown.

    Raises:
        InvalidRequest: as `open_clip`, or it has no frames.
    """
    with open_clip(path, field=field) as clip:
        first = next(pictures(clip, field=field), None)
        if first is None:
            raise refusal(field, "it has no frames")
        return round(first.rotation / 90) % 4


def ratio_of_video(path: Path, *, field: str) -> Fraction:
    """Return a video's width to height, as it is shown.

    Raises:
        InvalidRequest: it cannot be read, or one side is more than three times the other.
    """
    facts = clip_facts(path, field=field)
    ratio = Fraction(facts.width, facts.height)
    if quarter_turns(path, field=field) % 2:
        ratio = 1 / ratio
    if max(ratio, 1 / ratio) > _LONGEST_RATIO:
        raise refusal(field, f"its size {facts.width}x{facts.height} is too narrow")
    return ratio


def check_length(path: Path, *, seconds: int, field: str) -> None:
    """See that a video lasts at least so long, give or take a tenth of a second.

    Raises:
        InvalidRequest: it is shorter, or cannot be read; names `field`.
    """
    facts = clip_facts(path, field=field)
    if facts.duration < seconds - _MISSING_SECONDS:
        lasts = f"{float(facts.duration):.2f}"
        message = f"{field} lasts {lasts} s, but duration is {seconds} s; a base video must last that long."
        raise InvalidRequest([Objection(field, lasts, message)])


def _is_plain(mood: Mood) -> bool:
    is_as_it_is = mood.time_of_day is TimeOfDay.DAY and mood.weather in (Weather.CLOUDY, Weather.CLEAR)
    return is_as_it_is and mood.tint == (1.0, 1.0, 1.0)


def _at_nodes(relief: Floats, x: Floats, y: Floats, *, shape: ClipShape) -> Floats:
    rows, columns = relief.shape
    row = np.clip(np.rint((y + 0.5) * rows / shape.height - 0.5), 0, rows - 1).astype(np.intp)
    column = np.clip(np.rint((x + 0.5) * columns / shape.width - 0.5), 0, columns - 1).astype(np.intp)
    return np.asarray(relief[row, column], np.float32)
