"""Puts a continuation behind a clip; the clip's own picture is copied, not encoded again."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from filmgate.domain.errors import EngineFailed
from filmgate.engines import colour
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.encoder import MP4_OPTIONS, EncoderSettings, film
from filmgate.engines.probe import clip_facts, open_clip, pictures
from filmgate.engines.reasons import refusal
from filmgate.engines.soundtrack import Samples, Soundtrack

# A source that has to be encoded again should not visibly lose by it.
_AGAIN = EncoderSettings(crf=16)


def join(
    source: Path,
    continuation: Path,
    target: Path,
    *,
    sound: Samples | None,
    field: str,
    comment: str | None = None,
) -> None:
    """Write `target`: the whole source, then the whole continuation, with `sound` over both.

    The source's own comment goes; `comment` is the whole's.

    Where both carry the same codec headers, packets are copied and every decoded frame is bit for bit
    that of its own file. Where they differ, both are encoded again at high quality. Sound is always
    encoded as a whole, because the second file's priming samples would leave a gap.

    Raises:
        InvalidRequest: the source cannot be read; names `field`.
        EngineFailed: the two differ in size, or the target could not be written.
    """
    with ExitStack() as files:
        clips = [files.enter_context(open_clip(path, field=field)) for path in (source, continuation)]
        if _codec_headers(clips[0]) == _codec_headers(clips[1]):
            try:
                _copy(clips, target, sound=sound, comment=comment)
            except (av.FFmpegError, OSError) as error:
                raise EngineFailed(f"The clips could not be joined: {error}") from error
            return
    _encode_again(source, continuation, target, sound=sound, field=field, comment=comment)


def _codec_headers(clip: InputContainer) -> tuple[object, ...]:
    context = clip.streams.video[0].codec_context
    return context.name, context.width, context.height, clip.streams.video[0].average_rate, context.extradata


def _copy(clips: list[InputContainer], target: Path, *, sound: Samples | None, comment: str | None) -> None:
    with av.open(str(target), "w", format="mp4", options=MP4_OPTIONS) as container:
        if comment is not None:
            container.metadata["comment"] = comment
        stream = container.add_stream_from_template(clips[0].streams.video[0])
        soundtrack = Soundtrack(container, sound) if sound is not None else None
        start = Fraction(0)
        for clip in clips:
            start = _copy_picture(clip, container, stream=stream, start=start, soundtrack=soundtrack)
        if soundtrack is not None:
            soundtrack.finish()


def _copy_picture(
    clip: InputContainer,
    container: OutputContainer,
    *,
    stream: av.VideoStream,
    start: Fraction,
    soundtrack: Soundtrack | None,
) -> Fraction:
    """Copy the picture so that its first frame is shown at `start`; return when its last one ends."""
    end = start
    shift: int | None = None
    for packet in clip.demux(clip.streams.video[0]):
        if packet.pts is None or packet.dts is None:
            continue
        if shift is None:
            # Decoding order starts with the first picture shown, as groups of pictures are closed.
            shift = round(start / packet.time_base) - packet.pts
        packet.pts += shift
        packet.dts += shift
        end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        shown_at = packet.pts * packet.time_base
        packet.stream = stream
        container.mux(packet)
        if soundtrack is not None:
            soundtrack.fill(shown_at)
    return end


def _encode_again(
    source: Path,
    continuation: Path,
    target: Path,
    *,
    sound: Samples | None,
    field: str,
    comment: str | None,
) -> None:
    facts = [clip_facts(path, field=field) for path in (source, continuation)]
    shape = ClipShape.of(facts[0], field=field)
    if (shape.width, shape.height) != (facts[1].width, facts[1].height):
        raise EngineFailed("The continuation has another size than its source.")
    counts = [max(1, round(fact.duration * shape.fps)) for fact in facts]
    frames = chain(
        steady_frames(source, n_frames=counts[0], fps=shape.fps, field=field),
        steady_frames(continuation, n_frames=counts[1], fps=shape.fps, field=field),
    )

    def draw(frame: RGBFrame, _: int) -> None:
        frame[:] = next(frames)

    film(
        target,
        shape=shape,
        n_frames=sum(counts),
        draw=draw,
        sound=sound,
        settings=_AGAIN,
        comment=comment,
    )


def steady_frames(path: Path, *, n_frames: int, fps: Fraction, field: str) -> Iterator[RGBFrame]:
    """Yield exactly `n_frames` pictures at a constant rate: for each time, the one that is shown then.

    Raises:
        InvalidRequest: the clip cannot be read.
    """
    with open_clip(path, field=field) as clip:
        frames = pictures(clip, field=field)
        shown = next(frames, None)
        if shown is None:
            raise refusal(field, "it has no frames")
        start = _time_of(shown)
        coming = next(frames, None)
        rgb = colour.to_rgb(shown)
        for number in range(n_frames):
            # Half a frame of tolerance: rounded time stamps must not repeat one picture and skip the next.
            while coming is not None and _time_of(coming) - start <= (number + Fraction(1, 2)) / fps:
                rgb = colour.to_rgb(coming)
                coming = next(frames, None)
            yield rgb


def _time_of(frame: av.VideoFrame) -> Fraction:
    assert frame.pts is not None, "MP4 gives every picture its time"
    assert frame.time_base is not None, "and the unit it is counted in"
    return frame.pts * Fraction(frame.time_base)
