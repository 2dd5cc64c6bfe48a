"""What stands behind a meadow: lone trees, hedges, and hills."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from filmgate.engines.animatic.kernels.plants_view import PLANT, Plants
from filmgate.engines.animatic.scenes.daylight import Daylight
from filmgate.engines.animatic.scenes.plants import hills, trees
from filmgate.engines.animatic.scenes.plants.herbarium import Canvas, Herbarium

_LONE = [
    (19.0, 58.0, 13.0),
    (-34.0, 74.0, 10.5),
    (-27.0, 82.0, 8.5),
    (44.0, 120.0, 12.0),
    (-80.0, 150.0, 13.0),
]
"""The trees that stand alone: metres to the right, ahead, and in height."""
_LEAST_SUN = 0.13


@dataclass(frozen=True, kw_only=True)
class Countryside:
    """How it is grown, coloured and lit.

    `colours` are a season's in meadow.toml, `snow` and `bark` those of the file itself; there is no `snow`
    where none lies. `sunlit` is the share of a high sun's light, `wind` is from 0 to 1, and `fine` is how
    much finer than for 720 rows pictures are.
    """

    random: np.random.Generator
    album: Herbarium
    light: Daylight
    colours: dict[str, Any]
    snow: list[float] | None
    bark: list[float]
    sunlit: float
    wind: float
    fine: float

    def plants(self) -> Plants:
        """Return all of it, lone trees first; its pictures are in the album then."""
        crowns = self._crowns()
        lone = self._trees([self.album.add(crown) for crown in crowns])
        # Far away a bare foot of the stem would make each tree stand on a leg.
        bush = crowns[0][: int(0.86 * len(crowns[0]))]
        return np.concatenate([lone, self._hedges(bush, lone[0]), self._hills(bush)])

    def _crowns(self) -> list[Canvas]:
        side = round(512 * self.fine)
        leaves = 1.5 * self.colours["leaves"]
        return [
            trees.broadleaf(self.random, columns=side, rows=side, leaves=leaves, snow=self.snow is not None)
            for _ in range(2)
        ]

    def _trees(self, pictures: list[int]) -> Plants:
        random, light, sunlit = self.random, self.light, self.sunlit
        far = np.stack(
            [random.uniform(-260, 260, 46), random.uniform(165, 240, 46), random.uniform(7, 14, 46)], axis=1
        )
        places = np.concatenate([_LONE, far])
        lone = np.zeros(len(places), PLANT)
        lone["height"] = places[:, 2]
        lone["width"] = places[:, 2] * random.uniform(0.85, 1.15, len(places))
        lone["left"], lone["z"], lone["foot"] = places[:, 0] - lone["width"] / 2, places[:, 1], -0.1
        lone["turns"], lone["share"], lone["glow"] = 1.0, 1.0, 1.0
        lone["sway"] = 0.15 + 0.4 * self.wind
        lone["picture"] = np.array(pictures)[np.arange(len(places)) % len(pictures)]
        leaf = np.array(self.colours["trees"])[random.integers(0, len(self.colours["trees"]), len(places))]
        lone["shade"] = light.on(self.bark, shade=0.25, sun=0.0)
        lone["middle"] = light.on(leaf, shade=0.4 + 0.6 * sunlit, sun=0.26 * sunlit)
        lone["top"] = light.on(
            leaf * 1.2 if self.snow is None else np.broadcast_to(self.snow, leaf.shape),
            shade=0.4 + 0.6 * sunlit,
            sun=0.6 * sunlit,
        )
        return lone

    def _hedges(self, bush: Canvas, tree: Any) -> Plants:
        """Return rows of bushes at the foot of the hills, coloured as a tree is."""
        rows = np.zeros(3, PLANT)
        rows["z"], rows["height"] = [176.0, 212.0, 256.0], [4.2, 6.0, 8.5]
        rows["left"], rows["width"], rows["foot"] = -1500.0, 3000.0, -0.5
        rows["turns"], rows["start"], rows["share"] = 3000 / 260, self.random.random(3), 1.0
        rows["picture"] = self.album.add(hills.hedge(self.random, columns=4096, rows=128, bush=bush))
        for name in ("glow", "shade", "middle", "top"):
            rows[name] = tree[name]
        return rows

    def _hills(self, tree: Canvas) -> Plants:
        ranges = np.zeros(3, PLANT)
        ranges["z"], ranges["height"] = [262.0, 520.0, 1050.0], [34.0, 88.0, 215.0]
        ranges["left"], ranges["width"], ranges["foot"] = -3600.0, 7200.0, -4.0
        ranges["turns"], ranges["start"], ranges["share"] = [6.0, 4.0, 2.6], self.random.random(3), 1.0
        columns, rows = 4096, 256
        for one, rough in zip(ranges, (0.7, 0.9, 1.0), strict=True):
            texel_metres = (float(one["width"] / one["turns"] / columns), float(one["height"] / rows))
            one["picture"] = self.album.add(
                hills.hills(
                    self.random,
                    columns=columns,
                    rows=rows,
                    texel_metres=texel_metres,
                    rough=rough,
                    tree=tree,
                )
            )
        green = np.array(self.colours["hills"] if self.snow is None else self.snow)
        ranges["shade"] = self.light.on(green * 0.28, shade=0.7, sun=0.05)
        ranges["middle"] = self.light.on(green, shade=0.8, sun=0.3)
        ranges["top"] = self.light.on(green * 1.2, shade=0.9, sun=0.5)
        return ranges


def shadows(trees: Plants, *, sun: tuple[float, float, float]) -> list[list[float]]:
    """Return the shadows of trees as a `PlantsView` holds them, under a sun that stands in this direction."""
    flat = max(1e-3, float(np.hypot(sun[0], sun[2])))
    right, forward = sun[0] / flat, sun[2] / flat
    x, z = trees["left"] + trees["width"] / 2, trees["z"]
    # At the horizon shadows would have no end.
    length = trees["height"] * flat / max(sun[1], _LEAST_SUN)
    parts = (x * forward - z * right, x * right + z * forward, 2 / trees["width"], 1 / length)
    return [[float(number) for number in tree] for tree in np.stack(parts, axis=1)]
