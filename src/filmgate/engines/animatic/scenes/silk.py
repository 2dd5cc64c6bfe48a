"""Folds of silk that flow under a soft light: what is filmed where a prompt names no place."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.silk import N_FOLDS, SilkView
from filmgate.engines.animatic.light import Colour, Light
from filmgate.engines.animatic.prompts.mood import Mood, Season, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

EYE_METRES = 6.2
"""The camera's height at rest; no travel of it reaches the folds."""

_HORIZON = -0.60


@dataclass(frozen=True)
class Dye:
    """The colours of a silk: its valleys, its body and what it turns to, the shine on it."""

    deep: Colour
    body: Colour
    accent: Colour
    pale: Colour


_DYES = {
    TimeOfDay.DAWN: Dye((0.16, 0.05, 0.14), (0.86, 0.42, 0.42), (0.62, 0.36, 0.62), (1.0, 0.86, 0.78)),
    TimeOfDay.DAY: Dye((0.01, 0.05, 0.22), (0.08, 0.34, 0.62), (0.80, 0.34, 0.30), (1.0, 0.95, 0.92)),
    TimeOfDay.GOLDEN: Dye((0.20, 0.06, 0.015), (0.86, 0.46, 0.12), (0.74, 0.24, 0.12), (1.0, 0.90, 0.66)),
    TimeOfDay.SUNSET: Dye((0.12, 0.01, 0.07), (0.80, 0.13, 0.10), (0.46, 0.09, 0.36), (1.0, 0.74, 0.46)),
    TimeOfDay.DUSK: Dye((0.03, 0.02, 0.13), (0.34, 0.16, 0.62), (0.12, 0.26, 0.62), (0.92, 0.76, 1.0)),
    TimeOfDay.NIGHT: Dye((0.008, 0.014, 0.06), (0.05, 0.13, 0.36), (0.04, 0.32, 0.36), (0.80, 0.90, 1.0)),
}
_SEASONS = {
    Season.SPRING: (1.06, 1.04, 0.98),
    Season.SUMMER: (1.0, 1.0, 1.0),
    Season.AUTUMN: (1.14, 0.92, 0.74),
    Season.WINTER: (0.88, 0.98, 1.12),
}
_BRIGHTNESS = {
    TimeOfDay.DAWN: 0.95,
    TimeOfDay.DAY: 1.0,
    TimeOfDay.GOLDEN: 0.85,
    TimeOfDay.SUNSET: 0.72,
    TimeOfDay.DUSK: 0.6,
    TimeOfDay.NIGHT: 0.4,
}
"""The light on the cloth, where 1 leaves paper just below white."""
_DIM = {Weather.STORM: 0.62, Weather.RAIN: 0.82, Weather.OVERCAST: 0.85, Weather.FOG: 1.1, Weather.SNOW: 1.1}
_FOLDING = {Weather.STORM: 1.02, Weather.RAIN: 0.80, Weather.DUST: 0.86}
_MOTES = {Weather.DUST: 1.6, Weather.FOG: 0.0, Weather.SNOW: 0.5}


class Silk:
    """A `Scene` of flowing silk."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        mood = setting.mood
        random = setting.random(0x511C)
        self._start = random.random(N_FOLDS * 2 + 4)
        # Turns a second: wide folds wander slowly, fine ones faster, none in step with another.
        wide_to_fine = np.repeat([0.010, 0.014, 0.019, 0.026], 2)
        self._speed = np.concatenate([wide_to_fine, [0.030, 0.022, 0.006, 0.0]]) * random.uniform(
            0.8, 1.2, 12
        )
        self._speed *= np.where(np.arange(12) % 2, -1, 1) * (0.55 + 0.9 * self._atmosphere.wind)
        self._dye = _dye(mood.time_of_day, mood.season, mood.tint)
        side = min(setting.width, setting.height)
        self._every = 1 if side < 300 else 2 if side < 1300 else 4
        self._rows = setting.kernels.named("silk", "silk_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting = self._setting
        view, film = self._view(time, pose), self._atmosphere.film_textures
        setting.in_bands(self._rows, (frame, setting.width), (view, film))

    def _view(self, time: float, pose: Pose) -> SilkView:
        atmosphere, mood = self._atmosphere, self._setting.mood
        light, moment = atmosphere.light, time * min(mood.pace, 4.0)
        film = atmosphere.film(time)
        flash = film["exposure"] / light.exposure
        key, rim, ambient = _lights(mood, light)
        is_wet = mood.weather in (Weather.RAIN, Weather.STORM)
        return SilkView(
            camera=camera_view(self._setting, pose, eye_metres=EYE_METRES, horizon=_HORIZON),
            sky=atmosphere.sky(time),
            air=atmosphere.air(),
            film=film,
            deep=list(self._dye.deep),
            body=list(self._dye.body),
            pale=list(self._dye.pale),
            accent=list(self._dye.accent),
            key=(key * flash).tolist(),
            rim=rim.tolist(),
            ambient=(ambient * flash).tolist(),
            key_way=_towards(light.azimuth + 38, max(light.elevation, 34)),
            rim_way=_towards(light.azimuth - 24, 16),
            thread=[0.83, 0.0, 0.56],
            phase=(self._start + self._speed * moment).tolist(),
            swell=0.85 + 0.35 * atmosphere.wind,
            fold=_FOLDING.get(mood.weather, 0.70 + 0.12 * atmosphere.wind),
            reach=30.0 if mood.weather is Weather.FOG else 62.0,
            focus=10.0,
            rain=1.0 if is_wet else 0.0,
            moment=time,
            motes=_MOTES.get(mood.weather, 0.35),
            mote_drift=[moment * 0.22, moment * 0.13],
            every=self._every,
        )


def _lights(mood: Mood, light: Light) -> tuple[Floats, Floats, Floats]:
    """Return the light from the key, from the rim and from all around, in what `light.exposure` expects.

    Silk is nowhere, so that its colours are those of the mood and its brightness is that of a good exposure.
    """
    sky = np.array(light.zenith) + 0.8 * np.array(light.middle) + 0.5 * np.array(light.horizon)
    clouds = light.cover * np.array(light.cloud_shade)
    key = 0.030 * np.array(light.disc) + 0.30 * np.array(light.glow) + 0.45 * sky + 0.25 * clouds
    rim = 0.9 * np.array(light.glow) + 0.8 * np.array(light.horizon) + 0.2 * sky
    ambient = 0.55 * sky + 0.45 * clouds
    brightness = _BRIGHTNESS[mood.time_of_day] * _DIM.get(mood.weather, 1.0)
    scale = np.float32(brightness / (light.exposure * float((key + 0.4 * rim + 0.5 * ambient).mean())))
    # Light of one hue alone would leave no other colour in the cloth.
    return _paler(key, 0.35) * scale, _paler(rim, 0.35) * scale, _paler(ambient, 0.35) * scale


def _paler(light: npt.NDArray[np.floating[Any]], share: float) -> Floats:
    return np.asarray(light * (1 - share) + light.mean() * share, np.float32)


def _towards(azimuth: float, elevation: float) -> list[float]:
    turn, lift = np.radians(azimuth), np.radians(elevation)
    return [float(np.sin(turn) * np.cos(lift)), float(np.sin(lift)), float(np.cos(turn) * np.cos(lift))]


def _dye(time: TimeOfDay, season: Season, tint: Colour) -> Dye:
    change = np.array(_SEASONS[season]) * np.array(tint) ** 4
    dye = _DYES[time]
    return Dye(
        _times(dye.deep, change),
        _times(dye.body, change),
        _times(dye.accent, change),
        _times(dye.pale, change),
    )


def _times(colour: Colour, change: npt.NDArray[np.floating[Any]]) -> Colour:
    red, green, blue = (float(part) for part in np.array(colour) * change)
    return red, green, blue
