"""Desert dunes, rippled sand before them, and sand in the wind."""

from dataclasses import replace

import numpy as np

from filmgate.engines.animatic.kernels.shading import Vectors
from filmgate.engines.animatic.light import Light, from_aside, light_of, sun_direction
from filmgate.engines.animatic.prompts.mood import TimeOfDay, Weather
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
from filmgate.engines.animatic.scenes.plain import EYE_METRES, Looks, Plain, glare, glaring, relief
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

_SAND = (0.53, 0.315, 0.145)
_SNOWED = (0.80, 0.80, 0.82)
_ACROSS_METRES = 4096.0
_CREST_METRES = 62.0
# The cosine of the angle between where the slip faces look and straight ahead.
_TOWARDS_EYE = -0.55
# How far up a windward side the eye is: no dune takes the light of a low sun from where it stands.
_AT_EYE = 0.42
# Sand shines by the moon less than water or snow; eyes open wider.
_AT_NIGHT = 1.6
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
        is_snowy = setting.mood.is_snowy
        self._sand = np.array(_SNOWED if is_snowy else _SAND, np.float32)
        self._patches = billows(random, side=512, cells=5, octaves=6)
        sun, side = sun_direction(atmosphere.light), land_side(setting)
        land = lit_land(
            _dunes(random, side, sun), spacing=_ACROSS_METRES / side, sun=sun, grit=0.24 * _ripples(random)
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
        # A high sun hardly shows relief, a low one more than enough.
        rougher = 1 + 0.85 * glare(atmosphere.light)
        stormy = setting.mood.weather is Weather.DUST
        looks = Looks(
            shown=(float(self._sand[0]), float(self._sand[1]), float(self._sand[2])),
            relief=(0.055 * rougher, 0.045 * rougher, 0.11 * rougher, 0.035),
            sparkle=0.05,
            sunlit=land.sunlit_around(nearest=30, farthest=75),
            drift=0.9 * max(0.0, wind - 0.25) + 1.3 * stormy,
            gusts=0.9 * stormy,
        )
        self._plain = Plain(setting, atmosphere, panorama, looks, ripples=relief(_ripples(random)))

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._plain.draw(frame, time=time, pose=pose)

    def _paint(self, spots: Spots) -> Vectors:
        patches = tiled(self._patches, spots.flat_x / 6, spots.flat_z / 6)
        return np.asarray(self._sand * (1 + 0.07 * patches + 0.05 * (spots.grain - 0.5))[:, None], np.float32)


def _light(setting: Setting, random: np.random.Generator) -> Light:
    """Return the light with its sun to one side, in the dry air of a desert."""
    light = from_aside(light_of(setting.mood), _SUN_AZIMUTH[setting.mood.time_of_day], random)
    cover = light.cover * (0.55 if light.cover < 0.6 else 1.0)
    light = replace(glaring(light), cover=cover, sight=light.sight * 0.8 + 300)
    if setting.mood.time_of_day is TimeOfDay.NIGHT:
        light = replace(light, exposure=light.exposure * _AT_NIGHT)
    if setting.mood.weather is Weather.DUST:
        red, green, blue = light.veil
        return replace(
            light, veil=(1.2 * red, 0.92 * green, 0.54 * blue), clears=0.9, fall=0.22 * max(light.veil)
        )
    return light


def _dunes(random: np.random.Generator, side: int, sun: tuple[float, float, float]) -> Floats:
    """Return heights in metres: crescents that rise slowly with the wind and fall steeply behind it.

    They fall away from the sun and towards the eye, so that even at noon one side is in the shade.
    """
    x, z = metres(side, _ACROSS_METRES / side)
    bend = 120 * noise(random, side=side, cells=5) + 34 * noise(random, side=side, cells=14)
    heights = np.zeros((side, side), np.float32)
    away_from_sun = float(np.copysign(np.arccos(_TOWARDS_EYE), -sun[0]))
    bend -= bend[side // 2, side // 2]
    for wavelength, share, turned in ((410.0, 1.0, 0.0), (190.0, 0.36, -0.5), (96.0, 0.13, 0.4)):
        turn = away_from_sun + turned
        phase = ((z * np.cos(turn) + x * np.sin(turn) + bend) / wavelength + _AT_EYE) % 1
        # Sand rises on the windward side over most of the way, up to a sharp crest, and slides off behind it.
        up, down = phase / 0.72, (1 - phase) / 0.28
        profile = np.where(phase < 0.72, up**2 * (1.7 - 0.7 * up), np.maximum(down, 0) ** 1.35)
        along = np.clip(0.62 + 0.4 * noise(random, side=side, cells=int(4096 / wavelength)), 0, 1.3)
        heights += np.float32(share) * profile * along
    heights = bent(heights, random, by=3 * side / 2048, cells=40) * _CREST_METRES
    away = np.hypot(x, z)
    return np.asarray(heights * smooth(48.0, 210.0, away) + smooth(40.0, 70.0, away) * 0.4 - 0.4, np.float32)


def _ripples(random: np.random.Generator) -> Floats:
    """Return a tile of wind ripples, in heights around 0; shape (256, 256)."""
    side, n_ripples = 256, 13
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side
    bend = 0.9 * noise(random, side=side, cells=4) + 0.32 * noise(random, side=side, cells=11)
    phase = (rows * n_ripples + 2 * columns + bend) % 1
    crests = np.where(phase < 0.66, smooth(0.0, 0.66, phase), smooth(1.0, 0.66, phase))
    return np.asarray(crests * 3.0 + 0.12 * billows(random, side=side, cells=32, octaves=3), np.float32)
