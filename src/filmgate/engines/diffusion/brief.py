"""What a job comes to: the chain of its clip, and the pictures that it was given, in the model's own size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.requests import Action, ImageUse, wire_field
from filmgate.domain.tasks import ClipFacts
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.diffusion.limits import reach
from filmgate.engines.diffusion.plan import Plan, plan
from filmgate.engines.diffusion.profile import Profile
from filmgate.engines.diffusion.source import last_frames
from filmgate.engines.picture import fit, open_picture
from filmgate.engines.probe import clip_facts
from filmgate.ports import RenderJob

_SOURCE = "video_id"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The clip that is continued."""

    path: Path
    facts: ClipFacts


@dataclass(frozen=True, kw_only=True)
class Brief:
    """See above. `begins` and `ends` have the size that the model films in."""

    chain: Plan
    begins: Sequence[RGBFrame] = ()
    ends: RGBFrame | None = None
    references: Sequence[RGBFrame] = ()
    source: Source | None = None

    @classmethod
    def of(cls, job: RenderJob, *, profile: Profile) -> "Brief":
        """Open what was given, and plan.

        Raises:
            InvalidRequest: a picture or the source cannot be used; names its field.
        """
        if job.request.action is Action.EXTEND:
            return _continuation(job, profile=profile)
        start, end = _frame(job, ImageUse.FIRST_FRAME), _frame(job, ImageUse.END_FRAME)
        ratio = None if start is None else Fraction(start.shape[1], start.shape[0])
        assert job.spec.fps is not None, f"{job.spec.model} only extends"
        width, height = job.spec.new_size(job.request.aspect_ratio, given=ratio)
        shape = ClipShape(width=width, height=height, fps=Fraction(job.spec.fps))
        chain = plan(profile, shape=shape, seconds=job.request.duration, lands=end is not None)
        return cls(
            chain=chain,
            begins=() if start is None else (filmed_as(start, chain),),
            ends=None if end is None else filmed_as(end, chain),
            references=list(_references(job)),
        )


def _continuation(job: RenderJob, *, profile: Profile) -> Brief:
    path = job.inputs["source_clip"]
    facts = clip_facts(path, field=_SOURCE)
    shape = ClipShape.of(facts, field=_SOURCE)
    chain = plan(profile, shape=shape, seconds=job.request.duration, continues=True)
    faults = [
        f"video_id cannot be continued by this engine: {why}." for _, why in reach(chain, profile=profile)
    ]
    if facts.has_audio and not profile.gives.sound:
        faults.append(f"video_id has sound, which {profile.title} cannot continue.")
    if faults:
        raise InvalidRequest([Objection(_SOURCE, job.request.video_id, fault) for fault in faults])
    before = last_frames(path, n_frames=profile.native.context, rate=chain.rate, field=_SOURCE)
    return Brief(
        chain=chain,
        begins=[filmed_as(frame, chain) for frame in before],
        source=Source(path=path, facts=facts),
    )


def _frame(job: RenderJob, use: ImageUse) -> RGBFrame | None:
    name = job.request.frame_name(use)
    return None if name is None else open_picture(job.inputs[name], field=wire_field(name))


def _references(job: RenderJob) -> Iterator[RGBFrame]:
    names = [f"element_{number}" for number, _ in enumerate(job.request.elements, 1)]
    names += [f"image_{number}" for number, image in enumerate(job.request.images, 1) if image.use is None]
    for name in names:
        yield open_picture(job.inputs[name], field=wire_field(name))


def filmed_as(picture: RGBFrame, chain: Plan) -> RGBFrame:
    """Return the picture as the model would have filmed it: where the clip shows it, in the model's size.

    The rest of the model's frame, which is trimmed away later, mirrors what is next to it.
    """
    shown = fit(picture, width=chain.shape.width, height=chain.shape.height)
    width = min(chain.width, round(chain.shape.width / chain.upscale))
    height = min(chain.height, round(chain.shape.height / chain.upscale))
    if (width, height) != (chain.shape.width, chain.shape.height):
        shown = fit(shown, width=width, height=height)
    left, top = (chain.width - width) // 2, (chain.height - height) // 2
    right, bottom = chain.width - width - left, chain.height - height - top
    bordered = cv2.copyMakeBorder(shown, top, bottom, left, right, cv2.BORDER_REFLECT)
    return np.asarray(bordered, dtype=np.uint8)
