"""What stands and hangs in a street, with its own light: what `street_pictures.h` does, in NumPy."""

import numpy as np

from filmgate.engines.animatic.kernels.panels import sample_light
from filmgate.engines.animatic.kernels.shading import Levels, Scalars, Vectors, level_of, unit
from filmgate.engines.animatic.kernels.street_faces import (
    GLOW,
    Face,
    Knots,
    Meeting,
    Places,
    air_before,
    meeting,
    seen_by,
)
from filmgate.engines.animatic.kernels.street_view import StreetView
from filmgate.engines.animatic.textures import Texels

PICTURE_LEVELS = 6
_SOFT_TEXELS = 3.0
"""A glow is soft as long as a pixel covers fewer of its texels."""


class OwnLight:
    """A picture with its own light."""

    def __init__(
        self,
        whole: Face,
        straight: Vectors,
        knots: Knots,
        met: Meeting,
        panel: np.void,
        view: StreetView,
    ) -> None:
        self._knots, self._met, self._panel = knots, met, panel
        rays = straight[knots.rays]
        length = np.linalg.norm(rays, axis=1)
        self._tied = tied = meeting(seen_by(whole, knots.rays))
        far = tied.far * length
        self._air = air_before(view, rays / length[:, None], far)
        self._close = unit(far * np.float32(0.5) - np.float32(0.6)) * panel["lit"]
        self._texels = np.maximum(tied.wide * panel["texels_wide"], tied.high * panel["texels_high"])

    def paint(self, light: Vectors, where: Places, cover: Scalars, order: Scalars, pictures: Texels) -> None:
        """Paint it over light; its cover hides what is behind, none where it only glows."""
        knots, met, tied, panel = self._knots, self._met, self._tied, self._panel
        if panel["kind"] == GLOW and self._texels[0] < _SOFT_TEXELS:
            level = level_of(np.full_like(self._texels, self._texels[0]), PICTURE_LEVELS)
            glow = _pictured(pictures, panel, tied, level)[:, :3] * panel["tint"]
            light[where] += knots.between(glow * (self._close * self._air.clear)[:, None]) * cover[:, None]
            return
        level = level_of(
            self._texels[knots.left] * (np.float32(0.9) + np.float32(0.4) * order), PICTURE_LEVELS
        )
        texel = _pictured(pictures, panel, met, level)
        cover = cover * knots.between(self._close)
        hides = (texel[:, 3] * cover)[:, None]
        own = texel[:, :3] * panel["tint"] * (cover * knots.between(self._air.clear))[:, None]
        light[where] += own + hides * (knots.between(self._air.haze) - light[where])


def _pictured(pictures: Texels, panel: np.void, met: Meeting, level: Levels) -> Vectors:
    """Return the light and cover of a picture; its levels follow one another, each a quarter as large."""
    light = np.empty((len(level), 4), np.float32)
    wide, high = int(panel["texels_wide"]), int(panel["texels_high"])
    for one in np.unique(level):
        where, whole = level == one, 4 * wide * high
        first = int(panel["first_texel"]) + (whole - (whole >> 2 * one)) // 3
        columns, rows = wide >> one, high >> one
        page = pictures[first : first + rows * columns].reshape(rows, columns)
        u, v = met.s[where] * columns - np.float32(0.5), (1 - met.t[where]) * rows - np.float32(0.5)
        light[where] = sample_light(page, u, v, 0, 0, columns - 1, rows - 1)
    return light
