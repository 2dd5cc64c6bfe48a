"""Chooses and writes the still that stands for a clip."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from filmgate.domain.tasks import FileKind
from filmgate.engines.colour import RGBFrame
from filmgate.engines.probe import clip_facts
from filmgate.ports import RenderedFile

_CANDIDATES = 6
_LONG_SIDE = 1280
_JPEG_QUALITY = 88
_JUDGED_WIDTH = 320


class Poster:
    """Looks at a few frames spread over a clip and keeps the one with the most fine detail.

    Frames in the middle of a dissolve, or in thick fog, have little of it.
    """

    def __init__(self, *, n_frames: int) -> None:
        self._candidates = {n_frames * (2 * turn + 1) // (2 * _CANDIDATES) for turn in range(_CANDIDATES)}
        self._best = -1.0
        self._frame: RGBFrame | None = None

    def consider(self, frame: RGBFrame, number: int) -> None:
        """Keep a copy of the frame if it is a candidate and better than those before."""
        if number not in self._candidates:
            return
        small = _within(frame, _JUDGED_WIDTH)
        detail = float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
        if detail > self._best:
            self._best, self._frame = detail, _within(frame, _LONG_SIDE)

    def watching(self, draw: Callable[[RGBFrame, int], None]) -> Callable[[RGBFrame, int], None]:
        """Return a drawing of the same frames, of which the poster chooses one."""

        def draw_and_consider(frame: RGBFrame, number: int) -> None:
            draw(frame, number)
            self.consider(frame, number)

        return draw_and_consider

    def write(self, path: Path) -> None:
        """Write the chosen frame as JPEG, its long side 1280 pixels at most."""
        assert self._frame is not None, "every clip has a frame, and its middle ones are candidates"
        Image.fromarray(self._frame).save(path, format="JPEG", quality=_JPEG_QUALITY, progressive=True)


def clip_and_poster(
    clip: Path, poster: Path, *, making: Mapping[str, Any] | None = None
) -> tuple[RenderedFile, RenderedFile]:
    """Return the two files of a render; the clip is measured."""
    facts = clip_facts(clip, field="clip")
    return (
        RenderedFile(kind=FileKind.CLIP, path=clip, content_type="video/mp4", clip=facts, making=making),
        RenderedFile(kind=FileKind.POSTER, path=poster, content_type="image/jpeg"),
    )


def _within(frame: RGBFrame, long_side: int) -> RGBFrame:
    scale = long_side / max(frame.shape[:2])
    if scale >= 1:
        return frame.copy()
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
