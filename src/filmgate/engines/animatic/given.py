"""What a job was given besides its prompt: pictures to start and end on, subjects, styles, a video."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from filmgate.domain.requests import GenerationRequest, ImageUse, VideoReference, VideoUse, wire_field
from filmgate.engines.animatic.casting.cast import LONGEST_SIDE
from filmgate.engines.animatic.casting.cutout import Cutout, open_cutout
from filmgate.engines.animatic.pictures.follow import Track, track_of
from filmgate.engines.animatic.pictures.footage import check_length, ratio_of_video
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.picture import open_picture
from filmgate.ports import RenderJob

_STYLE_SIDE = 320


@dataclass(frozen=True, kw_only=True)
class GivenFile:
    """A file of a job, and the field of the request it came in."""

    path: Path
    field: str

    def picture(self) -> RGBFrame:
        """Open it as a picture.

        Raises:
            InvalidRequest: it is none.
        """
        return open_picture(self.path, field=self.field)


@dataclass(frozen=True, kw_only=True)
class Given:
    """All that was given. `base` is a video to film again, `track` the camera's way of another.

    `ratio` is that of the first picture or of the base video, where there is one.
    """

    start: GivenFile | None = None
    end: GivenFile | None = None
    cast: Sequence[Cutout] = ()
    styles: Sequence[RGBFrame] = ()
    base: GivenFile | None = None
    track: Track | None = None
    ratio: Fraction | None = None

    @classmethod
    def of(cls, job: RenderJob) -> "Given":
        """Open what is small, and measure what is not.

        Raises:
            InvalidRequest: a picture or a video cannot be used; names its field.
        """
        files = {name: GivenFile(path=path, field=wire_field(name)) for name, path in job.inputs.items()}
        start, end = _frame(job, files, ImageUse.FIRST_FRAME), _frame(job, files, ImageUse.END_FRAME)
        base = next((files[name] for name, _ in _videos(job, VideoUse.BASE)), None)
        feature = next((files[name] for name, _ in _videos(job, VideoUse.FEATURE)), None)
        if base is not None:
            check_length(base.path, seconds=job.request.duration, field=base.field)
        if end is not None:
            # A bad last picture is to be told of before the first frame, not after the last.
            end.picture()
        return cls(
            start=start,
            end=end,
            cast=[
                open_cutout(files[name].path, field=files[name].field, longest_side=LONGEST_SIDE)
                for name in _numbered("element", len(job.request.elements))
            ],
            styles=[_small(files[name].picture()) for name in _styles(job)],
            base=base,
            track=track_of(feature.path, field=feature.field) if feature is not None else None,
            ratio=_ratio(start, base),
        )


def kept_sound(job: RenderJob) -> GivenFile | None:
    """Return the video whose sound lies under the clip, or None where none was asked for."""
    for name, video in _videos(job):
        if video.keep_original_sound:
            return GivenFile(path=job.inputs[name], field=wire_field(name))
    return None


def starts_on_picture(request: GenerationRequest) -> bool:
    """Say whether the first shot films a given picture."""
    return request.frame_name(ImageUse.FIRST_FRAME) is not None


def _frame(job: RenderJob, files: dict[str, GivenFile], use: ImageUse) -> GivenFile | None:
    name = job.request.frame_name(use)
    return None if name is None else files[name]


def _styles(job: RenderJob) -> Iterator[str]:
    for name, image in zip(_numbered("image", len(job.request.images)), job.request.images, strict=True):
        if image.use is None:
            yield name


def _videos(job: RenderJob, use: VideoUse | None = None) -> Iterator[tuple[str, VideoReference]]:
    for name, video in zip(_numbered("video", len(job.request.videos)), job.request.videos, strict=True):
        if use in (None, video.use):
            yield name, video


def _numbered(kind: str, n: int) -> list[str]:
    return [f"{kind}_{number}" for number in range(1, n + 1)]


def _ratio(start: GivenFile | None, base: GivenFile | None) -> Fraction | None:
    if start is not None:
        rows, columns = start.picture().shape[:2]
        return Fraction(columns, rows)
    return ratio_of_video(base.path, field=base.field) if base is not None else None


def _small(picture: RGBFrame) -> RGBFrame:
    scale = min(1.0, _STYLE_SIDE / max(picture.shape[:2]))
    size = (max(2, round(picture.shape[1] * scale)), max(2, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
