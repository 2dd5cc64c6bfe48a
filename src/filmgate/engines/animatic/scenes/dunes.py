"""Desert dunes, rippled sand before them, and sand in the wind."""

from dataclasses import replace

import numpy as np

from filmgate.engines.animatic.kernels.shading import Vectors
from filmgate.engines.animatic.light import Light, from_aside, light_of, sun_direction
from filmgate.engines.animatic.prompts.mood import Season, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere
from filmgate.engines.animatic.scenes.land import (
    bent,
    billows,
    land_side,
    lit_land,
    metres,
    noise,
    smooth,
    tiled,
)
from filmgate.engines.animatic.scenes.panorama import Painter, Spots
from filmgate.engines.animatic.scenes.plain import EYE_METRES, Looks, Plain, relief
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

_SAND = (0.56, 0.36, 0.19)
_SNOWED = (0.80, 0.80, 0.82)
_ACROSS_METRES = 4096.0
_CREST_METRES = 62.0
# Degrees to the side; low light across the dunes shows every ripple.
_SUN_AZIMUTH = {
    TimeOfDay.DAWN: 68.0,
    TimeOfDay.DAY: 75.0,
    TimeOfDay.GOLDEN: 72.0,
    TimeOfDay.SUNSET: 24.0,
    TimeOfDay.DUSK: 24.0,
    TimeOfDay.NIGHT: 62.0,
}


class Dunes:
    """A `Scene` of a sand desert."""

    def __init__(self, setting: Setting) -> None:
        """Heap up the dunes, which takes about a second at 1920x1080."""
        random = setting.random(0xD07E)
        atmosphere = Atmosphere(setting, light=_light(setting, random))
        is_snowy = setting.mood.season is Season.WINTER or setting.mood.weather is Weather.SNOW
        self._sand = np.array(_SNOWED if is_snowy else _SAND, np.float32)
        self._patches = billows(random, side=512, cells=5, octaves=6)
        sun, side = sun_direction(atmosphere.light), land_side(setting)
        land = lit_land(
            _dunes(random, side), spacing=_ACROSS_METRES / side, sun=sun, grit=0.24 * _ripples(random)
        )
        panorama = Painter(
            land,
            self._paint,
            setting=setting,
            atmosphere=atmosphere,
            eye_metres=EYE_METRES,
            nearest=30.0,
            farthest=9000.0,
            step=0.005,
        ).panorama()
        wind = atmosphere.wind
        looks = Looks(
            shown=(float(self._sand[0]), float(self._sand[1]), float(self._sand[2])),
            relief=(0.055, 0.045, 0.11, 0.035),
            sparkle=0.05,
            sunlit=land.sunlit_around(nearest=30, farthest=75),
            drift=0.9 * max(0.0, wind - 0.25) + (0.6 if setting.mood.weather is Weather.DUST else 0.0),
        )
        self._plain = Plain(setting, atmosphere, panorama, looks, ripples=relief(_ripples(random)))

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._plain.draw(frame, time=time, pose=pose)

    def _paint(self, spots: Spots) -> Vectors:
        patches = tiled(self._patches, spots.x / 6, spots.z / 6)
        return np.asarray(self._sand * (1 + 0.07 * patches + 0.05 * (spots.grain - 0.5))[:, None], np.float32)


def _light(setting: Setting, random: np.random.Generator) -> Light:
    """Return the light with its sun to one side, in the dry air of a desert."""
    light = from_aside(light_of(setting.mood), _SUN_AZIMUTH[setting.mood.time_of_day], random)
    cover = light.cover * (0.55 if light.cover < 0.6 else 1.0)
    return replace(light, cover=cover, sight=light.sight * 0.8 + 300)


def _dunes(random: np.random.Generator, side: int) -> Floats:
    """Return heights in metres: crescents that rise slowly with the wind and fall steeply behind it."""
    x, z = metres(side, _ACROSS_METRES / side)
    bend = 120 * noise(random, side=side, cells=5) + 34 * noise(random, side=side, cells=14)
    heights = np.zeros((side, side), np.float32)
    for wavelength, share, turn in ((410.0, 1.0, 0.35), (190.0, 0.36, -0.2), (96.0, 0.13, 0.55)):
        phase = ((z * np.cos(turn) + x * np.sin(turn) + bend) / wavelength) % 1
        # Sand rises on the windward side over most of the way and slides off within the rest.
        profile = np.where(phase < 0.72, smooth(0.0, 0.72, phase), smooth(1.0, 0.72, phase))
        along = np.clip(0.62 + 0.4 * noise(random, side=side, cells=int(4096 / wavelength)), 0, 1.3)
        heights += np.float32(share) * profile * along
    heights = bent(heights, random, by=3 * side / 2048, cells=40) * _CREST_METRES
    away = np.hypot(x, z)
    return np.asarray(heights * smooth(48.0, 210.0, away) + smooth(40.0, 70.0, away) * 0.4 - 0.4, np.float32)


def _ripples(random: np.random.Generator) -> Floats:
    """Return a tile of wind ripples, in heights around 0; shape (256, 256)."""
    side, n_ripples = 256, 22
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side
    bend = 0.9 * noise(random, side=side, cells=4) + 0.32 * noise(random, side=side, cells=11)
    phase = (rows * n_ripples + 3 * columns + bend) % 1
    crests = np.where(phase < 0.66, smooth(0.0, 0.66, phase), smooth(1.0, 0.66, phase))
    return np.asarray(crests * 3.0 + 0.12 * billows(random, side=side, cells=32, octaves=3), np.float32)
