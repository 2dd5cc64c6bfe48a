"""The end of a clip that is to be continued."""

from collections import deque
from fractions import Fraction
from pathlib import Path

from filmgate.engines import colour
from filmgate.engines.colour import RGBFrame
from filmgate.engines.probe import open_clip, pictures
from filmgate.engines.reasons import refusal


def last_frames(path: Path, *, n_frames: int, rate: Fraction, field: str) -> list[RGBFrame]:
    """Return the last frame of a clip and what was shown before it, so many frames at this rate.

    A clip that is too short for that is taken to have stood still before it began.

    Raises:
        InvalidRequest: it cannot be read; names `field`.
    """
    with open_clip(path, field=field) as clip:
        stream = clip.streams.video[0]
        assert stream.time_base is not None, "MP4 gives the unit of its times"
        span = (n_frames - 1) / rate
        # A second more than is needed, so that the frame which is shown at the earliest moment is among them.
        ticks = round((span + 1) / stream.time_base)
        if stream.duration and stream.duration > ticks:
            clip.seek((stream.start_time or 0) + stream.duration - ticks, stream=stream)
        kept: deque[tuple[Fraction, RGBFrame]] = deque()
        for frame in pictures(clip, field=field):
            assert frame.pts is not None, "MP4 gives every picture its time"
            shown_at = frame.pts * Fraction(stream.time_base)
            kept.append((shown_at, colour.to_rgb(frame)))
            while len(kept) > 1 and kept[1][0] <= shown_at - span:
                kept.popleft()
    if not kept:
        raise refusal(field, "it has no frames")
    moments = [kept[-1][0] - number / rate for number in reversed(range(n_frames))]
    return [_shown(kept, moment) for moment in moments]


def _shown(kept: deque[tuple[Fraction, RGBFrame]], moment: Fraction) -> RGBFrame:
    return next((frame for at, frame in reversed(kept) if at <= moment), kept[0][1])
