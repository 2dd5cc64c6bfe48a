"""Flight above a sea of clouds, in the light and weather of a mood."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.clouds import (
    BILLOW_SIDE,
    DECK_METRES,
    DECK_SIDE,
    DECK_STEP,
    N_FLASHES,
    N_PLANES,
    CloudsTextures,
    CloudsView,
)
from filmgate.engines.animatic.kernels.coarse import coarse_width
from filmgate.engines.animatic.prompts.mood import TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.billows import billowed, shadow_heights, smooth_noise
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats, Texels, levels_of, packed

EYE_METRES = 17.0
_HORIZON = 0.0
# Metres a second.
_GLIDE = 1.6
_RAYS = ((300, 1, 1), (700, 3, 2), (1300, 4, 3), (10_000, 6, 4))
"""Below a shorter side of so many pixels: how many pixels and rows lie between coarse rays."""
_TOWN_LIGHTS = {TimeOfDay.DUSK: [0.05, 0.025, 0.012], TimeOfDay.NIGHT: [0.085, 0.048, 0.018]}
"""What shines through thin clouds from below."""


@dataclass(frozen=True, kw_only=True)
class _Sky:
    """How high the towers of a weather stand, how much they billow, and what share of the upper clouds stays.

    `dark` multiplies the light of their shadows."""

    towers: float
    puff: float
    upper: float
    dark: float = 1.0


_SKIES = {
    Weather.CLEAR: _Sky(towers=0.55, puff=0.8, upper=0.25),
    Weather.CLOUDY: _Sky(towers=1.0, puff=1.0, upper=0.35),
    Weather.OVERCAST: _Sky(towers=0.75, puff=0.9, upper=0.8),
    Weather.RAIN: _Sky(towers=1.0, puff=0.9, upper=0.9, dark=0.7),
    Weather.STORM: _Sky(towers=1.35, puff=1.25, upper=0.95, dark=0.45),
    Weather.FOG: _Sky(towers=0.6, puff=0.5, upper=0.4),
    Weather.SNOW: _Sky(towers=0.8, puff=0.8, upper=0.8),
    Weather.DUST: _Sky(towers=0.8, puff=0.8, upper=0.5),
}


class Clouds:
    """A `Scene` of the upper side of clouds."""

    def __init__(self, setting: Setting) -> None:
        """Make the textures, which takes about a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        self._sky = _SKIES[setting.mood.weather]
        self._deck = self._towers()
        self._billows = self._puffs()
        side = min(setting.width, setting.height)
        self._every, self._every_row = next(apart for limit, *apart in _RAYS if side < limit)
        columns = coarse_width(setting.width, self._every)
        rows = coarse_width(setting.height, self._every_row)
        self._coarse = np.empty((N_PLANES, rows, columns), np.float32)
        self._march = setting.kernels.named("clouds", "clouds_march")
        self._rows = setting.kernels.named("clouds", "clouds_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting, atmosphere = self._setting, self._atmosphere
        view = self._view(time, pose)
        textures = CloudsTextures(
            sky=atmosphere.sky_textures, film=atmosphere.film_textures, deck=self._deck, billows=self._billows
        )
        width, height = setting.width, setting.height
        coarse = self._coarse
        n_rows = coarse.shape[1]
        setting.in_bands(self._march, (coarse, width, height), (view, textures), n_rows=n_rows)
        setting.in_bands(self._rows, (frame, width), (view, textures, coarse, height))

    def _view(self, time: float, pose: Pose) -> CloudsView:
        atmosphere, light = self._atmosphere, self._atmosphere.light
        moment = time * self._setting.mood.pace
        camera = camera_view(self._setting, pose, eye_metres=EYE_METRES, horizon=_HORIZON)
        camera["eye"][2] += self._glided(time)
        sky = atmosphere.sky(time)
        sky["cloud_cover"] *= self._sky.upper
        air = atmosphere.air()
        air["sight"] = max(air["sight"] / 7, 75.0)
        slow = moment * (0.5 + atmosphere.wind)
        return CloudsView(
            camera=camera,
            sky=sky,
            air=air,
            film=atmosphere.film(time),
            every=self._every,
            every_row=self._every_row,
            top=self._top,
            puff=self._sky.puff,
            drift=[slow * 0.9, -slow * 0.5, slow * 5.0, slow * 3.0],
            flash=[self._flash(time, number) for number in range(N_FLASHES)],
            lit=list(light.cloud_light),
            shade=[
                self._sky.dark * (0.7 * grey + 1.1 * blue)
                for grey, blue in zip(light.cloud_shade, light.zenith, strict=True)
            ],
            below=_TOWN_LIGHTS.get(self._setting.mood.time_of_day, [0.0, 0.0, 0.0]),
            spark=[1.6, 1.9, 2.6],
        )

    def _flash(self, time: float, number: int) -> list[float]:
        """Return where one of the lightnings is, right and forward in metres, and its light now."""
        if self._setting.mood.weather is not Weather.STORM:
            return [0.0, 0.0, 0.0]
        every, offset = 1.7 + 0.6 * number, 0.83 * number
        strike, age = divmod(time + offset, every)
        across, ahead, strength, late = np.random.default_rng(
            [self._setting.seed, number, int(strike)]
        ).random(4)
        age -= 0.8 * late
        way = self._glided(time - age) + 35 + 90 * ahead
        light = np.exp(-5 * age) * (0.55 + 0.45 * np.cos(47 * age)) * (0.4 + strength) if age > 0 else 0.0
        return [float(110 * (across - 0.5)), float(way), float(light)]

    def _glided(self, time: float) -> float:
        return time * self._setting.mood.pace * _GLIDE

    def _towers(self) -> Texels:
        random = self._setting.random(0xC10D)
        texel = DECK_METRES / DECK_SIDE
        rise = smooth_noise(random, side=DECK_SIDE, longest=180 / texel, slope=2.2)
        roll = smooth_noise(random, side=DECK_SIDE, longest=40 / texel, slope=2.0)
        heights = 4.0 + 0.9 * roll + self._sky.towers * 10.0 * np.maximum(rise - 0.1, 0) ** 1.3
        heights = np.minimum(heights, self._ceiling()).astype(np.float32)
        for n, radii in ((330, (7.0, 13.0)), (1500, (3.2, 6.5)), (6500, (1.5, 3.2)), (16000, (0.8, 1.6))):
            heights = billowed(random, heights, n=n, radii=radii, texel=texel, sunk=0.5)
        heights = scipy.ndimage.gaussian_filter(heights, 0.7, mode="wrap")
        self._top = float(heights.max()) + 2.0
        light = self._atmosphere.light
        fall = texel * float(np.tan(np.radians(max(light.elevation, 9.0))))
        shadow = shadow_heights(heights, azimuth=float(np.radians(light.azimuth)), fall=fall)
        both = np.stack([heights, scipy.ndimage.gaussian_filter(shadow, 1.2, mode="wrap")], axis=2)
        return packed(levels_of(both, n_levels=7), zero=0, step=DECK_STEP)

    def _ceiling(self) -> Floats:
        """Return how high the towers may stand: low along the way of the camera."""
        across = (np.arange(DECK_SIDE) / DECK_SIDE + 0.5) % 1 - 0.5
        away = np.abs(across) * DECK_METRES
        ceiling = 3.5 + 28.0 * np.clip((away - 10) / 60, 0, 1) ** 0.9
        return np.broadcast_to(ceiling.astype(np.float32), (DECK_SIDE, DECK_SIDE))

    def _puffs(self) -> Texels:
        random = self._setting.random(0xB1110)
        side = BILLOW_SIDE
        heights = 0.6 * smooth_noise(random, side=side, longest=150, slope=1.8)
        for n, radii in ((260, (18.0, 40.0)), (1500, (8.0, 18.0)), (7000, (3.0, 8.0))):
            heights = billowed(random, heights * 1.0, n=n, radii=radii, texel=1.0, sunk=0.5)
        heights = scipy.ndimage.gaussian_filter(heights, 0.8, mode="wrap")
        azimuth = float(np.radians(self._atmosphere.light.azimuth))
        toward = (-round(4 * np.cos(azimuth)), -round(4 * np.sin(azimuth)))
        facing = heights - np.roll(heights, toward, axis=(0, 1))
        value = 0.5 + 0.2 * (heights - heights.mean()) / heights.std()
        lit = 0.5 + 0.22 * facing / facing.std()
        both = np.clip(np.stack([value, lit], axis=2), 0, 1).astype(np.float32)
        return packed(levels_of(both, n_levels=7), zero=0, step=1 / 255)
