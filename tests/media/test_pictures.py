"""Reading a picture's type and size from its header, on files that Pillow wrote and on broken ones."""

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.pictures import PictureFacts
from filmgate.media.content import content_type_of
from filmgate.media.pictures import read_picture

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def written(form: str, *, size: tuple[int, int] = (320, 200), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "peru").save(buffer, form, **options)
    return buffer.getvalue()


def exif_turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (320, 200), (200, 320), (4000, 3000)])
def test_type_and_size_are_read_from_content(form: str, size: tuple[int, int]) -> None:
    content = written(form, size=size)

    facts = read_picture(content, field="start_image_url")

    assert facts == PictureFacts(
        content_type=FORMATS[form], n_bytes=len(content), width=size[0], height=size[1]
    )


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"quality": 5}, {"icc_profile": bytes(300_000)}, {"comment": b"x" * 60_000}],
)
def test_every_kind_of_jpeg_is_read(options: dict[str, Any]) -> None:
    facts = read_picture(written("JPEG", **options), field="start_image_url")

    assert (facts.width, facts.height) == (320, 200)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 1}, {"exif": exif_turned(1)}])
def test_every_kind_of_webp_is_read(options: dict[str, Any]) -> None:
    facts = read_picture(written("WEBP", **options), field="start_image_url")

    assert (facts.width, facts.height) == (320, 200)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_measured_upright(orientation: int) -> None:
    facts = read_picture(written("JPEG", exif=exif_turned(orientation)), field="start_image_url")

    assert (facts.width, facts.height) == ((200, 320) if orientation >= 5 else (320, 200))


def test_a_path_is_read_like_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(written("PNG"))

    facts = read_picture(path, field="end_image_url")

    assert facts == read_picture(path.read_bytes(), field="end_image_url")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"<svg width='400' height='400'></svg>",
        b"BM" + bytes(100),
        b"II*\0" + bytes(100),
        b"P6 400 400 255 " + bytes(100),
        b"\0\0\0\x18ftypheic" + bytes(100),
        b"\0\0\0\x18ftypisom" + bytes(100),
        written("JPEG")[:20],
        written("PNG")[:20],
        written("WEBP")[:20],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\0\1" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + struct.pack(">L4sLL", 13, b"IHDR", 0, 400) + bytes(20),
        b"RIFF\0\0\0\0WEBPVP9 " + bytes(100),
    ],
)
def test_what_is_no_readable_picture_is_refused_by_field(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"^Image format is invalid: end_image_url ") as refusal:
        read_picture(content, field="end_image_url")

    assert [objection.field for objection in refusal.value.objections] == ["end_image_url"]


@pytest.mark.parametrize("filling", [b"\0", b"\xff\xe2\0\2", b"\xff\x01"])
def test_a_header_without_an_end_is_given_up(filling: bytes) -> None:
    content = b"\xff\xd8\xff\xe0\0\2" + filling * (2_000_000 // len(filling))

    with pytest.raises(InvalidRequest, match="broken header"):
        read_picture(content, field="start_image_url")


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"restart_marker_rows": 1}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True, "exif": exif_turned(1)}),
        ("WEBP", {"save_all": True, "append_images": [Image.new("RGB", (320, 200), "teal")]}),
    ],
)
def test_a_picture_cut_off_anywhere_is_refused_and_one_with_more_behind_it_is_not(
    form: str, options: dict[str, Any]
) -> None:
    content = written(form, **options)

    for length in {*range(0, len(content), 7), *range(len(content) - 40, len(content))}:
        with pytest.raises(InvalidRequest, match=r"^Image format is invalid: end_image_url "):
            read_picture(content[:length], field="end_image_url")
    assert read_picture(content + b"\xff\xd8\xff more", field="end_image_url").width == 320


def test_the_thumbnail_of_a_photograph_does_not_stand_for_its_end() -> None:
    thumbnail = b"Exif\0\0" + written("JPEG", size=(16, 16))
    head, rest = written("JPEG")[:2], written("JPEG")[2:]
    photograph = head + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail + rest

    with pytest.raises(InvalidRequest, match="cut off or damaged: its"):
        read_picture(photograph[:-10], field="start_image_url")
    assert read_picture(photograph, field="start_image_url").width == 320


@pytest.mark.parametrize(
    "content",
    [
        written("JPEG").partition(b"\xff\xda")[0] + b"\xff\xd9",
        written("PNG")[:33] + b"\0\0\0\0IEND" + bytes(4),
        b"RIFF\x16\0\0\0WEBPVP8X\n\0\0\0" + bytes(4) + b"\x3f\1\0\xc7\0\0",
    ],
)
def test_a_picture_of_no_pixels_is_not_whole(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match="hold no whole picture"):
        read_picture(content, field="start_image_url")


@pytest.mark.parametrize("part", [b"\xff", b"\xff\0", b"\xff\xfe\0\2"])
def test_a_scan_without_an_end_is_given_up(part: bytes) -> None:
    content = written("JPEG")[:-2] + part * (2_000_000 // len(part))

    with pytest.raises(InvalidRequest, match="hold no whole picture"):
        read_picture(content, field="start_image_url")


@given(
    head=st.sampled_from(
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFFxxxxWEBPVP8X"]
    ),
    rest=st.binary(max_size=200),
)
def test_no_bytes_bring_the_reader_down(head: bytes, rest: bytes) -> None:
    try:
        facts = read_picture(head + rest, field="start_image_url")
    except InvalidRequest:
        return

    assert facts.width > 0
    assert facts.height > 0


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
        (b"\0\0\0\x1cftypmp42\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", None),
        (b"\0\0\0\x18ftyp", None),
        (b"\x1aE\xdf\xa3", None),
        (b"#EXTM3U\n", None),
    ],
)
def test_videos_are_told_by_their_brand(head: bytes, content_type: str | None) -> None:
    assert content_type_of(head) == content_type
