"""The light around a subject, measured in the scene it is put into, and the subject in that light."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.casting.cutout import Cutout
from filmgate.engines.animatic.prompts.mood import Mood, Weather
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import RGBAPicture

_Colour = npt.NDArray[np.float32]
"""Shape (3,): linear red, green and blue, 1 for white."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_MEASURED_WIDTH = 192
# A scene of this mean light is as bright as pictures are usually taken; how far brightness and colour go
# with the scene; and the bounds, so that a subject stays to be seen.
_MIDDLE = 0.17
_FOLLOWS, _COLOURS = 0.68, 0.55
_DARKEST, _BRIGHTEST = 0.06, 1.12
# In the dark eyes see less colour.
_PALEST = 0.4
# Against the light the side that is turned to the camera lies in the shade.
_SHADED = 0.62
# The share of the brightest pixels that are taken for the source of light.
_SOURCE = 0.02
_RIM = 0.5
_HAZE: Mapping[Weather, float] = {
    Weather.FOG: 0.42,
    Weather.DUST: 0.34,
    Weather.SNOW: 0.20,
    Weather.STORM: 0.16,
    Weather.RAIN: 0.15,
    Weather.OVERCAST: 0.07,
}
"""How much of the air's colour lies over a subject at its usual distance."""
_CLEAR_HAZE = 0.04


@dataclass(frozen=True, kw_only=True)
class SurroundLight:
    """What falls on a subject from above and from below, and from where the light comes.

    `above` and `below` multiply linear light. `source` is where the brightest part of the frame is, from its
    middle to the right and up, in half its width and height; `rim` is its colour. `haze` and `air` are the
    share and the colour of what lies between, as the frame shows it (0 to 1, not linear).
    """

    above: _Colour
    below: _Colour
    rim: _Colour
    source: tuple[float, float]
    haze: float
    air: _Colour

    @classmethod
    def in_frame(cls, frame: RGBFrame, mood: Mood) -> "SurroundLight":
        """Measure the light of a scene in a frame of it."""
        rows = max(8, round(_MEASURED_WIDTH * frame.shape[0] / frame.shape[1]))
        small = np.asarray(cv2.resize(frame, (_MEASURED_WIDTH, rows), interpolation=cv2.INTER_AREA), np.uint8)
        light = linear(small)
        level = light @ _LUMINANCE
        bright = level >= np.quantile(level, 1 - _SOURCE)
        down, across = np.nonzero(bright)
        # A sun in the frame lights nothing that its own few pixels should speak for.
        evenly = np.minimum(light, 4 * float(level.mean()))
        whole = evenly.mean(axis=(0, 1))
        halves = (evenly[: rows // 2].mean(axis=(0, 1)), evenly[rows // 2 :].mean(axis=(0, 1)))
        contrast = float(np.clip(level[bright].mean() / max(float(level.mean()), 1e-4) / 4 - 0.35, 0, 1))
        above, below = ((1 - _SHADED * contrast) * _falling(0.5 * half + 0.5 * whole) for half in halves)
        band = small[round(0.42 * rows) : round(0.58 * rows)]
        return cls(
            above=above,
            below=below,
            rim=np.asarray(_RIM * contrast * light[bright].mean(axis=0), np.float32),
            source=(
                float(2 * across.mean() / (_MEASURED_WIDTH - 1) - 1),
                float(1 - 2 * down.mean() / (rows - 1)),
            ),
            haze=mood.literal * _HAZE.get(mood.weather, _CLEAR_HAZE),
            air=np.asarray(band.mean(axis=(0, 1)) / 255, np.float32),
        )

    def on(self, cutout: Cutout) -> RGBAPicture:
        """Return the subject in this light, its colours multiplied by its opacity."""
        rows = len(cutout.colour)
        down = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
        gain = self.above * (1 - down) + self.below * down
        lit = linear(cutout.colour)
        grey = (lit @ _LUMINANCE)[:, :, None]
        vivid = min(1.0, _PALEST + (1 - _PALEST) * float(gain.mean()) / 0.6)
        lit = np.asarray((grey + (lit - grey) * vivid) * gain, np.float32)
        if cutout.has_outline:
            lit += self._rim_of(cutout)[:, :, None] * self.rim * (0.35 + grey)
        seen = displayed(lit)
        seen += (self.air - seen) * self.haze
        opacity = cutout.opacity[:, :, None]
        premultiplied = np.rint(seen * opacity)
        return np.ascontiguousarray(np.concatenate([premultiplied, opacity], axis=2).astype(np.uint8))

    def _rim_of(self, cutout: Cutout) -> Floats:
        """Return how much of the edge that faces the light each pixel is, from 0 to 1."""
        solid = cutout.opacity.astype(np.float32) / 255
        reach = max(2.0, 0.02 * max(solid.shape))
        x, y = self.source
        far = max(float(np.hypot(x, y)), 0.25)
        shift = np.array([[1, 0, -reach * x / far], [0, 1, reach * y / far]], np.float32)
        size = (solid.shape[1], solid.shape[0])
        behind = cv2.GaussianBlur(cv2.warpAffine(solid, shift, size), (0, 0), 0.6 * reach)
        return np.asarray(np.clip(solid - behind, 0, 1), np.float32)


def _falling(light: _Colour) -> _Colour:
    """Return what a subject's colours are multiplied by where this much light is around."""
    level = max(float(light @ _LUMINANCE), 1e-4)
    strength = float(np.clip((level / _MIDDLE) ** _FOLLOWS, _DARKEST, _BRIGHTEST))
    colour = np.clip(light / level, 0.05, 4.0) ** _COLOURS
    return np.asarray(strength * colour / float(colour @ _LUMINANCE), np.float32)


def linear(picture: RGBFrame) -> Floats:
    """Return linear light from 0 to 1 of sRGB bytes (IEC 61966-2-1)."""
    levels = np.arange(256, dtype=np.float32) / 255
    table = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return np.asarray(table.astype(np.float32)[picture], np.float32)


def displayed(light: Floats) -> Floats:
    """Return sRGB from 0 to 1 of linear light; what is brighter than white is white."""
    light = np.clip(light, 0, 1)
    return np.asarray(
        np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055), np.float32
    )
