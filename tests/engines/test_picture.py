"""Callers' pictures in every form they come in."""

import zlib
from fractions import Fraction
from pathlib import Path
from struct import pack

import numpy as np
import pytest
from PIL import Image, ImageCms

from filmgate.domain.errors import InvalidRequest
from filmgate.engines.picture import PictureBounds, fit, open_picture
from tests.engines.filming import psnr, texture

PICTURE = texture(width=64, height=48)


def opened(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Open the picture as a start image."""
    return open_picture(path, field="start_image_url")


@pytest.mark.parametrize(("suffix", "least"), [("png", 60.0), ("jpg", 32.0), ("webp", 28.0)])
def test_each_format_comes_back_as_it_was_drawn(tmp_path: Path, suffix: str, least: float) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(PICTURE).save(path, quality=95)

    assert psnr(opened(path), PICTURE) > least


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_photograph_taken_sideways_stands_upright(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn a quarter clockwise to show it.
    Image.fromarray(PICTURE).save(tmp_path / f"a.{suffix}", exif=exif, quality=95)

    assert psnr(opened(tmp_path / f"a.{suffix}"), np.ascontiguousarray(np.rot90(PICTURE, -1))) > 28


def test_broken_notes_about_a_picture_do_not_matter(tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(
        tmp_path / "a.png", exif=b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x63\x01"
    )

    assert np.array_equal(opened(tmp_path / "a.png"), PICTURE)


def test_a_jpeg_that_loads_in_steps_is_whole(tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "a.jpg", quality=95, progressive=True)

    assert psnr(opened(tmp_path / "a.jpg"), PICTURE) > 32


@pytest.mark.parametrize(("suffix", "format_"), [("png", "PNG"), ("webp", "WEBP")])
def test_of_an_animation_the_first_image_is_taken(tmp_path: Path, suffix: str, format_: str) -> None:
    later = [Image.fromarray(np.ascontiguousarray(PICTURE[::-1]))] * 2
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(PICTURE).save(path, format_, save_all=True, append_images=later, quality=95)

    assert psnr(opened(path), PICTURE) > 28


@pytest.mark.parametrize(("width", "height"), [(301, 299), (299, 301), (1, 3), (751, 301)])
def test_sizes_may_be_odd(tmp_path: Path, width: int, height: int) -> None:
    picture = texture(width=width, height=height)
    Image.fromarray(picture).save(tmp_path / "a.png")

    assert np.array_equal(opened(tmp_path / "a.png"), picture)
    assert fit(picture, width=160, height=90).shape == (90, 160, 3)


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    rgba = np.dstack([PICTURE, np.zeros(PICTURE.shape[:2], np.uint8)])
    rgba[:, 32:, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "a.png")

    shown = opened(tmp_path / "a.png")

    assert np.all(shown[:, :32] == 255)
    assert np.array_equal(shown[:, 32:], PICTURE[:, 32:])


def test_a_palette_with_a_transparent_colour_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 1), 1)
    image.save(tmp_path / "a.png", transparency=0)

    shown = opened(tmp_path / "a.png")

    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown[1, 1].tolist() == [200, 100, 50]


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P"])
def test_other_kinds_of_pixels_become_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(PICTURE).convert(mode)
    image.save(tmp_path / "a.png")

    assert np.array_equal(opened(tmp_path / "a.png"), np.asarray(image.convert("RGB")))


def test_sixteen_bit_greys_keep_their_brightness(tmp_path: Path) -> None:
    levels = np.array([[0, 257, 32_896, 65_535]], dtype=np.uint16).repeat(4, axis=0)
    Image.fromarray(levels).save(tmp_path / "a.png")

    assert opened(tmp_path / "a.png")[0, :, 0].tolist() == [0, 1, 128, 255]


def test_sixteen_bit_colours_keep_their_brightness(tmp_path: Path) -> None:
    rows = b"".join(b"\x00" + pack(">3H", 65_535, 32_896, 257) * 4 for _ in range(4))
    (tmp_path / "a.png").write_bytes(a_png(width=4, height=4, bits=16, rows=zlib.compress(rows)))

    assert np.abs(opened(tmp_path / "a.png")[0, 0].astype(int) - [255, 128, 1]).max() <= 1


def test_a_jpeg_for_print_shows_its_colours(tmp_path: Path) -> None:
    Image.fromarray(PICTURE).convert("CMYK").save(tmp_path / "a.jpg", quality=95)

    assert psnr(opened(tmp_path / "a.jpg"), PICTURE) > 30


def test_an_embedded_colour_profile_is_followed(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # With the tags of two primaries exchanged, what is stored as red is meant as green.
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    for name, profile in (("srgb", srgb), ("swapped", swapped), ("broken", b"not a profile")):
        Image.fromarray(PICTURE).save(tmp_path / f"{name}.png", icc_profile=profile)

    assert np.array_equal(opened(tmp_path / "srgb.png"), PICTURE)
    assert psnr(opened(tmp_path / "swapped.png"), np.ascontiguousarray(PICTURE[..., [1, 0, 2]])) > 40
    assert np.array_equal(opened(tmp_path / "broken.png"), PICTURE)


def test_a_profile_is_followed_by_palettes_as_well(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    image = Image.new("P", (8, 8), 0)
    image.putpalette([200, 20, 20])
    image.save(tmp_path / "a.png", icc_profile=swapped)

    red, green, _ = opened(tmp_path / "a.png")[4, 4].tolist()

    assert green > red + 100


@pytest.mark.parametrize("format_", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused_whatever_their_name(tmp_path: Path, format_: str) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "a.png", format=format_)

    with pytest.raises(InvalidRequest, match="Image format is invalid: start_image_url") as refused:
        opened(tmp_path / "a.png")
    assert refused.value.objections[0].field == "start_image_url"


@pytest.mark.parametrize("kept", [0, 20, 200, 3000])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_broken_pictures_are_refused(tmp_path: Path, suffix: str, kept: int) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(texture(width=300, height=300, grain=2)).save(path, quality=95)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(InvalidRequest, match="start_image_url"):
        opened(path)


@pytest.mark.parametrize(("suffix", "name"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_a_picture_that_was_cut_off_is_said_to_be_damaged(tmp_path: Path, suffix: str, name: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(texture(width=300, height=300, grain=2)).save(path, quality=95)
    path.write_bytes(path.read_bytes()[:-2000])

    with pytest.raises(InvalidRequest, match=f"start_image_url .* it is a {name} that is damaged or cut off"):
        opened(path)


@pytest.mark.parametrize("side", [11_000, 15_000, 60_000])
def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path, side: int) -> None:
    (tmp_path / "a.png").write_bytes(a_png(width=side, height=side, bits=8, rows=b"x"))

    with pytest.raises(InvalidRequest, match="Image is too large: start_image_url"):
        opened(tmp_path / "a.png")


def test_a_strip_is_refused(tmp_path: Path) -> None:
    Image.fromarray(texture(width=400, height=100)).save(tmp_path / "a.png")

    with pytest.raises(InvalidRequest, match="too narrow"):
        opened(tmp_path / "a.png")

    assert open_picture(
        tmp_path / "a.png", field="start_image_url", bounds=PictureBounds(longest_ratio=Fraction(4))
    ).shape == (100, 400, 3)


def test_fitting_cuts_evenly_and_fills_the_frame() -> None:
    stripes = np.zeros((100, 300, 3), dtype=np.uint8)
    stripes[:, 100:200] = 255

    fitted = fit(stripes, width=50, height=50)

    assert fitted.shape == (50, 50, 3)
    assert np.all(fitted == 255)


def a_png(*, width: int, height: int, bits: int, rows: bytes) -> bytes:
    """Write a true-colour PNG by hand, whatever its pixels say."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + name + content + pack(">I", zlib.crc32(name + content))

    header = pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
