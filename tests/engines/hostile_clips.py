"""Clips that a caller might send to do harm, each made from code."""

import struct
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = 64
_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts")

Change = Callable[[bytes], bytes]


def box(kind: bytes, payload: bytes) -> bytes:
    """Return one box of the ISO base media file format."""
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and payload of the boxes one after the other."""
    found: list[tuple[bytes, bytes]] = []
    while content:
        size, kind = struct.unpack_from(">I4s", content)
        found.append((kind, content[8:size]))
        content = content[size:]
    return found


def edited(content: bytes, kind: bytes, change: Change) -> bytes:
    """Change the payload of every box of the kind, however deep, and the sizes around it."""
    parts: list[bytes] = []
    for each, payload in boxes(content):
        if each == kind:
            parts.append(box(each, change(payload)))
        elif each in _CONTAINERS:
            parts.append(box(each, edited(payload, kind, change)))
        else:
            parts.append(box(each, payload))
    return b"".join(parts)


def plain_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    container_format: str = "mp4",
    n_sounds: int = 0,
) -> bytes:
    """Film six grey frames and return the file; an MP4's `moov` comes last, so that it can be edited."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=12)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = SIZE
        stream.pix_fmt = pixels
        sounds = [container.add_stream("aac", rate=48_000, layout="mono") for _ in range(n_sounds)]
        for number in range(6):
            grey = np.full((SIZE, SIZE, 3), 40 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        for sound in sounds:
            silence = np.zeros((1, 1024), np.float32)
            samples = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 48_000, 0
            container.mux(sound.encode(samples))
            container.mux(sound.encode())
    return path.read_bytes()


def alias_to(target: Path) -> bytes:
    """Return an `alis` data reference of QuickTime that leads to an absolute path."""
    name = str(target).encode()
    head = bytes(10) + b"\x01/" + bytes(26) + bytes(12) + bytes([len(target.name)])
    head += target.name.encode().ljust(63, b"\0") + bytes(16) + struct.pack(">HH", 1, 1) + bytes(16)
    padded = name + b"\0" * (len(name) % 2)
    records = struct.pack(">HH", 2, len(name)) + padded + struct.pack(">HH", 0xFFFF, 0)
    return box(b"alis", bytes(4) + head + records.ljust(80, b"\0"))


def referring(content: bytes, reference: bytes) -> bytes:
    """Let every track find its samples behind the data reference instead of in the file."""
    return edited(content, b"dref", lambda _: struct.pack(">II", 0, 1) + reference)


class _Bits:
    """Writes the exp-Golomb codes of H.264 headers."""

    def __init__(self) -> None:
        self._bits = ""

    def fixed(self, value: int, n_bits: int) -> "_Bits":
        self._bits += f"{value:0{n_bits}b}"
        return self

    def golomb(self, *values: int) -> "_Bits":
        for value in values:
            code = f"{value + 1:b}"
            self._bits += "0" * (len(code) - 1) + code
        return self

    def rounded(self) -> bytes:
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")


def h264_headers(*, width: int, height: int) -> bytes:
    """Return an `avcC` payload whose picture has so many pixels, multiples of 16."""
    sps = _Bits().golomb(0, 0, 0, 0, 0).fixed(0, 1).golomb(width // 16 - 1, height // 16 - 1)
    sequence = b"\x67\x42\x00\x34" + sps.fixed(0b1100, 4).rounded()
    picture = (
        b"\x68"
        + _Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0).fixed(0, 3).rounded()
    )
    return (
        b"\x01\x42\x00\x34\xff\xe1"
        + struct.pack(">H", len(sequence))
        + sequence
        + b"\x01"
        + struct.pack(">H", len(picture))
        + picture
    )


def sized(content: bytes, *, width: int, height: int) -> bytes:
    """Give the picture another size, in its description and its H.264 headers."""

    def describe(payload: bytes) -> bytes:
        entry = payload[16:]
        headers = edited(entry[78:], b"avcC", lambda _: h264_headers(width=width, height=height))
        whole = entry[:24] + struct.pack(">HH", width, height) + entry[28:78] + headers
        return payload[:8] + struct.pack(">I", len(whole) + 8) + payload[12:16] + whole

    return edited(content, b"stsd", describe)


def deltas(content: bytes, delta: int) -> bytes:
    """Let every frame last so many ticks."""
    return edited(
        content, b"stts", lambda payload: payload[:4] + struct.pack(">III", 1, 6, delta & 0xFFFFFFFF)
    )


def ticks(content: bytes, timescale: int) -> bytes:
    """Count the tracks' time in so many ticks a second."""
    return edited(
        content, b"mdhd", lambda payload: payload[:12] + struct.pack(">I", timescale) + payload[16:]
    )


def delayed(content: bytes, entries: Sequence[tuple[int, int]]) -> bytes:
    """Give every track an edit list: duration and start, in ticks, of each piece."""
    pieces = b"".join(struct.pack(">IiHH", duration, start, 1, 0) for duration, start in entries)
    return edited(content, b"elst", lambda _: struct.pack(">II", 0, len(entries)) + pieces)


def samples_claimed(content: bytes, n_samples: int) -> bytes:
    """Claim so many samples of one byte in one chunk, which needs no table in the file."""
    changed = edited(content, b"stsz", lambda _: struct.pack(">III", 0, 1, n_samples))
    changed = edited(changed, b"stsc", lambda _: struct.pack(">IIIII", 0, 1, 1, n_samples, 1))
    return edited(changed, b"stts", lambda _: struct.pack(">IIII", 0, 1, n_samples, 1))


def compressed_moov(n_bytes: int) -> bytes:
    """Return a `moov` that unfolds to so many zeros, as QuickTime allows."""
    packed = zlib.compress(bytes(n_bytes), 9)
    inner = box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", n_bytes) + packed)
    return box(b"moov", box(b"cmov", inner))


def nested(depth: int) -> bytes:
    """Return a `moov` in a `moov`, so many deep."""
    content = b""
    for _ in range(depth):
        content = box(b"moov", content)
    return content


def crowded(content: bytes, *, n_tracks: int) -> bytes:
    """Add tracks of subtitles, each with the tables of the picture."""

    def add(moov: bytes) -> bytes:
        (track,) = [payload for kind, payload in boxes(moov) if kind == b"trak"]
        track = edited(track, b"hdlr", lambda payload: payload.replace(b"vide", b"sbtl"))
        track = edited(track, b"stsd", lambda payload: payload.replace(b"avc1", b"tx3g"))
        return moov + box(b"trak", track) * n_tracks

    return edited(content, b"moov", add)


def two_sizes(path: Path, *, sides: tuple[int, int]) -> bytes:
    """Film square frames of one size and then of another; MPEG-4 says it anew at every keyframe."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width = stream.height = sides[0]
        stream.pix_fmt = "yuv420p"
        container.start_encoding()
        for position, side in enumerate(sides):
            encoder = av.CodecContext.create("mpeg4", "w")
            assert isinstance(encoder, av.VideoCodecContext)
            encoder.width = encoder.height = side
            encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 12)
            for number in range(3):
                frame = av.VideoFrame(side, side, "yuv420p")
                frame.pts = number
                for packet in encoder.encode(frame):
                    packet.pts = packet.dts = 3 * position + number
                    packet.time_base, packet.stream = Fraction(1, 12), stream
                    container.mux(packet)
    return path.read_bytes()


def two_sound_rates(path: Path) -> bytes:
    """Film a clip whose MP3 track goes on at another rate and in mono."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        sound = container.add_stream("libmp3lame", rate=44_100, layout="stereo")
        for number in range(6):
            grey = av.VideoFrame(SIZE, SIZE, "yuv420p")
            grey.pts = number
            container.mux(stream.encode(grey))
        container.mux(stream.encode())
        pts = 0
        for rate, layout in ((44_100, "stereo"), (24_000, "mono")):
            encoder = av.CodecContext.create("libmp3lame", "w")
            assert isinstance(encoder, av.AudioCodecContext)
            encoder.sample_rate, encoder.layout, encoder.format = rate, layout, "fltp"
            n_channels = 2 if layout == "stereo" else 1
            for number in range(8):
                silence = np.zeros((n_channels, encoder.frame_size or 1152), np.float32)
                frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout=layout)
                frame.sample_rate, frame.pts = rate, number * 1152
                for packet in encoder.encode(frame):
                    packet.pts = packet.dts = pts
                    packet.time_base = Fraction(1, 44_100)
                    packet.stream = sound
                    pts += 1152
                    container.mux(packet)
    return path.read_bytes()
