"""The street's kernel in NumPy: what `street.c` does, said plainly. A change belongs into both.

Sky and ground are painted first, then rectangles from far to near, each as far as it covers a pixel. Fronts
are walls with panes in a grid, behind which rays go on into rooms; pictures bring their own light. A wet
ground mixes in the street as a mirror shows it, sharp in puddles and smeared on asphalt.
"""

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.panels import Panels, between, light_texels, sample_light
from filmgate.engines.animatic.kernels.shading import (
    Rays,
    Scalars,
    Vectors,
    decay,
    level_of,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_fronts import PICTURE, Meeting, face_of, front_light, meeting
from filmgate.engines.animatic.kernels.street_ground import lit_ground
from filmgate.engines.animatic.kernels.street_view import StreetTextures, StreetView
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels

PICTURE_SIDE, PICTURE_LEVELS = 2048, 6


def street_map(
    light_map: Texels,
    width: int,
    first_row: int,
    n_rows: int,
    view: StreetView,
    textures: StreetTextures,
    panels: Panels,
    n_panels: int,
) -> None:
    """Fill `n_rows` of a picture in texels of light from `first_row` on."""
    del n_panels
    light, _ = _painted(width, first_row, n_rows, view, textures, panels)
    texels = light_texels(np.concatenate([light, np.zeros((len(light), 1), np.float32)], axis=1))
    light_map[first_row : first_row + n_rows] = texels.reshape(n_rows, width)


def street_rows(
    frame: RGBFrame,
    width: int,
    first_row: int,
    n_rows: int,
    view: StreetView,
    textures: StreetTextures,
    panels: Panels,
    n_panels: int,
) -> None:
    """Fill `n_rows` of the frame from `first_row` on."""
    del n_panels
    light, seen = _painted(width, first_row, n_rows, view, textures, panels)
    light += _glow(seen, view, textures["glow"])
    shading.expose(frame, light, seen, view["film"], textures["film"])


def _painted(
    width: int, first_row: int, n_rows: int, view: StreetView, textures: StreetTextures, panels: Panels
) -> tuple[Vectors, Rays]:
    """Return the light along the rays of some rows, before the film."""
    seen = shading.rays(width, first_row, n_rows, view["camera"], view["film"], textures["film"]["dither"])
    straight = (
        vector(view["camera"]["corner"])
        - np.outer(seen.y, vector(view["camera"]["up"]))
        + np.outer(seen.x, vector(view["camera"]["right"]))
    ).astype(np.float32)
    light = np.empty_like(seen.toward)
    is_ground = (seen.toward[:, 1] < 0) & bool(view["has_ground"])
    light[~is_ground] = shading.sky_light(
        view["camera"],
        view["sky"],
        view["air"],
        textures["sky"],
        seen.toward[~is_ground],
        seen.grain[~is_ground],
    )
    light[is_ground] = lit_ground(seen.toward[is_ground], view, textures)
    for panel in panels:
        top = max(int(panel["first_row"]), first_row) - first_row
        end = min(int(panel["end_row"]), first_row + n_rows) - first_row
        if top < end:
            rows = slice(top * width, end * width)
            _paint(light[rows], straight[rows], seen.grain[rows], panel, view, textures)
    return light, seen


def _paint(
    light: Vectors,
    straight: Vectors,
    grain: Scalars,
    panel: np.void,
    view: StreetView,
    textures: StreetTextures,
) -> None:
    """Paint a rectangle over the light of the rays of its rows."""
    face = face_of(panel, straight, view)
    if face.reach < 1e-6:
        return
    cover = between(face.across, face.beyond) * between(face.rise, face.above)
    where = np.flatnonzero((face.near.values > 1e-7) & (cover > 0))
    if not len(where):
        return
    cover, face = cover[where], face_of(panel, straight[where], view)
    met = meeting(panel, face, straight[where], view)
    if panel["kind"] == PICTURE:
        _paint_picture(light, where, cover, met, grain[where], panel, view, textures)
    else:
        front = front_light(panel, face, met, view, textures)
        light[where] = mix(
            light[where], shading.hazed(view["sky"], view["air"], met.toward, met.far, front), cover
        )


def _paint_picture(
    light: Vectors,
    where: np.ndarray,
    cover: Scalars,
    met: Meeting,
    grain: Scalars,
    panel: np.void,
    view: StreetView,
    textures: StreetTextures,
) -> None:
    """Paint a picture with its own light; its cover hides what is behind, none where it only glows."""
    wide, high = panel["texels_wide"] / panel["width"], panel["texels_high"] / panel["height"]
    texels = np.maximum(met.foot_u * wide, met.foot_v * high) * (np.float32(0.9) + np.float32(0.4) * grain)
    level = level_of(texels, PICTURE_LEVELS)
    small = np.float32(1) / (1 << level)
    first = (2 * PICTURE_SIDE - ((2 * PICTURE_SIDE) >> level)).astype(np.float32)
    left, top = panel["texel_u"] * small, panel["texel_v"] * small
    right = left + np.maximum(panel["texels_wide"] * small - 1, 0)
    bottom = top + np.maximum(panel["texels_high"] * small - 1, 0)
    u = left + met.u * wide * small - np.float32(0.5)
    v = bottom + 1 - (met.v - panel["base"]) * high * small - np.float32(0.5)
    texel = sample_light(textures["pictures"], u, v + first, left, top + first, right, bottom + first)
    cover = cover * unit(met.far * np.float32(0.5) - np.float32(0.6)) * panel["lit"]
    hides = (texel[:, 3] * cover)[:, None]
    own = texel[:, :3] * panel["tint"]
    clear = decay(-met.far / view["air"]["sight"]) * cover
    haze = shading.hazed(view["sky"], view["air"], met.toward, met.far, np.zeros_like(own))
    light[where] += own * clear[:, None] + hides * (haze - light[where])


def _glow(seen: Rays, view: StreetView, glow: Floats) -> Vectors:
    """Return the glow of a coarse frame, between its texels."""
    step = view["glow_step"]
    down = (seen.y + 0.5) / step + 0.5
    group = (seen.x + step // 2) // step
    to_right = ((seen.x + step // 2 - group * step + 0.5) / step)[:, None]
    row = np.floor(down).astype(np.int64)
    share = (down - row)[:, None]
    left, right = (
        glow[row, column] * (1 - share) + glow[row + 1, column] * share for column in (group, group + 1)
    )
    return np.asarray(left + (right - left) * to_right, np.float32)
