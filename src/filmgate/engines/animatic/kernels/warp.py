"""The kernel of pictures in NumPy: what `warp.c` does, said plainly. A change belongs into both.

A mesh of nodes lies over the frame. Each says where in one or two pictures its colour comes from, how they
are mixed, by what the light is multiplied and what is added to it; between nodes everything changes evenly.
"""

from typing import TypedDict

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

U, V, GAIN, VEIL, U_SECOND, V_SECOND, SHARE, N_CHANNELS = 0, 1, 2, 5, 8, 9, 10, 11
"""What a node holds: places in texels, gains and veils of red, green and blue, the second picture's share."""

# Whole frames of all channels would take gigabytes; bands of so many rows do not.
_BAND = 64

Bytes = npt.NDArray[np.uint8]
RGBXTexels = npt.NDArray[np.uint32]
"""Shape (height, width): red in the lowest byte, then green and blue; the highest is not looked at."""


class WarpPicture(TypedDict):
    """A picture to sample; it has two rows and two columns at least."""

    texels: RGBXTexels
    width: int
    height: int


class WarpFall(TypedDict):
    """Rain, snow or dust: `n` layers of square tiles, shape (n, side, side), which repeat.

    `side` is a power of 2. A pixel (x, y) lies before the tile's texel (x + `x`, y + `y`), and its colour is
    replaced by `light` in the share of 255 that the texel says, times the layer's `share`.
    """

    tiles: Bytes
    n: int
    side: int
    x: list[int]
    y: list[int]
    share: list[float]
    light: list[float]


class WarpView(TypedDict):
    """All of one frame; each name is a field of the C structure.

    `mesh` has the shape (rows, N_CHANNELS, `n_columns`), its nodes are `step` pixels apart (8 to 64), and it
    reaches beyond the frame by one node on the right and below. `n_pictures` is 1 or 2. Where `is_lit` is 0
    gain, veil, fall and dither are left out. `vividness` multiplies the colours' distance from grey.
    """

    mesh: Floats
    step: int
    n_columns: int
    n_pictures: int
    is_lit: int
    first: WarpPicture
    second: WarpPicture
    fall: WarpFall
    vividness: float
    dither: Floats
    dither_row: int
    dither_column: int


def warp_rows(frame: RGBFrame, width: int, first_row: int, n_rows: int, view: WarpView) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    for top in range(first_row, first_row + n_rows, _BAND):
        rows = np.arange(top, min(top + _BAND, first_row + n_rows))
        at = _between_nodes(view, rows, width)
        shown = _sampled(view["first"], at[U], at[V])
        if view["n_pictures"] == 2:
            second = _sampled(view["second"], at[U_SECOND], at[V_SECOND])
            shown += (second - shown) * at[SHARE][:, :, None]
        if view["is_lit"]:
            shown = _lit(view, shown, at, rows)
        frame[top : top + len(rows)] = np.clip(shown + 0.5, 0, 255)


def _between_nodes(view: WarpView, rows: npt.NDArray[np.int_], width: int) -> Floats:
    """Return all channels at every pixel, on the pictures everywhere; shape (N_CHANNELS, rows, width)."""
    step, mesh = view["step"], view["mesh"]
    above, down = rows // step, (rows % step / step).astype(np.float32)[:, None, None]
    nodes = mesh[above] * (1 - down) + mesh[above + 1] * down
    for u, picture in ((U, view["first"]), (U_SECOND, view["second"])):
        nodes[:, u] = np.clip(nodes[:, u], 0, picture["width"] - 1.01)
        nodes[:, u + 1] = np.clip(nodes[:, u + 1], 0, picture["height"] - 1.01)
    columns = np.arange(width)
    left, across = columns // step, (columns % step / step).astype(np.float32)
    whole = nodes[:, :, left] * (1 - across) + nodes[:, :, left + 1] * across
    return np.asarray(np.moveaxis(whole, 1, 0), np.float32)


def _sampled(picture: WarpPicture, u: Floats, v: Floats) -> Floats:
    """Return colours from 0 to 255, mixed from the four texels around each place; shape (rows, width, 3)."""
    channels = picture["texels"].view(np.uint8).reshape(picture["height"], picture["width"], 4)
    return cv2.remap(channels, u, v, cv2.INTER_LINEAR)[:, :, :3].astype(np.float32)


def _lit(view: WarpView, shown: Floats, at: Floats, rows: npt.NDArray[np.int_]) -> Floats:
    grey = shown @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    shown = grey[:, :, None] + (shown - grey[:, :, None]) * np.float32(view["vividness"])
    shown = shown * np.moveaxis(at[GAIN : GAIN + 3], 0, 2) + np.moveaxis(at[VEIL : VEIL + 3], 0, 2)
    columns = np.arange(shown.shape[1])
    shown += (np.array(view["fall"]["light"], np.float32) - shown) * _fallen(view["fall"], rows, columns)
    grain_rows = (rows + view["dither_row"]) % DITHER_SIDE
    grain_columns = (columns + view["dither_column"]) % DITHER_SIDE
    return np.asarray(shown + view["dither"][np.ix_(grain_rows, grain_columns)][:, :, None], np.float32)


def _fallen(fall: WarpFall, rows: npt.NDArray[np.int_], columns: npt.NDArray[np.int_]) -> Floats:
    share = np.zeros((len(rows), len(columns), 1), np.float32)
    for layer in range(fall["n"]):
        tile_rows = (rows + fall["y"][layer]) % fall["side"]
        tile_columns = (columns + fall["x"][layer]) % fall["side"]
        share[:, :, 0] += fall["tiles"][layer][np.ix_(tile_rows, tile_columns)] * (fall["share"][layer] / 255)
    return share
