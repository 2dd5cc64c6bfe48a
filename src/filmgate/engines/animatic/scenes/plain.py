"""Plains of sand or snow before distant land: what dunes and snowfields have in common."""

from dataclasses import dataclass, replace
from math import hypot

import numpy as np

from filmgate.engines.animatic.kernels.ground import GroundTextures, GroundView
from filmgate.engines.animatic.kernels.waves import STEP, ZERO
from filmgate.engines.animatic.light import Colour, Light
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.atmosphere import Atmosphere, camera_view
from filmgate.engines.animatic.scenes.land import billows, ridges
from filmgate.engines.animatic.scenes.panorama import Panorama, low_glow
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.textures import SKY_SIDE, Floats, Texels, levels_of, packed, rows_halved

EYE_METRES = 3.4
HORIZON = 0.02
# How bright what blows over the ground is, beside the ground.
_DUST = 1.45
_CLEAR_DISC = 30.0
_RELIEF_SIDE, _RELIEF_LEVELS = 256, 8


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What a plain is made of: the share of light that it throws back, and how it is shaped and blown about.

    `relief` scales undulations, hummocks, ripples and grains; `sunlit` is the share of the sun
    that no land takes away, and `aurora` the light of the curtains above. `drift` is how thickly the ground
    is blown over, and `gusts` how thick the air is with it.
    """

    shown: tuple[float, float, float]
    relief: tuple[float, float, float, float]
    sparkle: float
    drift: float
    sunlit: float = 1.0
    gusts: float = 0.0
    aurora: float = 0.0


class Plain:
    """A `Scene` of a plain around the camera and a panorama beyond it."""

    def __init__(
        self, setting: Setting, atmosphere: Atmosphere, panorama: Panorama, looks: Looks, *, ripples: Texels
    ) -> None:
        self._setting, self._atmosphere, self._panorama = setting, atmosphere, panorama
        self._looks, self._ripples = looks, ripples
        random = setting.random(0x6407)
        self._swells = relief(billows(random, side=_RELIEF_SIDE, cells=10, octaves=5))
        self._curtains = curtains(random)
        self._rows = setting.kernels.named("ground", "ground_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """Fill the frame; see `Scene`."""
        setting, atmosphere = self._setting, self._atmosphere
        view = self._view(time, pose)
        textures = GroundTextures(
            sky=atmosphere.sky_textures,
            film=atmosphere.film_textures,
            land=self._panorama.textures,
            ripples=self._ripples,
            swells=self._swells,
            curtains=self._curtains,
        )
        setting.in_bands(self._rows, (frame, setting.width), (view, textures))

    def _view(self, time: float, pose: Pose) -> GroundView:
        atmosphere, looks = self._atmosphere, self._looks
        moment = time * self._setting.mood.pace
        blown = moment * atmosphere.wind**1.5
        light, sky = atmosphere.light, atmosphere.sky(time)
        right, _, forward = sky["sun"]
        flat, dust = hypot(right, forward), self._dust()
        return GroundView(
            camera=camera_view(self._setting, pose, eye_metres=EYE_METRES, horizon=HORIZON),
            sky=sky,
            air=atmosphere.air(),
            film=atmosphere.film(time),
            land=self._panorama.view,
            shown=list(looks.shown),
            sun=[looks.sunlit * part for part in light.cloud_light],
            shade=list(atmosphere.ambient),
            glow=low_glow(light, sky),
            dust=dust,
            haze=[0.6 * veil + 0.4 * blown for veil, blown in zip(light.veil, dust, strict=True)],
            glow_way=[right / flat, forward / flat],
            relief=list(looks.relief),
            sparkle=looks.sparkle,
            drift=looks.drift,
            # What lies lower in a texture is seen to its left: the wind blows to the right.
            drift_shift=[-13 * blown, 2 * blown],
            gusts=looks.gusts,
            gust_shift=[-28 * blown, 3 * blown],
            aurora=looks.aurora,
            aurora_time=moment,
        )

    def _dust(self) -> list[float]:
        """Return the light of what blows over the ground, which the sun reaches from all sides."""
        light, ambient = self._atmosphere.light, self._atmosphere.ambient
        return [
            _DUST * shown * (shade + 0.6 * self._looks.sunlit * sun)
            for shown, shade, sun in zip(self._looks.shown, ambient, light.cloud_light, strict=True)
        ]


def glare(light: Light) -> float:
    """Return how much of a high and clear sun there is, from 0 to 1."""
    return float(np.sin(np.radians(light.elevation))) * min(max(light.disc) / _CLEAR_DISC, 1.0)


def glaring(light: Light) -> Light:
    """Return light in which shapes are seen: under a high and clear sun little comes from elsewhere."""
    by = glare(light)
    return replace(
        light,
        cloud_light=_scaled(light.cloud_light, 1 + 0.6 * by),
        cloud_shade=_scaled(light.cloud_shade, 1 - 0.35 * by),
        exposure=light.exposure * (1 - 0.38 * by),
    )


def _scaled(colour: Colour, by: float) -> Colour:
    red, green, blue = colour
    return by * red, by * green, by * blue


def relief(heights: Floats) -> Texels:
    """Return the slopes of a repeating tile of heights as waves have them; see `WaveField.slopes`."""
    wrapped = np.pad(heights, 1, mode="wrap")
    along_x = (wrapped[1:-1, 2:] - wrapped[1:-1, :-2]) / 2
    along_z = (wrapped[2:, 1:-1] - wrapped[:-2, 1:-1]) / 2
    slopes = np.stack([along_x, along_z], axis=2).astype(np.float32)
    slopes /= slopes.std()
    return packed(rows_halved(slopes, n_levels=_RELIEF_LEVELS), zero=ZERO, step=STEP)


def curtains(random: np.random.Generator) -> Texels:
    """Return the folds of an aurora and how they are bent; shape (2048, 1024), 0 to 1 in steps of 1/255."""
    folds = ridges(random, side=SKY_SIDE, cells=9, octaves=4)
    folds = np.clip(folds / np.quantile(folds, 0.995), 0, 1) ** 1.15
    patches = billows(random, side=SKY_SIDE, cells=5, octaves=3)
    folds = folds * np.clip(0.75 + 0.4 * patches, 0.1, 1)
    bends = np.clip(0.5 + 0.22 * billows(random, side=SKY_SIDE, cells=4, octaves=3), 0, 1)
    both = np.stack([folds, bends], axis=2).astype(np.float32)
    return packed(levels_of(both, n_levels=5), zero=0, step=1 / 255)
