"""A lit ocean under a sky, in the light and weather of a mood."""

from filmgate.engines.animatic.kernels.ocean import OceanTextures, OceanView
from filmgate.engines.animatic.kernels.waves import LAYERS
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.waves import WaveField, roughness_of

EYE_METRES = 6.0
"""The camera's height at rest; no travel of it reaches the waves."""

# The horizon lies a little below the middle of the frame.
HORIZON = 0.06


class Ocean:
    """A `Scene` of open sea."""

    def __init__(self, setting: Setting) -> None:
        """Make the textures, which takes a few tenths of a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        wind = self._atmosphere.wind
        metres_a_second = 4 + 13 * wind
        random = setting.random(0x0CEA)
        self._swell = WaveField(patch=173, wind=metres_a_second, longest=120, random=random)
        self._chop = WaveField(patch=18, wind=metres_a_second, longest=6, random=random)
        # A gale raises long waves more than it roughens the finest ripples.
        sea = 0.25 + 1.55 * wind
        self._slope = [0.05 * sea, 0.10 * sea, 0.12 * min(sea, 1.3), 0.10 * min(sea, 1.1)]
        fields = (self._swell, self._swell, self._chop, self._chop)
        self._rough = roughness_of(zip(fields, LAYERS, self._slope, strict=True))
        self._foam = min(1.0, max(0.0, wind - 0.5) * 2.5)
        self._rows = setting.kernels.named("ocean", "ocean_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting, atmosphere = self._setting, self._atmosphere
        moment = time * setting.mood.pace
        fields = [setting.threads.submit(field.slopes, moment) for field in (self._swell, self._chop)]
        swell, chop = (field.result() for field in fields)
        view = self._view(time, pose)
        textures = OceanTextures(
            sky=atmosphere.sky_textures, film=atmosphere.film_textures, swell=swell, chop=chop
        )
        setting.in_bands(self._rows, (frame, setting.width), (view, textures))

    def _view(self, time: float, pose: Pose) -> OceanView:
        atmosphere = self._atmosphere
        return OceanView(
            camera=camera_view(self._setting, pose, eye_metres=EYE_METRES, horizon=HORIZON),
            sky=atmosphere.sky(time),
            air=atmosphere.air(),
            film=atmosphere.film(time),
            body=list(atmosphere.light.body),
            glint=list(atmosphere.light.glint),
            slope=self._slope,
            rough=self._rough,
            foam=self._foam,
        )
