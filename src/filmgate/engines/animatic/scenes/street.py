"""A city street between shop fronts, wet or dry, in the light and weather of a mood."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.panels import PANEL, Panels, light_of_texels
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.light import Light, sun_direction
from filmgate.engines.animatic.mood import Season, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes import street_pictures, street_plan
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.street_light import lightmap
from filmgate.engines.animatic.scenes.street_plan import FRONT, ROAD_MIDDLE
from filmgate.engines.animatic.scenes.street_view import Reflection, bounded
from filmgate.engines.animatic.textures import Floats, Texels, packed, rows_halved

EYE_METRES = 3.1
_HORIZON = 0.15
_TILE = 256
_LAMPS = {
    TimeOfDay.DAWN: 0.55,
    TimeOfDay.DAY: 0.10,
    TimeOfDay.GOLDEN: 0.22,
    TimeOfDay.SUNSET: 0.55,
    TimeOfDay.DUSK: 0.9,
    TimeOfDay.NIGHT: 1.0,
}
"""The share of its light that a street burns by the time of day; dull weather turns on more."""
_LAMPS_IN = {
    Weather.OVERCAST: 0.12,
    Weather.RAIN: 0.25,
    Weather.STORM: 0.35,
    Weather.FOG: 0.25,
    Weather.SNOW: 0.2,
}
_WETNESS = {Weather.RAIN: 1.0, Weather.STORM: 1.0, Weather.FOG: 0.5, Weather.SNOW: 0.35, Weather.DUST: 0.0}
_N_CARS, _NEAREST_CAR, _ROUND = 5, 34.0, 190.0
_TOWN_GLOW = (0.070, 0.046, 0.078)
"""The light of the town in its own air at night."""
_THICK = {Weather.RAIN: 0.6, Weather.STORM: 0.5, Weather.FOG: 1.0, Weather.SNOW: 0.6, Weather.DUST: 0.8}
"""How much the air spreads light."""
_CONES = {Weather.RAIN: 0.22, Weather.STORM: 0.25, Weather.FOG: 0.5, Weather.SNOW: 0.25, Weather.DUST: 0.3}


class Street:
    """A `Scene` of a street canyon."""

    def __init__(self, setting: Setting) -> None:
        """Draw its pictures and its light, which takes about a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        mood, light = setting.mood, self._atmosphere.light
        random = setting.random(0x57EE)
        self._lamps = min(1.0, _LAMPS[mood.time_of_day] + _LAMPS_IN.get(mood.weather, 0.0))
        self._snow = 1.0 if mood.weather is Weather.SNOW else 0.0
        dry = 0.12 if mood.time_of_day in (TimeOfDay.DAY, TimeOfDay.GOLDEN) else 0.6
        self._wetness = _WETNESS.get(mood.weather, dry)
        self._ambient = np.array(_ambient(light), np.float32)
        self._sun_light = np.array(light.disc, np.float32) * 0.05
        pictures = street_pictures.drawn(
            random,
            street_pictures.Lighting(
                ambient=self._ambient,
                sun=self._sun_light,
                lamps=self._lamps,
                snow=self._snow,
                season=Season.WINTER if self._snow else mood.season,
            ),
        )
        self._pictures = pictures
        self._plan = street_plan.planned(
            random, pictures.cuts, lit=0.42, cones=_CONES.get(mood.weather, 0.05)
        )
        self._sun = self._sun_direction()
        self._lightmap = lightmap(self._plan.emitters, self._plan.buildings, np.array(self._sun))
        self._thickness = _THICK.get(mood.weather, 0.15)
        spread = random.permutation(_N_CARS) + random.random(_N_CARS) * 0.6
        self._traffic = np.stack([spread, spread[::-1] + 0.3], axis=1) * (_ROUND / _N_CARS)
        self._ground, self._grain = _noise_tile(random, blur=0.7), _noise_tile(random, blur=1.1)
        self._rows = setting.kernels.named("street", "street_rows")
        self._map = setting.kernels.named("street", "street_map")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting = self._setting
        camera = camera_view(setting, pose, eye_metres=EYE_METRES, horizon=_HORIZON)
        panels = self._panels(time)
        reflected = Reflection(camera, yaw=pose.yaw, width=setting.width, height=setting.height)
        textures = self._textures()
        plain = self._view(time, camera, reflected) | {"has_ground": 0}
        for name, mirror in (("mirror", reflected.sharp), ("smear", reflected.rough)):
            seen = plain | {"camera": reflected.camera(mirror)}
            textures[name] = self._mapped(seen, textures, panels, mirror["width"], mirror["height"])
        step = max(1, min(setting.width, setting.height) // 120)
        wide, high = -(-setting.width // step) + 3, -(-setting.height // step) + 3
        whole = plain | {"has_ground": 1, "glow_step": step, "glow_width": wide}
        coarse = self._mapped(whole | {"camera": _coarser(camera, step)}, textures, panels, wide, high)
        textures["glow"] = self._glow(light_of_texels(coarse))
        seen = whole | {"film": self._atmosphere.film(time)}
        near = bounded(panels, camera, setting.width, setting.height)
        setting.in_bands(
            lambda first, n: self._rows(frame, setting.width, first, n, seen, textures, near, len(near))
        )

    def _mapped(self, view: Any, textures: Any, panels: Panels, width: int, height: int) -> Texels:
        """Return what a view sees in texels of light."""
        light = np.empty((height, width), np.uint32)
        near = bounded(panels, view["camera"], width, height)
        self._setting.in_bands(
            lambda first, n: self._map(light, width, first, n, view, textures, near, len(near)), n_rows=height
        )
        return light

    def _glow(self, light: Floats) -> Floats:
        """Return the light that spreads in lens and air around what is bright."""
        shine = light * np.clip(light.max(axis=2, keepdims=True) * 1.2 - 0.6, 0, 1)
        high, wide = shine.shape[:2]
        small = cv2.resize(shine, (max(1, wide // 4), max(1, high // 4)), interpolation=cv2.INTER_AREA)
        broad = cv2.resize(cv2.GaussianBlur(small, (0, 0), 3.2), (wide, high), interpolation=cv2.INTER_LINEAR)
        middle = cv2.GaussianBlur(shine, (0, 0), 2.7)
        close = cv2.GaussianBlur(shine, (0, 0), 1.0)
        thick = self._thickness
        return np.ascontiguousarray(
            0.13 * close + (0.10 + 0.06 * thick) * middle + (0.07 + 0.13 * thick) * broad
        )

    def _panels(self, time: float) -> Panels:
        """Return the rectangles of a moment: the houses, and the cars where they are by then."""
        cars = list(self._cars(time * min(self._setting.mood.pace, 3.0)))
        keys = np.array([key for key, _ in cars])
        # Both go from far to near; a car belongs before the first that is nearer.
        where = np.searchsorted(-self._plan.keys, -keys)
        return np.insert(self._plan.panels, where, np.array([car for _, car in cars], PANEL))

    def _cars(self, moment: float) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the cars from near to far: those that drive away on the right, those that come on the left."""
        for kind, lane, way in (("tail", 2.7, 1.0), ("head", -2.7, -1.0)):
            for number in range(_N_CARS):
                start, speed = self._traffic[number, 0 if way > 0 else 1], 4.2
                along = (start + way * speed * moment) % _ROUND
                ahead = _NEAREST_CAR + along
                shown = min(1.0, along / 12, (_ROUND - along) / 40)
                cut = self._pictures.cuts[kind][number % len(self._pictures.cuts[kind])]
                car = street_plan.picture(
                    cut, left=ROAD_MIDDLE + lane - 2.4, bottom=0.0, ahead=ahead, width=4.8, height=2.4
                )
                car["lit"] = shown
                yield ahead, car

    def _textures(self) -> dict[str, Any]:
        none = np.zeros((1, 1), np.uint32)
        return {
            "sky": self._atmosphere.sky_textures,
            "film": self._atmosphere.film_textures,
            "ground": self._ground,
            "grain": self._grain,
            "pictures": self._pictures.texels,
            "lightmap": self._lightmap,
            "mirror": none,
            "smear": none,
            "glow": np.zeros((1, 1), np.float32),
        }

    def _view(self, time: float, camera: CameraView, reflected: "Reflection") -> dict[str, Any]:
        atmosphere, mood = self._atmosphere, self._setting.mood
        flash = max(0.0, atmosphere.film(time)["exposure"] / atmosphere.light.exposure - 1)
        film = atmosphere.film(time)
        film["fall"] = [0.0, 0.0]
        sky = atmosphere.sky(time)
        sky["sun"] = self._sun
        town = self._lamps * (0.4 + 0.6 * self._thickness)
        sky["horizon"] = [part + town * more for part, more in zip(sky["horizon"], _TOWN_GLOW, strict=True)]
        sky["middle"] = [
            part + 0.3 * town * more for part, more in zip(sky["middle"], _TOWN_GLOW, strict=True)
        ]
        air = atmosphere.air()
        air["veil"] = [part + 1.3 * town * more for part, more in zip(air["veil"], _TOWN_GLOW, strict=True)]
        air["sight"] = min(air["sight"], 900.0)
        return {
            "camera": camera,
            "sky": sky,
            "air": air,
            "film": film,
            "ambient": (self._ambient * (1 + 2 * flash)).tolist(),
            "sun_light": self._sun_light.tolist(),
            "window_mean": [0.42, 0.32, 0.21],
            "lamps": self._lamps,
            "wetness": self._wetness,
            "puddles": 0.62 if self._wetness > 0.9 else 0.30 * self._wetness + 0.1,
            "snow": self._snow,
            "dust": 1.0 if mood.weather is Weather.DUST else 0.0,
            "rain": 1.0 if mood.weather in (Weather.RAIN, Weather.STORM) else 0.0,
            "moment": time,
            "drift": [time * (2 + 9 * atmosphere.wind), time * 3.1],
            "road_middle": ROAD_MIDDLE,
            "canyon": 2 * FRONT,
            "ahead": reflected.ahead,
            "aside": reflected.aside,
            "sharp": reflected.sharp,
            "rough": reflected.rough,
            "has_ground": 0,
            "glow_step": 1,
            "glow_width": 1,
        }

    def _sun_direction(self) -> list[float]:
        """Return where the sun is: a low one stands over the street's end, where it can be seen."""
        light = self._atmosphere.light
        low = light.elevation < 12 and self._setting.mood.time_of_day is not TimeOfDay.NIGHT
        turned = replace(light, azimuth=float(np.sign(light.azimuth)) * 1.6) if low else light
        return list(sun_direction(turned))


def _ambient(light: Light) -> list[float]:
    """Return the light of the whole sky on an upright sheet."""
    return [
        0.55 * zenith + 0.75 * middle + 0.4 * horizon + 0.5 * light.cover * shade + 0.08 * lit + 0.3 * glow
        for zenith, middle, horizon, shade, lit, glow in zip(
            light.zenith,
            light.middle,
            light.horizon,
            light.cloud_shade,
            light.cloud_light,
            light.glow,
            strict=True,
        )
    ]


def _coarser(camera: CameraView, step: int) -> CameraView:
    """Return the camera with pixels `step` times as large, and one of them more at each edge."""
    right, up, corner = (np.array(camera[name]) for name in ("right", "up", "corner"))
    shift = (step - 1) / 2 - step
    return CameraView(
        right=(right * step).tolist(),
        up=(up * step).tolist(),
        corner=(corner + right * shift - up * shift).tolist(),
        eye=camera["eye"],
    )


def _noise_tile(random: np.random.Generator, *, blur: float) -> Texels:
    """Return two repeating noises about 128, deviation 32: fine grain, and soft blotches over it."""
    white = random.standard_normal((2, _TILE, _TILE)).astype(np.float32)
    fine = scipy.ndimage.gaussian_filter(white[0], blur, mode="wrap")
    soft = sum(
        weight * _normal(scipy.ndimage.gaussian_filter(white[1], sigma, mode="wrap"))
        for weight, sigma in ((1.0, 24.0), (0.8, 11.0), (0.4, 5.0), (0.2, 2.0))
    )
    levels = rows_halved(np.stack([_normal(fine), _normal(soft)], axis=2), n_levels=8)
    return packed(levels, zero=128, step=1 / 32)


def _normal(noise: Floats) -> Floats:
    return np.asarray((noise - noise.mean()) / noise.std(), np.float32)
