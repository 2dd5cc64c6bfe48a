"""Sheets that show the fronts of shops: doors and panes in frames, rollers, awnings, posters."""

from dataclasses import dataclass

import numpy as np

from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.scenes.street import openings
from filmgate.engines.animatic.scenes.street.colours import (
    BROWN,
    DARK,
    GREEN,
    GREY,
    NAVY,
    RED,
    WHITE,
    ZINC_BLUE,
)
from filmgate.engines.animatic.scenes.street.sheets import SIDE, Box, Sheet, blank, noise
from filmgate.engines.animatic.textures import Floats


@dataclass(frozen=True, kw_only=True)
class _Shop:
    """What a shop shows: glass in a frame, a roller that is down, the stripes of an awning, posters."""

    frame: Colour
    panes: tuple[Box, ...]
    roller: Box | None = None
    awning: tuple[Colour, Colour] | None = None
    has_posters: bool = False


_SHOPS = (
    # Two wide panes.
    _Shop(frame=DARK, panes=((0.07, 0.16, 0.48, 0.74), (0.52, 0.16, 0.93, 0.74)), has_posters=True),
    # A pane and a door.
    _Shop(frame=BROWN, panes=((0.07, 0.18, 0.62, 0.74), (0.68, 0.03, 0.92, 0.74))),
    # Three panes under a long one.
    _Shop(
        frame=GREEN,
        panes=(
            (0.07, 0.22, 0.33, 0.56),
            (0.36, 0.22, 0.64, 0.56),
            (0.67, 0.22, 0.93, 0.56),
            (0.07, 0.59, 0.93, 0.74),
        ),
    ),
    # Closed, but for its door.
    _Shop(frame=GREY, panes=((0.68, 0.03, 0.92, 0.74),), roller=(0.07, 0.02, 0.62, 0.74)),
    # One pane under an awning.
    _Shop(frame=RED, panes=((0.06, 0.12, 0.94, 0.72),), awning=(RED, WHITE)),
    # Three panes down to the ground.
    _Shop(
        frame=DARK,
        panes=((0.07, 0.03, 0.30, 0.74), (0.34, 0.03, 0.64, 0.74), (0.68, 0.03, 0.93, 0.74)),
        has_posters=True,
    ),
    # A door between two panes.
    _Shop(frame=NAVY, panes=((0.08, 0.20, 0.36, 0.74), (0.41, 0.03, 0.59, 0.70), (0.64, 0.20, 0.92, 0.74))),
    # A pane under a long one, under an awning.
    _Shop(frame=WHITE, panes=((0.07, 0.10, 0.93, 0.60), (0.07, 0.63, 0.93, 0.74)), awning=(GREEN, WHITE)),
)
N_SHOPS = len(_SHOPS)


def shops(random: np.random.Generator, *, snow: float) -> list[Sheet]:
    """Return a sheet of every shop, under whose board its awning ends at three quarters of the height."""
    return [_front(shop, random, snow=snow) for shop in _SHOPS]


def _front(shop: _Shop, random: np.random.Generator, *, snow: float) -> Sheet:
    base: Floats = np.full((SIDE, SIDE, 3), 0.40, np.float32)
    base *= 1 + 0.05 * noise(random, blur=6)[..., None] + 0.02 * noise(random, blur=0.8)[..., None]
    sheet = blank(base, snow=snow)
    sheet.fill((0.04, 0.0, 0.96, 0.78), shop.frame, shade=0.9)
    sheet.shade((0.04, 0.74, 0.96, 0.78), 0.55)
    sheet.fill((0, 0, 1, 0.02), DARK)
    for left, bottom, right, top in shop.panes:
        sheet.fill((left - 0.008, bottom - 0.006, right + 0.008, top + 0.006), shop.frame, shade=1.5)
        sheet.glaze((left, bottom, right, top))
    if shop.roller is not None:
        openings.roller(sheet, shop.roller, ZINC_BLUE)
    if shop.awning is not None:
        openings.flat_awning(sheet, (0.04, 0.60, 0.96, 0.78), shop.awning, stripes=11)
    if shop.has_posters:
        _put_up_posters(sheet, random)
    return sheet


def _put_up_posters(sheet: Sheet, random: np.random.Generator) -> None:
    """Stick paper to the inside of a window, of which most is in view."""
    for _ in range(3):
        left, bottom = random.uniform(0.08, 0.80), random.uniform(0.22, 0.5)
        red, green, blue = random.uniform(0.25, 0.75, 3).tolist()
        sheet.fill((left, bottom, left + 0.05, bottom + 0.10), (red, green, blue))
        sheet.fill((left + 0.01, bottom + 0.02, left + 0.04, bottom + 0.05), DARK)
