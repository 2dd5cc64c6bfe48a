"""Takes over the palette and the light of reference pictures."""

from collections.abc import Sequence

import cv2
import numpy as np

from filmgate.engines.animatic import textures
from filmgate.engines.animatic.casting.presence import Presence, always
from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.kernels.toning import ToningView, terms
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats

_MEASURED_SIDE = 160
# Dark, middle and bright parts have colours of their own: the lightness at their middles, and their spread.
_TONES, _SPREAD = np.array([18.0, 48.0, 78.0], np.float32), 18.0
# How far the scene goes towards the references: in lightness, and in colour.
_LIGHTNESS, _COLOUR = 0.5, 0.75
_QUANTILES = np.array([0.02, 0.2, 0.4, 0.6, 0.8, 0.98])
# Colours become this much more or less colourful at most.
_PALER, _STRONGER = 0.55, 1.6
# Colours that a scene may yet come to show count this much beside those it shows now.
_OTHERS = 0.15

_IDENTITY = np.zeros((10, 3), np.float32)
_IDENTITY[1, 0] = _IDENTITY[2, 1] = _IDENTITY[3, 2] = 1


class Styled:
    """A scene in the colours of reference pictures; `presence` says how far at a time, from 0 to 1."""

    def __init__(
        self,
        scene: Scene,
        references: Sequence[RGBFrame],
        *,
        size: tuple[int, int],
        seen_at: float,
        presence: Presence = always,
        drawing: Kernels | None = None,
    ) -> None:
        """Compare the scene's look at the moment `seen_at` with that of the references."""
        self._scene, self._presence = scene, presence
        frame = np.empty((size[1], size[0], 3), np.uint8)
        scene.draw(frame, time=seen_at, pose=Pose())
        self._weights = _weights(_lab_of([frame]), _lab_of(references))
        self._dither = textures.dither(np.random.default_rng(0))
        self._tone_rows = (drawing or kernels()).named("toning", "tone_rows")

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._scene.draw(frame, time=time, pose=pose)
        share = np.float32(self._presence(time))
        if share <= 0:
            return
        weights = _IDENTITY + share * (self._weights - _IDENTITY)
        of_red, of_green, of_blue = (np.ascontiguousarray(weights[:, part]) for part in range(3))
        number = round(time * 240)
        view = ToningView(
            of_red=of_red,
            of_green=of_green,
            of_blue=of_blue,
            dither=self._dither,
            dither_row=number * 91 % DITHER_SIDE,
            dither_column=number * 37 % DITHER_SIDE,
        )
        self._tone_rows(frame, frame.shape[1], 0, len(frame), view)


def _lab_of(pictures: Sequence[RGBFrame]) -> Floats:
    """Return colours of all pictures alike, in CIE Lab; shape (n, 3)."""
    side = (_MEASURED_SIDE, _MEASURED_SIDE)
    small = [cv2.resize(picture, side, interpolation=cv2.INTER_AREA) for picture in pictures]
    return np.concatenate([_to_lab(picture.astype(np.float32)).reshape(-1, 3) for picture in small])


def _weights(scene: Floats, references: Floats) -> Floats:
    """Return the weights of the polynomial that comes nearest to the transfer of colours."""
    grid = np.stack(np.meshgrid(*[np.linspace(0, 255, 7, dtype=np.float32)] * 3), axis=-1).reshape(-1, 1, 3)
    others = _to_lab(grid).reshape(-1, 3)
    before = np.concatenate([scene, others])
    after = _transferred(before, scene=scene, references=references)
    counts = np.concatenate(
        [np.full(len(scene), 1.0), np.full(len(others), _OTHERS * len(scene) / len(others))]
    )
    root = np.sqrt(counts)[:, None]
    matrix = terms(_to_rgb(before)).astype(np.float64) * root
    # Columns of very different size would make the least squares lose digits.
    scale = np.abs(matrix).max(axis=0)
    found, *_ = np.linalg.lstsq(matrix / scale, _to_rgb(after) * root, rcond=None)
    return np.asarray(found / scale[:, None], np.float32)


def _transferred(colours: Floats, *, scene: Floats, references: Floats) -> Floats:
    """Return the colours moved from the scene's statistics towards those of the references."""
    levels, wanted = (np.quantile(lab[:, 0], _QUANTILES) for lab in (scene, references))
    shift = np.interp(colours[:, 0], levels + 1e-3 * np.arange(len(levels)), wanted - levels)
    result = colours.copy()
    result[:, 0] += _LIGHTNESS * shift
    tones = _tones(colours[:, 0])
    for part in (1, 2):
        (middle, spread), (middle_wanted, spread_wanted) = (
            _colour_by_tone(lab, part=part) for lab in (scene, references)
        )
        wider = np.clip((spread_wanted + 2) / (spread + 2), _PALER, _STRONGER)
        moved = tones @ middle_wanted + (colours[:, part] - tones @ middle) * (tones @ wider)
        result[:, part] += _COLOUR * (moved - colours[:, part])
    return np.asarray(result, np.float32)


def _colour_by_tone(lab: Floats, *, part: int) -> tuple[Floats, Floats]:
    """Return mean and deviation of a or b for dark, middle and bright colours."""
    tones = _tones(lab[:, 0])
    whole_mean, whole_spread = float(lab[:, part].mean()), float(lab[:, part].std())
    # A tone that hardly occurs says little; the whole picture speaks for it.
    sure = 0.02 * len(lab)
    count = tones.sum(axis=0)
    mean = (tones.T @ lab[:, part] + sure * whole_mean) / (count + sure)
    square = (tones * (lab[:, part, None] - mean) ** 2).sum(axis=0)
    spread = np.sqrt((square + sure * whole_spread**2) / (count + sure))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)


def _tones(lightness: Floats) -> Floats:
    """Return to which share a lightness is dark, middle and bright; shape (n, 3)."""
    near = np.exp(-0.5 * ((lightness[:, None] - _TONES) / _SPREAD) ** 2)
    return np.asarray(near / near.sum(axis=1, keepdims=True), np.float32)


def _to_lab(levels: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(levels / 255, cv2.COLOR_RGB2Lab), np.float32)


def _to_rgb(lab: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(lab[:, None, :], cv2.COLOR_Lab2RGB)[:, 0] * 255, np.float32)
