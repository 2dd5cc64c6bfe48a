"""What is let into walls and fixed to them: windows, balconies, stairs, pipes, and the fronts of shops."""

import cv2
import numpy as np

from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.scenes.street.sheets import SIDE, Box, Sheet

_METAL: Colour = (0.10, 0.105, 0.11)
_ZINC: Colour = (0.34, 0.35, 0.36)
_PALE: Colour = (0.50, 0.50, 0.48)


def window(
    sheet: Sheet,
    box: Box,
    *,
    frame: Colour,
    stone: Colour,
    panes: tuple[int, int] = (2, 1),
    transom: float = 0.0,
    sill: bool = True,
    head: float = 0.0,
) -> None:
    """Let a window in: `panes` across and up, a bar at `transom` of its height, a stone `head` high above."""
    left, bottom, right, top = box
    sheet.fill((left - 0.012, bottom - 0.008, right + 0.012, top + 0.012), frame, shade=0.55)
    if head > 0:
        sheet.fill((left - 0.03, top + 0.008, right + 0.03, top + 0.008 + head), stone, shade=1.05)
        sheet.shade((left - 0.03, top - 0.005, right + 0.03, top + 0.008), 0.6)
        sheet.lay_snow(left - 0.03, right + 0.03, top + 0.008 + head, high=0.014)
    sheet.fill((left, bottom, right, top), frame)
    # The head of a window lies in shadow.
    sheet.shade((left, top - 0.03, right, top), 0.5)
    edge, thin = 0.016, 0.011
    across, up = panes
    width, height = (right - left) / across, (top - bottom) / up
    for column in range(across):
        for row in range(up):
            x, y = left + column * width, bottom + row * height
            sheet.glaze((x + edge, y + edge, x + width - edge, y + height - edge))
    if transom > 0:
        level = bottom + transom * (top - bottom)
        sheet.fill((left, level - thin, right, level + thin), frame)
    if sill:
        sheet.shade((left - 0.02, bottom - 0.085, right + 0.02, bottom - 0.035), 0.72)
        sheet.fill((left - 0.03, bottom - 0.036, right + 0.03, bottom - 0.004), stone, shade=1.2)
        sheet.lay_snow(left - 0.03, right + 0.03, bottom - 0.012, high=0.024)


def arched(sheet: Sheet, box: Box, *, frame: Colour, stone: Colour) -> None:
    """Let in a window that ends in half a circle."""
    left, bottom, right, top = box
    radius, middle = (right - left) / 2, (left + right) / 2
    y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE

    def shape(more: float) -> np.ndarray:
        round_top = np.hypot(x - middle, y - (top - radius)) < radius + more
        upright = (np.abs(x - middle) < radius + more) & (y < top - radius) & (y > bottom - more)
        return np.asarray((round_top & (y >= top - radius)) | upright)

    for more, colour, by in ((0.045, stone, 1.12), (0.008, frame, 0.5), (0.0, frame, 1.0)):
        sheet.albedo[shape(more)] = np.array(colour, np.float32) * by
    inside = shape(-0.016) & (np.abs(x - middle) > 0.009) & (np.abs(y - (top - radius)) > 0.009)
    sheet.glass[inside] = 1.0
    sheet.fill((left - 0.05, bottom - 0.045, right + 0.05, bottom - 0.008), stone, shade=1.2)
    sheet.lay_snow(left - 0.05, right + 0.05, bottom - 0.016, high=0.026)


def shutters(sheet: Sheet, box: Box, colour: Colour) -> None:
    """Fold two shutters back beside a window."""
    left, bottom, right, top = box
    wide = min(0.48 * (right - left), left - 0.03)
    for start in (left - wide - 0.008, right + 0.008):
        sheet.shade((start, bottom - 0.02, start + wide + 0.012, top), 0.75)
        sheet.fill((start, bottom, start + wide, top), colour)
        for level in np.arange(bottom + 0.03, top - 0.03, 0.024):
            sheet.shade((start + 0.014, level, start + wide - 0.014, level + 0.01), 0.62)


def closed(sheet: Sheet, box: Box, colour: Colour) -> None:
    """Let down the blind before a window."""
    left, bottom, right, top = box
    sheet.fill((left + 0.012, bottom + 0.012, right - 0.012, top - 0.012), colour)
    for level in np.arange(bottom + 0.02, top - 0.02, 0.02):
        sheet.shade((left + 0.012, level, right - 0.012, level + 0.008), 0.74)


def cooler(sheet: Sheet, left: float, bottom: float) -> None:
    """Hang up the outer half of an air conditioner."""
    wide, high = 0.22, 0.15
    sheet.shade((left + 0.02, bottom - 0.05, left + wide + 0.03, bottom + high - 0.02), 0.6)
    sheet.fill((left, bottom, left + wide, bottom + high), _PALE)
    sheet.shade((left, bottom, left + wide, bottom + 0.012), 0.6)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    centre = (round((left + 0.62 * wide) * SIDE), round((bottom + 0.5 * high) * SIDE))
    cv2.circle(mask, centre, round(0.4 * high * SIDE), 255, -1, cv2.LINE_AA)
    sheet.cover((mask * (0.8 / 255)).astype(np.float32), (0.08, 0.08, 0.085))
    sheet.lay_snow(left, left + wide, bottom + high - 0.004)


def balcony(sheet: Sheet, *, rail: Colour, stone: Colour, solid: bool, left: float, right: float) -> None:
    """Hang a balcony over the whole width, with bars or a solid breast."""
    sheet.shade((left, 0.90, right, 1.0), 0.62)
    sheet.shade((left - 0.03, 0.0, right - 0.01, 0.03), 0.55)
    if solid:
        sheet.fill((left, 0.03, right, 0.34), stone)
        sheet.shade((left, 0.03, right, 0.10), 0.88)
        sheet.shade((left, 0.30, right, 0.34), 1.15)
        for x in np.arange(left + 0.02, right - 0.08, (right - left) / 4):
            sheet.shade((x + 0.02, 0.12, x + (right - left) / 4 - 0.03, 0.27), 0.86)
    else:
        for x in np.arange(left, right, 0.034):
            sheet.fill((x, 0.09, x + 0.009, 0.36), rail)
        sheet.fill((left, 0.345, right, 0.365), rail, shade=1.3)
        sheet.fill((left, 0.03, right, 0.09), stone, shade=1.15)
        sheet.shade((left, 0.03, right, 0.05), 0.7)
    sheet.lay_snow(left, right, 0.335 if solid else 0.36)


def pipe(sheet: Sheet, at: float, *, colour: Colour = _ZINC, wide: float = 0.022) -> None:
    """Lead a pipe down the whole height, with its shadow and a clamp."""
    sheet.shade((at + wide, 0, at + 1.9 * wide, 1), 0.66)
    sheet.fill((at, 0, at + wide, 1), colour)
    sheet.shade((at + 0.62 * wide, 0, at + wide, 1), 0.6)
    sheet.shade((at, 0, at + 0.25 * wide, 1), 0.8)
    sheet.fill((at - 0.01, 0.46, at + wide + 0.01, 0.475), colour, shade=0.7)


def duct(sheet: Sheet, at: float) -> None:
    """Lead a broad duct of sheet metal up the whole height."""
    pipe(sheet, at, wide=0.16)
    for level in (0.02, 0.35, 0.68):
        sheet.shade((at - 0.008, level, at + 0.168, level + 0.014), 0.6)
        sheet.lay_snow(at - 0.008, at + 0.168, level + 0.014, high=0.012)


def stairs(sheet: Sheet) -> None:
    """Hang up fire stairs: a landing, its rail, and a flight to the next one."""
    sheet.shade((0.06, 0.0, 0.97, 0.05), 0.55)
    low, high = (0.16, 0.05), (0.78, 1.0)
    shadow = np.array([(low[0] + 0.05, low[1] - 0.05), (high[0] + 0.05, high[1] - 0.05)])
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(mask, [(shadow * SIDE).astype(np.int32)], False, 255, 22, cv2.LINE_AA)
    sheet.albedo[...] *= 1 - 0.35 * (mask / np.float32(255))[..., None]
    sheet.draw([[low, high]], _METAL, thick=0.022)
    sheet.draw([[(low[0], low[1] + 0.27), (high[0] - 0.17, 1.0)]], _METAL, thick=0.012)
    treads = []
    for step in np.linspace(0.06, 0.94, 13):
        x, y = (start + step * (end - start) for start, end in zip(low, high, strict=True))
        treads.append([(x - 0.035, y), (x + 0.035, y)])
    sheet.draw(treads, _METAL, thick=0.009)
    sheet.fill((0.03, 0.03, 0.97, 0.058), _METAL, shade=1.2)
    for x in np.arange(0.03, 0.97, 0.0588):
        sheet.draw([[(x, 0.05), (x, 0.30)]], _METAL, thick=0.006)
    sheet.fill((0.03, 0.295, 0.97, 0.312), _METAL)
    sheet.lay_snow(0.03, 0.97, 0.055)


def vent(sheet: Sheet, box: Box) -> None:
    """Let in a grille."""
    left, bottom, right, top = box
    sheet.fill(box, _ZINC, shade=0.8)
    for level in np.arange(bottom + 0.012, top - 0.012, 0.02):
        sheet.shade((left + 0.012, level, right - 0.012, level + 0.011), 0.4)


def roller(sheet: Sheet, box: Box, colour: Colour) -> None:
    """Let down a shop's shutter."""
    left, bottom, right, top = box
    sheet.fill(box, colour)
    for level in np.arange(bottom, top, 0.018):
        sheet.shade((left, level, right, level + 0.006), 0.68)
    sheet.shade((left, top - 0.04, right, top), 0.55)


def flat_awning(sheet: Sheet, box: Box, colours: tuple[Colour, Colour], *, stripes: int) -> None:
    """Let down an awning close to the wall: stripes, darker towards its lower edge, and its shadow."""
    left, bottom, right, top = box
    sheet.shade((left, bottom - 0.06, right, bottom), 0.5)
    width = (right - left) / stripes
    for stripe in range(stripes):
        x = left + stripe * width
        low = bottom - (0.018 if stripe % 2 else 0.0)
        sheet.fill((x, low, x + width, top), colours[stripe % 2])
    sheet.shade((left, bottom - 0.02, right, bottom + 0.035), 0.72)
    sheet.lay_snow(left, right, top - 0.05, high=0.05)
