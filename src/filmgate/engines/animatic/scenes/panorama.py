"""Paints what stands far around the camera, once for a clip: land in the light and air of a setting."""

from collections.abc import Callable
from dataclasses import dataclass
from math import atan, ceil, hypot
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.ground import LOW_SKY
from filmgate.engines.animatic.kernels.panorama import BRIGHTEST, PanoramaTextures, PanoramaView
from filmgate.engines.animatic.kernels.shading import AirView, SkyView, Vectors
from filmgate.engines.animatic.light import Light
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, focal_pixels
from filmgate.engines.animatic.scenes.land import Land, laid_flat
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Floats

_WIDEST_FOCAL = 1 / 1.5
_LARGEST_TURN = 0.4
_MOST_AZIMUTH = 1.45
_LOWEST_SLOPE, _HIGHEST_SLOPE = -0.16, 0.95
_N_COLUMNS_AT_ONCE = 192
# Pixels between those whose distances are looked up, by the least fineness in texels to a radian.
_APART = ((1600, 8), (600, 4), (300, 2), (0, 1))
# Rays that pass so far beside or above the skyline, in radians, may meet it when the camera moves.
_MAY_PASS, _MAY_RISE = 0.04, 0.012
# Land in fog fades into the sky behind it when the air leaves less than one part in so many.
_LAST_SEEN = 25
AIR_TOP = 2600.0
# How thick and how lit clouds are on the whole.
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Spots:
    """Places on the land, all of shape (n,): in metres, with slopes along x and z, and how `steep` they are
    without what is finer than the land's grid.

    `flat_x` and `flat_z` are where tiles are looked up, see `laid_flat`. `out` says how far a spot stands out
    of finer ground, around 0, and `foot` how many metres a texel covers. `azimuth` and `rise`, the slope of
    the line of sight, say where it is seen. `grain` is 0 to 1.
    """

    x: Floats
    z: Floats
    height: Floats
    along_x: Floats
    along_z: Floats
    steep: Floats
    far: Floats
    flat_x: Floats
    flat_z: Floats
    out: Floats
    foot: Floats
    azimuth: Floats
    rise: Floats
    grain: Floats


Paint = Callable[[Spots], Vectors]
"""Returns the share of red, green and blue that each spot throws back; shape (n, 3)."""


class Panorama(NamedTuple):
    """Land as it is seen all around, without what it was painted from."""

    view: PanoramaView
    textures: PanoramaTextures


class Painter:
    """Paints land as it is seen from `eye_metres` above the middle, at the frame's own fineness."""

    def __init__(
        self,
        land: Land,
        paint: Paint,
        *,
        setting: Setting,
        atmosphere: Atmosphere,
        eye_metres: float,
        nearest: float,
        farthest: float,
        step: float = 0.004,
        air_top: float = AIR_TOP,
    ) -> None:
        """Look outwards from `nearest` to `farthest` metres, each step that share further than the last.

        The air is thinner by a factor of e every `air_top` metres up.
        """
        self._land, self._paint = land, paint
        self._setting, self._atmosphere = setting, atmosphere
        self._eye, self._air_top = eye_metres, air_top
        self._sky, self._air = atmosphere.sky(0), atmosphere.air()
        self._glow = np.array(low_glow(atmosphere.light, self._sky), np.float32)
        self._fineness = focal_pixels(setting) * 1.05
        self._every = next(every for least, every in _APART if self._fineness >= least)
        self._half = min(_azimuth_in_sight(setting), _MOST_AZIMUTH)
        n_columns = self._every * ceil(2 * self._half * self._fineness / self._every)
        self._azimuths = (np.arange(n_columns) / self._fineness - self._half).astype(np.float32)
        self._rises = np.arange(_LOWEST_SLOPE, _HIGHEST_SLOPE, 1 / self._fineness, dtype=np.float32)
        n_steps = int(np.log(farthest / nearest) / np.log1p(step))
        self._reach = (nearest * np.exp(np.arange(n_steps) * np.log1p(step))).astype(np.float32)

    def panorama(self) -> Panorama:
        """Return what is seen."""
        textures = self._painted()
        nearness = textures["nearness"]
        # A row more, since places are rounded to the nearest.
        n_filled = 2 + int(np.flatnonzero(nearness.any(axis=1)).max(initial=0))
        view = PanoramaView(
            origin=[0.0, self._eye, 0.0],
            left=-self._half,
            columns_per_radian=self._fineness,
            bottom=_LOWEST_SLOPE,
            rows_per_slope=self._fineness,
            nearest=1 / max(float(nearness.max()), 1 / float(self._reach[-1])),
            highest=max(0.0, _LOWEST_SLOPE + n_filled / self._fineness),
            shared=1 / self._every,
            n_columns=len(self._azimuths),
            n_rows=len(self._rises),
            n_shared=nearness.shape[1],
            every=self._every,
        )
        return Panorama(view, textures)

    def _painted(self) -> PanoramaTextures:
        every, shape = self._every, (len(self._rises), len(self._azimuths))
        light, nearness = np.zeros(shape, np.uint32), np.zeros((shape[0], shape[1] // every), np.float32)

        def paint(first: int) -> None:
            columns = slice(first, first + _N_COLUMNS_AT_ONCE)
            shared = slice(first // every, columns.stop // every)
            light[:, columns], near = self._columns(self._azimuths[columns], seed=first)
            nearness[:, shared] = near.reshape(shape[0], -1, every).max(axis=2)

        list(self._setting.threads.map(paint, range(0, shape[1], _N_COLUMNS_AT_ONCE)))
        across, up = (2 * int(turn * self._fineness) + 1 for turn in (_MAY_PASS / every, _MAY_RISE))
        around = cv2.dilate(nearness, np.ones((up, across), np.uint8))
        np.copyto(nearness, around, where=nearness == 0)
        return PanoramaTextures(light=light, nearness=nearness)

    def _columns(self, azimuths: Floats, *, seed: int) -> tuple[npt.NDArray[np.uint32], Floats]:
        """Return texels and nearness of some columns; shape (n_rows, n) each."""
        right, ahead = np.sin(azimuths)[:, None], np.cos(azimuths)[:, None]
        x, z = right * self._reach, ahead * self._reach
        heights = self._land.at(self._land.heights, x, z)
        rises = np.where(heights > 0, (heights - self._eye) / self._reach, np.float32(-9))
        highest = np.maximum.accumulate(rises, axis=1)
        skyline = highest[:, -1]
        seen = np.minimum(self._rises[None, :], skyline[:, None])
        first = np.stack([np.searchsorted(*each) for each in zip(highest, seen, strict=True)]).clip(
            1, len(self._reach) - 1
        )
        # Between the step before and the one that rises high enough lies the spot that is seen.
        here, before = (np.take_along_axis(rises, index, axis=1) for index in (first, first - 1))
        share = np.clip((seen - before) / np.maximum(here - before, 1e-6), 0, 1)
        far = self._reach[first - 1] + share * (self._reach[first] - self._reach[first - 1])
        above = (self._rises[None, :] - skyline[:, None]) * self._fineness
        cover = np.clip(0.5 - above, 0, 1)
        # Colours go on a little above the skyline, where texels are mixed with what is below it.
        is_seen = above < 2.5
        light = np.zeros((*cover.shape, 3), np.float32)
        random = np.random.default_rng([self._setting.seed, 0xFA2, seed])
        spots_x, spots_z = (np.asarray(side * far, np.float32) for side in (right, ahead))
        light[is_seen], clear = self._lit(spots_x[is_seen], spots_z[is_seen], far[is_seen], random)
        cover[is_seen] *= clear
        nearness = np.where(is_seen, 1 / far, 0).astype(np.float32)
        return _coded(light, cover, random).T, nearness.T

    def _lit(self, x: Floats, z: Floats, far: Floats, random: np.random.Generator) -> tuple[Vectors, Floats]:
        """Return the light of spots with the air before them, shape (n, 3), and what fog leaves of them."""
        land, light = self._land, self._atmosphere.light
        grids = (land.heights, *land.slopes, land.sunlit, land.open_sky)
        height, along_x, along_z, sunlit, open_sky = (land.at(grid, x, z) for grid in grids)
        steep = np.hypot(along_x, along_z)
        foot = np.asarray(far / self._fineness, np.float32)
        flat_x, flat_z = laid_flat(x, z, height=height, far=far)
        along_x, along_z, out = land.roughened(along_x, along_z, x=flat_x, z=flat_z, foot=foot)
        spots = Spots(
            x=x,
            z=z,
            height=height,
            along_x=along_x,
            along_z=along_z,
            steep=steep,
            far=far,
            flat_x=flat_x,
            flat_z=flat_z,
            out=out,
            foot=foot,
            azimuth=np.asarray(np.arctan2(x, z), np.float32),
            rise=np.asarray((height - self._eye) / far, np.float32),
            grain=random.random(len(x), np.float32),
        )
        shown = self._paint(spots)
        facing = facing_sun(self._sky, along_x, along_z)
        sun, sky = (np.array(colour, np.float32) for colour in (light.cloud_light, self._atmosphere.ambient))
        glowing = facing_glow(self._sky, along_x, along_z) * open_sky
        lit = np.outer(facing * sunlit, sun) + np.outer(open_sky, sky) + np.outer(glowing, self._glow)
        toward = np.stack([x, height - self._eye, z], axis=1)
        toward /= np.linalg.norm(toward, axis=1, keepdims=True)
        thinner = np.exp(-np.maximum(height, 0) / np.float32(self._air_top))
        return _in_air(self._sky, self._air, toward, far * thinner, shown * lit)


def facing_sun(sky: SkyView, along_x: Floats, along_z: Floats) -> Floats:
    """Return the share of the sun's light that ground of these slopes takes up.

    It is the cosine to the sun, a little wider, as rough ground has it; see `lit_ground` in `ground.c`.
    """
    right, up, forward = sky["sun"]
    lean = (up - right * along_x - forward * along_z) / np.sqrt(1 + along_x**2 + along_z**2)
    return np.asarray(np.maximum(0.9 * lean + 0.1, 0) * min(max(up * 20 + 0.2, 0), 1), np.float32)


def low_glow(light: Light, sky: SkyView) -> list[float]:
    """Return the light that the sky gives from the side where the sun is low; none from a high sun."""
    low = max(0.0, 1 - 4 * sky["sun"][1])
    return [0.5 * low * sum(parts) for parts in zip(light.horizon, light.glow, strict=True)]


def facing_glow(sky: SkyView, along_x: Floats, along_z: Floats) -> Floats:
    """Return the share of that light that ground of these slopes takes up, as `lit_ground` has it."""
    right, _, forward = sky["sun"]
    flat = hypot(right, forward)
    facing = LOW_SKY - (right * along_x + forward * along_z) / flat
    return np.asarray(np.maximum(facing, 0) / np.sqrt(1 + along_x**2 + along_z**2), np.float32)


def _in_air(
    sky: SkyView, air: AirView, toward: Vectors, far: Floats, light: Vectors
) -> tuple[Vectors, Floats]:
    """Return light with `far` metres of air before it, and the share of it that is not lost in fog.

    Clear air adds its own light. In fog land fades into what a sky of even clouds would be there: faded into
    the sky itself, its clouds and the gaps between them would seem to be before the land. Only what is lost
    almost wholly does.
    """
    # The sun's halo is far behind the land, but its glow is in the air before it.
    sky = {**sky, "halo": [0.12 * part for part in sky["halo"]], "disc": [0.0, 0.0, 0.0]}
    lost = 1 - shading.decay(-far / air["sight"])
    rise, apart = np.maximum(toward[:, 1], 0), shading.from_sun(sky, toward)
    clear = shading.clear_sky(sky, rise, apart)
    half = np.full_like(far, _HALF)
    clouds, cover = shading.cloud_light(sky, half, apart), shading.cloud_cover(sky, half, rise)
    veiled = shading.veiled(air, rise, shading.mix(clear, clouds, cover))
    between = shading.mix(clear, veiled, np.full_like(far, air["share"]))
    light = shading.mix(light, between, lost)
    hidden = 1 - shading.unit((1 - lost) * _LAST_SEEN)
    return light, 1 - hidden * min(1.0, 2 * air["share"])


def _azimuth_in_sight(setting: Setting) -> float:
    """Return how far to the side a camera sees that looks as widely and turns as far as it can."""
    focal = focal_pixels(setting) * _WIDEST_FOCAL
    return atan(hypot(setting.width, setting.height) / 2 / focal) + _LARGEST_TURN


def _coded(light: Vectors, cover: Floats, random: np.random.Generator) -> npt.NDArray[np.uint32]:
    """Pack square roots of light, and cover, into bytes; rounded at random, so that no band shows."""
    roots = np.sqrt(np.clip(light / BRIGHTEST, 0, 1)) * 255
    codes = np.floor(roots + random.random(light.shape, np.float32)).astype(np.uint32).clip(0, 255)
    covers = np.rint(cover * 255).astype(np.uint32)
    packed = codes[..., 0] | codes[..., 1] << 8 | codes[..., 2] << 16 | covers << 24
    return np.asarray(packed, np.uint32)
