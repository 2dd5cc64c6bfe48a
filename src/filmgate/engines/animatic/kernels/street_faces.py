"""Rectangles along rows of pixels, and what changes slowly there: what `street_faces.h` does, in NumPy.

What changes slowly is reckoned at knots: for every eighth pixel of a row, those at the ends of a rectangle's
pixels held within them. In between it is interpolated.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.panels import Line, line_of
from filmgate.engines.animatic.kernels.shading import (
    Scalars,
    Vectors,
    clear_sky,
    decay,
    from_sun,
    mix,
    unit,
    vector,
)
from filmgate.engines.animatic.kernels.street_view import StreetView

FACADE, SHOP, PICTURE, GLOW = 0, 1, 2, 3
EIGHT = 8
_FARTHEST_STEPS = 1e4

Places = npt.NDArray[np.intp]
"""Where among the rays of some rows something is; shape (n,)."""


class Knots(NamedTuple):
    """The rays of knots, and of each pixel the knot on its left and the share of the way to the next."""

    rays: Places
    left: Places
    share: Scalars

    def between(self, values: Vectors) -> Vectors:
        """Return what lies at each pixel between the values of knots."""
        share = self.share if values.ndim == 1 else self.share[:, None]
        here = values[self.left]
        return np.asarray(here + (values[self.left + 1] - here) * share, np.float32)


class Face(NamedTuple):
    """What a rectangle is to the rays that are drawn."""

    near: Line
    across: Line
    beyond: Line
    rise: Line
    above: Line
    across_way: Vectors
    rise_way: Vectors
    inward: Vectors
    reach: np.float32
    sun: float


class Meeting(NamedTuple):
    """Where rays meet a rectangle: shares of its edges, those that a pixel covers, and lengths of the ray."""

    s: Scalars
    t: Scalars
    wide: Scalars
    high: Scalars
    far: Scalars


class Air(NamedTuple):
    """What the air before something lets through, and what it adds."""

    clear: Scalars
    haze: Vectors


def knots_of(pixels: Places, first: Places, last: Places, width: int) -> Knots:
    """Return the knots of pixels, of which each row has those from `first` to `last` and no others.

    `first` and `last` count from the row's first pixel, and are given for every one of `pixels`.
    """
    rows, columns = np.divmod(pixels, width)
    _, starts, row = np.unique(rows, return_index=True, return_inverse=True)
    low, high, begin = first[starts], last[starts], rows[starts] * width
    n_knots = high // EIGHT + 2 - low // EIGHT
    before = np.concatenate([[0], np.cumsum(n_knots)[:-1]])
    number = np.arange(n_knots.sum()) - np.repeat(before - low // EIGHT, n_knots)
    place = np.clip(number * EIGHT, np.repeat(low, n_knots), np.repeat(high, n_knots))
    return Knots(
        np.repeat(begin, n_knots) + place,
        before[row] + columns // EIGHT - low[row] // EIGHT,
        ((columns % EIGHT) / EIGHT).astype(np.float32),
    )


def face_of(panel: np.void, rays: Vectors, view: StreetView) -> Face:
    """Return what the rectangle is to unnormalised rays."""
    camera = view["camera"]
    origin = (panel["origin"] - vector(camera["eye"])).astype(np.float32)
    across, rise = panel["across"], panel["rise"]
    normal = _crossed(across, rise)
    reach = np.float32(normal @ origin)
    sign = np.float32(-1 if reach < 0 else 1)
    near, side, height = normal * sign, _crossed(rise, origin) * sign, _crossed(origin, across) * sign
    inward = near / np.linalg.norm(near)
    return Face(
        line_of(camera, near, rays),
        line_of(camera, side, rays),
        line_of(camera, near - side, rays),
        line_of(camera, height, rays),
        line_of(camera, near - height, rays),
        across / np.linalg.norm(across),
        rise / np.linalg.norm(rise),
        inward,
        reach * sign,
        max(0.0, -float(inward @ vector(view["sky"]["sun"]))),
    )


def seen_by(face: Face, places: Places) -> Face:
    """Return what the rectangle is to some of the rays."""
    near, across, beyond, rise, above = (
        line._replace(values=line.values[places])
        for line in (face.near, face.across, face.beyond, face.rise, face.above)
    )
    return face._replace(near=near, across=across, beyond=beyond, rise=rise, above=above)


def covering(face: Face) -> Scalars:
    """Return the share of each pixel that the rectangle covers."""
    inside = [unit(line.values * line.sharp + np.float32(0.5)) for line in face[1:5]]
    across, rise = (np.maximum(low + high - 1, 0) for low, high in (inside[:2], inside[2:]))
    return np.where(face.near.values > face.reach / np.float32(_FARTHEST_STEPS), across * rise, 0)


def reached(face: Face, width: int) -> tuple[Places, Places]:
    """Return for each ray the first and the last pixel of its row that the rectangle may cover.

    They lie no more than half a pixel outside of it. Where there are none, the last is before the first.
    """
    lines = face[:5]
    within = np.logical_and.reduce([line.values + np.float32(0.5) / line.sharp >= 0 for line in lines])
    rows = within.reshape(-1, width)
    first = np.where(rows.any(axis=1), rows.argmax(axis=1), width)
    last = width - 1 - rows[:, ::-1].argmax(axis=1)
    return np.repeat(first, width), np.repeat(np.where(rows.any(axis=1), last, -1), width)


def _crossed(one: Vectors, other: Vectors) -> Vectors:
    """Return the cross product of two vectors; NumPy's own takes ten times as long for so few numbers."""
    (a, b, c), (u, v, w) = one, other
    return np.array([b * w - c * v, c * u - a * w, a * v - b * u], np.float32)


def meeting(face: Face) -> Meeting:
    """Return where rays meet the rectangle; beside it, the nearest place on its edge."""
    shrink = 1 / np.maximum(face.near.values, face.reach / np.float32(_FARTHEST_STEPS))
    s, t = unit(face.across.values * shrink), unit(face.rise.values * shrink)
    near, across, rise = face.near, face.across, face.rise
    wide = np.abs(across.step - s * near.step) + np.abs(across.fall - s * near.fall)
    high = np.abs(rise.step - t * near.step) + np.abs(rise.fall - t * near.fall)
    return Meeting(s, t, wide * shrink, high * shrink, face.reach * shrink)


def air_before(view: StreetView, toward: Vectors, far: Scalars) -> Air:
    """Return what the air does along unit vectors, over so many metres."""
    air = view["air"]
    plain = clear_sky(view["sky"], np.zeros_like(far), from_sun(view["sky"], toward))
    light = mix(plain, vector(air["veil"]), np.full_like(far, air["share"]))
    clear = decay(-far / air["sight"])
    return Air(clear, light * (1 - clear)[:, None])
