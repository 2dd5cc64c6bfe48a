"""The kernel of woods and meadows in NumPy: what `plants.c` does, said plainly. A change belongs into both."""

from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.textures import Floats, Texels

GROUND_SIDE, GROUND_LEVELS, GROUND_WIDTHS = 512, 7, 6
N_EXTENTS, CELL = 32, 16
MAX_PLANTS, MAX_HAZE_COLUMNS, MAX_SLABS = 4096, 512, 10

PLANT = np.dtype(
    [(name, np.float32) for name in ("left", "foot", "z", "width", "height", "start", "turns")]
    + [(name, np.float32) for name in ("sway", "glow", "share", "girth", "bow")]
    + [(name, np.float32, 3) for name in ("shade", "middle", "top")]
    + [(name, np.int32) for name in ("picture", "first_row", "end_row")]
)
PICTURE = np.dtype([(name, np.int32) for name in ("start", "columns", "rows", "n_levels")])
Plants = npt.NDArray[Any]
Pictures = npt.NDArray[Any]


class PlantsView(TypedDict):
    camera: shading.CameraView
    sky: shading.SkyView
    air: shading.AirView
    film: shading.FilmView
    gloom: list[float]
    beam: list[float]
    ground_shade: list[float]
    ground_middle: list[float]
    ground_top: list[float]
    patch: list[float]
    path_shade: list[float]
    path_top: list[float]
    dapple: list[float]
    patchy: float
    path: list[float]
    side: float
    gust: list[float]
    gust_shine: float
    edges: list[float]
    n_slabs: int
    haze_columns: int
    haze_rows: int


class PlantsTextures(TypedDict):
    sky: shading.SkyTextures
    film: shading.FilmTextures
    ground: Texels
    texels: Texels
    pictures: Pictures
    extents: Floats
    haze: Floats
