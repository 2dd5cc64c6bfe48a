"""A wood of spruces and broad-leaved trees around a path, in hazy air that the sun shines through."""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from filmgate.engines.animatic.kernels.plants_view import PLANT, Plants
from filmgate.engines.animatic.light import Light, light_of
from filmgate.engines.animatic.prompts.mood import Season, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere
from filmgate.engines.animatic.scenes.daylight import Colours, Daylight, daylight
from filmgate.engines.animatic.scenes.drifting import Drifting, fireflies_are_out
from filmgate.engines.animatic.scenes.mist import Air
from filmgate.engines.animatic.scenes.plants import herbs, litter, pencil, trees
from filmgate.engines.animatic.scenes.plants.herbarium import Canvas, Herbarium, ground_texture
from filmgate.engines.animatic.scenes.plants.vegetation import Place, Vegetation, fineness
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

EYE_METRES = 3.1
HORIZON = 0.10
# Of the light of an open white sheet, as it is exposed, below which eyes open wider.
_DIMMEST = 0.25
_EDGES = [0.0, 9.0, 20.0, 34.0, 52.0, 78.0, 125.0, 230.0]
_PATH = [2.4, 1 / 46, 1.5, 1.0]
_LAST_TREE = 66.0
_ROWS_OF_TREES = (72.0, 88.0, 110.0, 140.0, 185.0)


class Forest:
    """A `Scene` of a forest."""

    def __init__(self, setting: Setting) -> None:
        """Draw the pictures of its trees, which takes a second or two."""
        self._setting = setting
        mood = setting.mood
        atmosphere = Atmosphere(setting, light=_as_eyes_see_it(light_of(mood), mood.weather))
        self._light = _under_leaves(daylight(atmosphere.light))
        grown = _seasons()["flora"].get(mood.flora, {}) if mood.season is not Season.WINTER else {}
        self._colours = _seasons()[mood.season] | grown
        self._is_snowy = mood.is_snowy
        self._random = setting.random(0xF0E5)
        self._fine = fineness(setting)
        self._album = Herbarium()
        plants = self._grown()
        in_the_air = self._flying()
        self._vegetation = Vegetation(
            setting,
            atmosphere,
            self._place(atmosphere),
            ground=ground_texture(litter.litter(self._random)),
            pictures=self._album,
            plants=plants,
            in_the_air=in_the_air,
        )

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._vegetation.draw(frame, time=time, pose=pose)

    def _flying(self) -> list[Drifting]:
        """Return the leaves that fall, and the fireflies of a summer's night."""
        random, colours = self._random, self._colours
        leaves = np.zeros(colours["falling"], PLANT)
        leaves["picture"] = self._album.add(herbs.leaf(columns=64, rows=64))
        leaves["width"] = leaves["height"] = random.uniform(0.05, 0.11, len(leaves))
        leaves["share"], leaves["turns"], leaves["glow"] = 1.0, 1.0, 2.0
        self._colour(leaves, colours["crowns"])
        flies = np.zeros(colours["fireflies"] if fireflies_are_out(self._setting.mood) else 0, PLANT)
        flies["picture"] = self._album.add(herbs.glimmer(columns=64, rows=64))
        flies["width"] = flies["height"] = random.uniform(0.10, 0.2, len(flies))
        flies["turns"], flies["share"] = 1.0, 1.0
        for name in ("shade", "middle", "top"):
            flies[name] = np.array([1.5, 1.7, 0.25]) * 0.8
        wind = self._setting.mood.wind
        return [
            Drifting(leaves, random, speed=(0.3 + 1.2 * wind, -0.8), top=9.0, tumble=0.5, blinks=False),
            Drifting(flies, random, speed=(0.06, 0.0), top=2.6, tumble=0.6, blinks=True),
        ]

    def _place(self, atmosphere: Atmosphere) -> Place:
        light, day, colours = atmosphere.light, self._light, self._colours
        common = _seasons()
        ground, patch, path = (
            np.array(colour) for colour in (colours["ground"], colours["patch"], common["path"])
        )
        if self._is_snowy:
            ground, patch, path = (
                colour + (np.array(common["snow"]) - colour) * share
                for colour, share in ((ground, 0.85), (patch, 0.9), (path, 0.75))
            )
        # Fog among trees is thin above them: what dims the sun over open land shows its beams here.
        shining = 1 + 5.5 * light.fog if self._setting.mood.weather is Weather.FOG else 1.0
        beam = (np.array(light.halo) * 1.3 + np.array(light.glow) * 0.7) * shining
        return Place(
            eye_metres=EYE_METRES,
            horizon=HORIZON,
            edges=_EDGES,
            air=Air(
                sight=85 * (light.sight / 10000) ** 0.36,
                top=11.0,
                rest=0.10,
                uneven=0.8,
                beam_width=2.2,
                open_air=0.06,
            ),
            gloom=(np.array([0.72, 0.76, 0.73]) * (1 - 0.22 * light.fog)).tolist(),
            beam=beam.tolist(),
            ground=(
                day.on(ground, shade=0.14, sun=0.0).tolist(),
                day.on(ground, shade=1.15, sun=0.06).tolist(),
                day.on(ground, shade=1.8, sun=0.22).tolist(),
            ),
            patch=day.on(patch, shade=0.75, sun=0.10).tolist(),
            patchy=colours["patchy"],
            path=_PATH,
            path_light=(
                day.on(path, shade=0.4, sun=0.0).tolist(),
                day.on(path, shade=1.5, sun=0.16).tolist(),
            ),
            dapple=(np.array(light.halo) * ground * 0.8).tolist(),
            gust_shine=0.0,
            drift=0.0,
        )

    def _grown(self) -> Plants:
        places = self._places()
        spruces = self._random.random(len(places)) < self._colours["needles"]
        bark = self._album.add(litter.bark(self._random))
        columns, rows = round(512 * self._fine), round(1024 * self._fine)
        crowns = [
            trees.broadleaf(
                self._random, columns=columns, rows=rows, leaves=self._colours["leaves"], snow=self._is_snowy
            )
            for _ in range(3)
        ]
        needles = [
            trees.conifer(self._random, columns=columns, rows=rows, snow=0.8 if self._is_snowy else 0.0)
            for _ in range(2)
        ]
        standing = [
            self._trees(
                places[spruces], [self._album.add(crown) for crown in needles], bark, are_spruces=True
            ),
            self._trees(
                places[~spruces], [self._album.add(crown) for crown in crowns], bark, are_spruces=False
            ),
        ]
        return np.concatenate([*standing, self._rows_of_trees(crowns, needles), self._ferns()])

    def _rows_of_trees(self, crowns: list[Canvas], needles: list[Canvas]) -> Plants:
        """Return the trees too far away to be told apart, row behind row."""
        rows = np.zeros(len(_ROWS_OF_TREES), PLANT)
        pictures = [self._album.add(self._row_of_trees(crowns, needles)) for _ in range(2)]
        rows["z"] = _ROWS_OF_TREES
        rows["left"], rows["width"] = -700.0, 1400.0
        rows["height"], rows["foot"] = 27.0, -0.4
        rows["turns"], rows["start"] = 1400 / 90, self._random.random(len(rows))
        rows["picture"] = np.resize(pictures, len(rows))
        rows["share"], rows["glow"], rows["sway"] = 1.0, 1.0, 0.2
        colours = self._colours["crowns"] + _seasons()["spruce"]
        self._colour(rows, [list(np.mean(colours, axis=0))])
        return rows

    def _row_of_trees(self, crowns: list[Canvas], needles: list[Canvas]) -> Canvas:
        """Draw a row of 90 metres, which repeats."""
        random, columns, rows = self._random, round(2048 * self._fine), round(512 * self._fine)
        canvas = pencil.blank(columns=columns, rows=rows)
        for _ in range(34):
            is_spruce = random.random() < self._colours["needles"]
            crown = (needles if is_spruce else crowns)[int(random.integers(0, 2))]
            height = int(rows * random.uniform(0.55, 0.9))
            x, clear = int(random.integers(0, columns)), int(rows * random.uniform(0.08, 0.3))
            stem = np.array([[x, rows - clear - 0.3 * height], [x, rows]], float)
            for shift in (-columns, 0, columns):
                pencil.stroke(
                    canvas, stem + np.array([shift, 0]), 0.010 * rows * random.uniform(0.8, 1.6), 0.02
                )
            pencil.paste(
                canvas,
                crown,
                middle=x,
                bottom=rows - clear,
                width=int(height * (0.55 if is_spruce else 0.75)),
                height=min(height, rows - clear - 4),
            )
        return canvas

    def _places(self) -> Floats:
        """Return x and z of every tree; none stands where the camera may go."""
        spacing = 4.7
        grid_x, grid_z = np.meshgrid(np.arange(-190, 190, spacing), np.arange(-11, _LAST_TREE, spacing))
        x, z = (
            part.ravel() + self._random.uniform(-0.46, 0.46, part.size) * spacing for part in (grid_x, grid_z)
        )
        from_path = np.abs(x - _PATH[0] * np.sin(2 * np.pi * (z * _PATH[1] + 0.02)))
        walked = (np.abs(x) < 7.2) & (z > -3) & (z < 4.5) | (np.abs(x) < 2.2) & (z < 14)
        kept = (from_path > 2.3) & ~walked & (np.abs(x) < 2.3 * (z + 14) + 8)
        return np.stack([x[kept], z[kept]], axis=1)

    def _trees(self, places: Floats, crowns: list[int], bark: int, *, are_spruces: bool) -> Plants:
        random, n = self._random, len(places)
        x, z = places.T
        height = random.uniform(17, 26, n) if are_spruces else random.uniform(15, 22, n)
        clear = random.uniform(0.10, 0.3, n) if are_spruces else random.uniform(0.22, 0.42, n)
        trunks, tops = np.zeros(n, PLANT), np.zeros(n, PLANT)
        crown = height * (1 - clear)
        across = crown * (random.uniform(0.46, 0.62, n) if are_spruces else random.uniform(0.62, 0.9, n))
        # A broad-leaved trunk ends as wide as the stem in the picture of its crown begins.
        girth = height * random.uniform(0.011, 0.018, n) if are_spruces else 1.6 * trees.STEM_WIDTH * across
        trunks["girth"], trunks["bow"] = girth, random.normal(0, 0.10, n)
        trunks["width"] = 2.4 * girth + 2 * np.abs(trunks["bow"]) + 0.2
        trunks["left"], trunks["z"] = x - trunks["width"] / 2, z
        # The pictures of broad-leaved crowns go on with the trunk as it bends; spruces are straight.
        trunks["height"] = height * (clear + (0.35 if are_spruces else 0.02) * (1 - clear)) + 0.15
        trunks["foot"] = -0.15
        trunks["start"], trunks["turns"] = random.random(n), 340.0
        trunks["picture"] = bark
        trunks["share"], trunks["glow"] = random.uniform(0.0, 0.5, n), 0.5
        common = _seasons()
        tone = random.uniform(0.7, 1.25, (n, 1))
        trunks["shade"] = self._light.on(common["bark_dark"], shade=0.4, sun=0.0)
        trunks["middle"] = self._light.on(np.array(common["bark"]) * tone, shade=1.2, sun=0.10)
        trunks["top"] = self._light.on(common["snow" if self._is_snowy else "moss"], shade=0.75, sun=0.10)
        tops["height"], tops["width"] = crown, across
        # The crown sits where the bent trunk has come to at its foot.
        up = height * clear / trunks["height"]
        tops["left"] = x - tops["width"] / 2 + trunks["bow"] * 4 * up * (1 - up)
        tops["foot"], tops["z"] = height * clear, z - 0.02
        tops["turns"] = 1.0
        tops["picture"] = np.array(crowns)[random.integers(0, len(crowns), n)]
        tops["sway"], tops["glow"], tops["share"] = 0.16 + 0.5 * self._setting.mood.wind, 1.6, 1.0
        self._colour(tops, common["spruce"] if are_spruces else self._colours["crowns"])
        return np.concatenate([trunks, tops])

    def _colour(self, plants: Plants, colours: list[list[float]]) -> None:
        random, n = self._random, len(plants)
        shares = random.random((n, len(colours))) ** 3
        shares /= shares.sum(axis=1, keepdims=True)
        leaf: Colours = shares @ np.array(colours) * random.uniform(0.8, 1.2, (n, 1))
        top = np.broadcast_to(_seasons()["snow"], leaf.shape) if self._is_snowy else leaf
        plants["shade"] = self._light.on(_seasons()["bark_dark"], shade=0.5, sun=0.0)
        plants["middle"] = self._light.on(leaf, shade=1.25, sun=0.34)
        plants["top"] = self._light.on(top, shade=1.5, sun=0.75)

    def _ferns(self) -> Plants:
        random = self._random
        pictures = [
            self._album.add(
                herbs.fern(
                    random, columns=round(512 * self._fine), rows=round(512 * self._fine), snow=self._is_snowy
                )
            )
            for _ in range(4)
        ]
        n = int(5200 * self._colours["ferns"])
        z = 46 * random.random(n) ** 0.75 - 9
        x = random.uniform(-1, 1, n) * (2.0 * (z + 10) + 6)
        from_path = np.abs(x - _PATH[0] * np.sin(2 * np.pi * (z * _PATH[1] + 0.02)))
        dense = (
            np.sin(0.55 * x + 1.3 * np.sin(0.4 * z)) + np.sin(0.47 * z + 0.3 * x) + random.normal(0, 0.5, n)
        )
        kept = (from_path > 1.7) & (dense > -0.3)
        x, z = x[kept], z[kept]
        ferns = np.zeros(len(x), PLANT)
        ferns["height"] = random.uniform(0.45, 1.05, len(x))
        ferns["width"] = ferns["height"] * random.uniform(1.1, 1.7, len(x))
        ferns["left"], ferns["foot"], ferns["z"] = x - ferns["width"] / 2, -0.05, z
        ferns["turns"], ferns["share"], ferns["glow"] = 1.0, 1.0, 1.2
        ferns["sway"] = 0.03 + 0.10 * self._setting.mood.wind
        ferns["picture"] = np.array(pictures)[random.integers(0, len(pictures), len(x))]
        self._colour(ferns, self._colours["fern"])
        return ferns


def _as_eyes_see_it(light: Light, weather: Weather) -> Light:
    """Return the light for eyes that open wider where clouds of rain hang over the leaves."""
    if weather not in (Weather.RAIN, Weather.STORM):
        return light
    open_light = daylight(light)
    seen = (open_light.shade.mean() + 0.3 * open_light.sun.mean()) * light.exposure
    return replace(light, exposure=light.exposure * min(max((_DIMMEST / seen) ** 0.5, 1.0), 2.0))


def _under_leaves(open_light: Daylight) -> Daylight:
    """Return the light in a wood, where leaves take most of the blue out of the sky's."""
    grey = open_light.shade.mean() * np.array([1.02, 1.04, 0.90])
    return replace(open_light, shade=0.45 * open_light.shade + 0.55 * grey)


@cache
def _seasons() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "forest.toml").read_text())
