"""Mountains around a lake that mirrors them."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.lake import LakeTextures, LakeView
from filmgate.engines.animatic.kernels.shading import Vectors, mix, vector
from filmgate.engines.animatic.kernels.waves import LAYERS
from filmgate.engines.animatic.light import Light, from_aside, light_of, sun_direction
from filmgate.engines.animatic.prompts.mood import Season, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.land import (
    bent,
    billows,
    crags,
    land_side,
    lit_land,
    metres,
    ridges,
    smooth,
    tiled,
)
from filmgate.engines.animatic.scenes.panorama import Painter, Spots
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.waves import WaveField, roughness_of
from filmgate.engines.animatic.textures import Floats

EYE_METRES = 14.0
# Among mountains a camera flies where elsewhere it walks; by metres alone nothing would be seen to move.
TRAVEL = 5.0
HORIZON = 0.10
_ACROSS_METRES = 24600.0
_PEAK_METRES = 2300.0

# Linear light thrown back. Woods by season; leaves are those of two kinds of trees.
_ROCK = ((0.20, 0.18, 0.165), (0.105, 0.10, 0.10))
_SNOW = (0.86, 0.88, 0.93)
_GRASS = {
    Season.SPRING: (0.10, 0.15, 0.035),
    Season.SUMMER: (0.085, 0.115, 0.035),
    Season.AUTUMN: (0.16, 0.12, 0.045),
    Season.WINTER: (0.60, 0.62, 0.66),
}
_WOODS = {
    Season.SPRING: ((0.035, 0.062, 0.020), (0.080, 0.120, 0.030)),
    Season.SUMMER: ((0.022, 0.040, 0.018), (0.040, 0.062, 0.020)),
    Season.AUTUMN: ((0.040, 0.045, 0.018), (0.260, 0.110, 0.020)),
    Season.WINTER: ((0.060, 0.070, 0.080), (0.230, 0.240, 0.260)),
}
_SNOW_LINE = {Season.SPRING: 760.0, Season.SUMMER: 1020.0, Season.AUTUMN: 880.0, Season.WINTER: 60.0}
_TREE_LINE = 620.0
# How tall trees are at most, in metres where they are nearest in their row and in texels of their tile.
_TREE_METRES, _TREE_TEXELS = 16.0, 88
_TREE_MEAN, _NO_TREE = 0.6, 2.0
# Degrees to the side: over a shoulder it lights the slopes, ahead they stand against it.
_SUN_AZIMUTH = {
    TimeOfDay.DAWN: 112.0,
    TimeOfDay.DAY: 100.0,
    TimeOfDay.GOLDEN: 108.0,
    TimeOfDay.SUNSET: 30.0,
    TimeOfDay.DUSK: 30.0,
    TimeOfDay.NIGHT: 106.0,
}


class Mountains:
    """A `Scene` of a lake among mountains."""

    def __init__(self, setting: Setting) -> None:
        """Raise the mountains and paint their panorama, which takes about a second at 1920x1080."""
        self._setting = setting
        random = setting.random(0x40E7)
        self._atmosphere = Atmosphere(setting, light=_light(setting, random))
        self._clutter = billows(random, side=512, cells=24, octaves=5)
        self._woods = billows(random, side=512, cells=6, octaves=6)
        self._trees = _trees(setting.random(0x7AEE))
        sun, side = sun_direction(self._atmosphere.light), land_side(setting)
        heights, spacing = _mountains(random, side), _ACROSS_METRES / side
        land = lit_land(heights, spacing=spacing, sun=sun, grit=crags(setting.random(0xC4A6)))
        self._panorama = Painter(
            land,
            self._paint,
            setting=setting,
            atmosphere=self._atmosphere,
            eye_metres=EYE_METRES,
            nearest=60.0,
            farthest=17000.0,
        ).panorama()
        # In thick air mountains hide less, but no more of the sun gets past them to the water.
        reached = land.sunlit_around(nearest=0, farthest=400)
        self._glint = [reached * part for part in self._atmosphere.light.glint]
        wind = self._atmosphere.wind
        self._chop = WaveField(patch=18, wind=4 + 9 * wind, longest=6, random=random)
        ripple = 0.03 + 0.75 * wind**2
        self._slope = [0.085 * ripple, 0.075 * min(ripple, 1.0)]
        self._rough = roughness_of(zip((self._chop, self._chop), LAYERS[2:], self._slope, strict=True))
        self._rows = setting.kernels.named("lake", "lake_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting, atmosphere = self._setting, self._atmosphere
        textures = LakeTextures(
            sky=atmosphere.sky_textures,
            film=atmosphere.film_textures,
            land=self._panorama.textures,
            chop=self._chop.slopes(time * setting.mood.pace),
        )
        view = self._view(time, pose)
        setting.in_bands(self._rows, (frame, setting.width), (view, textures))

    def _view(self, time: float, pose: Pose) -> LakeView:
        atmosphere = self._atmosphere
        moment = time * self._setting.mood.pace
        flown = replace(pose, right=TRAVEL * pose.right, up=TRAVEL * pose.up, forward=TRAVEL * pose.forward)
        return LakeView(
            camera=camera_view(self._setting, flown, eye_metres=EYE_METRES, horizon=HORIZON),
            sky=atmosphere.sky(time),
            air=atmosphere.air(),
            film=atmosphere.film(time),
            land=self._panorama.view,
            body=list(atmosphere.light.body),
            glint=self._glint,
            slope=self._slope,
            rough=self._rough,
            # Mist lies on the water, too: of slopes that it half hides, it mirrors their feet.
            blurs=0.85 * max(0.0, 2 * atmosphere.light.fog - 1),
            gusts=0.85,
            gust_drift=[moment * 0.5, -moment * 1.1],
        )

    def _paint(self, spots: Spots) -> Vectors:
        season, mood = self._setting.mood.season, self._setting.mood
        clutter = tiled(self._clutter, spots.flat_x / 2.1, spots.flat_z / 2.1)
        patches = tiled(self._woods, spots.flat_x / 9, spots.flat_z / 9)
        steep = np.hypot(spots.along_x, spots.along_z)
        # Strata: rock changes colour with height, bent by what lies around.
        layers = 0.5 + 0.5 * np.sin(spots.height / 23 + 3.2 * patches + 1.1 * clutter)
        shares = np.clip(0.35 * layers + 0.35 + 0.08 * clutter + 0.20 * spots.out, 0, 1)
        colour = mix(vector(_ROCK[1]), vector(_ROCK[0]), shares)
        grassy = smooth(1.2, 0.7, 0.5 * (steep + spots.steep) + 0.12 * clutter)
        grassy *= smooth(1250, 900, spots.height)
        tufts = 1 + 0.14 * clutter + 0.13 * spots.out
        colour = mix(colour, vector(_GRASS[season]) * tufts[:, None], grassy)
        line = _TREE_LINE + 160 * patches
        wooded = smooth(line + 90, line - 60, spots.height) * smooth(2, 6, spots.height)
        wooded *= smooth(1.6, 1.1, spots.steep) * smooth(-0.9, 0.1, patches + 0.9)
        crowns, wooded = self._crowns(spots, wooded, patches)
        snow_line = -260.0 if mood.weather is Weather.SNOW else _SNOW_LINE[season]
        lies = smooth(snow_line - 130, snow_line + 260, spots.height + 190 * patches + 60 * clutter)
        # Above its line only flat snow outlasts the summer; what has just fallen clings to steep rock.
        clings = 0.55 if mood.is_snowy else 0.0
        lies *= smooth(1.45 + clings, 0.85 + clings, steep + 0.14 * clutter)
        colour = mix(colour, vector(_SNOW) * (1 + 0.03 * clutter)[:, None], lies)
        # Light hardly gets into crevices.
        colour = colour * np.clip(1 + 0.22 * spots.out, 0.3, 1.4)[:, None]
        crowns = mix(crowns, vector(_SNOW) * 0.8, 0.35 * lies)
        return mix(np.asarray(colour, np.float32), crowns, wooded)

    def _crowns(self, spots: Spots, wooded: Floats, patches: Floats) -> tuple[Vectors, Floats]:
        """Return the light that woods throw back, and what share of each spot they cover.

        Trees are seen from the side wherever they stand, so they are looked up by where they are seen, twice
        as large where they are twice as near.
        """
        nearer = np.exp2(-np.floor(np.log2(spots.far) + 0.4 * patches)).astype(np.float32)
        texels = _TREE_TEXELS / nearer / _TREE_METRES
        tree, kind = tiled(self._trees, spots.azimuth * texels, -spots.rise * texels).T
        seen = np.clip(_TREE_METRES / (4 * spots.foot) - 0.5, 0, 1)
        tree, kind = _TREE_MEAN + (tree - _TREE_MEAN) * seen, 0.5 + (kind - 0.5) * seen
        dark, light = _WOODS[self._setting.mood.season]
        crowns = mix(vector(dark), vector(light), smooth(0.1, 1.1, 0.5 * patches + 1.1 * kind))
        return crowns * (tree / _TREE_MEAN)[:, None], smooth(0.0, 0.2, wooded - 0.6 * kind)


def _light(setting: Setting, random: np.random.Generator) -> Light:
    """Return the light with its sun where it models the slopes, or glows behind them.

    The air among mountains is clearer than over the sea.
    """
    light = from_aside(light_of(setting.mood), _SUN_AZIMUTH[setting.mood.time_of_day], random)
    sight = light.sight * (2.4 if light.sight > 4000 else 1.5) + 1200
    # Slopes in the shade fill much of the view, as they never do at sea; by night they are all there is.
    brighter = 2.8 if setting.mood.time_of_day is TimeOfDay.NIGHT else 1.3
    return replace(light, sight=sight, exposure=light.exposure * brighter)


def _trees(random: np.random.Generator) -> Floats:
    """Return a tile of conifers: how bright each is, and a number of its own, 0 to 1; shape (1024, 1024, 2).

    The nearer ones stand lower and hide the farther. Between them the number is `_NO_TREE`.
    """
    side = 1024
    tile = np.full((3 * side, 3 * side, 2), (0.3, _NO_TREE), np.float32)
    count = 6 * (side // _TREE_TEXELS) ** 2
    places = random.random((count, 2)) * side
    kinds, sizes = random.random(count), _TREE_TEXELS * random.uniform(0.65, 1.25, count)
    shifts = [np.array([across, down]) * side for across in range(3) for down in range(3)]
    for n in np.argsort(places[:, 1]):
        for shift in shifts:
            _draw_tree(tile, places[n] + shift, tall=float(sizes[n]), kind=float(kinds[n]))
    return np.ascontiguousarray(cv2.GaussianBlur(tile, (0, 0), 0.6)[side : 2 * side, side : 2 * side])


def _draw_tree(tile: Floats, foot: npt.NDArray[np.float64], *, tall: float, kind: float) -> None:
    """Draw a conifer of four tiers, brighter on its left and towards its top."""
    fraction = 4
    for tier in range(4):
        low, wide = foot - (0, 0.2 * tall * tier), tall * (0.25 - 0.05 * tier)
        for side, bright in ((-wide, 0.55 + 0.2 * tier), (wide, 0.28 + 0.14 * tier)):
            corners = low + np.array([(0, -0.42 * tall), (side, 0), (0, 0.04 * tall)])
            points = np.rint(corners * (1 << fraction)).astype(np.int32)
            cv2.fillConvexPoly(tile, points, (bright, kind), cv2.LINE_AA, fraction)


def _mountains(random: np.random.Generator, side: int) -> Floats:
    """Return heights in metres: a lake around the middle, and mountains beyond its shores."""
    x, z = metres(side, _ACROSS_METRES / side)
    shore = np.hypot(x / 430, (z - 1000) / 1500) + 0.10 * billows(random, side=side, cells=24, octaves=5)
    rugged = bent(ridges(random, side=side, cells=7, octaves=8), random, by=26 * side / 1536, cells=9)
    hand = 1 if random.random() < 0.5 else -1
    hero = smooth(3100.0, 300.0, np.hypot(x - hand * random.uniform(500, 1100), z - 5200))
    slopes = smooth(1.0, 4.6, shore)
    heights = slopes * (0.12 + 0.60 * rugged + 0.62 * hero * (0.15 + 1.05 * rugged)) * _PEAK_METRES
    # Where ridges cross, needles would stand like chimneys.
    wide = cv2.GaussianBlur(heights, (0, 0), 11 * side / 1536, borderType=cv2.BORDER_REFLECT)
    heights = heights - 0.75 * np.maximum(heights - wide - 200, 0)
    banks = np.clip((shore - 1) * 60, -20, 14)
    return np.asarray(heights * np.clip((shore - 1) * 4, 0, 1) + banks, np.float32)
