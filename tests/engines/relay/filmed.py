"""Small clips as an upstream's model may make them: of any size, rate and length, with sound or without."""

from pathlib import Path

import av
import numpy as np

_SAMPLE_RATE = 48_000


def film(
    path: Path,
    *,
    width: int = 64,
    height: int = 36,
    fps: int = 30,
    n_frames: int = 30,
    has_sound: bool = False,
    codec: str = "libx264",
) -> Path:
    """Write an MP4 that turns from black to white, its index first, and return its path."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=fps, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        sound = container.add_stream("aac", rate=_SAMPLE_RATE, layout="mono") if has_sound else None
        for number in range(n_frames):
            pixels = np.full((height, width, 3), 255 * number // n_frames, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
        if sound is not None:
            hum = np.sin(np.arange(_SAMPLE_RATE * n_frames // fps) / 20, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(hum[None, :] / 2, format="fltp", layout="mono")
            frame.sample_rate = _SAMPLE_RATE
            container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path
