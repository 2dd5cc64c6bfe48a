"""What is drawn once for a scene in space: gas, dust lanes, wisps, and the bands of a planet."""

from typing import NamedTuple

import numpy as np
import scipy.ndimage

from filmgate.engines.animatic.kernels.space import BAND_SIDE, GAS_SIDE, N_LEVELS, WISP_SIDE
from filmgate.engines.animatic.scenes.billows import smooth_noise
from filmgate.engines.animatic.textures import Floats, Texels, levels_of, packed


class Nebula(NamedTuple):
    """Textures of the flattened sky: two gases, dust and starlight, as square roots of what they are."""

    gas: Texels
    lanes: Texels


def nebula(random: np.random.Generator, *, side: int, storm: float, band: float) -> Nebula:
    """Draw a nebula whose bright part lies on one side, -1 left or 1 right.

    `storm` goes from 0 (calm) to 1 (torn), `band` is the share of a band of stars across the sky.
    """
    across, down = np.meshgrid(*2 * (np.linspace(-1, 1, GAS_SIDE),))
    tilt = side * (0.35 + 0.35 * random.random())
    along = across * np.cos(tilt) - down * np.sin(tilt)
    aside = across * np.sin(tilt) + down * np.cos(tilt)
    folds = [smooth_noise(random, side=GAS_SIDE, longest=500, slope=2.2) for _ in range(2)]
    reach = 34 + 50 * storm
    first, second = (
        _folded(smooth_noise(random, side=GAS_SIDE, longest=420, slope=1.75), folds, reach) for _ in range(2)
    )
    filaments = _folded(
        _ridges(smooth_noise(random, side=GAS_SIDE, longest=260, slope=1.7)), folds, 1.4 * reach
    )
    heart = np.exp(-(((along - 0.34 * side) / 0.40) ** 2) - ((aside + 0.08) / 0.30) ** 2)
    veil = np.exp(-((along / 0.9) ** 2) - ((aside - 0.05) / 0.36) ** 2)
    cloud = _hazy(_rising(0.34 * first + 0.80 * heart + 0.22 * veil - 0.32))
    red = cloud**2.0 * (0.30 + 1.0 * filaments) + 0.12 * heart**3
    blue = (
        _hazy(_rising(0.34 * second + 0.75 * np.roll(heart, int(-70 * side), axis=1) + 0.2 * veil - 0.30))
        ** 2.0
    )
    blue = blue * (0.40 + 0.6 * filaments) + 0.22 * heart**4
    river = np.exp(-(((aside + 0.05 * first) / 0.17) ** 2))
    lanes = _rising(0.8 * second - 0.75 * first + 1.3 * veil - 0.7) * (0.45 + 0.8 * filaments)
    lanes = lanes + band * 1.4 * np.exp(-(((aside + 0.07 * second) / 0.05) ** 2)) * _rising(0.5 + 0.8 * first)
    stars = (0.35 + 0.65 * band) * river * (0.6 + 0.25 * second) + 0.12 * veil
    return Nebula(gas=_roots(red, blue), lanes=_pair(np.clip(lanes, 0, 1), np.sqrt(np.clip(stars, 0, 1))))


def wisps(random: np.random.Generator) -> Texels:
    """Draw folded smoke, twice, each about the middle of 0 to 1 with a deviation of a fifth."""
    folds = [smooth_noise(random, side=WISP_SIDE, longest=200, slope=2.0) for _ in range(2)]
    first, second = (
        _folded(smooth_noise(random, side=WISP_SIDE, longest=128, slope=1.5), folds, 18.0) for _ in range(2)
    )
    both = np.stack([0.5 + 0.2 * first, 0.5 + 0.2 * second], axis=2).astype(np.float32)
    return packed(levels_of(both, n_levels=N_LEVELS), zero=0, step=1 / 255)


def bands(random: np.random.Generator, *, striped: float) -> Texels:
    """Draw a planet around its axis: how cloudy and how bright, by longitude and the latitude's sine.

    `striped` goes from 0 (continents and weather) to 1 (the bands of a gas giant).
    """
    rows = np.arange(BAND_SIDE)[:, None]
    swirl = smooth_noise(random, side=BAND_SIDE, longest=256, slope=1.8)
    fold = smooth_noise(random, side=BAND_SIDE, longest=400, slope=2.0)
    stretched = scipy.ndimage.gaussian_filter1d(swirl, 20, axis=1, mode="wrap")
    profile = scipy.ndimage.gaussian_filter1d(random.standard_normal(BAND_SIDE), 10, mode="wrap")
    profile = profile / profile.std() + 0.45 * scipy.ndimage.gaussian_filter1d(
        random.standard_normal(BAND_SIDE), 3, mode="wrap"
    )
    place = np.clip(rows + 10.0 * fold + 8.0 * stretched, 0, BAND_SIDE - 1)
    stripes = np.interp(place, np.arange(BAND_SIDE), profile) + 0.35 * stretched
    weather = 1.1 * _folded(swirl, [fold, stretched], 32.0)
    cloudy = striped * (0.5 + 0.27 * stripes) + (1 - striped) * _rising(0.25 + 0.6 * weather)
    bright = 0.5 + 0.12 * stretched + 0.10 * swirl + (1 - striped) * 0.15 * fold
    return _pair(np.clip(cloudy, 0, 1), np.clip(bright, 0, 1))


def _folded(field: Floats, folds: list[Floats], reach: float) -> Floats:
    """Return the field with every place taken from up to about `reach` texels away."""
    rows, columns = np.meshgrid(*(np.arange(length) for length in field.shape), indexing="ij")
    moved = [rows + reach * folds[0], columns + reach * folds[1]]
    return np.asarray(scipy.ndimage.map_coordinates(field, moved, order=1, mode="grid-wrap"), np.float32)


def _ridges(field: Floats) -> Floats:
    return np.asarray(np.exp(-2.6 * np.abs(field)), np.float32)


def _hazy(field: Floats) -> Floats:
    """Return the field with its own glow around it."""
    near, far = (scipy.ndimage.gaussian_filter(field, reach, mode="wrap") for reach in (9.0, 45.0))
    return np.asarray(0.62 * field + 0.22 * near + 0.22 * far, np.float32)


def _rising(field: Floats) -> Floats:
    """Hold the field within 0 and 1, without an edge at 0."""
    held = np.clip(field, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


def _roots(one: Floats, other: Floats) -> Texels:
    return _pair(np.sqrt(np.clip(one, 0, 1)), np.sqrt(np.clip(other, 0, 1)))


def _pair(one: Floats, other: Floats) -> Texels:
    both = np.stack([one, other], axis=2).astype(np.float32)
    return packed(levels_of(both, n_levels=N_LEVELS), zero=0, step=1 / 255)
