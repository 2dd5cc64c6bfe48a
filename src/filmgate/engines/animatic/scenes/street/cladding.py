"""What fronts are clad in: for each style of building the sheets that its rooms show to the street."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.scenes.street import openings
from filmgate.engines.animatic.scenes.street.colours import DARK, GREEN, WHITE
from filmgate.engines.animatic.scenes.street.sheets import (
    SIDE,
    Box,
    Sheet,
    blank,
    courses,
    noise,
    packed_sheets,
)
from filmgate.engines.animatic.scenes.street.shops import shops
from filmgate.engines.animatic.textures import Floats, Texels


class Sort(IntEnum):
    """What a room shows to the street; each style has one sheet of each."""

    WINDOW, OTHER, BALCONY, NARROW, BLIND, SERVICE, STAIRS, TALL = range(8)


N_SORTS = len(Sort)
SHOP_STYLE = 6


@dataclass(frozen=True, kw_only=True)
class _Style:
    """How houses of a kind are built: their stone trim, frames and blinds, and the sizes of windows.

    Lengths are shares of a room. `window` is left, bottom, right and top; `transom` is where its upper
    lights begin, 0 for none; `head` and `course` are how high the stone over it and the band that marks a
    storey are; `pillars` is how wide those between rooms are.
    """

    stone: Colour
    frame: Colour
    blind: Colour
    window: Box
    panes: tuple[int, int]
    transom: float = 0
    head: float = 0
    course: float = 0
    pillars: float = 0
    has_shutters: bool = False
    has_arches: bool = False
    has_solid_balconies: bool = False
    has_window_coolers: bool = False

    @property
    def is_banded(self) -> bool:
        """Say whether its windows go from room to room, as one band of glass."""
        return self.window[2] - self.window[0] > 0.9

    @property
    def balcony_reach(self) -> float:
        """How far a balcony goes on at both sides of its window."""
        left, _, right, _ = self.window
        return 0.16 if right - left <= 0.6 else left

    @property
    def widening(self) -> float:
        """How much wider, to both sides, a door or a tall window is."""
        return 0.06 if self.window[2] - self.window[0] < 0.5 else 0.0


_STYLES = (
    # Brick with stone sills and sashes.
    _Style(stone=(0.40, 0.37, 0.32), frame=WHITE, blind=GREEN, window=(0.30, 0.24, 0.70, 0.80), panes=(1, 2),
           head=0.055, has_shutters=True, has_window_coolers=True),
    # Plaster with shutters and narrow balconies.
    _Style(stone=(0.64, 0.61, 0.55), frame=(0.50, 0.47, 0.42), blind=(0.15, 0.22, 0.20),
           window=(0.34, 0.10, 0.66, 0.78), panes=(2, 1), transom=0.72, head=0.03, course=0.04,
           has_shutters=True),
    # Concrete with bands of windows.
    _Style(stone=(0.42, 0.41, 0.39), frame=DARK, blind=(0.38, 0.37, 0.35), window=(0.03, 0.30, 0.97, 0.78),
           panes=(3, 1), has_solid_balconies=True),
    # A curtain of glass.
    _Style(stone=(0.20, 0.22, 0.24), frame=(0.26, 0.27, 0.285), blind=(0.16, 0.18, 0.20),
           window=(0.0, 0.17, 1.0, 1.0), panes=(3, 1), transom=0.66, pillars=0.02),
    # Ashlar, with arches.
    _Style(stone=(0.52, 0.49, 0.42), frame=(0.22, 0.19, 0.16), blind=(0.20, 0.15, 0.11),
           window=(0.31, 0.16, 0.69, 0.82), panes=(2, 1), transom=0.68, head=0.05, course=0.07, pillars=0.07,
           has_arches=True, has_solid_balconies=True),
    # Small tiles, with balconies and everything hung up on them.
    _Style(stone=(0.50, 0.49, 0.46), frame=(0.42, 0.42, 0.42), blind=(0.33, 0.35, 0.34),
           window=(0.18, 0.28, 0.82, 0.74), panes=(2, 1), has_window_coolers=True),
)  # fmt: skip


def cladding(random: np.random.Generator, *, snow: float, dust: float) -> Texels:
    """Return the sheets of all styles, each style's sorts after one another, and at last those of shops."""
    sheets: list[Sheet] = []
    for style, wall in zip(_STYLES, _walls(random), strict=True):
        sheets += [_room(style, blank(wall, snow=snow), sort) for sort in Sort]
    sheets += shops(random, snow=snow)
    return packed_sheets(sheets, dust=dust)


def _walls(random: np.random.Generator) -> list[Floats]:
    """Return the bare wall of each style, of which red bricks alone have a colour of their own."""

    def wall(colour: Colour, shade: Floats, *, soft: float = 0.05, fine: float = 0.03) -> Floats:
        mottled = shade + soft * noise(random, blur=9) + fine * noise(random, blur=0.8)
        return np.asarray(np.array(colour, np.float32) * mottled[..., None], np.float32).clip(0.01, 1)

    joints = np.ones((SIDE, SIDE), np.float32)
    joints[:3], joints[:, :3], joints[:, 128:130] = 0.72, 0.72, 0.86
    joints[(SIDE // 4) :: SIDE // 2, 32::64] = 0.6
    brick = courses(random, rows=44, columns=14, joint=0.16, uneven=0.13)
    ashlar = courses(random, rows=8, columns=4, joint=0.05, uneven=0.05)
    tiles = courses(random, rows=32, columns=16, joint=0.13, uneven=0.035)
    plain = np.ones((SIDE, SIDE), np.float32)
    return [
        wall((0.34, 0.165, 0.115), brick, soft=0.04),
        wall((0.52, 0.51, 0.50), plain, soft=0.045),
        wall((0.37, 0.365, 0.355), joints, soft=0.06, fine=0.05),
        wall((0.22, 0.23, 0.24), plain, soft=0.01, fine=0.01),
        wall((0.40, 0.39, 0.36), ashlar, soft=0.05),
        wall((0.44, 0.44, 0.43), tiles, soft=0.04, fine=0.015),
    ]


def _room(style: _Style, sheet: Sheet, sort: Sort) -> Sheet:
    if style.course > 0:
        sheet.shade((0, 0.93 - style.course, 1, 0.95 - style.course), 0.68)
        sheet.fill((0, 0.95 - style.course, 1, 0.95), style.stone, shade=1.08)
        sheet.lay_snow(0, 1, 0.94, high=0.018)
    if style.pillars > 0:
        for left in (0.0, 1 - style.pillars):
            sheet.fill((left, 0, left + style.pillars, 1), style.stone)
        sheet.shade((style.pillars, 0, style.pillars + 0.02, 1), 0.75)
    _ROOMS[sort](style, sheet)
    return sheet


def _let_in(style: _Style, sheet: Sheet, box: tuple[float, float, float, float]) -> None:
    openings.window(
        sheet, box, frame=style.frame, stone=style.stone, panes=style.panes, transom=style.transom,
        sill=not style.is_banded, head=style.head,
    )  # fmt: skip


def _window(style: _Style, sheet: Sheet) -> None:
    _let_in(style, sheet, style.window)
    if style.has_shutters:
        openings.shutters(sheet, style.window, style.blind)


def _other(style: _Style, sheet: Sheet) -> None:
    """Show what people make of their windows: coolers, blinds."""
    _let_in(style, sheet, style.window)
    left, bottom, right, top = style.window
    if style.is_banded:
        third = (right - left) / 3
        openings.closed(sheet, (left + third, bottom, right - third, top), style.blind)
    elif style.has_window_coolers:
        openings.closed(sheet, (left, (bottom + top) / 2, right, top), style.blind)
        openings.cooler(sheet, left + 0.06, 0.05)
    else:
        openings.closed(sheet, (left, bottom + 0.3 * (top - bottom), right, top), style.blind)


def _balcony(style: _Style, sheet: Sheet) -> None:
    left, _, right, top = style.window
    _let_in(style, sheet, (left - style.widening, 0.06, right + style.widening, max(top, 0.74)))
    openings.balcony(
        sheet, rail=DARK, stone=style.stone, solid=style.has_solid_balconies,
        left=left - style.balcony_reach, right=right + style.balcony_reach,
    )  # fmt: skip


def _narrow(style: _Style, sheet: Sheet) -> None:
    """Let in two narrow windows instead of one."""
    _, bottom, _, top = style.window
    for left, right in ((0.14, 0.42), (0.58, 0.86)):
        openings.window(
            sheet, (left, max(bottom, 0.14), right, min(top, 0.82)), frame=style.frame, stone=style.stone,
            panes=(1, 1), transom=0.6, head=style.head,
        )  # fmt: skip


def _blind(style: _Style, sheet: Sheet) -> None:
    if style.is_banded:
        openings.vent(sheet, (0.30, 0.62, 0.70, 0.78))


def _service(style: _Style, sheet: Sheet) -> None:
    if style.has_solid_balconies or style.is_banded:
        openings.duct(sheet, 0.52)
        openings.vent(sheet, (0.14, 0.52, 0.36, 0.66))
    else:
        openings.pipe(sheet, 0.18)
        openings.pipe(sheet, 0.24, colour=style.stone, wide=0.014)
        openings.window(sheet, (0.54, 0.42, 0.74, 0.70), frame=style.frame, stone=style.stone, panes=(1, 1))
        openings.cooler(sheet, 0.53, 0.16)


def _stairs(style: _Style, sheet: Sheet) -> None:
    _let_in(style, sheet, (0.36, 0.10, 0.64, 0.76))
    openings.stairs(sheet)


def _tall(style: _Style, sheet: Sheet) -> None:
    if style.has_arches:
        openings.arched(sheet, (0.26, 0.10, 0.74, 0.86), frame=style.frame, stone=style.stone)
        return
    left, _, right, _ = style.window
    _let_in(style, sheet, (left - style.widening, 0.10, right + style.widening, 0.88))


_ROOMS: dict[Sort, Callable[[_Style, Sheet], None]] = {
    Sort.WINDOW: _window,
    Sort.OTHER: _other,
    Sort.BALCONY: _balcony,
    Sort.NARROW: _narrow,
    Sort.BLIND: _blind,
    Sort.SERVICE: _service,
    Sort.STAIRS: _stairs,
    Sort.TALL: _tall,
}
