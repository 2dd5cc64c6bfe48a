"""Takes the subject of a picture out of its background."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.engines.animatic.kernels.warp import Bytes
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import RGBAPicture, open_cut_out

# Below this opacity a pixel counts as missing, and this share of a picture must be so to be called cut out.
_SOLID, _LEAST_MISSING = 250, 0.005
# Distances in Lab: what a plain background stays within, and what surely is no background.
_PLAIN, _DIFFERENT = 9.0, 16.0
# How much of a picture's border must be plain, and how much of the picture a subject can be.
_PLAIN_BORDER, _LEAST_SUBJECT, _MOST_SUBJECT = 0.82, 0.03, 0.96
_BORDER_SHARE = 0.015
# An oval is opaque up to this share of its half width, and gone at its edge.
_OVAL_OPAQUE, _OVAL_POWER = 0.70, 2.6


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """A subject without its background; `opacity` has the shape (height, width), 0 to 255.

    `has_outline` says whether its edge is the subject's own, or an oval that was laid around it.
    """

    colour: RGBFrame
    opacity: Bytes
    has_outline: bool


def open_cutout(path: Path, *, field: str, longest_side: int) -> Cutout:
    """Open a picture and take its subject out, at most so many pixels long.

    The picture's own transparency is followed; else a plain background is taken away, from the border
    inwards; else an oval with soft edges is cut out.

    Raises:
        InvalidRequest: as `open_picture`, or nothing is seen in it; names `field`.
    """
    picture = _within(open_cut_out(path, field=field), longest_side)
    colour, opacity = np.ascontiguousarray(picture[:, :, :3]), np.ascontiguousarray(picture[:, :, 3])
    if np.count_nonzero(opacity > 8) < 16:
        message = f"{field} is transparent everywhere; an element needs something to be seen."
        raise InvalidRequest([Objection(field, None, message)])
    has_outline = True
    if np.mean(opacity < _SOLID) < _LEAST_MISSING:
        keyed = _without_background(colour)
        has_outline = keyed is not None
        opacity = _oval(opacity.shape) if keyed is None else keyed
    return _cropped(_spilled(colour, opacity), opacity, has_outline=has_outline)


def _within(picture: RGBAPicture, longest_side: int) -> RGBAPicture:
    scale = longest_side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(2, round(picture.shape[1] * scale)), max(2, round(picture.shape[0] * scale)))
    # What is transparent has no colour to mix in.
    whole = picture.astype(np.float32)
    whole[:, :, :3] *= whole[:, :, 3:] / np.float32(255)
    small: Floats = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)
    small[:, :, :3] *= np.float32(255) / np.maximum(small[:, :, 3:], 1)
    return np.asarray(np.clip(np.rint(small), 0, 255), np.uint8)


def _without_background(colour: RGBFrame) -> Bytes | None:
    """Return the opacity of what stands before a plain background, or None where there is none."""
    lab = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    margin = max(2, round(min(colour.shape[:2]) * _BORDER_SHARE))
    inner = np.zeros(colour.shape[:2], bool)
    inner[margin:-margin, margin:-margin] = True
    border = lab[~inner]
    plain = np.median(border, axis=0)
    if np.mean(np.linalg.norm(border - plain, axis=1) < _PLAIN) < _PLAIN_BORDER:
        return None
    apart = np.linalg.norm(cv2.GaussianBlur(lab, (0, 0), 0.7) - plain, axis=2).astype(np.float32)
    outside = _reached_from_border(apart < _DIFFERENT)
    if not _LEAST_SUBJECT < 1 - np.mean(outside) < _MOST_SUBJECT:
        return None
    return _feathered(outside, apart)


def _reached_from_border(similar: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Bytes:
    """Return 1 where `similar` is connected to the border, so that nothing inside a subject is lost."""
    wide = cv2.copyMakeBorder(similar.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    cv2.floodFill(wide, None, (0, 0), 2)
    return np.asarray(wide[1:-1, 1:-1] == 2, np.uint8)


def _feathered(outside: Bytes, apart: Floats) -> Bytes:
    """Return an opacity that goes from nothing to all within a few pixels of the outline."""
    reach = max(1, round(max(outside.shape) / 600))
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate(outside, ring)
    # Pixels of the outline are mixed with the background, and the nearer to its colour the less solid.
    mixed = np.clip((apart - 0.5 * _DIFFERENT) / (2.0 * _DIFFERENT), 0, 1)
    solid = np.where(outside > 0, 0, np.where(near > 0, mixed, 1)).astype(np.float32)
    return np.asarray(np.rint(255 * cv2.GaussianBlur(solid, (0, 0), 0.6 * reach)), np.uint8)


def _oval(shape: tuple[int, ...]) -> Bytes:
    rows, columns = shape[:2]
    across, down = (np.abs(np.linspace(-1, 1, n, dtype=np.float32)) ** _OVAL_POWER for n in (columns, rows))
    away = (across[None, :] + down[:, None]) ** (1 / _OVAL_POWER)
    share = np.clip((1 - away) / (1 - _OVAL_OPAQUE), 0, 1)
    return np.asarray(np.rint(255 * share * share * (3 - 2 * share)), np.uint8)


def _spilled(colour: RGBFrame, opacity: Bytes) -> RGBFrame:
    """Return the colours, near the outline those of solid pixels: the background is mixed into it."""
    solid = (opacity > 245).astype(np.float32)
    if not solid.any():
        return colour
    sigma = max(1.5, max(opacity.shape) / 400)
    weight = cv2.GaussianBlur(solid, (0, 0), sigma)[:, :, None]
    spread = cv2.GaussianBlur(colour.astype(np.float32) * solid[:, :, None], (0, 0), sigma)
    inside = np.clip(opacity.astype(np.float32) / 255, 0, 1)[:, :, None] ** 3
    near = np.clip(weight * 20, 0, 1) * (1 - inside)
    mixed = colour + (spread / np.maximum(weight, 1e-4) - colour) * near
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _cropped(colour: RGBFrame, opacity: Bytes, *, has_outline: bool) -> Cutout:
    left, top, width, height = cv2.boundingRect((opacity > 8).astype(np.uint8))
    box = np.s_[top : top + max(2, height), left : left + max(2, width)]
    return Cutout(
        colour=np.ascontiguousarray(colour[box]),
        opacity=np.ascontiguousarray(opacity[box]),
        has_outline=has_outline,
    )
