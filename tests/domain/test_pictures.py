import pytest

from filmgate.domain.pictures import PictureFacts, picture_objections
from tests.domain.matrix import CATALOG

MEBIBYTE = 1024 * 1024


def messages(
    content_type: str = "image/jpeg", n_bytes: int = 1000, width: int = 1280, height: int = 720
) -> list[str]:
    facts = PictureFacts(content_type=content_type, n_bytes=n_bytes, width=width, height=height)
    return [each.message for each in picture_objections("start_image_url", facts, CATALOG.limits)]


@pytest.mark.parametrize(
    ("content_type", "n_bytes", "width", "height"),
    [
        ("image/jpeg", 10 * MEBIBYTE, 300, 300),
        ("image/png", 1, 750, 300),
        ("image/webp", 1, 300, 750),
        ("image/webp", 1, 10_000, 5_000),
    ],
)
def test_a_picture_at_a_limit_is_accepted(content_type: str, n_bytes: int, width: int, height: int) -> None:
    assert messages(content_type, n_bytes, width, height) == []


def test_another_format_is_refused_in_known_words() -> None:
    assert messages("image/gif", width=1, height=1) == [
        'Image format is invalid. start_image_url is "image/gif"; JPEG, PNG or WebP accepted.'
    ]


def test_too_many_bytes_are_refused() -> None:
    assert messages(n_bytes=10 * MEBIBYTE + 1) == [
        "start_image_url has 10,485,761 bytes; at most 10,485,760 are accepted."
    ]


def test_a_short_side_under_300_pixels_is_refused() -> None:
    assert messages(width=500, height=299) == [
        "start_image_url is 500x299 pixels; its short side must be at least 300."
    ]


@pytest.mark.parametrize(("width", "height"), [(751, 300), (300, 751)])
def test_a_picture_too_long_or_too_tall_is_refused(width: int, height: int) -> None:
    assert messages(width=width, height=height) == [
        f"start_image_url is {width}x{height} pixels; its ratio must lie between 1:2.5 and 2.5:1."
    ]


def test_a_picture_that_decodes_to_too_much_is_refused() -> None:
    assert messages(width=10_000, height=5_001) == [
        "start_image_url is 10000x5001 pixels; at most 50,000,000 pixels in all are accepted."
    ]


def test_a_picture_without_height_breaks_two_rules() -> None:
    assert len(messages(width=300, height=0)) == 2
