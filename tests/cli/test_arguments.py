"""What was typed becomes what the API takes, or is refused with what would be accepted."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from PIL import Image

from filmgate.cli.arguments import camera_control, picture_url, span


def test_axes_become_a_simple_move() -> None:
    assert camera_control("pan=5, zoom=-3") == {"type": "simple", "config": {"pan": 5, "zoom": -3}}


def test_a_presets_name_is_enough() -> None:
    assert camera_control("down_back") == {"type": "down_back"}


@pytest.mark.parametrize("typed", ["", "pan", "pan=", "pan=far", "orbit=3", "pan=1,,tilt=2", "simple"])
def test_a_move_that_cannot_be_read_is_refused_with_the_axes(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match="horizontal, vertical, pan, tilt, roll, zoom"):
        camera_control(typed)


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("30D", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_spans_are_a_number_and_a_unit(typed: str, length: timedelta) -> None:
    assert span(typed, option="--expires") == length


@pytest.mark.parametrize("typed", ["", "5", "0d", "-3d", "1.5h", "forever", "9" * 30 + "w"])
def test_a_span_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match="90m, 12h, 30d"):
        span(typed, option="--expires")


@pytest.mark.parametrize("url", ["http://a.example/b.png", "HTTPS://a.example/b", "data:image/png;base64,AA"])
def test_urls_pass_as_they_are(url: str) -> None:
    assert picture_url(url, option="--image") == url


def test_a_local_picture_travels_inside_the_request(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    # Its content says what it is; the name does not.
    Image.new("RGB", (400, 300)).save(path, format="PNG")

    url = picture_url(str(path), option="--image")

    assert url is not None
    head, _, coded = url.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(coded) == path.read_bytes()


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=r"gone\.png cannot be read: No such file"):
        picture_url(str(tmp_path / "gone.png"), option="--image")


def test_a_file_that_is_no_picture_is_refused_before_it_travels(tmp_path: Path) -> None:
    path = tmp_path / "letter.png"
    path.write_text("Dear all")

    with pytest.raises(typer.BadParameter, match="not a JPEG, PNG or WebP"):
        picture_url(str(path), option="--image")
