"""Throws pictures onto frames, bent and lit over a mesh of nodes."""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from filmgate.engines.animatic import textures
from filmgate.engines.animatic.kernels.native import Kernels
from filmgate.engines.animatic.kernels.warp import (
    GAIN,
    N_CHANNELS,
    SHARE,
    U_SECOND,
    V_SECOND,
    VEIL,
    Bytes,
    U,
    V,
    WarpFall,
    WarpPicture,
    WarpView,
)
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

# Nodes are this far apart: near enough that the bending between them stays below a hundredth of a pixel, far
# enough that what is worked out for each costs next to nothing.
_STEP, _WIDE_STEP = 16, 32
_WIDE = 2560

NO_TILES: Bytes = np.zeros((1, 1, 1), np.uint8)


def nothing_falls() -> WarpFall:
    """Return a fall without layers."""
    return WarpFall(
        tiles=NO_TILES, n=0, side=1, x=[0, 0, 0], y=[0, 0, 0], share=[0.0, 0.0, 0.0], light=[0.0, 0.0, 0.0]
    )


@dataclass(frozen=True, kw_only=True)
class Slide:
    """A picture as it is thrown: its texels, and for every node of the mesh the place in them, in texels."""

    picture: WarpPicture
    u: Floats
    v: Floats


@dataclass(frozen=True, kw_only=True)
class Lighting:
    """How pictures are lit.

    `gain` multiplies and `veil`, of 0 to 255, is added; both are red, green and blue at every node, of the
    shape (rows, 3, columns), or what broadcasts to it. `vividness` multiplies the distance from grey.
    `fall` is what falls before the picture.
    """

    gain: Floats
    veil: Floats
    vividness: float = 1.0
    fall: WarpFall = field(default_factory=nothing_falls)


def warp_picture(picture: RGBFrame) -> WarpPicture:
    """Return the picture as the kernel samples it."""
    texels = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA).view(np.uint32)[:, :, 0]
    return WarpPicture(texels=texels, width=texels.shape[1], height=texels.shape[0])


class Projector:
    """Fills frames of one size. `x` and `y` are the pixels of the nodes; shape (rows, columns)."""

    def __init__(self, *, width: int, height: int, kernels: Kernels) -> None:
        self._width, self._height = width, height
        self._step = _STEP if width <= _WIDE else _WIDE_STEP
        columns, rows = (-(-side // self._step) + 1 for side in (width, height))
        self._mesh = np.zeros((rows, N_CHANNELS, columns), np.float32)
        across, down = (np.arange(n, dtype=np.float32) * self._step for n in (columns, rows))
        self.x: Floats = np.tile(across, (rows, 1))
        self.y: Floats = np.tile(down[:, None], (1, columns))
        self._dither = _dither()
        self._warp_rows = kernels.named("warp", "warp_rows")

    def project(
        self,
        frame: RGBFrame,
        first: Slide,
        second: Slide | None = None,
        *,
        share: float = 0.0,
        lighting: Lighting | None = None,
        number: int = 0,
    ) -> None:
        """Fill the frame with the first picture, and with `share` of the second, from 0 to 1.

        The dither differs from `number` to `number`.
        """
        mesh = self._mesh
        mesh[:, U], mesh[:, V] = first.u, first.v
        if second is not None:
            mesh[:, U_SECOND], mesh[:, V_SECOND], mesh[:, SHARE] = second.u, second.v, share
        if lighting is not None:
            mesh[:, GAIN : GAIN + 3], mesh[:, VEIL : VEIL + 3] = lighting.gain, lighting.veil
        view = WarpView(
            mesh=mesh,
            step=self._step,
            n_columns=mesh.shape[2],
            n_pictures=1 if second is None else 2,
            is_lit=int(lighting is not None),
            first=first.picture,
            second=(second or first).picture,
            fall=lighting.fall if lighting is not None else nothing_falls(),
            vividness=lighting.vividness if lighting is not None else 1.0,
            dither=self._dither,
            dither_row=number * 91 % DITHER_SIDE,
            dither_column=number * 37 % DITHER_SIDE,
        )
        self._warp_rows(frame, self._width, 0, self._height, view)


@cache
def _dither() -> Floats:
    return textures.dither(np.random.default_rng(0))
