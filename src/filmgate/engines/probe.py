"""Opens and measures clips that cannot be trusted; call it in a child process with limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from filmgate.domain.tasks import ClipFacts
from filmgate.engines import colour
from filmgate.engines.colour import RGBFrame
from filmgate.engines.reasons import refusal

_VIDEO_CODECS = ("h264", "hevc", "av1", "vp9", "mpeg4")
_AUDIO_CODECS = ("aac", "mp3", "opus", "ac3", "flac")
# Decoders go by names of their own, some of which differ from the codec's.
_DECODERS = (*_VIDEO_CODECS, "libdav1d", "libvpx-vp9", *_AUDIO_CODECS, "mp3float", "libopus")


@dataclass(frozen=True, kw_only=True)
class ClipLimits:
    """The largest clip that is opened: frames in all and in a second, pixels of one frame, length, tracks.

    Tracks that are neither picture nor sound, such as time codes of cameras, are not read but counted.
    """

    max_frames: int = 180 * 60 + 60
    max_pixels: int = 4096 * 4096
    min_fps: int = 1
    max_fps: int = 240
    max_seconds: int = 600
    max_tracks: int = 16


@contextmanager
def open_clip(path: Path, *, field: str, limits: ClipLimits | None = None) -> Iterator[InputContainer]:
    """Open an MP4 with exactly one picture track and at most one of sound, and close it again.

    FFmpeg chooses demuxers by content: a file called `.mp4` may hold a script that reads other files, or
    a playlist that fetches them. So the demuxer is forced, only the file itself may be opened, and both
    codecs are on a list.

    Raises:
        InvalidRequest: it cannot be opened, or breaks while it is read; names `field`.
    """
    limits = limits or ClipLimits()
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2",
        "codec_whitelist": ",".join(_DECODERS),
        "enable_drefs": "0",
        "use_absolute_path": "0",
        "max_pixels": str(limits.max_pixels),
    }
    try:
        with av.open(f"file:{path.resolve()}", "r", format="mov", options=options) as container:
            _check_streams(container, limits, field=field)
            # The demuxer's options do not reach the decoder, which follows whatever size a packet says.
            container.streams.video[0].codec_context.options = {"max_pixels": str(limits.max_pixels)}
            yield container
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise refusal(field, f"it cannot be read as MP4 ({type(error).__name__})") from error


def clip_facts(path: Path, *, field: str, limits: ClipLimits | None = None) -> ClipFacts:
    """Measure a clip by its packets, without decoding it.

    The duration is that of the picture, from the first frame's start to the last one's end.

    Raises:
        InvalidRequest: as `open_clip`, or it has no frames, or rate or length are out of bounds.
    """
    limits = limits or ClipLimits()
    with open_clip(path, field=field, limits=limits) as container:
        stream = container.streams.video[0]
        rate, time_base = stream.average_rate, stream.time_base
        starts: list[int] = []
        end = 0
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            starts.append(packet.pts)
            end = max(end, packet.pts + (packet.duration or 0))
            if len(starts) > limits.max_frames:
                raise refusal(field, f"it has more than {limits.max_frames} frames")
        if not starts or not rate or time_base is None:
            raise refusal(field, "it has no frames")
        facts = ClipFacts(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=Fraction(rate),
            duration=(end - min(starts)) * Fraction(time_base),
            has_audio=bool(container.streams.audio),
        )
    _check_times(facts, limits, field=field)
    return facts


def pictures(container: InputContainer, *, field: str) -> Iterator[av.VideoFrame]:
    """Decode the picture from where the container stands.

    Raises:
        InvalidRequest: a frame has another size than the clip.
    """
    stream = container.streams.video[0]
    size = stream.codec_context.width, stream.codec_context.height
    for frame in container.decode(stream):
        if (frame.width, frame.height) != size:
            raise refusal(field, "its picture changes size on the way")
        yield frame


def comment_of(path: Path, *, field: str) -> str | None:
    """Return the comment that a clip carries, or None.

    Raises:
        InvalidRequest: as `open_clip`.
    """
    with open_clip(path, field=field) as container:
        return container.metadata.get("comment")


def last_frame(path: Path, *, field: str) -> RGBFrame:
    """Return the last picture of a clip, decoding only from its last keyframe on.

    Raises:
        InvalidRequest: as `open_clip`, or nothing could be decoded.
    """
    with open_clip(path, field=field) as container:
        stream = container.streams.video[0]
        if stream.duration:
            container.seek(max(stream.duration - 1, 0), stream=stream)
        frame = None
        for decoded in pictures(container, field=field):
            frame = decoded
        if frame is None:
            raise refusal(field, "it has no frames")
        return colour.to_rgb(frame)


def _check_times(facts: ClipFacts, limits: ClipLimits, *, field: str) -> None:
    if not limits.min_fps <= facts.fps <= limits.max_fps:
        reason = f"it has {float(facts.fps):g} frames a second, {limits.min_fps} to {limits.max_fps}"
        raise refusal(field, f"{reason} are accepted")
    if not 0 < facts.duration <= limits.max_seconds:
        reason = f"it lasts {float(facts.duration):g} s, at most {limits.max_seconds} s"
        raise refusal(field, f"{reason} are accepted")


def _check_streams(container: InputContainer, limits: ClipLimits, *, field: str) -> None:
    videos, audios = container.streams.video, container.streams.audio
    if len(videos) != 1 or len(audios) > 1:
        raise refusal(field, f"it has {len(videos)} picture and {len(audios)} sound tracks")
    if len(container.streams) > limits.max_tracks:
        raise refusal(field, f"it has more than {limits.max_tracks} tracks")
    for stream, accepted in ((videos[0], _VIDEO_CODECS), *((audio, _AUDIO_CODECS) for audio in audios)):
        # A track of a codec that FFmpeg does not know has no context.
        context: av.CodecContext | None = stream.codec_context
        if context is None or context.codec.canonical_name not in accepted:
            raise refusal(field, f"its codec is not one of {', '.join(accepted)}")
    pixels = videos[0].codec_context.width * videos[0].codec_context.height
    if not 0 < pixels <= limits.max_pixels:
        raise refusal(field, f"a frame of it has {pixels} pixels, at most {limits.max_pixels} are accepted")
