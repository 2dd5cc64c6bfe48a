"""How the fronts of a street are made up: which sheet each of their rooms shows."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.street_view import SHEET_BITS
from filmgate.engines.animatic.light import Colour
from filmgate.engines.animatic.scenes.street.cladding import N_SORTS, Sort
from filmgate.engines.animatic.scenes.street.measures import Panel
from filmgate.engines.animatic.scenes.street.shops import N_SHOPS
from filmgate.engines.animatic.textures import Floats, Texels

Sorts = npt.NDArray[np.intp]
"""The sorts of rooms; shape (floors, columns), the lowest floor first."""

BRICK, PLASTER, CONCRETE, GLASS, ASHLAR, TILES = range(6)
STYLE_SHARES = (0.24, 0.24, 0.15, 0.09, 0.14, 0.14)
_TINTS: tuple[tuple[Colour, ...], ...] = (
    ((1.0, 1.0, 1.0), (0.72, 0.74, 0.80), (1.12, 1.25, 1.30), (0.95, 1.30, 1.50)),
    ((1.10, 0.90, 0.60), (1.05, 0.78, 0.66), (1.12, 1.04, 0.86), (0.74, 0.84, 0.70), (0.72, 0.82, 0.92),
     (1.16, 1.15, 1.12), (0.98, 0.60, 0.42)),
    ((1.0, 1.0, 1.0), (1.12, 1.05, 0.96), (0.80, 0.83, 0.88)),
    ((1.0, 1.0, 1.0), (0.66, 0.74, 0.82), (1.1, 0.92, 0.74)),
    ((1.0, 1.0, 1.0), (1.12, 1.05, 0.90), (0.84, 0.85, 0.88)),
    ((1.18, 1.18, 1.15), (0.74, 0.50, 0.37), (0.62, 0.74, 0.78), (1.05, 0.92, 0.72)),
)  # fmt: skip
_ROOM_WIDTHS = ((2.5, 3.3), (2.8, 3.6), (3.4, 4.8), (3.2, 4.4), (3.0, 3.8), (3.0, 4.2))
_OUTER_STAIRS = (BRICK, PLASTER, TILES)


@dataclass
class Rooms:
    """The words of all rooms so far, and the means of the sheets that they show, shape (n, 4)."""

    means: Floats
    words: list[Texels] = field(default_factory=list)
    count: int = 0

    def put(self, random: np.random.Generator, panel: Panel, sorts: Sorts, *, style: int) -> None:
        """Give a front its rooms, and what is left of them far away."""
        sheets = style * N_SORTS + sorts
        bits = random.integers(1 << SHEET_BITS, size=sorts.shape)
        self.words.append((bits | sheets << SHEET_BITS).astype(np.uint32).ravel())
        panel["first_room"], (panel["floors"], panel["columns"]) = self.count, sorts.shape
        panel["room_width"] = panel["width"] / sorts.shape[1]
        panel["room_height"] = panel["height"] / sorts.shape[0]
        mean = self.means[sheets].mean(axis=(0, 1))
        panel["mean"], panel["mean_glass"] = mean[:3] * panel["wall"], mean[3]
        self.count += sorts.size


def tint(random: np.random.Generator, style: int) -> Floats:
    """Return what the albedo of a style is multiplied by."""
    tints = _TINTS[style]
    chosen = np.array(tints[int(random.integers(len(tints)))], np.float32)
    return np.asarray(chosen * random.uniform(0.82, 1.1), np.float32)


def n_columns(random: np.random.Generator, length: float, style: int) -> int:
    """Return how many rooms lie side by side in a front of so many metres."""
    return max(3, round(length / random.uniform(*_ROOM_WIDTHS[style])))


def front_sorts(random: np.random.Generator, *, floors: int, columns: int, style: int) -> Sorts:
    """Return the rooms of a front: storeys alike but for the top, bays about its middle, one blind end."""
    typical = _bays(random, columns, style)
    sorts = np.tile(typical, (floors, 1))
    if random.random() < 0.3:
        sorts[1::2] = np.where(sorts[1::2] == Sort.BALCONY, Sort.WINDOW, sorts[1::2])
    if random.random() < 0.5 and floors > 2:
        sorts[-1] = Sort.NARROW if style != ASHLAR else Sort.TALL
    used = (sorts == Sort.WINDOW) & (random.random(sorts.shape) < 0.24)
    sorts[used] = Sort.OTHER
    if random.random() < 0.55:
        end = 0 if random.random() < 0.5 else columns - 1
        kinds = [Sort.BLIND, Sort.SERVICE, Sort.STAIRS if style in _OUTER_STAIRS else Sort.SERVICE]
        sorts[:, end] = kinds[int(random.integers(len(kinds)))]
    return sorts


def _bays(random: np.random.Generator, columns: int, style: int) -> Sorts:
    """Return the sorts of one storey."""
    place = np.arange(columns)
    from_middle = np.abs(place - (columns - 1) / 2)
    bays = np.full(columns, Sort.WINDOW, np.intp)
    kind = int(random.integers(6))
    if kind == 0:
        bays[place % 2 == 1] = Sort.NARROW
    elif kind == 1:
        bays[from_middle < 1] = Sort.BALCONY
    elif kind == 2:
        bays[from_middle > columns / 2 - 1] = Sort.BALCONY
    elif kind == 3 and style != GLASS:
        bays[:] = Sort.BALCONY
    elif kind == 4:
        bays[from_middle < 0.6] = Sort.TALL
    return bays


def flank_sorts(random: np.random.Generator, *, floors: int, columns: int, style: int) -> Sorts:
    """Return the rooms of a side: mostly blind, with ducts, pipes, stairs and a few windows."""
    columns_of = random.choice([Sort.BLIND, Sort.BLIND, Sort.SERVICE, Sort.NARROW, Sort.WINDOW], columns)
    if random.random() < 0.45:
        columns_of[int(random.integers(columns))] = Sort.STAIRS if style in _OUTER_STAIRS else Sort.SERVICE
    sorts = np.tile(columns_of, (floors, 1))
    bricked = (sorts == Sort.NARROW) & (random.random(sorts.shape) < 0.3)
    sorts[bricked] = Sort.BLIND
    return np.asarray(sorts, np.intp)


def shop_sorts(random: np.random.Generator, columns: int) -> Sorts:
    """Return the shops of a front, side by side."""
    return np.asarray(random.integers(N_SHOPS, size=(1, columns)), np.intp)
