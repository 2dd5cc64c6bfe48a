from typing import TypedDict
import numpy as np
import numpy.typing as npt
from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.textures import Floats, Texels
FLOOR_SIDE, GRAIN_SIDE, LEVELS = 1024, 512, 6
FLOOR_METRES, FLOOR_STEP, BLADE_SCALE = 80.0, 0.025, 64.0
WAVES_METRES = 256 / 9


class UnderwaterView(TypedDict):
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
    lean: float
    bright: float
    blades: float
    every: int
    n_large: int


class UnderwaterTextures(TypedDict):
    film: shading.FilmTextures
    floor: Texels
    grain: Texels
    waves: Texels
    caustics: Texels
    blades: Texels
    points: Floats
    ends: npt.NDArray[np.int32]
