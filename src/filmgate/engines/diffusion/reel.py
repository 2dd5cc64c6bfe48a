"""The model's frames, shown as the clip that was asked for: interpolated, enlarged and trimmed."""

from math import floor

import numpy as np

from filmgate.engines.colour import RGBFrame
from filmgate.engines.diffusion.interpolation import Between
from filmgate.engines.diffusion.plan import Plan
from filmgate.engines.diffusion.scene import Footage
from filmgate.engines.picture import fit

# A frame so near to one of the model's own is that one: neither eyes nor 8 bits tell them apart.
_NEAR = 1 / 64


class Reel:
    """Draws the frames of a clip in their order."""

    def __init__(self, footage: Footage, *, chain: Plan) -> None:
        planned = (chain.n_reel, chain.height, chain.width, 3)
        assert footage.shape == planned, f"footage of {footage.shape} where {planned} was planned"
        self._footage = footage
        self._chain = chain
        self._between: tuple[int, Between] | None = None

    def draw(self, frame: RGBFrame, number: int) -> None:
        """Fill the clip's frame of this number."""
        shape = self._chain.shape
        np.copyto(frame, fit(self._at(number), width=shape.width, height=shape.height))

    def _at(self, number: int) -> RGBFrame:
        place = self._chain.place(number)
        before = min(floor(place), len(self._footage) - 1)
        share = float(place - before)
        if share < _NEAR or before + 1 == len(self._footage):
            return np.asarray(self._footage[before])
        if share > 1 - _NEAR:
            return np.asarray(self._footage[before + 1])
        if self._between is None or self._between[0] != before:
            self._between = before, Between(self._footage[before], self._footage[before + 1])
        return self._between[1].at(share)
