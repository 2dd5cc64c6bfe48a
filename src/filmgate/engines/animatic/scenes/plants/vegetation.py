"""Draws plants on the ground of a place: what woods and meadows share."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.plants_view import MAX_PLANTS, Plants, PlantsTextures, PlantsView
from filmgate.engines.animatic.kernels.shading import CameraView, SkyView
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.drifting import Drifting
from filmgate.engines.animatic.scenes.mist import Air, Mist
from filmgate.engines.animatic.scenes.plants.herbarium import Herbarium
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import Texels

_NEAREST = 0.3
_MOST_PIXELS = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where plants grow; light is linear, see `PlantsView`."""

    eye_metres: float
    horizon: float
    edges: list[float]
    air: Air
    gloom: list[float]
    beam: list[float]
    ground: tuple[list[float], list[float], list[float]]
    patch: list[float]
    patchy: float
    path: list[float]
    path_light: tuple[list[float], list[float]]
    dapple: list[float]
    gust_shine: float
    drift: float
    shadows: list[list[float]] = field(default_factory=lambda: [[0.0] * 4] * 3)
    darkness: float = 0.0


def fineness(setting: Setting) -> float:
    """Return how much finer than for a frame of 720 rows the pictures of plants should be."""
    side = min(setting.width, setting.height)
    return 2.0 if side > 1200 else 1.0 if side > 400 else 0.5


class Vegetation:
    """Plants, their pictures and their place, ready to be drawn."""

    def __init__(
        self,
        setting: Setting,
        atmosphere: Atmosphere,
        place: Place,
        *,
        ground: Texels,
        pictures: Herbarium,
        plants: Plants,
        in_the_air: Sequence[Drifting],
    ) -> None:
        self._setting, self._atmosphere, self._place = setting, atmosphere, place
        sky = atmosphere.sky(0.0)
        self._mist = Mist(
            place.air,
            edges=place.edges,
            sun=(sky["sun"][0], sky["sun"][1], sky["sun"][2]),
            width=setting.width,
            height=setting.height,
            random=setting.random(0x3157),
        )
        self._ground, self._texels, self._pictures = ground, pictures.texels(), pictures.pictures()
        self._leafy = pictures.leafy()
        self._plants, self._in_the_air = plants, in_the_air
        self._rows = setting.kernels.named("plants", "plants_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        setting, atmosphere, place = self._setting, self._atmosphere, self._place
        camera = camera_view(setting, pose, eye_metres=place.eye_metres, horizon=place.horizon)
        moment = time * setting.mood.pace
        moving = [part.at(moment, eye=(pose.right, pose.forward)) for part in self._in_the_air]
        plants = self._seen(camera, np.concatenate(moving))
        view = self._view(camera, time, moment)
        textures = PlantsTextures(
            sky=atmosphere.sky_textures,
            film=atmosphere.film_textures,
            ground=self._ground,
            texels=self._texels,
            pictures=self._pictures,
            leafy=self._leafy,
            haze=self._mist.slabs(camera, moment=moment, wind=atmosphere.wind),
        )
        setting.in_bands(self._rows, (frame, setting.width), (view, textures, plants, len(plants)))

    def _seen(self, camera: CameraView, moving: Plants) -> Plants:
        """Return the plants that the frame may show, the nearest first, with the rows they touch."""
        # Each part by itself: to join all plants takes longer than to find the few in view.
        plants = np.concatenate([self._in_view(part, camera) for part in (self._plants, moving)])
        plants = plants[np.argsort(plants["z"], kind="stable")]
        return np.ascontiguousarray(plants[:MAX_PLANTS])

    def _in_view(self, plants: Plants, camera: CameraView) -> Plants:
        width, height = self._setting.width, self._setting.height
        deep = plants["z"] - camera["eye"][2]
        columns, rows = _outline(plants, camera, width=width, height=height)
        first_row = np.clip(np.floor(rows.min(axis=0)) - 1, 0, height)
        end_row = np.clip(np.ceil(rows.max(axis=0)) + 2, 0, height)
        inside = (columns.min(axis=0) < width) & (columns.max(axis=0) > -1) & (end_row > first_row)
        at = np.flatnonzero(inside & (deep > _NEAREST) & (deep < self._place.edges[-1]))
        seen = plants[at]
        seen["first_row"], seen["end_row"] = first_row[at], end_row[at]
        return seen

    def _view(self, camera: CameraView, time: float, moment: float) -> PlantsView:
        atmosphere, place = self._atmosphere, self._place
        sky = atmosphere.sky(time)
        speed = 0.25 + 1.2 * atmosphere.wind
        return PlantsView(
            camera=camera,
            sky=sky,
            air=atmosphere.air(),
            film=atmosphere.film(time),
            gloom=place.gloom,
            beam=place.beam,
            ground_shade=place.ground[0],
            ground_middle=place.ground[1],
            ground_top=place.ground[2],
            patch=place.patch,
            path_shade=place.path_light[0],
            path_top=place.path_light[1],
            dapple=place.dapple,
            patchy=place.patchy,
            path=place.path,
            side=float(np.clip(_sunwards(sky)[0] * 3, -1, 1)),
            gust=[moment * speed * rate % 1.0 for rate in (0.31, 0.47, 1.3)],
            gust_shine=place.gust_shine,
            drift=place.drift,
            edges=place.edges + [0.0] * (11 - len(place.edges)),
            sunwards=_sunwards(sky),
            shadows=place.shadows,
            darkness=place.darkness,
            n_slabs=len(place.edges) - 1,
            haze_columns=self._mist.n_columns,
            haze_rows=self._mist.n_rows,
        )


def _sunwards(sky: SkyView) -> list[float]:
    """Return the way to the sun over the ground, right and forward, of length 1."""
    right, _, forward = sky["sun"]
    flat = max(1e-3, float(np.hypot(right, forward)))
    return [right / flat, forward / flat]


def _outline(
    plants: Plants, camera: CameraView, *, width: int, height: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the columns and rows of the corners of each plant; shape (4, n)."""
    right, up, corner, eye = (np.array(camera[name]) for name in ("right", "up", "corner", "eye"))
    forward = corner + right * (width - 1) / 2 - up * (height - 1) / 2
    left, foot = plants["left"] - eye[0], plants["foot"] - eye[1]
    x = np.stack([left, left + plants["width"]] * 2)
    y = np.repeat(np.stack([foot, foot + plants["height"]]), 2, axis=0)
    z = plants["z"] - eye[2]
    deep = x * forward[0] + y * forward[1] + z * forward[2]
    columns, rows = (
        (x * way[0] + y * way[1] + z * way[2]) / ((way @ way) * np.maximum(deep, 1e-3)) for way in (right, up)
    )
    # What reaches behind the eye may touch any pixel.
    behind = (deep < 0.05).any(axis=0)
    edges = np.array((-_MOST_PIXELS, _MOST_PIXELS) * 2)[:, None]
    columns[:, behind], rows[:, behind] = edges, edges
    return (width - 1) / 2 + columns, (height - 1) / 2 - rows
