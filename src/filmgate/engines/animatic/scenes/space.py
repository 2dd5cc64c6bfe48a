"""A nebula, stars and a planet, in the light and weather of a mood."""

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.points import sorted_points
from filmgate.engines.animatic.kernels.shading import CameraView
from filmgate.engines.animatic.kernels.space import SpaceTextures, SpaceView
from filmgate.engines.animatic.prompts.mood import Weather
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.nebula import bands, nebula, wisps
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.scenes.space_moods import COSMOS, WORLDS, palette_of
from filmgate.engines.animatic.scenes.starfield import Meteors, Motes, Starfield
from filmgate.engines.animatic.textures import Floats

_PLANET_METRES = 70.0


class Space:
    """A `Scene` far from any ground."""

    def __init__(self, setting: Setting) -> None:
        """Make the textures, which takes about a second."""
        self._setting = setting
        self._atmosphere = Atmosphere(setting)
        self._palette = palette_of(setting.mood)
        self._cosmos = COSMOS[setting.mood.weather]
        random = setting.random(0x57A2)
        self._side = 1 if random.random() < 0.5 else -1
        self._world = WORLDS[int(random.integers(len(WORLDS)))]
        self._gas, self._lanes = nebula(
            random, side=-self._side, storm=self._cosmos.storm, band=self._palette.band
        )
        self._wisps = wisps(random)
        self._bands = bands(random, striped=self._world.striped)
        self._stars = Starfield(
            random,
            n_far=9000,
            n_near=int(1400 * self._cosmos.near),
            side=-self._side,
            band=0.3 + 0.3 * self._palette.band,
        )
        self._meteors = Meteors(random)
        self._ice = Motes(random, n=2600, box=(26.0, 18.0, 22.0))
        self._strikes = random.random((256, 2, 3))
        self._ring = 1.0 if self._world.striped > 0.5 and random.random() < 0.55 else 0.0
        self._place_planet(random)
        side = min(setting.width, setting.height)
        self._every = 1 if side < 300 else 2 if side < 1300 else 4
        self._rows = setting.kernels.named("space", "space_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting = self._setting
        moment = time * setting.mood.pace
        camera = camera_view(setting, pose, eye_metres=0.0, horizon=0.0)
        # The flight swings to and fro before what is far away, slower than anyone would see it turn.
        camera["eye"][0] += 5.0 * float(np.sin(0.035 * moment))
        camera["eye"][2] += 9.0 * float(np.sin(0.025 * moment))
        points = sorted_points(self._points(camera, time), width=setting.width, height=setting.height)
        view = self._view(time, camera, points.n_large)
        textures = SpaceTextures(
            film=self._atmosphere.film_textures,
            gas=self._gas,
            lanes=self._lanes,
            wisps=self._wisps,
            bands=self._bands,
            points=points.points,
            ends=points.ends,
        )
        setting.in_bands(self._rows, (frame, setting.width), (view, textures))

    def _points(self, camera: CameraView, time: float) -> Floats:
        setting, weather = self._setting, self._setting.mood.weather
        moment, side = time * setting.mood.pace, min(setting.width, setting.height)
        light = self._cosmos.stars * self._palette.stars
        shown = [
            self._stars.points(
                camera, gone=0.9 * moment, height=side, light=light, planet=self._planet, radius=self._radius
            )
        ]
        if weather is Weather.RAIN:
            shown.append(self._meteors.points(time=moment, width=setting.width, height=setting.height))
        if weather is Weather.SNOW:
            colour = np.array([0.75, 0.9, 1.05]) * (0.25 + 0.5 * self._palette.lit)
            drift = (-0.25, -0.12, -0.9)
            shown.append(
                self._ice.points(camera, time=moment, drift=drift, colour=colour, size=0.014, height=side)
            )
        return np.vstack(shown)

    def _flash(self, time: float, number: int) -> list[float]:
        """Return where gas flashes up, on the flattened sky, and how much brighter it is there."""
        if self._setting.mood.weather is not Weather.STORM:
            return [0.0, 0.0, 0.0]
        strike, age = divmod(time + 1.3 * number, 2.3 + 0.7 * number)
        across, up, light = self._strikes[int(strike) % len(self._strikes), number]
        return [float(1.4 * across - 0.7), float(up - 0.4), float((1 + 3 * light) * np.exp(-3.5 * age))]

    def _place_planet(self, random: np.random.Generator) -> None:
        width, height = self._setting.width, self._setting.height
        focal = height * (0.95 if width >= height else 0.75)
        half_width, half_height = np.arctan(width / 2 / focal), np.arctan(height / 2 / focal)
        size = 0.62 * min(half_width, half_height) + 0.06
        azimuth = self._side * min(0.62 * half_width, half_width - 0.35 * size)
        elevation = -0.30 * half_height if width >= height else -0.42 * half_height
        flat = np.cos(elevation)
        self._planet = _PLANET_METRES * np.array(
            [np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat]
        )
        self._radius = float(_PLANET_METRES * np.sin(size))
        tilt = self._side * (0.25 + 0.35 * random.random())
        pole = np.array([np.sin(tilt), np.cos(tilt), -0.28])
        self._pole = pole / np.linalg.norm(pole)
        prime = np.cross(self._pole, (1.0, 0.0, 0.0))
        self._prime = prime / np.linalg.norm(prime)
        self._east = np.cross(self._pole, self._prime)
        # The star stands as far around the planet as the hour says: before us by day, behind it at dawn.
        toward = self._planet / _PLANET_METRES
        inward = np.cross(toward, (0.0, 1.0, 0.0)) * self._side
        inward = inward / np.linalg.norm(inward) + 0.75 * np.array([0.0, 1.0, 0.0])
        inward = inward / np.linalg.norm(inward)
        turn = np.radians(self._palette.phase) if self._palette.phase > 30 else size * 1.03
        sun = np.cos(turn) * toward + np.sin(turn) * inward
        self._sun = sun / np.linalg.norm(sun)

    def _view(self, time: float, camera: CameraView, n_large: int) -> SpaceView:
        palette, cosmos, world = self._palette, self._cosmos, self._world
        moment = time * self._setting.mood.pace
        film = self._atmosphere.film(time)
        film["fall"] = [0.0, 0.0]
        film["exposure"] = 1.0

        return SpaceView(
            camera=camera,
            film=film,
            sun=_listed(self._sun),
            planet=_listed(self._planet),
            pole=_listed(self._pole),
            prime=_listed(self._prime),
            east=_listed(self._east),
            deep=_listed(palette.deep + cosmos.veil * palette.gas),
            gas=_listed(palette.gas, times=cosmos.gas),
            glow=_listed(palette.glow, times=cosmos.gas),
            haze=_listed(palette.haze * (0.55 + 0.45 * palette.band)),
            dust=_listed(palette.dust, times=cosmos.dusty),
            starlight=_listed(palette.starlight, times=palette.shine),
            light=_listed(palette.starlight, times=palette.lit),
            ground=_listed(world.ground),
            cloud=_listed(world.cloud),
            air=_listed(np.array(world.air) * palette.starlight, times=palette.lit),
            radius=self._radius,
            spin=moment * 0.7,
            ring=self._ring,
            churn=0.10 + 0.22 * cosmos.storm,
            dusty=1.3 + 2.2 * cosmos.dusty,
            contrast=0.9 + 0.8 * cosmos.storm,
            flash=[self._flash(time, number) for number in range(2)],
            flow=[moment * (1.0 + 3 * self._atmosphere.wind), moment * 0.7],
            n_large=n_large,
            every=self._every,
        )


def _listed(values: npt.ArrayLike, *, times: float = 1.0) -> list[float]:
    return [float(value) for value in np.asarray(values) * times]
