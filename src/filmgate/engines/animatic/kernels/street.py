"""The street's kernel in NumPy: what `street.c` does, said plainly. A change belongs into both.

Sky and ground are painted first, then rectangles from far to near, each as far as it covers a pixel. Fronts
are walls with panes in a grid, behind which rays go on into rooms; pictures bring their own light. A wet
ground mixes in the street as a mirror shows it, sharp in puddles and smeared on asphalt.
"""

import numpy as np

from filmgate.engines.animatic.kernels import shading
from filmgate.engines.animatic.kernels.panels import Panels, light_texels
from filmgate.engines.animatic.kernels.shading import (
    Rays,
    Scalars,
    Vectors,
    mix,
    vector,
)
from filmgate.engines.animatic.kernels.street_faces import (
    EIGHT,
    FACADE,
    SHOP,
    covering,
    face_of,
    knots_of,
    meeting,
    reached,
    seen_by,
)
from filmgate.engines.animatic.kernels.street_fronts import front_light
from filmgate.engines.animatic.kernels.street_ground import lit_ground
from filmgate.engines.animatic.kernels.street_pictures import OwnLight
from filmgate.engines.animatic.kernels.street_view import StreetTextures, StreetView
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats, Texels


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
    fall = shading.fall_light(seen, view["film"], textures["film"]["fall"])
    # Rain and snow shine in the glow of lights.
    light += _glow(seen, view, textures["glow"]) * (1 + np.float32(view["caught"]) * fall)[:, None]
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
    if view["has_ground"]:
        _paint_backdrop(light, straight, seen, width, view, textures)
    else:
        _paint_mirrored_sky(light, seen, width, view, textures)
    # In this order pixels change to another level of pictures.
    order = ((seen.x // EIGHT * 3 + seen.y * 5 & 7) / 8 - 0.4375).astype(np.float32)
    for panel in panels:
        top = max(int(panel["first_row"]), first_row) - first_row
        end = min(int(panel["end_row"]), first_row + n_rows) - first_row
        if top < end:
            rows = slice(top * width, end * width)
            _paint(light[rows], straight[rows], order[rows], width, panel, view, textures)
    return light, seen


def _paint_backdrop(
    light: Vectors,
    straight: Vectors,
    seen: Rays,
    width: int,
    view: StreetView,
    textures: StreetTextures,
) -> None:
    """Paint what stands behind all rectangles: ground on one side of the horizon, sky on the other."""
    is_ground = seen.toward[:, 1] < 0
    light[~is_ground] = shading.sky_light(
        view["camera"],
        view["sky"],
        view["air"],
        textures["sky"],
        seen.toward[~is_ground],
        seen.grain[~is_ground],
    )
    if not is_ground.any():
        return
    where, rows = np.flatnonzero(is_ground), is_ground.reshape(-1, width)
    first, last = (
        np.repeat(rows.argmax(axis=1), width),
        np.repeat(width - 1 - rows[:, ::-1].argmax(axis=1), width),
    )
    knots = knots_of(where, first[where], last[where], width)
    light[where] = lit_ground(straight, where, knots, view, textures)


def _paint_mirrored_sky(
    light: Vectors, seen: Rays, width: int, view: StreetView, textures: StreetTextures
) -> None:
    """Paint the sky in a mirror, which has no stars."""
    pixels = np.arange(len(light))
    knots = knots_of(pixels, np.zeros_like(pixels), np.full_like(pixels, width - 1), width)
    unseen = view["sky"] | {"stars": 0.0}
    toward = seen.toward[knots.rays]
    still = np.zeros(len(toward), np.float32)
    sky = shading.sky_light(view["camera"], unseen, view["air"], textures["sky"], toward, still)
    light[:] = knots.between(sky)


def _paint(
    light: Vectors,
    straight: Vectors,
    order: Scalars,
    width: int,
    panel: np.void,
    view: StreetView,
    textures: StreetTextures,
) -> None:
    """Paint a rectangle over the light of the rays of its rows."""
    whole = face_of(panel, straight, view)
    if whole.reach < 1e-6:
        return
    cover = covering(whole)
    where = np.flatnonzero(cover > 0)
    if not len(where):
        return
    first, last = reached(whole, width)
    knots = knots_of(where, first[where], last[where], width)
    cover, met = cover[where], meeting(seen_by(whole, where))
    if panel["kind"] in (FACADE, SHOP):
        front = front_light(panel, (whole, straight), knots, met, view, textures)
        light[where] = mix(light[where], front, cover)
    else:
        own = OwnLight(whole, straight, knots, met, panel, view)
        own.paint(light, where, cover, order[where], textures["pictures"])


def _glow(seen: Rays, view: StreetView, glow: Floats) -> Vectors:
    """Return the glow of a coarse frame, between its texels."""
    step = view["glow_step"]
    (row, down), (column, right) = np.divmod(seen.y, step), np.divmod(seen.x, step)
    down, right = ((part / step).astype(np.float32)[:, None] for part in (down, right))
    left, next_one = (
        glow[row, place] * (1 - down) + glow[row + 1, place] * down for place in (column, column + 1)
    )
    return np.asarray(left + (next_one - left) * right, np.float32)
