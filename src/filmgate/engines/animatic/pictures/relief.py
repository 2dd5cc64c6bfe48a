"""A guess at what is near and what is far in a picture; smooth, so that nothing can tear."""

import cv2
import numpy as np

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats

_LONG_SIDE = 192
# As shares of the long side: how far detail is smeared, and the margin where the relief dies away.
_SMEAR, _MARGIN = 0.06, 0.14


def relief_of(picture: RGBFrame) -> Floats:
    """Return how near each part of a picture seems, from -1 (far) to 1 (near); 0 at its edges.

    The long side has 192 points. What is low in a picture is mostly near; what is sharp and full of
    contrast, and stands in the middle, is mostly what was meant to be seen.
    """
    rows, columns = picture.shape[:2]
    scale = _LONG_SIDE / max(rows, columns)
    size = (max(8, round(columns * scale)), max(8, round(rows * scale)))
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    grey = grey.astype(np.float32)
    smear = _SMEAR * _LONG_SIDE
    detail = cv2.GaussianBlur(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 3)), (0, 0), smear)
    across, down = (
        np.linspace(-1, 1, size[0], dtype=np.float32),
        np.linspace(-1, 1, size[1], dtype=np.float32),
    )
    middle = np.exp(-1.5 * across**2)[None, :] * np.exp(-1.2 * (down - 0.15) ** 2)[:, None]
    subject = _standard(detail) * (0.4 + 0.6 * middle) + 0.8 * _standard(middle)
    relief = np.tanh(0.9 * down[:, None] + 0.5 * subject)
    margin = _MARGIN * _LONG_SIDE
    return np.asarray(cv2.GaussianBlur(relief, (0, 0), smear) * _inside(size, margin), np.float32)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / (values.std() + 1e-3), np.float32)


def _inside(size: tuple[int, int], margin: float) -> Floats:
    """Return 0 at the edges, rising smoothly to 1 at `margin` from them."""
    sides = []
    for length in size:
        at = np.arange(length, dtype=np.float32)
        near = np.clip(np.minimum(at, length - 1 - at) / margin, 0, 1)
        sides.append(near * near * (3 - 2 * near))
    return np.asarray(sides[1][:, None] * sides[0][None, :], np.float32)
