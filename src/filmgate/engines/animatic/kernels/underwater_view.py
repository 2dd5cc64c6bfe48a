"""What the kernels of a reef take: the numbers of a frame, and what its rays meet."""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.textures import Floats, Texels


class UnderwaterView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure.

    `sun` is the direction towards the sun as it seems under water. `light` is the sun's and `ambient` all
    other light; `deep` and `upward` are the colours of open water below and above. `lost` is what water takes
    of red, green and blue in a metre, `surface` and `top` the heights of the surface and of the highest rock.
    `shafts` is the strength of the water's own light, `wave` and `ripple` the slopes of long and short waves,
    `sway` the angle of the weed's swing, and `bright` how much of the sun's light there is. `ember` is what
    glows by itself. `every` and `cell` are the pixels from ray to ray of the shafts and of the scouts.
    """

    camera: shading.CameraView
    film: shading.FilmView
    sky: shading.SkyView
    sun: list[float]
    light: list[float]
    ambient: list[float]
    deep: list[float]
    upward: list[float]
    sand: list[float]
    rock: list[float]
    coral: list[float]
    weed: list[float]
    ember: list[float]
    lost: list[float]
    surface: float
    top: float
    shafts: float
    ripple: float
    wave: float
    sway: float
    bright: float
    blades: float
    every: int
    cell: int
    n_large: int


class UnderwaterTextures(TypedDict):
    """What the rays meet; see `scenes.reef` and `points.Points`."""

    film: shading.FilmTextures
    heights: Texels
    face: Texels
    cover: Texels
    grain: Texels
    waves: Texels
    caustics: Texels
    blades: Texels
    points: Floats
    ends: npt.NDArray[np.int32]
