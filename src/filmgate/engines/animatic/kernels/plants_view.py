"""What the kernel of woods and meadows is handed: plants, their pictures, and the numbers of a frame."""

from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.textures import Floats, Texels

GROUND_SIDE, GROUND_LEVELS, GROUND_WIDTHS = 512, 7, 6
N_BANDS, BESIDE, BLOCK, CELL, MAX_PLANTS, MAX_SLABS, N_SHADOWS = 32, 16, 16, 16, 4096, 10, 3

PLANT = np.dtype(
    [(name, np.float32) for name in ("left", "foot", "z", "width", "height", "start", "turns")]
    + [(name, np.float32) for name in ("sway", "glow", "share", "girth", "bow")]
    + [(name, np.float32, 3) for name in ("shade", "middle", "top")]
    + [(name, np.int32) for name in ("picture", "first_row", "end_row")]
)
"""One plant, as the C structure `plant` has it; lengths in metres, colours in linear light.

It fills `width` from `left`, `height` from `foot`, at `z` forward. `turns` is how often its picture repeats
across, from the share `start` on, or the texels to a metre of height of a trunk's bark. The wind moves its
top by `sway`. `glow` is how much more light it sends against the sun, `share` its opacity. A `girth` above 0
makes it a trunk of that radius, bent by `bow`, with `share` of moss or snow. Light 0 of its picture is
`shade`, 1/2 is `middle` and 1 is `top`. Frame rows from `first_row` to before `end_row` may show it.
"""
PICTURE = np.dtype([(name, np.int32) for name in ("start", "columns", "rows", "n_levels")])
Plants = npt.NDArray[Any]
Pictures = npt.NDArray[Any]


class PlantsView(TypedDict):
    """All numbers of one frame; each name is a field of the C structure. Colours are in linear light.

    Unlit air is as bright as `gloom` times the sky behind it, and `beam` is the light of sunbeams in it. The
    ground has three colours by its light, a share `patchy` of it that of `patch`, and spots of sun on it add
    `dapple`. `path` is how far it winds (metres), its windings to a metre, half its width (metres) and its
    share. `side` is where the sun stands, from -1, left, to 1. `gust` are the phases of the wind's three
    waves, and `gust_shine` is how much they brighten the grass, as `drift` is how much its ripeness does.
    `edges` are the slabs' depths in metres. `sunwards` leads to the sun over the ground, right and forward.
    Each of three `shadows` is of a tree: where it stands (metres across and along that way), and one part by
    half its width and by the length of its shadow (metres); they take `darkness` of light, 0 to 1.
    """

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
    drift: float
    sunwards: list[float]
    shadows: list[list[float]]
    darkness: float
    edges: list[float]
    n_slabs: int
    haze_columns: int
    haze_rows: int


class PlantsTextures(TypedDict):
    """What is drawn with; each name is a field of the C structure.

    `ground` holds all levels of two fields, shape (6, 1024, 512), and `texels` all levels of all `pictures`,
    each of their rows followed by its first `BESIDE` columns once more. `leafy` tells by bits in which 64ths
    of its columns each picture has leaves, in bands of its rows, shape (pictures, 32). `haze` is what each
    slab lets through and how brightly beams light it, every `CELL` pixels; shape (slabs, rows, columns, 2).
    """

    sky: shading.SkyTextures
    film: shading.FilmTextures
    ground: Texels
    texels: Texels
    pictures: Pictures
    leafy: npt.NDArray[np.uint64]
    haze: Floats
