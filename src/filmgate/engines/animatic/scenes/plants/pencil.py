"""Draws lines and outlines into pictures of light and cover.

Light goes from 0, wood and deep shade, over 0.5, a leaf in the open, to 1, sun or snow on its upper side.
"""

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scenes.plants.herbarium import Canvas

Points = npt.NDArray[np.float64]

# Corners are given to a sixteenth of a pixel.
_SHIFT = 4
_FINE = 1 << _SHIFT


def blank(*, columns: int, rows: int) -> Canvas:
    """Return a picture of nothing."""
    return np.zeros((rows, columns, 3), np.uint8)


def fill(canvas: Canvas, points: Points, light: float) -> None:
    """Fill a convex outline of (column, row) points."""
    level = min(max(light, 0.0), 1.0) * 255
    outline = (points * _FINE).round().astype(np.int32)
    cv2.fillConvexPoly(canvas, outline, (level, 0, 255), cv2.LINE_AA, _SHIFT)


def stroke(canvas: Canvas, points: Points, width: float, light: float) -> None:
    """Draw a line of `width` pixels; one below a pixel covers only its share."""
    level = min(max(light, 0.0), 1.0) * 255
    cover = min(1.0, width)
    course = (points * _FINE).round().astype(np.int32)
    cv2.polylines(
        canvas, [course], False, (level * cover, 0, 255 * cover), max(1, round(width)), cv2.LINE_AA, _SHIFT
    )


def strokes(canvas: Canvas, lines: Points, width: float, light: Points) -> None:
    """Draw lines of `width` pixels, shape (n, 2, 2), the darkest first; `light` is rounded to sixteenths."""
    cover = min(1.0, width)
    course = (lines * _FINE).round().astype(np.int32)
    levels = np.clip((light * 16).round(), 1, 16).astype(int)
    for level in np.unique(levels):
        colour = (level * 255 / 16 * cover, 0, 255 * cover)
        cv2.polylines(
            canvas, list(course[levels == level]), False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT
        )


def outlines(canvas: Canvas, points: Points, light: Points) -> None:
    """Fill convex outlines in their order; shapes (n, corners, 2) and (n,)."""
    corners = (points * _FINE).round().astype(np.int32)
    for outline, level in zip(corners, (np.clip(light, 0, 1) * 255).tolist(), strict=True):
        cv2.fillConvexPoly(canvas, outline, (level, 0, 255), cv2.LINE_AA, _SHIFT)


def paste(canvas: Canvas, picture: Canvas, *, middle: int, bottom: int, width: int, height: int) -> None:
    """Put a picture of another size before what is drawn; columns repeat."""
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    columns = (np.arange(width) + middle - width // 2) % canvas.shape[1]
    behind = canvas[bottom - height : bottom, columns]
    canvas[bottom - height : bottom, columns] = small + behind * (1 - small[:, :, 2:] / 255)


def clouded(
    random: np.random.Generator, *, side: int, stretch: float = 1.0, slope: float = 1.2
) -> npt.NDArray[np.float32]:
    """Return noise that repeats, drawn out down the rows; every value from 0 to 1 is as frequent."""
    x, y = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side) * stretch)
    frequency = np.hypot(x, y)
    frequency[0, 0] = 1.0
    spectrum = frequency**-slope
    spectrum[frequency < 2.5 / side] = 0.0
    noise = np.fft.ifft2(np.fft.fft2(random.standard_normal((side, side))) * spectrum).real
    even = np.empty(noise.size, np.float32)
    even[np.argsort(noise, axis=None)] = np.linspace(0, 1, noise.size)
    return even.reshape(noise.shape)
