"""A city street between shop fronts, wet or dry, in the light and weather of a mood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.panels import PANEL, MirrorView, Panels, light_of_texels
from filmgate.engines.animatic.kernels.shading import AirView, CameraView, FilmView, SkyView
from filmgate.engines.animatic.kernels.street_view import StreetTextures, StreetView
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.street.cladding import cladding
from filmgate.engines.animatic.scenes.street.light import grit_tile, lightmap, noise_tile
from filmgate.engines.animatic.scenes.street.lighting import Lighting
from filmgate.engines.animatic.scenes.street.measures import FRONT, ROAD_MIDDLE, Panel, picture
from filmgate.engines.animatic.scenes.street.mood import street_mood
from filmgate.engines.animatic.scenes.street.pictures import drawn
from filmgate.engines.animatic.scenes.street.plan import planned
from filmgate.engines.animatic.scenes.street.sheets import means_of
from filmgate.engines.animatic.scenes.street.view import Reflection, bounded, coarser, corners_of
from filmgate.engines.animatic.textures import Floats, Texels

EYE_METRES = 3.1
"""The camera's height at rest, over the roofs of cars; no travel of it reaches the ground."""

HORIZON = 0.15
# The glow is drawn for every so many eights of pixels, and spreads as far in frames of all sizes.
_EIGHT, _GLOW_ROWS = 8, 120
_N_CARS, _NEAREST_CAR, _ROUND, _CAR_SPEED = 5, 34.0, 190.0, 4.2
_CAR_WIDTH, _CAR_HEIGHT, _LANE = 4.8, 2.4, 2.7
_TOWN_GLOW = np.array((0.070, 0.046, 0.078))
"""The light of the town in its own air at night."""
_WINDOW_MEAN = [0.42, 0.32, 0.21]
_SIGHT = 900.0
_LIT_FALL, _CAUGHT = 0.9, 1.6
"""How much brighter rain and snow are where all lamps burn, and how much of the glow around them they add."""


@dataclass(frozen=True)
class _Standing:
    """The rectangles of a moment from far to near, and their corners."""

    panels: Panels
    corners: Floats


class Street:
    """A `Scene` of a street canyon."""

    def __init__(self, setting: Setting) -> None:
        """Draw its pictures and its light, which takes about a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        self._mood = mood = street_mood(setting.mood, self._atmosphere.light)
        random = setting.random(0x57EE)
        lighting = Lighting(
            ambient=mood.ambient, sun=mood.sun_light, lamps=mood.lamps, snow=mood.snow, season=mood.season
        )
        self._pictures = drawn(random, lighting)
        self._cladding = cladding(random, snow=mood.snow, dust=mood.dust)
        means = means_of(self._cladding)
        self._plan = planned(random, self._pictures.cuts, means, lit=0.42, cones=mood.cones)
        self._lightmap = lightmap(self._plan.emitters, self._plan.buildings, np.array(mood.sun))
        places = random.permutation(_N_CARS) + random.random(_N_CARS) * 0.6
        self._traffic = np.stack([places, places[::-1] + 0.3]) * (_ROUND / _N_CARS)
        self._ground, self._grain = noise_tile(random, blur=0.7), noise_tile(random, blur=1.1)
        self._grit = grit_tile(random, blur=0.8)
        self._rows = setting.kernels.named("street", "street_rows")
        self._map = setting.kernels.named("street", "street_map")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`.

        The street is drawn four times: as the wet ground mirrors it, sharp and smeared, then small for the
        glow of what is bright, and at last in full.
        """
        setting = self._setting
        width, height = setting.width, setting.height
        camera = camera_view(setting, pose, eye_metres=EYE_METRES, horizon=HORIZON)
        reflected = Reflection(camera, yaw=pose.yaw, width=width, height=height, wetness=self._mood.wetness)
        standing = self._standing(time)
        view, textures = self._view(time, camera, reflected), self._textures()
        view["has_ground"] = 0
        view["camera"] = reflected.camera(reflected.sharp)
        textures["mirror"] = self._mirrored(view, textures, standing, reflected.sharp)
        view["camera"] = reflected.camera(reflected.rough)
        textures["smear"] = self._mirrored(view, textures, standing, reflected.rough)
        view["has_ground"] = 1
        step = view["glow_step"]
        view["camera"] = coarser(camera, step)
        coarse = self._mapped(view, textures, standing, view["glow_width"], (height - 1) // step + 2)
        textures["glow"] = self._glow(light_of_texels(coarse))
        view["camera"], view["film"] = camera, self._film(time)
        seen = bounded(standing.panels, standing.corners, camera, width, height)
        setting.in_bands(self._rows, (frame, width), (view, textures, seen, len(seen)))

    def _mirrored(
        self, view: StreetView, textures: StreetTextures, standing: _Standing, mirror: MirrorView
    ) -> Texels:
        """Return what the wet ground shows."""
        return self._mapped(view, textures, standing, mirror["width"], mirror["height"])

    def _mapped(
        self, view: StreetView, textures: StreetTextures, standing: _Standing, width: int, height: int
    ) -> Texels:
        """Return what a view sees, in texels of light."""
        light = np.empty((height, width), np.uint32)
        seen = bounded(standing.panels, standing.corners, view["camera"], width, height)
        shared = (view, textures, seen, len(seen))
        self._setting.in_bands(self._map, (light, width), shared, n_rows=height)
        return light

    def _film(self, time: float) -> FilmView:
        """Return the film: where lamps burn, more light falls before it, and eyes stay used to light."""
        film = self._atmosphere.film(time)
        film["exposure"] /= self._atmosphere.light.adapted**self._mood.lamps
        film["fall"] = [light * (1 + _LIT_FALL * self._mood.lamps) for light in film["fall"]]
        return film

    def _glow(self, light: Floats) -> Floats:
        """Return the light that spreads in lens and air around what is bright."""
        high, wide = light.shape[:2]
        scale = min(high, wide) / _GLOW_ROWS
        brightest = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
        shine = light * np.clip(brightest * np.float32(1.2) - np.float32(0.6), 0, 1)[..., None]
        half, quarter = (
            cv2.resize(shine, (max(1, wide // by), max(1, high // by)), interpolation=cv2.INTER_AREA)
            for by in (2, 4)
        )
        close = cv2.GaussianBlur(shine, (0, 0), scale)
        middle, broad = (
            cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma * scale), (wide, high))
            for small, sigma in ((half, 1.3), (quarter, 3.2))
        )
        spreads = self._mood.spreads
        glow = 0.13 * close + (0.10 + 0.06 * spreads) * middle + (0.07 + 0.13 * spreads) * broad
        return np.ascontiguousarray(glow, np.float32)

    def _standing(self, time: float) -> _Standing:
        """Return the rectangles of a moment: the houses, and the cars where they are by then."""
        cars = list(self._cars(time * min(self._setting.mood.pace, 3.0)))
        keys = np.array([key for key, _ in cars])
        # Both go from far to near; a car belongs before the first that is nearer.
        where = np.searchsorted(-self._plan.keys, -keys)
        panels = np.insert(self._plan.panels, where, np.array([car for _, car in cars], PANEL))
        return _Standing(panels, corners_of(panels))

    def _cars(self, moment: float) -> Iterator[tuple[float, Panel]]:
        """Yield those that drive away on the right and those that come on the left, with their distance."""
        for kind, way, starts in (("tail", 1, self._traffic[0]), ("head", -1, self._traffic[1])):
            cuts = self._pictures.cuts[kind]
            for number, start in enumerate(starts):
                along = (start + way * _CAR_SPEED * moment) % _ROUND
                left, ahead = ROAD_MIDDLE + way * _LANE - _CAR_WIDTH / 2, _NEAREST_CAR + along
                car = picture(
                    cuts[number % len(cuts)],
                    left=left,
                    bottom=0.0,
                    ahead=ahead,
                    width=_CAR_WIDTH,
                    height=_CAR_HEIGHT,
                )
                # They fade in and out where their round begins again.
                car["lit"] = min(1.0, along / 12, (_ROUND - along) / 40)
                yield ahead, car

    def _textures(self) -> StreetTextures:
        unseen = np.zeros((1, 1), np.uint32)
        return StreetTextures(
            sky=self._atmosphere.sky_textures,
            film=self._atmosphere.film_textures,
            ground=self._ground,
            grain=self._grain,
            grit=self._grit,
            drawn=self._pictures.drawn,
            pictures=self._pictures.texels,
            cladding=self._cladding,
            rooms=self._plan.rooms,
            lightmap=self._lightmap,
            mirror=unseen,
            smear=unseen,
            glow=np.zeros((1, 1), np.float32),
        )

    def _view(self, time: float, camera: CameraView, reflected: Reflection) -> StreetView:
        """Return all that the four pictures of a moment share; nothing falls before the lens yet."""
        setting, mood = self._setting, self._mood
        film = self._atmosphere.film(time)
        film["fall"] = [0.0, 0.0]
        flash = film["exposure"] / self._atmosphere.light.exposure
        sky, air = self._town_air(time)
        step = _EIGHT * max(1, min(setting.width, setting.height) // (_EIGHT * _GLOW_ROWS))
        return StreetView(
            camera=camera,
            sky=sky,
            air=air,
            film=film,
            ambient=_listed(mood.ambient * (2 * flash - 1)),
            sun_light=_listed(mood.sun_light),
            window_mean=_WINDOW_MEAN,
            lamps=mood.lamps,
            wetness=mood.wetness,
            puddles=mood.puddles,
            snow=mood.snow,
            dust=mood.dust,
            rain=mood.rain,
            caught=_CAUGHT / self._atmosphere.light.fall if self._atmosphere.light.fall > 0 else 0.0,
            moment=time,
            drift=[time * (2 + 9 * self._atmosphere.wind), time * 3.1],
            road_middle=ROAD_MIDDLE,
            canyon=2 * FRONT,
            ahead=reflected.ahead,
            aside=reflected.aside,
            sharp=reflected.sharp,
            rough=reflected.rough,
            has_ground=0,
            glow_step=step,
            glow_width=(setting.width - 1) // step + 2,
        )

    def _town_air(self, time: float) -> tuple[SkyView, AirView]:
        """Return sky and air with the light of the town in them."""
        sky, air = self._atmosphere.sky(time), self._atmosphere.air()
        town = _TOWN_GLOW * self._mood.lamps * (0.4 + 0.6 * self._mood.spreads)
        sky["sun"] = self._mood.sun
        sky["horizon"] = _listed(sky["horizon"] + town)
        sky["middle"] = _listed(sky["middle"] + 0.5 * town)
        air["veil"] = _listed(air["veil"] + 1.3 * town)
        air["sight"] = min(air["sight"], _SIGHT)
        return sky, air


def _listed(numbers: npt.NDArray[np.floating[Any]]) -> list[float]:
    return [float(number) for number in numbers]
