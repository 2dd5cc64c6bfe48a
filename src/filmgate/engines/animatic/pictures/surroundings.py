"""What lies around a picture when the camera shows more than there is."""

import cv2
import numpy as np

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats

# How far the surroundings reach beyond each side, as a share of the picture.
_REACH = 0.4
# The shares of the picture's short side over which they go out of focus, and the blurs on the way there.
_FOCUS_FALL = 0.24
_BLURS = (0.006, 0.016, 0.035, 0.07)
# How dark they become over how much of the short side.
_DARKEST, _DARK_FALL = 0.5, 0.75


def reach(picture: RGBFrame) -> tuple[int, int]:
    """Return by how many pixels the surroundings go beyond the picture, across and down."""
    rows, columns = picture.shape[:2]
    return round(columns * _REACH), round(rows * _REACH)


def with_surroundings(picture: RGBFrame) -> RGBFrame:
    """Return the picture with its mirror image around it, going out of focus and into the dark.

    It grows by 0.4 of its size on each side; its own pixels are unchanged.
    """
    across, down = reach(picture)
    short = min(picture.shape[:2])
    whole = np.asarray(
        cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_REFLECT_101), np.uint8
    )
    away = _distance_outside(whole.shape[:2], across=across, down=down) / short
    blurred = _out_of_focus(whole, away / _FOCUS_FALL, short=short)
    darker = np.clip(away / _DARK_FALL, 0, 1)
    light = 1 - (1 - _DARKEST) * darker * darker * (3 - 2 * darker)
    light = cv2.resize(light, (whole.shape[1], whole.shape[0]), interpolation=cv2.INTER_LINEAR)
    # Bands of rows keep the floats of a large picture small.
    for top in range(0, len(whole), 128):
        rows = slice(top, top + 128)
        whole[rows] = np.rint(blurred[rows] * light[rows, :, None])
    whole[down : down + picture.shape[0], across : across + picture.shape[1]] = picture
    return np.ascontiguousarray(whole, dtype=np.uint8)


def _out_of_focus(whole: RGBFrame, share: Floats, *, short: int) -> RGBFrame:
    """Return the whole, blurred the more the larger the share is; 1 stands for the last of the blurs."""
    full = (whole.shape[1], whole.shape[0])
    result = whole
    level = np.clip(share, 0, 1) * len(_BLURS)
    for step, sigma in enumerate(_BLURS):
        # Blurring a smaller picture is what makes a wide blur affordable at 3840x2160.
        smaller = max(1.0, sigma * short / 3)
        small = cv2.resize(whole, None, fx=1 / smaller, fy=1 / smaller, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma * short / smaller, borderType=cv2.BORDER_REFLECT_101)
        blurrier = cv2.resize(small, full, interpolation=cv2.INTER_CUBIC)
        weight = cv2.resize(np.clip(level - step, 0, 1), full, interpolation=cv2.INTER_LINEAR)
        result = np.asarray(cv2.blendLinear(result, blurrier, 1 - weight, weight), np.uint8)
    return result


def _distance_outside(size: tuple[int, int], *, across: int, down: int) -> Floats:
    """Return how far each 8 by 8 pixels lie from the picture inside the whole, in pixels."""
    rows, columns = size
    y = (np.arange(-(-rows // 8), dtype=np.float32) + 0.5) * rows / -(-rows // 8)
    x = (np.arange(-(-columns // 8), dtype=np.float32) + 0.5) * columns / -(-columns // 8)
    beside = np.maximum(np.maximum(across - x, x - (columns - across)), 0)
    above = np.maximum(np.maximum(down - y, y - (rows - down)), 0)
    return np.asarray(np.hypot(beside[None, :], above[:, None]), np.float32)
