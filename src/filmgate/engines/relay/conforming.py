"""Makes a delivered clip into the one that was ordered; runs in the process of `measuring`."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from filmgate.domain.tasks import ClipFacts
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.encoder import EncoderSettings, film
from filmgate.engines.join import steady_frames
from filmgate.engines.probe import clip_facts, open_clip, pictures
from filmgate.engines.reasons import refusal
from filmgate.engines.relay.wanted import Delivered, Examined, Wanted, changes, covering
from filmgate.engines.soundtrack import original_sound

FIELD = "the clip"

# A clip that is encoded for the second time should not visibly lose by it.
_AGAIN = EncoderSettings(crf=16)


def examined(path: Path) -> Delivered:
    """Decode the clip from end to end and return what it is.

    Raises:
        InvalidRequest: it is no clip, or some of it cannot be decoded.
    """
    facts = clip_facts(path, field=FIELD)
    with open_clip(path, field=FIELD) as container:
        stream = container.streams.video[0]
        # The index at the head of the file tells how many frames there were when it was whole.
        n_promised, n_frames = stream.frames, 0
        for frame in pictures(container, field=FIELD):
            if frame.is_corrupt:
                raise refusal(FIELD, f"its frame {n_frames + 1} is damaged")
            n_frames += 1
        is_plain = stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
    if n_frames < n_promised:
        raise refusal(FIELD, f"only {n_frames} of its {n_promised} frames can be read")
    if facts.has_audio:
        with open_clip(path, field=FIELD) as container:
            for _ in container.decode(audio=0):
                pass
    return Delivered(facts=facts, n_frames=n_frames, is_plain=is_plain)


def made_into(target: Path, *, source: Path, wanted: Wanted) -> Examined:
    """Say what the source is and what it needed; where it needed anything, `target` is the wanted clip.

    Raises:
        InvalidRequest, EngineFailed: it is no clip, or none that can be made into the one that is wanted.
    """
    found = examined(source)
    needed = changes(found, wanted)
    if not needed:
        return Examined(facts=found.facts, delivered=found.in_words())
    _conform(source, target, wanted=wanted)
    facts = ClipFacts(
        width=wanted.width,
        height=wanted.height,
        fps=Fraction(wanted.fps),
        duration=Fraction(wanted.n_frames, wanted.fps),
        has_audio=wanted.has_sound,
    )
    return Examined(facts=facts, delivered=found.in_words(), changes=tuple(needed))


def _conform(source: Path, target: Path, *, wanted: Wanted) -> None:
    fps = Fraction(wanted.fps)
    frames = steady_frames(source, n_frames=wanted.n_frames, fps=fps, field=FIELD)

    def draw(frame: RGBFrame, _: int) -> None:
        frame[:] = _fitted(next(frames), size=(wanted.width, wanted.height))

    sound = None
    if wanted.has_sound:
        sound = original_sound(source, seconds=wanted.n_frames / fps, field=FIELD)
    film(
        target,
        shape=ClipShape(width=wanted.width, height=wanted.height, fps=fps),
        n_frames=wanted.n_frames,
        draw=draw,
        sound=sound,
        settings=_AGAIN,
    )


def _fitted(frame: RGBFrame, *, size: tuple[int, int]) -> RGBFrame:
    """Scale the picture until it covers the size, and cut what sticks out on both sides alike."""
    height, width = frame.shape[:2]
    scale, _ = covering((width, height), size)
    if scale != 1:
        scaled = (max(size[0], round(width * scale)), max(size[1], round(height * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        frame = np.asarray(cv2.resize(frame, scaled, interpolation=how), dtype=np.uint8)
    top, left = (frame.shape[0] - size[1]) // 2, (frame.shape[1] - size[0]) // 2
    return frame[top : top + size[1], left : left + size[0]]
