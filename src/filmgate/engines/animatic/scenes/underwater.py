"""A reef under sunlit water, in the light and weather of a mood."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.coarse import coarse_width
from filmgate.engines.animatic.kernels.points import sorted_points
from filmgate.engines.animatic.kernels.reef import FARTHEST
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.kernels.underwater import LENS_METRES, LEVELS, WAVES_METRES
from filmgate.engines.animatic.kernels.underwater_view import UnderwaterTextures, UnderwaterView
from filmgate.engines.animatic.kernels.waves import STEP, ZERO
from filmgate.engines.animatic.light import sun_direction
from filmgate.engines.animatic.prompts.mood import Season, TimeOfDay, Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.reef import blades, grains, ground
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.starfield import Motes
from filmgate.engines.animatic.scenes.waves import WaveField
from filmgate.engines.animatic.textures import Floats, Texels, levels_of, packed, quadrupled

EYE_METRES = 4.2
_SURFACE_METRES = 10.5
_HORIZON = 0.13
_SWIM = 0.45
# How much water bends light, which is less than in nature: the window to the sky comes into view.
_BEND = 1.25


@dataclass(frozen=True, kw_only=True)
class _Water:
    """How clear water is in a weather: what it takes of red, green and blue in a metre, and its cast."""

    lost: tuple[float, float, float] = (0.115, 0.045, 0.036)
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shafts: float = 1.0
    motes: float = 1.0
    ripple: float = 0.0


_WATERS = {
    Weather.CLEAR: _Water(lost=(0.10, 0.036, 0.028), motes=0.6),
    Weather.CLOUDY: _Water(),
    Weather.OVERCAST: _Water(shafts=0.3, cast=(1.0, 0.95, 0.9)),
    Weather.RAIN: _Water(lost=(0.15, 0.066, 0.062), shafts=0.25, ripple=0.10, cast=(1.0, 0.98, 0.86)),
    Weather.STORM: _Water(
        lost=(0.17, 0.082, 0.095), shafts=0.18, motes=2.2, ripple=0.06, cast=(1.0, 1.0, 0.72)
    ),
    Weather.FOG: _Water(lost=(0.18, 0.115, 0.11), shafts=0.5, motes=1.5, cast=(1.6, 1.15, 1.05)),
    Weather.SNOW: _Water(lost=(0.14, 0.060, 0.048), shafts=0.4, motes=4.5, cast=(1.1, 1.0, 1.12)),
    Weather.DUST: _Water(lost=(0.15, 0.155, 0.23), shafts=0.6, motes=3.0, cast=(20.0, 1.15, 0.34)),
}
_WEEDS = {
    Season.SPRING: (0.20, 0.34, 0.07),
    Season.SUMMER: (0.13, 0.27, 0.07),
    Season.AUTUMN: (0.34, 0.22, 0.06),
    Season.WINTER: (0.16, 0.18, 0.11),
}
_CORALS = ((0.98, 0.22, 0.20), (0.86, 0.24, 0.56), (1.05, 0.46, 0.14), (0.52, 0.28, 0.74))
_SAND, _ROCK = (0.66, 0.58, 0.44), (0.20, 0.19, 0.17)
_EMBERS = {TimeOfDay.NIGHT: (0.02, 0.34, 0.42), TimeOfDay.DUSK: (0.02, 0.10, 0.14)}
"""What glows by itself in the dark."""


# Of level ground, 1/metres grow evenly across a picture; by which share they bend says how rough it is.
_BENDING = np.array([[1.0, -2.0, 1.0]], np.float32)
_SMOOTH = 0.02


class Underwater:
    """A `Scene` between a sandy ground and the surface."""

    def __init__(self, setting: Setting) -> None:
        """Make the textures, which takes about a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        self._water = _WATERS[setting.mood.weather]
        random = setting.random(0xDEE9)
        wind = self._atmosphere.wind
        self._waves = WaveField(patch=WAVES_METRES, wind=4 + 8 * wind, longest=9, random=random)
        self._lens = WaveField(patch=LENS_METRES, wind=5, longest=4, random=random, finest=0.085)
        self._ground = ground(random, sun=self._sun())
        self._grain = grains(random)
        self._blades = blades(random)
        self._coral = _CORALS[int(random.integers(len(_CORALS)))]
        self._motes = Motes(random, n=int(1500 * self._water.motes), box=(18.0, 12.0, 13.0))
        self._sparks = Motes(random, n=700, box=(22.0, 9.0, 18.0))
        side = min(setting.width, setting.height)
        self._every = max(1, round(side / 120))
        # Large frames show more of what lies between scouts, and have more time for them.
        self._cell = max(1, round(side**0.5 / 4.5))
        self._shafts = setting.kernels.named("underwater", "underwater_shafts")
        self._scouts = setting.kernels.named("underwater", "underwater_scouts")
        self._rows = setting.kernels.named("underwater", "underwater_rows")
        self._gather = setting.kernels.named("underwater", "underwater_caustics")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting = self._setting
        width, height = setting.width, setting.height
        moment = time * setting.mood.pace
        lens = setting.threads.submit(self._light_below, moment)
        waves = self._waves.finest(moment)
        camera = camera_view(setting, pose, eye_metres=EYE_METRES, horizon=_HORIZON)
        camera["eye"][2] += _SWIM * moment
        points = sorted_points(self._points(camera, moment), width=width, height=height)
        view = self._view(time, camera, points.n_large)
        textures = UnderwaterTextures(
            film=self._atmosphere.film_textures,
            heights=self._ground.heights,
            face=self._ground.face,
            cover=self._ground.cover,
            grain=self._grain,
            waves=packed(levels_of(waves, n_levels=LEVELS), zero=ZERO, step=STEP),
            caustics=lens.result(),
            blades=self._blades,
            points=points.points,
            ends=points.ends,
        )
        n_rows = coarse_width(height, self._every)
        coarse = np.empty((n_rows, coarse_width(width, self._every)), np.float32)
        setting.in_bands(self._shafts, (coarse, width, height), (view, textures), n_rows=n_rows)
        # Each ray has gone its own random steps; its neighbours have gone those between.
        coarse = np.asarray(
            cv2.GaussianBlur(coarse, (9, 9), 1.7, borderType=cv2.BORDER_REPLICATE), np.float32
        )
        nearness, beginnings = self._scouted(view, textures)
        shared = (view, textures, coarse, nearness, beginnings, height)
        setting.in_bands(self._rows, (frame, width), shared)

    def _light_below(self, moment: float) -> Texels:
        """Return how much light falls where, of 4, after waves have bent it."""
        slopes = self._lens.finest(moment)
        light = np.empty(slopes.shape[:2], np.float32)
        self._gather(light, slopes, len(light), 8.0)
        return quadrupled(levels_of(light, n_levels=LEVELS), step=4 / 255)

    def _scouted(self, view: UnderwaterView, textures: UnderwaterTextures) -> tuple[Floats, Floats]:
        setting, cell = self._setting, view["cell"]
        width, height = setting.width, setting.height
        far = np.empty((coarse_width(height, cell), coarse_width(width, cell)), np.float32)
        setting.in_bands(self._scouts, (far, width, height), (view, textures), n_rows=len(far))
        return nearness_between(far)

    def _points(self, camera: CameraView, moment: float) -> Floats:
        light, time = self._atmosphere.light, self._setting.mood.time_of_day
        side = min(self._setting.width, self._setting.height)
        dust = np.array(light.cloud_light) * 0.22 + np.array(light.cloud_shade) * 0.5
        shown = [
            self._motes.points(
                camera,
                time=moment,
                drift=(0.10, -0.05, -0.03),
                colour=dust * np.minimum(self._water.cast, 1.5),
                size=0.011,
                height=side,
            )
        ]
        if time in _EMBERS:
            glow = np.array(_EMBERS[time]) * 3.2
            shown.append(
                self._sparks.points(
                    camera, time=moment, drift=(0.06, 0.05, 0.0), colour=glow, size=0.022, height=side
                )
            )
        return np.vstack(shown)

    def _view(self, time: float, camera: CameraView, n_large: int) -> UnderwaterView:
        light, water, mood = self._atmosphere.light, self._water, self._setting.mood
        film = self._atmosphere.film(time)
        film["fall"] = [0.0, 0.0]
        cast, body = np.array(water.cast), np.array(light.body)
        bright = float(np.mean(light.cloud_light))
        deep = (body * 1.4 + bright * np.array([0.001, 0.008, 0.011])) * cast
        upward = (
            body * 5.0
            + np.array(light.glow) * 0.05
            + np.array(light.middle) * 0.12 * np.array([0.25, 0.8, 1.0])
            + bright * np.array([0.004, 0.02, 0.024])
        ) * cast
        sky = self._atmosphere.sky(time)
        wind = self._atmosphere.wind
        return UnderwaterView(
            camera=camera,
            film=film,
            sky=sky,
            sun=self._sun(),
            light=self._sunlight(),
            ambient=_listed(np.array(light.cloud_shade) * 0.45 + upward * 1.1),
            deep=_listed(deep),
            upward=_listed(upward),
            sand=list(_SAND),
            rock=list(_ROCK),
            coral=list(self._coral),
            weed=list(_WEEDS[mood.season]),
            ember=list(_EMBERS.get(mood.time_of_day, (0.0, 0.0, 0.0))),
            lost=list(water.lost),
            surface=_SURFACE_METRES,
            top=self._ground.top,
            shafts=(0.018 + 0.0005 * min(light.elevation, 36.0)) * water.shafts,
            ripple=water.ripple,
            wave=0.05 + 0.13 * wind,
            sway=time * mood.pace * (0.7 + wind),
            bright=0.35 + 0.65 * water.shafts,
            blades=1.0,
            every=self._every,
            cell=self._cell,
            n_large=n_large,
        )

    def _sunlight(self) -> list[float]:
        """Return the sun's light some way down, where the water has taken half of its own colour."""
        above = np.array(self._atmosphere.light.cloud_light)
        return _listed(above * (0.46, 0.56, 0.46) + 0.28 * float(above.mean()) * np.array([0.32, 0.95, 1.0]))

    def _sun(self) -> list[float]:
        """Return the direction towards the sun as it seems from under water, never very low."""
        x, _, z = sun_direction(self._atmosphere.light)
        flat = float(np.hypot(x, z))
        low = min(flat / _BEND, 0.80)
        return [x / flat * low, float(np.sqrt(1 - low**2)), z / flat * low]


def nearness_between(far: Floats) -> tuple[Floats, Floats]:
    """Return 1/metres that the rays of a coarse grid go, and where rays between them set out.

    Where they do is 0 in cells so smooth that all is known of their ground already, and `FARTHEST` where
    there is nothing to meet.
    """
    # The rays of a cell pass between its corners' rays; a tip may be seen by those around them alone.
    around = np.ones((3, 3), np.uint8)
    nearness = np.asarray(1 / far, np.float32)
    bends = [
        np.abs(cv2.filter2D(nearness, -1, kernel, borderType=cv2.BORDER_REPLICATE))
        for kernel in (_BENDING, _BENDING.T)
    ]
    bent = cv2.dilate(np.maximum(*bends), around) / nearness
    least = cv2.erode(far, around)
    beginnings = np.where(bent < _SMOOTH, 0, 0.99 * least)
    # What is told by its reciprocal is never quite as far; by how much is up to the processor.
    beginnings[least >= FARTHEST] = FARTHEST
    return nearness, np.asarray(beginnings, np.float32)


def _listed(values: npt.ArrayLike) -> list[float]:
    return [float(value) for value in np.asarray(values)]
