"""Opens callers' pictures, whatever they hold, and fits them into a frame."""

import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.engines.colour import RGBFrame

_MARKS = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n"),
    "WEBP": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
"""The formats that are read, by Pillow's names, and how their files begin."""
# What shows through transparent pixels; viewers of such pictures mostly assume white paper.
_PAPER = (255, 255, 255, 255)
_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")

RGBAPicture = npt.NDArray[np.uint8]
"""Shape (height, width, 4): sRGB and opacity, not multiplied with each other."""
_Pixels = TypeVar("_Pixels", bound=npt.NDArray[np.uint8])


@dataclass(frozen=True, kw_only=True)
class PictureBounds:
    """What is decoded at all, against bombs; the wire's own rules were checked before."""

    max_pixels: int = 100_000_000
    longest_ratio: Fraction = Fraction(3)


def open_picture(path: Path, *, field: str, bounds: PictureBounds | None = None) -> RGBFrame:
    """Decode a JPEG, PNG or WebP into sRGB, turned upright by its EXIF orientation.

    The first image of an animation is taken. Embedded colour profiles are followed (an unusable one is
    read as sRGB, as browsers do), 16-bit samples are rounded to 8, and transparency lies on white.

    Raises:
        InvalidRequest: it is something else, damaged, or out of bounds; names `field`.
    """
    return _opened(path, field=field, bounds=bounds, unfold=_flatten)


def open_cut_out(path: Path, *, field: str, bounds: PictureBounds | None = None) -> RGBAPicture:
    """Decode a picture as `open_picture` does, but with its transparency; whole pictures are opaque.

    Raises:
        InvalidRequest: as `open_picture`.
    """
    return _opened(path, field=field, bounds=bounds, unfold=_with_transparency)


def _opened(
    path: Path, *, field: str, bounds: PictureBounds | None, unfold: Callable[[Image.Image], _Pixels]
) -> _Pixels:
    bounds = bounds or PictureBounds()
    try:
        # Pillow only warns about pictures above its own limit; for us they are refused as well.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # What is wrong with a picture's notes about itself is no reason to refuse the picture.
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(path, formats=tuple(_MARKS)) as image:
                _check_bounds(image.size, bounds, field=field)
                image.load()
                return unfold(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise _unreadable(path, field=field) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refusal(field, "Image is too large", "it unfolds to too many pixels") from error


def fit(picture: RGBFrame, *, width: int, height: int) -> RGBFrame:
    """Scale the picture to cover the frame and cut off evenly what stands over on two sides."""
    rows, columns = picture.shape[:2]
    scale = max(width / columns, height / rows)
    cut_width, cut_height = min(columns, width / scale), min(rows, height / scale)
    cut = _cut(picture, cut_width, cut_height)
    # Area averaging is right for shrinking only; enlarging needs an interpolating filter.
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(cut, (width, height), interpolation=how)
    return np.ascontiguousarray(resized, dtype=np.uint8)


def _cut(picture: RGBFrame, width: float, height: float) -> RGBFrame:
    rows, columns = picture.shape[:2]
    left, top = round((columns - width) / 2), round((rows - height) / 2)
    return picture[top : top + max(1, round(height)), left : left + max(1, round(width))]


def _check_bounds(size: tuple[int, int], bounds: PictureBounds, *, field: str) -> None:
    short_side, long_side = sorted(size)
    shown = f"{size[0]}x{size[1]}"
    if short_side * long_side > bounds.max_pixels:
        raise _refusal(
            field, "Image is too large", f"it has {shown} pixels, at most {bounds.max_pixels} in all"
        )
    if long_side > short_side * bounds.longest_ratio:
        raise _refusal(field, "Image is too narrow", f"it has {shown} pixels")


def _unreadable(path: Path, *, field: str) -> InvalidRequest:
    """Tell a picture of ours that was damaged from what never was one."""
    with path.open("rb") as file:
        head = file.read(12)
    for name, mark in _MARKS.items():
        if mark.match(head):
            why = f"it is a {name} that is damaged or cut off"
            return _refusal(field, "Image cannot be read", why)
    return _refusal(field, "Image format is invalid", "it cannot be read as JPEG, PNG or WebP")


def _flatten(image: Image.Image) -> RGBFrame:
    image = _in_eight_bits(image)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, _PAPER), image)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _with_transparency(image: Image.Image) -> RGBAPicture:
    image = _in_eight_bits(image)
    return np.array((image if image.mode == "RGBA" else image.convert("RGB")).convert("RGBA"), dtype=np.uint8)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return the image in sRGB; as RGBA where it is transparent anywhere."""
    profile = image.info.get("icc_profile")
    if image.mode in _SIXTEEN_BIT_MODES:
        # Pillow would clip these at 255 instead of scaling them.
        samples = np.asarray(image).astype(np.uint32)
        image = Image.fromarray(((samples * 255 + 32_767) // 65_535).astype(np.uint8))
    if image.has_transparency_data:
        return _in_srgb(image.convert("RGBA"), profile)
    return _in_srgb(image.convert("RGB") if image.mode == "P" else image, profile)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=target
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    assert converted is not None, "a new image comes back unless inPlace is asked for"
    return converted


def _refusal(field: str, what: str, why: str) -> InvalidRequest:
    return InvalidRequest(
        [Objection(field, None, f"{what}: {field} must be a JPEG, PNG or WebP, but {why}.")]
    )
