"""Where everything in a street stands. Metres: right, up, forward of the camera's resting place."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.panels import PANEL, Panels
from filmgate.engines.animatic.scenes.street.cladding import SHOP_STYLE, Sort
from filmgate.engines.animatic.scenes.street.facades import (
    STYLE_SHARES,
    Rooms,
    Sorts,
    flank_sorts,
    front_sorts,
    n_columns,
    shop_sorts,
    tint,
)
from filmgate.engines.animatic.scenes.street.furniture import furniture
from filmgate.engines.animatic.scenes.street.measures import (
    CROSSING,
    FACADE,
    FIRST,
    FRONT,
    LAST,
    ROAD_MIDDLE,
    SHOP,
    SHOP_HIGH,
    Building,
    Emitter,
    Panel,
    picture,
)
from filmgate.engines.animatic.scenes.street.pictures import Cut
from filmgate.engines.animatic.scenes.street.roofs import CORNICE_METRES, ROOF_METRES
from filmgate.engines.animatic.scenes.street.signs import NEON
from filmgate.engines.animatic.textures import Floats, Texels

_DEEP = 16.0
# Beyond so many metres nobody can tell the storeys of a house apart.
_NEAR = 80.0


@dataclass(frozen=True)
class Plan:
    """The rectangles from far to near, as far away as `keys` says, the houses, and what shines.

    `rooms` are the words of the rooms that fronts show; see `facades.Rooms`.
    """

    panels: Panels
    keys: npt.NDArray[np.float64]
    buildings: list[Building]
    emitters: list[Emitter]
    rooms: Texels


def planned(
    random: np.random.Generator, cuts: dict[str, list[Cut]], means: Floats, *, lit: float, cones: float
) -> Plan:
    """Lay out a street: `lit` is the share of windows with light, `cones` how well the air shows lamps.

    `means` are those of all sheets that fronts are clad in.
    """
    buildings = [*houses(random, -1), *houses(random, 1)]
    emitters: list[Emitter] = []
    rooms = Rooms(means)
    placed: list[tuple[float, Panel]] = list(_far(cuts))
    for building in buildings:
        placed += _house(random, building, rooms, emitters, lit=lit)
        placed += _shops(random, building, rooms, cuts, emitters)
        placed += _blades(random, building, cuts, emitters)
        placed += _top(random, building, cuts)
    placed += furniture(random, cuts, emitters, cones=cones)
    # What is farther is painted first; equal distances keep their order.
    order = sorted(range(len(placed)), key=lambda index: -placed[index][0])
    panels = np.array([placed[index][1] for index in order], PANEL)
    keys = np.array([placed[index][0] for index in order])
    return Plan(panels, keys, buildings, emitters, np.concatenate(rooms.words))


def houses(random: np.random.Generator, side: int) -> Iterator[Building]:
    """Yield the houses of one side from near to far; a street crosses between two of them."""
    start, style = FIRST - random.uniform(0, 4), -1
    while start < LAST:
        end = start + random.uniform(9.0, 17.5)
        if start < CROSSING[0] and end > CROSSING[0] - 5:
            end = CROSSING[0] + random.uniform(-0.5, 0.5)
        high = random.uniform(15, 30) + (random.random() < 0.4) * random.uniform(6, 26)
        setback = float(random.choice((-0.5, 0.0, 0.35, 0.7, 1.3)))
        # Neighbours are never of one kind.
        others = np.array(STYLE_SHARES) * (np.arange(len(STYLE_SHARES)) != style)
        style = int(random.choice(len(others), p=others / others.sum()))
        yield Building(side=side, start=start, end=end, front=FRONT + setback, height=high, style=style)
        start = end if end < CROSSING[0] - 1 or end > CROSSING[1] else CROSSING[1]


def _far(cuts: dict[str, list[Cut]]) -> Iterator[tuple[float, Panel]]:
    """Yield the towers behind the street's end."""
    for number, (ahead, width, height) in enumerate(((300.0, 460.0, 92.0), (520.0, 900.0, 210.0))):
        cut = cuts["skyline"][number]
        yield ahead, picture(cut, left=-width / 2, bottom=0, ahead=ahead, width=width, height=height)


def _wall(building: Building, *, low: float, high: float, kind: int) -> Panel:
    panel = np.zeros((), PANEL)
    x = ROAD_MIDDLE + building.side * building.front
    length = building.end - building.start
    panel["origin"] = (x, low, building.start)
    panel["across"] = (0, 0, length)
    panel["rise"] = (0, high - low, 0)
    panel["width"], panel["height"], panel["kind"] = length, high - low, kind
    panel["light_row"] = 0 if building.side < 0 else 64
    return panel


def _house(
    random: np.random.Generator, building: Building, rooms: Rooms, emitters: list[Emitter], *, lit: float
) -> Iterator[tuple[float, Panel]]:
    """Yield the side that faces the camera, and the front above the shops."""
    style, length = building.style, building.end - building.start
    wall = tint(random, style)
    flank = _wall(building, low=0, high=building.height, kind=FACADE)
    flank["across"], flank["width"] = (building.side * _DEEP, 0, 0), _DEEP
    flank["wall"], flank["lit"], flank["depth"] = wall * 0.92, lit * 0.6, 4.0
    floors = max(2, round(building.height / 3.4))
    sorts = flank_sorts(random, floors=floors, columns=int(random.integers(4, 6)), style=style)
    rooms.put(random, flank, sorts, style=style)
    yield building.end + 0.02, flank
    columns = n_columns(random, length, style)
    lit, depth = lit * random.uniform(0.7, 1.3), random.uniform(3.0, 4.5)
    neon = random.random() < 0.4
    low, sorts_of = SHOP_HIGH, _storeys(random, building, columns)
    for storey_high, sorts in sorts_of:
        front = _wall(building, low=low, high=low + storey_high, kind=FACADE)
        front["wall"], front["lit"], front["depth"] = wall, lit, depth
        rooms.put(random, front, sorts, style=style)
        if neon and low == SHOP_HIGH:
            front["tint"] = NEON[int(random.integers(len(NEON)))]
            emitters += _tube(building, front)
        yield building.end + 0.01, front
        low += storey_high


def _storeys(random: np.random.Generator, building: Building, columns: int) -> Iterator[tuple[float, Sorts]]:
    """Yield the height and the rooms of each part of a front: of some, a high first storey, and the rest."""
    high = building.height - SHOP_HIGH
    if building.start < _NEAR and random.random() < 0.5:
        first = random.uniform(3.9, 4.6)
        yield first, np.full((1, columns), Sort.TALL)
        high -= first
    floors = max(2, round(high / random.uniform(2.9, 3.6)))
    yield high, front_sorts(random, floors=floors, columns=columns, style=building.style)


def _tube(building: Building, front: Panel) -> Iterator[Emitter]:
    """Yield the light of the tube along the foot of a front."""
    for ahead in np.arange(building.start + 2, building.end, 4.0):
        place = (ROAD_MIDDLE + building.side * (building.front - 0.5), SHOP_HIGH, float(ahead))
        yield Emitter(place=place, colour=tuple(front["tint"].tolist()), strength=1.1)


def _shops(
    random: np.random.Generator,
    building: Building,
    rooms: Rooms,
    cuts: dict[str, list[Cut]],
    emitters: list[Emitter],
) -> Iterator[tuple[float, Panel]]:
    """Yield the shops of a house and their boards."""
    length = building.end - building.start
    n_bays = max(1, round(length / random.uniform(4.0, 7.0)))
    shops = _wall(building, low=0, high=SHOP_HIGH, kind=SHOP)
    shops["wall"], shops["lit"], shops["depth"] = random.uniform(0.7, 1.1), 0.82, random.uniform(4.0, 7.0)
    rooms.put(random, shops, shop_sorts(random, n_bays), style=SHOP_STYLE)
    yield building.end + 0.01, shops
    yield from _boards(random, building, cuts, emitters, bay=length / n_bays, n_bays=n_bays)


def _top(
    random: np.random.Generator, building: Building, cuts: dict[str, list[Cut]]
) -> Iterator[tuple[float, Panel]]:
    """Yield what stands on the roof of a house, before its rear and before its front, and its cornice."""
    inner = ROAD_MIDDLE + building.side * building.front
    for ahead in (building.end, building.start + 1.0):
        cut = cuts["roof"][int(random.integers(len(cuts["roof"])))]
        # The houses' rectangles of as far away belong before it.
        yield (
            ahead + 0.03,
            picture(
                cut,
                left=min(inner, inner + building.side * _DEEP),
                bottom=building.height,
                ahead=ahead,
                width=_DEEP,
                height=ROOF_METRES * random.uniform(0.7, 1.2),
            ),
        )
    if random.random() < 0.6:
        length, way = building.end - building.start, -float(building.side)
        edge = picture(
            cuts["cornice"][0],
            left=inner - building.side * 0.12,
            bottom=building.height - CORNICE_METRES,
            ahead=(building.start + building.end) / 2 - way * length / 2,
            width=length,
            height=CORNICE_METRES,
            across=(0.0, 0.0, way),
        )
        yield building.end, edge


def _boards(
    random: np.random.Generator,
    building: Building,
    cuts: dict[str, list[Cut]],
    emitters: list[Emitter],
    *,
    bay: float,
    n_bays: int,
) -> Iterator[tuple[float, Panel]]:
    x = ROAD_MIDDLE + building.side * (building.front - 0.18)
    for number in range(n_bays):
        middle = building.start + (number + 0.5) * bay
        warm = (1.0, 0.72, 0.45) if random.random() < 0.6 else (0.75, 0.86, 1.0)
        place = (x - building.side * 0.6, 1.9, middle)
        emitters.append(Emitter(place=place, colour=warm, strength=0.42))
        if random.random() < 0.2:
            continue
        cut = cuts["board"][int(random.integers(len(cuts["board"])))]
        width = bay * random.uniform(0.84, 0.97)
        # Writing runs from left to right as seen from the road.
        way = -building.side
        start = middle - way * width / 2
        yield (
            building.end,
            picture(
                cut,
                left=x,
                bottom=3.52,
                ahead=start,
                width=width,
                height=0.92,
                across=(0.0, 0.0, float(way)),
                margin=0.01,
            ),
        )


def _blades(
    random: np.random.Generator,
    building: Building,
    cuts: dict[str, list[Cut]],
    emitters: list[Emitter],
) -> Iterator[tuple[float, Panel]]:
    """Yield the upright signs that stand out from a house."""
    ahead = building.start + random.uniform(0.8, 3.0)
    while ahead < building.end - 0.5:
        number = int(random.integers(len(cuts["blade"])))
        width = random.uniform(0.75, 1.25)
        height = width * random.uniform(3.0, 4.2)
        bottom = random.uniform(4.6, 6.4) + (random.random() < 0.35) * random.uniform(3, 8)
        inner = ROAD_MIDDLE + building.side * (building.front - 0.15)
        left = inner if building.side < 0 else inner - width
        if bottom + height < building.height and ahead > -8:
            yield (
                ahead,
                picture(
                    cuts["blade"][number],
                    left=left,
                    bottom=bottom,
                    ahead=ahead,
                    width=width,
                    height=height,
                    margin=0.07,
                ),
            )
            place = (left + width / 2 - building.side * 0.4, bottom + height / 2, ahead)
            colour = NEON[number % len(NEON)]
            emitters.append(Emitter(place=place, colour=colour, strength=0.95 * width * height))
        ahead += random.uniform(2.4, 6.5)
