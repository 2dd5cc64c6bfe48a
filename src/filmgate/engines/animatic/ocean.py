"""A lit ocean under a sky, in the light and weather of a mood."""

from concurrent.futures import Executor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic import textures
from filmgate.engines.animatic.kernels import OceanRows, ocean_rows
from filmgate.engines.animatic.light import light_of, sun_direction
from filmgate.engines.animatic.mood import Mood, Weather
from filmgate.engines.animatic.ocean_reference import (
    LAYERS,
    N_ROUGH,
    ROUGH_FIRST_OCTAVE,
    OceanView,
    Textures,
)
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats
from filmgate.engines.animatic.waves import WaveField

EYE_METRES = 6.0
"""The camera's height at rest; no travel of it reaches the waves."""

# The horizon lies a little below the middle of the frame.
_HORIZON = 0.06
_BANDS = 16
_NO_FALL = (0.0, 1.0)
_FALL_SPEED = {Weather.RAIN: (0.6, 2.9), Weather.STORM: (1.6, 3.4), Weather.SNOW: (0.06, 0.20)}
"""Frame heights a second, sideways and down, of the nearer layer."""


class Ocean:
    """A `Scene` of open sea. The same mood, size and seed give the same frames, by any number of threads."""

    def __init__(
        self,
        mood: Mood,
        *,
        width: int,
        height: int,
        seed: int,
        threads: Executor,
        rows: OceanRows | None = None,
    ) -> None:
        """Make the textures, which takes a few tenths of a second.

        `threads` share the work of each frame. `rows` draws; by default the fastest way there is.
        """
        random = np.random.default_rng([seed, 0x0CEA])
        self._mood = mood
        self._light = light_of(mood)
        self._wind = max(mood.wind, self._light.least_wind) * (1 + 0.3 * mood.emphasis)
        metres_a_second = 4 + 13 * self._wind
        self._swell = WaveField(patch=173, wind=metres_a_second, longest=120, random=random)
        self._chop = WaveField(patch=18, wind=metres_a_second, longest=6, random=random)
        self._clouds = textures.clouds(
            random, cover=self._light.cover, sun_azimuth=float(np.radians(self._light.azimuth))
        )
        self._stars = textures.stars(random)
        self._fall = self._fall_tile(random, frame_height=height)
        self._dither = textures.dither(random)
        self._flashes = random.random((600, 2))
        # A gale raises long waves more than it roughens the finest ripples.
        sea = 0.25 + 1.55 * self._wind
        self._slope = [0.05 * sea, 0.10 * sea, 0.12 * min(sea, 1.3), 0.10 * min(sea, 1.1)]
        self._rough = self._roughness()
        self._width, self._height = width, height
        self._rows = rows or ocean_rows()
        self._threads = threads

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        assert frame.shape == (self._height, self._width, 3), "the frame has the size the scene was made for"
        moment = time * self._mood.pace
        fields = (self._threads.submit(field.slopes, moment) for field in (self._swell, self._chop))
        swell, chop = (field.result() for field in list(fields))
        view = self._view(moment, time, pose)
        seen = Textures(swell, chop, self._clouds, self._stars, self._fall, self._dither)
        edges = np.linspace(0, self._height, min(_BANDS, self._height) + 1).astype(int)
        bands = [
            self._threads.submit(self._rows, frame, view, seen, first_row=int(top), n_rows=int(bottom - top))
            for top, bottom in pairwise(edges)
        ]
        for band in bands:
            band.result()

    def _view(self, moment: float, time: float, pose: Pose) -> OceanView:
        light, flash = self._light, self._flash(time)
        right, up, corner = _rays(pose, width=self._width, height=self._height)
        frame_number = round(time * 240)
        grain_row, grain_column = frame_number * 91 % DITHER_SIDE, frame_number * 37
        return OceanView(
            right=right,
            up=up,
            forward=corner,
            eye=[pose.right, EYE_METRES + pose.up, pose.forward],
            sun=list(sun_direction(light)),
            disc=list(light.disc),
            disc_edge=light.disc_edge,
            zenith=list(light.zenith),
            middle=list(light.middle),
            horizon=list(light.horizon),
            glow=list(light.glow),
            halo=list(light.halo),
            cloud_shade=[part + flash * 0.5 for part in light.cloud_shade],
            cloud_light=list(light.cloud_light),
            cloud_drift=[moment * (0.12 + 0.6 * self._wind), moment * 0.15],
            cloud_cover=light.thickness,
            body=list(light.body),
            glint=list(light.glint),
            slope=self._slope,
            rough=self._rough,
            foam=min(1.0, max(0.0, self._wind - 0.5) * 2.5),
            veil=list(light.veil),
            veil_share=light.fog,
            veil_height=light.clears,
            haze_distance=light.sight,
            stars=light.stars,
            exposure=light.exposure * (1 + 0.5 * flash),
            fall=[light.fall, light.fall * 0.5],
            fall_shift=self._fall_shift(time),
            dither_row=grain_row,
            # The grains of red, green and blue are far apart, so that they do not add up to grey.
            dither_shift=[(grain_column + apart) % DITHER_SIDE for apart in (0, 85, 170)],
        )

    def _roughness(self) -> list[float]:
        """Return the deviation of the slopes that footprints of each size hide; see `OceanView.rough`."""
        octaves = ROUGH_FIRST_OCTAVE + (np.arange(N_ROUGH) + 0.5) / 4
        lost = np.zeros(N_ROUGH)
        fields = (self._swell, self._swell, self._chop, self._chop)
        for field, layer, strength in zip(fields, LAYERS, self._slope, strict=True):
            # A level serves footprints from one of its texels to two: half an octave more, in the middle.
            level = octaves + np.log2(layer.scale) - 0.5
            lost += strength**2 * np.interp(level, np.arange(len(field.lost)), field.lost)
        return [float(deviation) for deviation in np.sqrt(lost)]

    def _fall_tile(self, random: np.random.Generator, *, frame_height: int) -> Floats:
        if self._mood.weather is Weather.SNOW:
            return textures.snow(random, frame_height=frame_height)
        across, down = self._fall_speed()
        return textures.rain(random, slant=across / down, frame_height=frame_height)

    def _fall_speed(self) -> tuple[float, float]:
        across, down = _FALL_SPEED.get(self._mood.weather, _NO_FALL)
        return across * (0.3 + self._wind), down

    def _fall_shift(self, time: float) -> list[int]:
        across, down = self._fall_speed()
        near_x, near_y = time * across * self._height, -time * down * self._height
        shifts = (near_x, near_y, 1.2 * near_x, 1.2 * near_y)
        return [round(shift) % textures.FALL_SIDE for shift in shifts]

    def _flash(self, time: float) -> float:
        """Return the light of lightning at a moment: about one flash in four seconds of storm."""
        if self._mood.weather is not Weather.STORM:
            return 0.0
        second = int(time)
        chance, start = self._flashes[second % len(self._flashes)]
        age = time - second - 0.7 * start
        if chance > 0.25 or age < 0:
            return 0.0
        return float(np.exp(-9 * age) * (0.6 + 0.4 * np.cos(40 * age)))


def _rays(pose: Pose, *, width: int, height: int) -> tuple[list[float], list[float], list[float]]:
    """Return the steps to the next pixel right and up, and the direction through the top left pixel."""
    focal = height * (0.95 if width >= height else 0.75) * pose.focal
    pitch = pose.pitch + float(np.arctan(_HORIZON * height / focal))
    forward = np.array([np.sin(pose.yaw) * np.cos(pitch), np.sin(pitch), np.cos(pose.yaw) * np.cos(pitch)])
    right: npt.NDArray[np.float64] = np.array([np.cos(pose.yaw), 0.0, -np.sin(pose.yaw)])
    up = np.cross(forward, right)
    # The camera turns clockwise, so its right sinks.
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    right, up = right * cos - up * sin, up * cos + right * sin
    right, up = right / focal, up / focal
    corner = forward - right * (width - 1) / 2 + up * (height - 1) / 2
    return right.tolist(), up.tolist(), corner.tolist()
