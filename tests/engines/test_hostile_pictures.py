"""Pictures made to do harm: refused with a reason before a pixel is decoded, or opened on their own."""

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.pictures import picture_objections
from filmgate.engines.picture import open_picture
from filmgate.media.content import content_type_of
from filmgate.media.pictures import read_picture
from tests.domain.matrix import CATALOG
from tests.engines.watching import watched

SIDE = 320


def saved(form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), "teal").save(buffer, form, **options)
    return buffer.getvalue()


PNG, JPEG, WEBP = saved("PNG"), saved("JPEG"), saved("WEBP")


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_of(width: int, height: int, *, more: bytes = b"", rows: bytes | None = None) -> bytes:
    """Return a PNG that claims a size; without `rows` it holds one packed megabyte of zeros."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    packed = png_chunk(b"IDAT", zlib.compress(bytes(1_000_000) if rows is None else rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + more + packed + png_chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    start = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:start] + struct.pack(">HH", height, width) + JPEG[start + 4 :]


def webp_of(width: int, height: int) -> bytes:
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + sides
    body = b"WEBP" + canvas + WEBP[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


ROWS = bytes((SIDE * 3 + 1) * SIDE)
TEXT_BOMB = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000), 9))
PROFILE_BOMB = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(20_000_000), 9))

REFUSED: dict[str, tuple[bytes, str]] = {
    "a PNG of 50,000 x 50,000": (png_of(50_000, 50_000), "50000"),
    "the largest PNG there is": (png_of(2**31 - 1, 2**31 - 1), "2147483647"),
    "a PNG without width": (png_of(0, 400), "broken header"),
    "a PNG of one row": (png_of(50_000, 1), "50000x1"),
    "a JPEG of 65,500 x 65,500": (jpeg_of(65_500, 65_500), "65500"),
    "a WebP of 16,383 x 16,383": (webp_of(16_383, 16_383), "16383"),
    "a text that unfolds": (png_of(SIDE, SIDE, more=TEXT_BOMB, rows=ROWS), "cannot be read"),
    "a colour profile that unfolds": (png_of(SIDE, SIDE, more=PROFILE_BOMB, rows=ROWS), "cannot be read"),
    "too few rows": (png_of(SIDE, SIDE, rows=ROWS[:1000]), "cannot be read"),
    "SVG": (b'<svg width="400" height="400"><image href="file:///etc/passwd"/></svg>', "is not a JPEG"),
    "a GIF that is a JAR": (saved("GIF") + b"PK\3\4" + bytes(200), "is not a JPEG"),
    "TIFF": (saved("TIFF"), "is not a JPEG"),
    "BMP": (saved("BMP"), "is not a JPEG"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n", "is not a JPEG"),
    "PDF": (saved("PDF"), "is not a JPEG"),
    "a script of ImageMagick": (b"push graphic-context\nimage over 0,0 0,0 'file:///etc/passwd'\n", "is not"),
    "HTML": (b"<!doctype html><img src=/etc/passwd>", "is not a JPEG"),
    "an MP4": (b"\0\0\0\x18ftypisom" + bytes(100), "is not a JPEG"),
}

OPENED: dict[str, bytes] = {
    "a JPEG with HTML in its comment": saved("JPEG", comment=b"<html><script>alert(1)</script>"),
    "a JPEG with HTML behind it": JPEG + b"<html><script>alert(1)</script>",
    "a PNG that is a JAR": PNG + b"PK\3\4" + bytes(200),
    "a WebP with a script behind it": WEBP + b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a JPEG with a profile of junk": saved("JPEG", icc_profile=b"file:///etc/passwd" * 40),
}


def open_in_every_way(path: Path) -> None:
    """Judge the picture by its header, as at submit, and then decode it, as in the renderer's child."""
    facts = read_picture(path, field="start_image_url")
    against = list(picture_objections("start_image_url", facts, CATALOG.limits))
    if against:
        raise InvalidRequest(against)
    open_picture(path, field="start_image_url")


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_picture_that_means_harm_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)

    with pytest.raises(InvalidRequest, match="start_image_url") as refused:
        open_in_every_way(path)

    assert words in str(refused.value)


@pytest.mark.parametrize("name", [name for name in REFUSED if name.startswith(("a PNG", "a JPEG", "a WebP"))])
def test_the_renderer_refuses_it_too_whatever_was_checked_before(tmp_path: Path, name: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(REFUSED[name][0])

    with pytest.raises(InvalidRequest, match="start_image_url"):
        open_picture(path, field="start_image_url")


@pytest.mark.parametrize("content", OPENED.values(), ids=OPENED)
def test_a_picture_with_something_behind_it_is_a_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)

    open_in_every_way(path)

    assert open_picture(path, field="start_image_url").shape == (SIDE, SIDE, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="files are watched by inotify")
@pytest.mark.parametrize(
    "write",
    [
        lambda canary: f'<svg width="400" height="400"><image href="{canary.as_uri()}"/></svg>',
        lambda canary: f"push graphic-context\nimage over 0,0 0,0 '{canary}'\npop graphic-context\n",
        lambda canary: f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({canary}) run\n",
    ],
    ids=["SVG", "ImageMagick", "PostScript"],
)
def test_no_picture_reads_another_file(tmp_path: Path, write: Callable[[Path], str]) -> None:
    canary, path = tmp_path / "canary.png", tmp_path / "picture.png"
    canary.write_bytes(PNG)
    path.write_text(write(canary))

    with watched(canary) as was_opened:
        with pytest.raises(InvalidRequest):
            open_picture(path, field="start_image_url")

        assert not was_opened()


@pytest.mark.parametrize("name", ["SVG", "a GIF that is a JAR", "TIFF", "PostScript", "PDF", "HTML"])
def test_what_is_no_picture_is_not_even_stored(name: str) -> None:
    assert content_type_of(REFUSED[name][0][:64]) is None
