"""Clips made to do harm: each is refused with a reason or opened safely, and reads no file but itself."""

import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.engines.join import steady_frames
from filmgate.engines.probe import clip_facts, last_frame
from filmgate.engines.soundtrack import read_sound
from filmgate.media.content import content_type_of
from tests.engines import hostile_clips as hostile
from tests.engines.hostile_clips import box, boxes
from tests.engines.watching import watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files are watched by inotify")


class Workshop:
    """A folder with a plain clip to work from, and a canary: a clip that nobody may open."""

    def __init__(self, folder: Path) -> None:
        self.scratch = folder / "scratch.mp4"
        self.canary = folder / "canary.mp4"
        self.clip = folder / "clip.mp4"
        self.plain = hostile.plain_clip(self.canary)
        self.head = self.plain[: struct.unpack_from(">I", self.plain)[0]]

    def filmed(self, codec: str, container_format: str, *, pixels: str = "yuv420p") -> bytes:
        return hostile.plain_clip(self.scratch, codec=codec, container_format=container_format, pixels=pixels)

    @property
    def script(self) -> bytes:
        return f"ffconcat version 1.0\nfile {self.canary}\n".encode()

    @property
    def playlist(self) -> bytes:
        lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:9", "#EXTINF:9,", self.canary.as_uri(), "#EXT-X-ENDLIST")
        return "\n".join(lines).encode()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def was_opened(workshop: Workshop) -> Iterator[Callable[[], bool]]:
    with watched(workshop.canary) as seen:
        yield seen


Make = Callable[[Workshop], bytes]

REFUSED: dict[str, tuple[Make, str]] = {
    "a script of other files": (lambda shop: shop.script, "cannot be read as MP4"),
    "a script behind a video's head": (lambda shop: shop.head + shop.script, "cannot be read as MP4"),
    "a playlist": (lambda shop: shop.playlist, "cannot be read as MP4"),
    "a playlist behind a video's head": (lambda shop: shop.head + shop.playlist, "cannot be read as MP4"),
    "a description of streams": (
        lambda shop: b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "cannot be read as MP4",
    ),
    "a manifest of DASH": (
        lambda shop: (
            b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>'
            + shop.canary.as_uri().encode()
            + b"</BaseURL></MPD>"
        ),
        "cannot be read as MP4",
    ),
    "SVG": (lambda shop: b'<svg><image href="file:///etc/passwd"/></svg>', "cannot be read as MP4"),
    "HTML": (lambda shop: b"<!doctype html><video src=/etc/passwd>", "cannot be read as MP4"),
    "PDF": (lambda shop: b"%PDF-1.7\n" + shop.plain, "cannot be read as MP4"),
    "GIF and JAR": (lambda shop: b"GIF89a" + bytes(20) + b"PK\3\4" + bytes(99), "cannot be read as MP4"),
    "AVI": (lambda shop: shop.filmed("libx264", "avi"), "cannot be read as MP4"),
    "Matroska": (lambda shop: shop.filmed("libx264", "matroska"), "cannot be read as MP4"),
    "WebM": (lambda shop: shop.filmed("libvpx-vp9", "webm"), "cannot be read as MP4"),
    "a transport stream": (lambda shop: shop.filmed("libx264", "mpegts"), "cannot be read as MP4"),
    "FLV": (lambda shop: shop.filmed("libx264", "flv"), "cannot be read as MP4"),
    "raw pictures": (lambda shop: shop.filmed("rawvideo", "mov"), "its codec is not one of"),
    "JPEG frames": (lambda shop: shop.filmed("mjpeg", "mov", pixels="yuvj420p"), "its codec is not one of"),
    "PNG frames": (lambda shop: shop.filmed("png", "mov", pixels="rgb24"), "its codec is not one of"),
    "samples in another file": (
        lambda shop: hostile.referring(shop.plain, hostile.alias_to(shop.canary)),
        "it has no frames",
    ),
    "two sound tracks": (
        lambda shop: hostile.plain_clip(shop.scratch, n_sounds=2),
        "1 picture and 2 sound tracks",
    ),
    "200 tracks": (lambda shop: hostile.crowded(shop.plain, n_tracks=199), "more than 16 tracks"),
    "900 tracks": (lambda shop: hostile.crowded(shop.plain, n_tracks=900), "more than 16 tracks"),
    "16k": (lambda shop: hostile.sized(shop.plain, width=16384, height=16384), "pixels"),
    "the widest frame there is": (
        lambda shop: hostile.sized(shop.plain, width=65520, height=65520),
        "pixels",
    ),
    "a second size": (
        lambda shop: hostile.two_sizes(shop.scratch, sides=(64, 128)),
        "changes size on the way",
    ),
    "a second size beyond the limit": (
        lambda shop: hostile.two_sizes(shop.scratch, sides=(64, 4400)),
        "cannot be read as MP4",
    ),
    "a second form of sound": (
        lambda shop: hostile.two_sound_rates(shop.scratch),
        "changes rate or channels",
    ),
    "twelve days": (lambda shop: hostile.deltas(hostile.ticks(shop.plain, 1), 200_000), "frames a second"),
    "12,288 frames a second": (lambda shop: hostile.deltas(shop.plain, 1), "12288 frames a second"),
    "no unit of time": (lambda shop: hostile.ticks(shop.plain, 0), "frames a second"),
    "two thousand million ticks a second": (
        lambda shop: hostile.ticks(shop.plain, 2**31 - 1),
        "frames a second",
    ),
    "an edit list that repeats for ever": (
        lambda shop: hostile.delayed(shop.plain, [(500, 0)] * 10_000),
        "more than 10860 frames",
    ),
    "an edit list before the start": (
        lambda shop: hostile.delayed(shop.plain, [(500, -(2**31))]),
        "it has no frames",
    ),
    "an edit list past the end": (
        lambda shop: hostile.delayed(shop.plain, [(500, 2**31 - 1)]),
        "it has no frames",
    ),
    "a million samples in one chunk": (
        lambda shop: hostile.samples_claimed(shop.plain, 1_000_000),
        "frames a second",
    ),
    "more samples than can be counted": (
        lambda shop: hostile.samples_claimed(shop.plain, 2**32 - 1),
        "it has no frames",
    ),
    "a header that unfolds": (
        lambda shop: shop.head + hostile.compressed_moov(50_000_000),
        "0 picture and 0 sound tracks",
    ),
    "20,000 boxes in each other": (lambda shop: shop.head + hostile.nested(20_000), "cannot be read as MP4"),
    "a box larger than any file": (
        lambda shop: shop.head + struct.pack(">I4sQ", 1, b"moov", 2**62) + bytes(100),
        "0 picture and 0 sound tracks",
    ),
    "a box smaller than its head": (
        lambda shop: shop.head + struct.pack(">I4s", 3, b"moov") + bytes(100),
        "cannot be read as MP4",
    ),
    "no pictures behind the tables": (
        lambda shop: b"".join(box(kind, payload) for kind, payload in boxes(shop.plain) if kind != b"mdat"),
        "cannot be read as MP4",
    ),
}

OPENED: dict[str, Make] = {
    "a plain clip": lambda shop: shop.plain,
    "a script in a free box": lambda shop: shop.plain + box(b"free", shop.script),
    "a JAR at the end": lambda shop: shop.plain + b"PK\3\4" + bytes(200),
    "samples behind a URL": lambda shop: hostile.referring(
        shop.plain, box(b"url ", bytes(4) + shop.canary.as_uri().encode() + b"\0")
    ),
    "a second header": lambda shop: shop.plain + box(b"moov", dict(boxes(shop.plain))[b"moov"]),
    "frames that last no time": lambda shop: hostile.deltas(shop.plain, 0),
    "a few subtitles": lambda shop: hostile.crowded(shop.plain, n_tracks=3),
    "a late start": lambda shop: hostile.delayed(shop.plain, [(2**31 - 1, -1), (500, 0)]),
}


def open_in_every_way(path: Path) -> None:
    """Measure the clip, decode its last frame, its first ones and its sound, as an extension does."""
    facts = clip_facts(path, field="video_id")
    last_frame(path, field="video_id")
    read_sound(path, seconds=facts.duration, field="video_id")
    for _ in steady_frames(path, n_frames=6, fps=Fraction(12), field="video_id"):
        pass


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_a_clip_that_means_harm_is_refused_with_a_reason(
    workshop: Workshop, was_opened: Callable[[], bool], make: Make, words: str
) -> None:
    workshop.clip.write_bytes(make(workshop))
    was_opened()

    with pytest.raises(InvalidRequest, match=r"^video_id is not a usable video: ") as refused:
        open_in_every_way(workshop.clip)

    assert words in str(refused.value)
    assert not was_opened()


@pytest.mark.parametrize("make", OPENED.values(), ids=OPENED)
def test_a_clip_that_only_looks_odd_is_opened_by_itself_alone(
    workshop: Workshop, was_opened: Callable[[], bool], make: Make
) -> None:
    workshop.clip.write_bytes(make(workshop))
    was_opened()

    open_in_every_way(workshop.clip)

    assert not was_opened()


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda shop: shop.script, {"safe": "0"}),
        (
            lambda shop: hostile.referring(shop.plain, hostile.alias_to(shop.canary)),
            {"enable_drefs": "1", "use_absolute_path": "1"},
        ),
    ],
    ids=["a script", "samples in another file"],
)
def test_the_corpus_bites_where_nothing_guards(
    workshop: Workshop, was_opened: Callable[[], bool], make: Make, options: dict[str, str]
) -> None:
    workshop.clip.write_bytes(make(workshop))
    was_opened()

    with av.open(str(workshop.clip), options=options) as container:
        n_frames = sum(1 for _ in container.decode(video=0))

    assert n_frames == 6
    assert was_opened()


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {url}\n",
    ],
)
def test_no_clip_reaches_for_the_network(workshop: Workshop, text: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        workshop.clip.write_text(text.format(url=f"http://127.0.0.1:{listening.getsockname()[1]}/secret.mp4"))

        with pytest.raises(InvalidRequest):
            open_in_every_way(workshop.clip)

        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("name", ["a script of other files", "a playlist", "AVI", "Matroska", "PDF", "SVG"])
def test_what_is_no_video_is_not_even_stored(workshop: Workshop, name: str) -> None:
    assert content_type_of(REFUSED[name][0](workshop)[:64]) is None


def test_no_cut_through_a_clip_brings_its_readers_down(workshop: Workshop) -> None:
    n_bytes = len(workshop.plain)

    for length in range(0, n_bytes, n_bytes // 60):
        workshop.clip.write_bytes(workshop.plain[:length])
        with suppress(InvalidRequest):
            open_in_every_way(workshop.clip)


def test_no_flipped_byte_of_the_tables_brings_the_readers_down(workshop: Workshop) -> None:
    start = workshop.plain.index(b"moov")

    for position in range(start, len(workshop.plain), 3):
        damaged = bytearray(workshop.plain)
        damaged[position] ^= 0xFF
        workshop.clip.write_bytes(damaged)
        with suppress(InvalidRequest):
            open_in_every_way(workshop.clip)
