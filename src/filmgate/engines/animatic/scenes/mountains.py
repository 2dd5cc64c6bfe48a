"""Mountains around a lake that mirrors them."""

from dataclasses import replace

import numpy as np

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
        sun, side = sun_direction(self._atmosphere.light), land_side(setting)
        heights, spacing = _mountains(random, side), _ACROSS_METRES / side
        land = lit_land(heights, spacing=spacing, sun=sun, grit=0.45 * self._clutter)
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
            gusts=0.85,
            gust_drift=[moment * 0.5, -moment * 1.1],
        )

    def _paint(self, spots: Spots) -> Vectors:
        season, mood = self._setting.mood.season, self._setting.mood
        clutter = tiled(self._clutter, spots.x / 2.1, spots.z / 2.1)
        patches = tiled(self._woods, spots.x / 9, spots.z / 9)
        steep = np.hypot(spots.along_x, spots.along_z)
        # Strata: rock changes colour with height, bent by what lies around.
        layers = 0.5 + 0.5 * np.sin(spots.height / 55 + 3.2 * patches + 0.8 * clutter)
        colour = mix(vector(_ROCK[1]), vector(_ROCK[0]), np.clip(0.6 * layers + 0.2 + 0.35 * clutter, 0, 1))
        grassy = smooth(1.15, 0.65, steep + 0.12 * clutter) * smooth(1250, 900, spots.height)
        colour = mix(colour, vector(_GRASS[season]) * (1 + 0.25 * clutter)[:, None], grassy)
        line = _TREE_LINE + 160 * patches
        wooded = (
            smooth(line + 90, line - 60, spots.height) * smooth(1.5, 0.9, steep) * smooth(2, 9, spots.height)
        )
        wooded *= smooth(-0.9, 0.1, patches + 0.9)
        dark, light = _WOODS[season]
        crowns = mix(vector(dark), vector(light), smooth(0.3, 1.3, patches + 0.8 * clutter))
        colour = mix(colour, crowns * (1 + 0.55 * clutter).clip(0.25, 2)[:, None], wooded)
        is_snowy = season is Season.WINTER or mood.weather is Weather.SNOW
        snow_line = 0.0 if mood.weather is Weather.SNOW else _SNOW_LINE[season]
        lies = smooth(snow_line - 130, snow_line + 260, spots.height + 190 * patches + 60 * clutter)
        # Above its line only flat snow outlasts the summer; what has just fallen clings to steep rock.
        clings = 0.55 if is_snowy else 0.0
        lies *= smooth(1.45 + clings, 0.85 + clings, steep + 0.14 * clutter) * (1 - 0.65 * wooded)
        return mix(colour, vector(_SNOW) * (1 + 0.03 * clutter)[:, None], lies)


def _light(setting: Setting, random: np.random.Generator) -> Light:
    """Return the light with its sun where it models the slopes, or glows behind them.

    The air among mountains is clearer than over the sea.
    """
    light = from_aside(light_of(setting.mood), _SUN_AZIMUTH[setting.mood.time_of_day], random)
    sight = light.sight * (2.4 if light.sight > 4000 else 1.5) + 1200
    # Slopes in the shade fill much of the view, as they never do at sea; by night they are all there is.
    brighter = 2.8 if setting.mood.time_of_day is TimeOfDay.NIGHT else 1.3
    return replace(light, sight=sight, exposure=light.exposure * brighter)


def _mountains(random: np.random.Generator, side: int) -> Floats:
    """Return heights in metres: a lake around the middle, and mountains beyond its shores."""
    x, z = metres(side, _ACROSS_METRES / side)
    shore = np.hypot(x / 430, (z - 1000) / 1500) + 0.10 * billows(random, side=side, cells=24, octaves=5)
    rugged = bent(ridges(random, side=side, cells=7, octaves=8), random, by=26 * side / 1536, cells=9)
    hand = 1 if random.random() < 0.5 else -1
    hero = smooth(3100.0, 300.0, np.hypot(x - hand * random.uniform(500, 1100), z - 5200))
    slopes = smooth(1.0, 4.6, shore)
    heights = slopes * (0.12 + 0.60 * rugged + 0.62 * hero * (0.15 + 1.05 * rugged)) * _PEAK_METRES
    banks = np.clip((shore - 1) * 60, -20, 14)
    return np.asarray(heights * np.clip((shore - 1) * 4, 0, 1) + banks, np.float32)
