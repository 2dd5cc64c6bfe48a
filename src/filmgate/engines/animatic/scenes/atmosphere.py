"""What lies over every scene under the open sky: light, clouds, haze, rain and snow, lightning."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic import textures
from filmgate.engines.animatic.kernels.shading import (
    AirView,
    CameraView,
    FilmTextures,
    FilmView,
    SkyTextures,
    SkyView,
)
from filmgate.engines.animatic.light import Colour, Light, light_of, sun_direction
from filmgate.engines.animatic.lightning import Lightning
from filmgate.engines.animatic.prompts.mood import Weather
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

_NO_FALL = (0.0, 1.0)
_FALL_SPEED = {
    Weather.RAIN: (0.6, 2.9),
    Weather.STORM: (1.6, 3.4),
    Weather.SNOW: (0.06, 0.20),
    Weather.DUST: (-2.2, 0.1),
}
"""Frame heights a second, sideways and down, of the nearer layer."""


_LIGHTNING = (0.86, 0.94, 1.12)
_DARK = 0.03
"""Clouds whose shaded side has less light than this are those of a night."""


class Atmosphere:
    """The light and weather of a setting, as the structures and textures that all kernels share.

    `wind` goes from 0 to 1 and above: what the mood asks for, or what its weather brings at least.
    `light` is that of the mood unless a scene sees it otherwise.
    """

    def __init__(self, setting: Setting, *, light: Light | None = None) -> None:
        random = setting.random(0xA12)
        self._setting = setting
        self.light = light or light_of(setting.mood)
        self.wind = max(setting.mood.wind, self.light.least_wind) * (1 + 0.3 * setting.mood.emphasis)
        azimuth = float(np.radians(self.light.azimuth))
        self.sky_textures = SkyTextures(
            clouds=textures.clouds(random, cover=self.light.cover, sun_azimuth=azimuth),
            stars=textures.stars(random),
        )
        self.film_textures = FilmTextures(fall=self._fall_tile(random), dither=textures.dither(random))
        self._lightning = Lightning(setting.seed)

    def sky(self, time: float) -> SkyView:
        """Return the sky `time` seconds after the scene began."""
        light, moment = self.light, time * self._setting.mood.pace
        # By night eyes are wide open: a flash as bright as by day would leave but black and white.
        flash = 0.35 * self._flash(time) * min(max(8 * max(light.cloud_shade), 0.2), 1.0)
        return SkyView(
            sun=list(sun_direction(light)),
            disc=list(light.disc),
            zenith=_lit_up(light.zenith, 0.25 * flash),
            middle=_lit_up(light.middle, 0.35 * flash),
            horizon=list(light.horizon),
            glow=list(light.glow),
            halo=list(light.halo),
            cloud_shade=_lit_up(light.cloud_shade, 0.3 * flash),
            cloud_light=_lit_up(light.cloud_light, 1.8 * flash),
            disc_edge=light.disc_edge,
            cloud_drift=[moment * (0.12 + 0.6 * self.wind), moment * 0.15],
            cloud_cover=light.thickness,
            stars=light.stars,
        )

    @property
    def ambient(self) -> Colour:
        """The light that open ground gets from the whole sky: fog passes it on, and so does a clear night."""
        light = self.light
        dark = max(0.0, 1 - max(light.cloud_shade) / _DARK)
        red, green, blue = (
            shade + 0.5 * light.fog * veil + 0.35 * dark * (zenith + middle)
            for shade, veil, zenith, middle in zip(
                light.cloud_shade, light.veil, light.zenith, light.middle, strict=True
            )
        )
        return red, green, blue

    def air(self) -> AirView:
        """Return what hangs between the eye and everything else."""
        light = self.light
        return AirView(veil=list(light.veil), share=light.fog, clears=light.clears, sight=light.sight)

    def film(self, time: float) -> FilmView:
        """Return how light becomes bytes, and what falls before the lens."""
        frame_number = round(time * 240)
        grain_row, grain_column = frame_number * 91 % DITHER_SIDE, frame_number * 37
        return FilmView(
            exposure=self.light.exposure * (1 + 0.9 * self._flash(time)),
            fall=[self.light.fall, self.light.fall * 0.5],
            fall_shift=self._fall_shift(time),
            dither_row=grain_row,
            # The grains of red, green and blue are far apart, so that they do not add up to grey.
            dither_shift=[(grain_column + apart) % DITHER_SIDE for apart in (0, 85, 170)],
        )

    def _fall_tile(self, random: np.random.Generator) -> Floats:
        height = self._setting.height
        if self._setting.mood.weather is Weather.SNOW:
            return textures.snow(random, frame_height=height)
        if self._setting.mood.weather is Weather.DUST:
            return textures.sand(random, frame_height=height)
        across, down = self._fall_speed()
        return textures.rain(random, slant=across / down, frame_height=height)

    def _fall_speed(self) -> tuple[float, float]:
        across, down = _FALL_SPEED.get(self._setting.mood.weather, _NO_FALL)
        return across * (0.3 + self.wind), down

    def _fall_shift(self, time: float) -> list[int]:
        across, down = self._fall_speed()
        near_x, near_y = time * across * self._setting.height, -time * down * self._setting.height
        shifts = (near_x, near_y, 1.2 * near_x, 1.2 * near_y)
        return [round(shift) % textures.FALL_SIDE for shift in shifts]

    def _flash(self, time: float) -> float:
        """Return the light of lightning at a moment."""
        return self._lightning.glow(time) if self._setting.mood.weather is Weather.STORM else 0.0


def _lit_up(colour: Colour, by: float) -> list[float]:
    """Return a colour under lightning, which is bluish."""
    return [part + by * share for part, share in zip(colour, _LIGHTNING, strict=True)]


class Framed(Protocol):
    """What has a frame's size in pixels."""

    @property
    def width(self) -> int:
        """From left to right."""
        ...

    @property
    def height(self) -> int:
        """From top to bottom."""
        ...


def camera_view(framed: Framed, pose: Pose, *, eye_metres: float, horizon: float) -> CameraView:
    """Return the rays of a camera that rests `eye_metres` above the ground.

    At rest the horizon lies `horizon` of the frame's height below its middle.
    """
    width, height = framed.width, framed.height
    focal = focal_pixels(framed) * pose.focal
    pitch = pose.pitch + float(np.arctan(horizon * height / focal))
    forward = np.array([np.sin(pose.yaw) * np.cos(pitch), np.sin(pitch), np.cos(pose.yaw) * np.cos(pitch)])
    right: npt.NDArray[np.float64] = np.array([np.cos(pose.yaw), 0.0, -np.sin(pose.yaw)])
    up = np.cross(forward, right)
    # The camera turns clockwise, so its right sinks.
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    right, up = right * cos - up * sin, up * cos + right * sin
    right, up = right / focal, up / focal
    corner = forward - right * (width - 1) / 2 + up * (height - 1) / 2
    eye = [pose.right, eye_metres + pose.up, pose.forward]
    return CameraView(right=right.tolist(), up=up.tolist(), corner=corner.tolist(), eye=eye)


def focal_pixels(framed: Framed) -> float:
    """Return the focal length of the resting camera, in pixels."""
    return framed.height * (0.95 if framed.width >= framed.height else 0.75)
