"""What stands and hangs in a street, drawn once for a clip: signs, lamps, trees, cars, the skyline.

Light is linear and already what the mood makes of it; cover says how much of what is behind is hidden.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from filmgate.engines.animatic.kernels.panels import light_texels
from filmgate.engines.animatic.scenes import street_signs, street_things
from filmgate.engines.animatic.scenes.street_lighting import Lighting
from filmgate.engines.animatic.textures import Floats, Texels

SIDE, LEVELS = 2048, 6
N_BLADES, N_BOARDS, N_TREES = 14, 12, 3


class Cut(NamedTuple):
    """Where a picture lies among the texels."""

    left: int
    top: int
    wide: int
    high: int


@dataclass(frozen=True)
class Pictures:
    """Texels of all pictures, level below level, and where each kind lies."""

    texels: Texels
    cuts: dict[str, list[Cut]]


def drawn(random: np.random.Generator, lighting: Lighting) -> Pictures:
    """Draw everything; takes about a third of a second."""
    sheet = np.zeros((SIDE, SIDE, 4), np.float32)
    cuts: dict[str, list[Cut]] = {}
    shelf = _Shelf()
    for kind, n_pictures, wide, high, draw in (
        ("blade", N_BLADES, 128, 512, street_signs.blade),
        ("post", 1, 128, 512, street_things.post),
        ("tree", N_TREES, 512, 512, street_things.tree),
        ("skyline", 2, 1024, 256, street_things.skyline),
        ("cone", 1, 256, 256, street_things.cone),
        ("board", N_BOARDS, 512, 128, street_signs.board),
        ("lanterns", 2, 512, 128, street_things.lanterns),
        ("tail", 2, 256, 128, street_things.tail),
        ("head", 1, 256, 128, street_things.head),
        ("halo", 1, 128, 128, street_things.halo),
    ):
        cuts[kind] = []
        for number in range(n_pictures):
            cut = shelf.place(wide, high)
            sheet[cut.top : cut.top + high, cut.left : cut.left + wide] = draw(random, lighting, number)
            cuts[kind].append(cut)
    return Pictures(_levels(sheet, random), cuts)


class _Shelf:
    """Places pictures side by side in rows of one height; multiples of 128 keep them apart on all levels."""

    def __init__(self) -> None:
        self._left = self._top = self._high = 0

    def place(self, wide: int, high: int) -> Cut:
        if high != self._high or self._left + wide > SIDE:
            self._top, self._left, self._high = self._top + self._high, 0, high
        cut = Cut(self._left, self._top, wide, high)
        self._left += wide
        assert self._top + high <= SIDE, "the pictures do not fit"
        return cut


def _levels(sheet: Floats, random: np.random.Generator) -> Texels:
    stack = np.zeros((2 * SIDE, SIDE), np.uint32)
    top = 0
    for _ in range(LEVELS):
        high, wide = sheet.shape[:2]
        stack[top : top + high, :wide] = light_texels(sheet, random=random)
        top += high
        halved = cv2.resize(sheet, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
        sheet = np.asarray(halved, np.float32)
    return stack
