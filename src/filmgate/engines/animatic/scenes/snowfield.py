"""A plain of snow before distant mountains; in the dark with an aurora."""

from dataclasses import replace

import cv2
import numpy as np

from filmgate.engines.animatic.kernels.shading import Vectors, mix, vector
from filmgate.engines.animatic.light import Light, from_aside, light_of, sun_direction
from filmgate.engines.animatic.prompts.mood import TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere
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
from filmgate.engines.animatic.scenes.panorama import AIR_TOP, Painter, Spots
from filmgate.engines.animatic.scenes.plain import EYE_METRES, Looks, Plain, glare, glaring, relief
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

_SNOW = (0.84, 0.87, 0.93)
_ROCK = (0.13, 0.13, 0.15)
_ACROSS_METRES = 18400.0
_PEAK_METRES = 1150.0
_FOG_TOP = 150.0
_AURORA = {TimeOfDay.NIGHT: 3.0, TimeOfDay.DUSK: 1.5, TimeOfDay.DAWN: 0.4}
_CLOUDED = {
    Weather.OVERCAST: 0.25,
    Weather.RAIN: 0.1,
    Weather.STORM: 0.1,
    Weather.SNOW: 0.3,
    Weather.FOG: 0.5,
}
_SUN_AZIMUTH = {TimeOfDay.SUNSET: 16.0, TimeOfDay.DUSK: 16.0, TimeOfDay.NIGHT: 100.0}
_SUN_ASIDE = 64.0


class Snowfield:
    """A `Scene` of snow as far as the mountains."""

    def __init__(self, setting: Setting) -> None:
        """Lay the snow and raise the mountains, which takes about a second at 1920x1080."""
        random = setting.random(0x540F)
        atmosphere = Atmosphere(setting, light=_light(setting, random))
        self._clutter = billows(random, side=512, cells=24, octaves=5)
        sun, side = sun_direction(atmosphere.light), land_side(setting)
        land = lit_land(
            _far_mountains(random, side),
            spacing=_ACROSS_METRES / side,
            sun=sun,
            grit=crags(setting.random(0xC4A6)),
        )
        panorama = Painter(
            land,
            self._paint,
            setting=setting,
            atmosphere=atmosphere,
            eye_metres=EYE_METRES,
            nearest=160.0,
            farthest=16000.0,
            # Peaks stand out of fog, which lies on the plain.
            air_top=_FOG_TOP if setting.mood.weather is Weather.FOG else AIR_TOP,
        ).panorama()
        aurora = _AURORA.get(setting.mood.time_of_day, 0.0) * _CLOUDED.get(setting.mood.weather, 1.0)
        # A high sun hardly shows relief, a low one more than enough.
        rougher = 1 + 1.6 * glare(atmosphere.light)
        looks = Looks(
            shown=_SNOW,
            relief=(0.050 * rougher, 0.055 * rougher, 0.085 * rougher, 0.030),
            sparkle=0.9,
            sunlit=land.sunlit_around(nearest=100, farthest=400),
            drift=1.0 * max(0.0, atmosphere.wind - 0.3),
            aurora=aurora * (1 + 0.4 * setting.mood.emphasis),
        )
        self._plain = Plain(setting, atmosphere, panorama, looks, ripples=relief(_crusts(random)))

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._plain.draw(frame, time=time, pose=pose)

    def _paint(self, spots: Spots) -> Vectors:
        clutter = tiled(self._clutter, spots.flat_x / 2.1, spots.flat_z / 2.1)
        steep = 0.5 * (np.hypot(spots.along_x, spots.along_z) + spots.steep)
        snow = vector(_SNOW) * np.clip(1 + 0.03 * clutter + 0.05 * spots.out, 0.75, 1.1)[:, None]
        # Bands of rock with ledges between, on which snow lies.
        bands = np.sin(spots.height / 31 + 1.4 * clutter)
        bare = smooth(0.80, 1.15, steep + 0.10 * bands + 0.05 * spots.out)
        rock = vector(_ROCK) * np.clip(1 + 0.22 * bands + 0.25 * spots.out, 0.35, 1.9)[:, None]
        return mix(np.asarray(snow, np.float32), np.asarray(rock, np.float32), bare)


def _light(setting: Setting, random: np.random.Generator) -> Light:
    """Return the light with its sun to one side, in cold and clear air; auroras need a clear sky, too."""
    light = from_aside(light_of(setting.mood), _SUN_AZIMUTH.get(setting.mood.time_of_day, _SUN_ASIDE), random)
    cover = light.cover * (0.35 if light.cover < 0.6 else 1.0)
    # Mountains are to be seen through falling snow, too.
    sight = min(6 * light.sight, 8000) if light.sight < 4000 else 2 * light.sight + 300
    if setting.mood.weather is Weather.FOG:
        # So near the ground, fog that reaches farther would end in a hard line at the horizon.
        sight = 0.3 * light.sight
    # Snow is the brightest ground there is.
    exposure = light.exposure * (0.78 if max(light.cloud_light) > 0.5 else 1.0)
    return glaring(replace(light, cover=cover, sight=sight, exposure=exposure))


def _far_mountains(random: np.random.Generator, side: int) -> Floats:
    """Return heights in metres: nothing near the camera, hills, and mountains from 4 km on."""
    x, z = metres(side, _ACROSS_METRES / side)
    away = np.hypot(x, z)
    rugged = bent(ridges(random, side=side, cells=7, octaves=7), random, by=30 * side / 1536, cells=8)
    hills = billows(random, side=side, cells=14, octaves=4)
    heights = smooth(2600.0, 7000.0, away) * (0.25 + 0.10 * hills + 0.70 * rugged) * _PEAK_METRES
    rise = smooth(350.0, 2600.0, away) * (14 + 16 * hills)
    return np.asarray(heights + np.maximum(rise, 0) - 1.5 * smooth(600.0, 300.0, away), np.float32)


def _crusts(random: np.random.Generator) -> Floats:
    """Return a tile of sastrugi: crusts that the wind has cut along its way; shape (256, 256)."""
    side = 256
    # Long across the view, as the wind blows, and bent a little: rings would be seen as such.
    drifts = np.zeros((side, side), np.float32)
    for rows, columns, height in ((11, 3, 1.0), (23, 6, 0.55), (47, 13, 0.3)):
        drifts += height * _stretched(random, side=side, rows=rows, columns=columns)
    # The wind cuts steps into their lee: whatever is high is pushed on over what lies low.
    cut = np.maximum(drifts, -0.4) ** 2 * np.sign(drifts + 0.4) + drifts
    column, row = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    pushed = cv2.remap(
        cut.astype(np.float32), column, row + 2.2 * drifts, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    return np.asarray(1.2 * pushed + 0.10 * billows(random, side=side, cells=32, octaves=3), np.float32)


def _stretched(random: np.random.Generator, *, side: int, rows: int, columns: int) -> Floats:
    """Return smooth noise of so many bumps each way, which repeats; deviation 1, shape (side, side)."""
    grid = np.tile(random.standard_normal((rows, columns)).astype(np.float32), (3, 3))
    large = cv2.resize(grid, (3 * side, 3 * side), interpolation=cv2.INTER_CUBIC)[side:-side, side:-side]
    return np.asarray(large / large.std(), np.float32)
