"""What stands and hangs in a street, drawn once for a clip: signs, lamps, trees, cars, the skyline.

Light is linear and already what the mood makes of it; cover says how much of what is behind is hidden.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from filmgate.engines.animatic.kernels.panels import light_texels
from filmgate.engines.animatic.scenes.street import roofs, signs, things
from filmgate.engines.animatic.scenes.street.lighting import Lighting
from filmgate.engines.animatic.textures import Floats, Texels

LEVELS = 6
N_BLADES, N_BOARDS, N_TREES, N_ROOFS = 14, 12, 3, 4
_CELL = 8


class Cut(NamedTuple):
    """Where the texels of a picture begin, and how many columns and rows of them its finest level has."""

    first: int
    wide: int
    high: int


@dataclass(frozen=True)
class Pictures:
    """Texels of all pictures, where those of each kind begin, and which of their cells are drawn on.

    A picture follows the one before, each of its levels with a quarter of the texels of the one before. A
    cell is 8 by 8 of the finest level; `drawn` has one for each 64 texels, and is 1 for those that are not
    empty and for their neighbours.
    """

    texels: Texels
    drawn: npt.NDArray[np.uint8]
    cuts: dict[str, list[Cut]]


def drawn(random: np.random.Generator, lighting: Lighting) -> Pictures:
    """Draw everything; takes about a third of a second."""
    cuts: dict[str, list[Cut]] = {}
    texels: list[Texels] = []
    cells: list[npt.NDArray[np.uint8]] = []
    for kind, n_pictures, wide, high, draw in (
        ("blade", N_BLADES, 128, 512, signs.blade),
        ("post", 1, 128, 512, things.post),
        ("tree", N_TREES, 512, 512, things.tree),
        ("skyline", 2, 1024, 256, things.skyline),
        ("cone", 1, 256, 256, things.cone),
        ("board", N_BOARDS, 512, 128, signs.board),
        ("lanterns", 2, 512, 128, things.lanterns),
        ("tail", 2, 256, 128, things.tail),
        ("head", 1, 256, 128, things.head),
        ("roof", N_ROOFS, 512, 128, roofs.roof),
        ("cornice", 1, 512, 64, roofs.cornice),
        ("halo", 1, 128, 128, things.halo),
    ):
        cuts[kind] = []
        for number in range(n_pictures):
            picture = draw(random, lighting, number)
            cuts[kind].append(Cut(sum(map(len, texels)), wide, high))
            texels.append(_levels(picture, random))
            # Cells of the coarser levels are never asked for; they keep the places of the next picture's.
            cells.append(np.resize(_drawn(picture), len(texels[-1]) // _CELL**2))
    # Texels are looked up two at a time, the last one of all, too.
    texels.append(np.zeros(1, np.uint32))
    return Pictures(np.concatenate(texels), np.concatenate(cells), cuts)


def _drawn(picture: Floats) -> npt.NDArray[np.uint8]:
    rows, columns = (length // _CELL for length in picture.shape[:2])
    cells = (picture.max(axis=2) > 0).reshape(rows, _CELL, columns, _CELL).any(axis=(1, 3))
    return np.asarray(scipy.ndimage.binary_dilation(cells, np.ones((3, 3))).ravel(), np.uint8)


def _levels(picture: Floats, random: np.random.Generator) -> Texels:
    levels = []
    for _ in range(LEVELS):
        levels.append(light_texels(picture, random=random).ravel())
        high, wide = picture.shape[:2]
        halved = cv2.resize(picture, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
        picture = np.asarray(halved, np.float32)
    # The next picture begins at a whole cell.
    n_texels = sum(map(len, levels))
    return np.concatenate([*levels, np.zeros(-n_texels % _CELL**2, np.uint32)])
