"""A meadow in the wind, with flowers, lone trees and hills behind, lit from before the camera."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from filmgate.engines.animatic.kernels.plants_view import GROUND_SIDE, N_SHADOWS, PLANT, Plants
from filmgate.engines.animatic.light import sun_direction
from filmgate.engines.animatic.prompts.mood import Season, TimeOfDay
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere
from filmgate.engines.animatic.scenes.countryside import Countryside, shadows
from filmgate.engines.animatic.scenes.daylight import daylight
from filmgate.engines.animatic.scenes.drifting import Drifting, fireflies_are_out
from filmgate.engines.animatic.scenes.mist import Air
from filmgate.engines.animatic.scenes.plants import herbs, pencil
from filmgate.engines.animatic.scenes.plants.herbarium import Herbarium, ground_texture
from filmgate.engines.animatic.scenes.plants.vegetation import Place, Vegetation, fineness
from filmgate.engines.animatic.scenes.setting import Setting

EYE_METRES = 2.75
HORIZON = -0.06
_EDGES = [0.0, 14.0, 34.0, 80.0, 200.0, 450.0, 1300.0]
_STRIP_METRES = 4.0
_GRASS_METRES = 0.85
_HALF_WIDTH = 240.0
_LAST_STRIP = 62.0
# How much light a shadow takes, and how bright the sun's disc is where it is as dark as that.
_DARKEST, _CLEAR_DISC = 0.31, 8.0
_LOW_SUN = (TimeOfDay.DAWN, TimeOfDay.GOLDEN, TimeOfDay.SUNSET)


class Meadow:
    """A `Scene` of a meadow."""

    def __init__(self, setting: Setting) -> None:
        """Draw the pictures of its plants, which takes a second or two."""
        self._setting = setting
        atmosphere = Atmosphere(setting)
        mood, self._light, self._wind = setting.mood, daylight(atmosphere.light), atmosphere.wind
        grown = _seasons()["flora"].get(mood.flora, {}) if mood.season is not Season.WINTER else {}
        self._colours = _seasons()[mood.season] | grown
        # Under a low sun the blades stand in each other's shade, and only their tips are lit.
        self._sunlit = 0.5 if mood.time_of_day in _LOW_SUN else 1.0
        through = self._colours["through"] if mood.time_of_day in _LOW_SUN else 1.0
        self._stalks = np.array(self._colours["grass"]) * through
        self._is_snowy = mood.is_snowy
        self._random = setting.random(0x3EAD)
        self._fine = fineness(setting)
        self._album = Herbarium()
        behind = Countryside(
            random=self._random,
            album=self._album,
            light=self._light,
            colours=self._colours,
            snow=_seasons()["snow"] if self._is_snowy else None,
            bark=_seasons()["bark"],
            sunlit=self._sunlit,
            wind=self._wind,
            fine=self._fine,
        )
        grass, flowers, countryside = self._grass(), self._flowers(), behind.plants()
        plants = np.concatenate([grass, flowers, countryside])
        in_the_air = self._flying()
        sward = np.stack(
            [
                0.5 * pencil.clouded(self._random, side=GROUND_SIDE, slope=0.7, stretch=0.5)
                + 0.5 * pencil.clouded(self._random, side=GROUND_SIDE, slope=1.3),
                pencil.clouded(self._random, side=GROUND_SIDE),
            ],
            axis=2,
        )
        self._vegetation = Vegetation(
            setting,
            atmosphere,
            self._place(atmosphere, trees=countryside[:N_SHADOWS]),
            ground=ground_texture(sward),
            pictures=self._album,
            plants=plants,
            in_the_air=in_the_air,
        )

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._vegetation.draw(frame, time=time, pose=pose)

    def _place(self, atmosphere: Atmosphere, *, trees: Plants) -> Place:
        light, day = atmosphere.light, self._light
        low, high = self._stalks[1:]
        if self._is_snowy:
            low, high = 0.62 * np.array(_seasons()["snow"]), np.array(_seasons()["snow"])
        dawn = self._setting.mood.time_of_day in (TimeOfDay.DAWN, TimeOfDay.NIGHT)
        beam = np.array(light.halo) * 0.5 + np.array(light.glow) * 0.6
        return Place(
            eye_metres=EYE_METRES,
            horizon=HORIZON,
            edges=_EDGES,
            air=Air(
                sight=(420 if dawn else 900) * (light.sight / 10000) ** 0.55,
                top=7.0 if dawn else 40.0,
                rest=0.06,
                uneven=0.7 if dawn else 0.3,
                beam_width=30.0,
                open_air=0.6,
            ),
            gloom=[0.9, 0.92, 0.94],
            beam=beam.tolist(),
            ground=(
                day.on(low, shade=0.9, sun=0.22 * self._sunlit).tolist(),
                day.on((low + high) / 2, shade=1.0, sun=0.48 * self._sunlit).tolist(),
                day.on(high, shade=1.05, sun=0.70).tolist(),
            ),
            patch=day.on(0.6 * low + 0.5 * high, shade=1.0, sun=0.45).tolist(),
            patchy=0.5,
            path=[0.0, 0.0, 0.0, 0.0],
            path_light=([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            dapple=(day.on(high, shade=0.0, sun=0.10)).tolist(),
            gust_shine=0.05 + 0.16 * min(1.0, self._wind),
            drift=0.0 if self._is_snowy else 0.16,
            shadows=shadows(trees, sun=sun_direction(light)),
            darkness=_DARKEST * min(1.0, max(light.disc) / _CLEAR_DISC),
        )

    def _strips(self) -> Plants:
        """Return strips across the meadow, one behind the other, still without pictures."""
        depths = [-11.5]
        while depths[-1] < _LAST_STRIP:
            depths.append(
                depths[-1] + (0.45 + 0.022 * max(0.0, depths[-1] - 16)) * self._random.uniform(0.7, 1.3)
            )
        strips = np.zeros(len(depths), PLANT)
        strips["z"] = depths
        strips["left"], strips["width"] = -_HALF_WIDTH, 2 * _HALF_WIDTH
        strips["turns"], strips["start"] = 2 * _HALF_WIDTH / _STRIP_METRES, self._random.random(len(depths))
        # The last strips sink into the ground rather than end at a line.
        strips["share"] = np.clip((_LAST_STRIP + 4 - strips["z"]) / 26, 0, 1)
        return strips

    def _clumps(self, n: int, *, patch_metres: float, kind: int) -> Plants:
        """Return about `n` places for single plants, crowded in patches, still without pictures."""
        random = self._random
        z = 58 * random.random(n) ** 0.7 - 10
        x = random.uniform(-1, 1, n) * (1.7 * (z + 11) + 6)
        turns = 2 * np.pi / patch_metres
        crowd = np.sin(turns * x + 2.4 * kind + np.sin(turns * 0.7 * z)) + np.sin(
            turns * 0.8 * z + 1.7 * kind + 0.5 * np.sin(turns * x)
        )
        kept = crowd + random.normal(0, 0.6, n) > 0.3
        clumps = np.zeros(int(kept.sum()), PLANT)
        clumps["z"], clumps["left"] = z[kept], x[kept]
        clumps["turns"], clumps["share"] = 1.0, 1.0
        return clumps

    def _grass(self) -> Plants:
        colours, random, is_thin = self._colours, self._random, self._is_snowy
        columns, rows = round(1024 * self._fine), round(256 * self._fine)
        if is_thin:
            columns = rows
        pictures = []
        for _ in range(4):
            roots = (
                random.normal(columns / 2, 0.07 * columns, 34)
                if is_thin
                else random.uniform(0, columns, 1060)
            )
            drawn = herbs.grass(
                random,
                roots,
                columns=columns,
                rows=rows,
                ears=colours["ears"],
                frost=0.35 if is_thin else 0.0,
            )
            pictures.append(self._album.add(drawn))
        plants = self._clumps(9000, patch_metres=9.0, kind=0) if is_thin else self._strips()
        n = len(plants)
        plants["height"] = _GRASS_METRES * random.uniform(0.8, 1.1, n) * (0.7 if is_thin else 1.0)
        if is_thin:
            # What stands out of snow is of all sizes, or it would look like one tuft repeated.
            plants["height"] *= random.uniform(0.4, 1.5, n)
            plants["width"] = plants["height"] * random.uniform(0.9, 1.9, n)
        plants["foot"] = -0.05
        plants["picture"] = np.array(pictures)[np.arange(n) % len(pictures)]
        plants["glow"], plants["sway"] = 1.6, 0.10 + 0.42 * self._wind
        foot, middle, tip = np.array(_seasons()[Season.WINTER]["grass"]) if is_thin else self._stalks
        tone = random.uniform(0.9, 1.12, (n, 1))
        plants["shade"] = self._light.on(foot * tone, shade=0.7, sun=0.05)
        plants["middle"] = self._light.on(middle * tone, shade=1.0, sun=0.35 * self._sunlit)
        plants["top"] = self._light.on(
            (np.array(_seasons()["snow"]) if is_thin else tip) * tone, shade=1.05, sun=0.70
        )
        return plants

    def _flowers(self) -> Plants:
        kinds = [] if self._is_snowy else self._colours["flowers"]
        grown = [np.zeros(0, PLANT)]
        for kind, (petals, size, n_heads, petal, middle) in enumerate(kinds):
            pictures = [
                self._album.add(
                    herbs.flowers(
                        self._random,
                        columns=round(512 * self._fine),
                        rows=round(256 * self._fine),
                        n_heads=n_heads,
                        petals=petals,
                        size=size,
                    )
                )
                for _ in range(3)
            ]
            clumps = self._clumps(4200, patch_metres=17.0, kind=kind)
            n = len(clumps)
            clumps["picture"] = np.array(pictures)[np.arange(n) % len(pictures)]
            clumps["height"] = self._random.uniform(0.80, 1.02, n)
            clumps["width"] = 2 * clumps["height"]
            clumps["glow"], clumps["sway"] = 0.7, 0.10 + 0.42 * self._wind
            clumps["shade"] = self._light.on(self._colours["grass"][1], shade=0.8, sun=0.1)
            clumps["middle"] = self._light.on(petal, shade=0.9, sun=0.30)
            clumps["top"] = self._light.on(middle, shade=1.0, sun=0.62)
            grown.append(clumps)
        return np.concatenate(grown)

    def _flying(self) -> list[Drifting]:
        """Return seeds in the wind, and the fireflies of a summer's night."""
        random, colours = self._random, self._colours
        is_dark = self._setting.mood.time_of_day in (TimeOfDay.NIGHT, TimeOfDay.DUSK)
        speck = self._album.add(herbs.glimmer(columns=64, rows=64))
        seeds = np.zeros(0 if is_dark or self._is_snowy else colours["seeds"], PLANT)
        seeds["width"] = seeds["height"] = random.uniform(0.025, 0.05, len(seeds))
        flies = np.zeros(colours["fireflies"] if fireflies_are_out(self._setting.mood) else 0, PLANT)
        flies["width"] = flies["height"] = random.uniform(0.10, 0.2, len(flies))
        for specks, share in ((seeds, 0.7), (flies, 1.0)):
            specks["picture"], specks["turns"], specks["share"] = speck, 1.0, share
        for name in ("shade", "middle", "top"):
            seeds[name] = self._light.on([1.0, 0.96, 0.86], shade=0.8, sun=0.8)
            flies[name] = np.array([1.2, 1.4, 0.2])
        return [
            Drifting(seeds, random, speed=(0.4 + 2.2 * self._wind, 0.03), top=4.5, tumble=0.4, blinks=False),
            Drifting(flies, random, speed=(0.06, 0.0), top=2.2, tumble=0.6, blinks=True),
        ]


@cache
def _seasons() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "meadow.toml").read_text())
