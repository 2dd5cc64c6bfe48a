"""Writes clips: H.264 in MP4, drawn and encoded at the same time."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Self

import av
import numpy as np
from av.codec.context import ThreadType

from filmgate.domain.errors import EngineFailed
from filmgate.engines import colour
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.soundtrack import Samples, Soundtrack

Draw = Callable[[RGBFrame, int], None]
"""Fills a frame, given its number from 0; every pixel must be written, for frames are used again."""

# `bitexact` leaves out the library's version, so that equal frames give equal files.
MP4_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}

# Enough to even out slow frames; more only costs memory (25 MB for each at 3840x2160).
_FRAMES_IN_FLIGHT = 4


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """How hard x264 tries.

    `crf` is x264's constant rate factor. `endpoint_quantiser` is the quantiser of the very first and
    last frame, which repeat a caller's pictures and must be nearer to them than the rest; None leaves
    them alone. `threads` is part of what the bytes depend on, so it does not follow the machine. A keyframe
    is seen as a breath through soft skies, three times the step between other frames, so they come only as
    often as players need them to find a place: at most once within a clip of 5 seconds.
    """

    preset: str = "veryfast"
    crf: float = 20
    endpoint_quantiser: int | None = None
    threads: int = 3
    keyframe_seconds: int = 5

    def x264_options(self, shape: ClipShape, *, n_frames: int) -> dict[str, str]:
        """Return the encoder's options for a clip of `n_frames`."""
        keyint = max(1, round(shape.fps * self.keyframe_seconds))
        parameters: dict[str, int | str] = {
            "keyint": keyint,
            "min-keyint": keyint,
            "scenecut": 0,
            "open-gop": 0,
            # Headers then depend on the shape alone, so that clips can be joined without re-encoding.
            "stitchable": 1,
            "force-cfr": 1,
            "chromaloc": 1,
            # Without it some of x264's AVX-512 code was seen to depend on what memory held before, so
            # that equal frames gave other bytes; it costs nothing measurable.
            "cpu-independent": 1,
        }
        if self.endpoint_quantiser is not None:
            last, quantiser = n_frames - 1, self.endpoint_quantiser
            zones = [f"0,0,q={quantiser}", f"{last},{last},q={quantiser}"][: min(n_frames, 2)]
            parameters["zones"] = "/".join(zones)
        return {
            "preset": self.preset,
            "crf": str(self.crf),
            "x264-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
        }


class ClipWriter:
    """An MP4 being written, frame by frame; a context manager that leaves a whole file or an error.

    The picture is yuv420p in closed groups of pictures, tagged BT.709 on stream and frames; `moov` comes
    first, so that browsers start at once. The same frames and settings give the same bytes.
    """

    def __init__(
        self,
        path: Path,
        *,
        shape: ClipShape,
        n_frames: int,
        sound: Samples | None = None,
        settings: EncoderSettings | None = None,
        comment: str | None = None,
    ) -> None:
        settings = settings or EncoderSettings()
        self._shape = shape
        self._container = av.open(str(path), "w", format="mp4", options=MP4_OPTIONS)
        if comment is not None:
            self._container.metadata["comment"] = comment
        options = settings.x264_options(shape, n_frames=n_frames)
        self._stream = self._container.add_stream("libx264", rate=shape.fps, options=options)
        encoder = self._stream.codec_context
        encoder.width, encoder.height, encoder.pix_fmt = shape.width, shape.height, "yuv420p"
        encoder.time_base = 1 / shape.fps
        encoder.thread_count = settings.threads
        # Slices, the wrapper's default, cost bits and leave one core half idle.
        encoder.thread_type = ThreadType.FRAME
        colour.tag(encoder)
        self._colours = colour.ClipColours()
        self._soundtrack = Soundtrack(self._container, sound) if sound is not None else None
        self._n_frames = n_frames
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._container.close()

    def add(self, frame: RGBFrame) -> None:
        """Encode the next frame; it may be changed afterwards."""
        converted = self._colours.convert(frame)
        converted.pts = self._written
        converted.time_base = 1 / self._shape.fps
        self._written += 1
        self._container.mux(self._stream.encode(converted))
        if self._soundtrack is not None:
            self._soundtrack.fill(self._written / self._shape.fps)

    def _finish(self) -> None:
        if self._written != self._n_frames:
            raise EngineFailed(f"{self._written} of {self._n_frames} frames were drawn.")
        self._container.mux(self._stream.encode())
        if self._soundtrack is not None:
            self._soundtrack.finish()


def film(
    path: Path,
    *,
    shape: ClipShape,
    n_frames: int,
    draw: Draw,
    sound: Samples | None = None,
    progress: Callable[[float], None] = lambda _: None,
    settings: EncoderSettings | None = None,
    comment: str | None = None,
) -> None:
    """Draw `n_frames` and encode them on a second thread, with a few frames in between.

    `comment` is a text that the file carries; see `probe.comment_of`.
    `progress` is told the drawn fraction after every frame. What `draw` or the encoder raises comes out
    here; the unfinished file is left behind.
    """
    free: Queue[RGBFrame | None] = Queue()
    drawn: Queue[RGBFrame | None] = Queue()
    for _ in range(min(_FRAMES_IN_FLIGHT, n_frames)):
        free.put(np.empty((shape.height, shape.width, 3), dtype=np.uint8))

    def encode() -> None:
        try:
            with ClipWriter(
                path, shape=shape, n_frames=n_frames, sound=sound, settings=settings, comment=comment
            ) as writer:
                while (frame := drawn.get()) is not None:
                    writer.add(frame)
                    free.put(frame)
        finally:
            # The drawing side may be waiting for a frame that would never come back.
            free.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="encoder") as pool:
        encoding = pool.submit(encode)
        try:
            for number in range(n_frames):
                frame = free.get()
                if frame is None:
                    break
                draw(frame, number)
                drawn.put(frame)
                progress((number + 1) / n_frames)
        finally:
            drawn.put(None)
    _raise_if_failed(encoding)


def _raise_if_failed(encoding: Future[None]) -> None:
    try:
        encoding.result()
    except (av.FFmpegError, OSError) as error:
        raise EngineFailed(f"The clip could not be encoded: {error}") from error
