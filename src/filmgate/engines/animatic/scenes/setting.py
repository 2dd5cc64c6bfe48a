"""What every scene is built from."""

from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from filmgate.engines.animatic.kernels.native import Kernel, Kernels
from filmgate.engines.animatic.prompts.mood import Mood

# Small pictures are drawn in few bands: to begin one takes as long as to draw several of their rows.
_BANDS, _BAND_ROWS = 16, 24


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A mood, a frame of `width` x `height` pixels, and the means to fill it.

    The same mood, size and seed give the same frames, by any number of `threads` and on either kind of
    `kernels` to within a level or two.
    """

    mood: Mood
    width: int
    height: int
    seed: int
    threads: Executor
    kernels: Kernels

    def random(self, purpose: int) -> np.random.Generator:
        """Return numbers of their own for each purpose, so that no part of a scene depends on another's."""
        return np.random.default_rng([self.seed, purpose])

    def in_bands(
        self, kernel: Kernel, target: tuple[Any, ...], shared: tuple[Any, ...], *, n_rows: int | None = None
    ) -> None:
        """Call `kernel(*target, first row, number of rows, *shared)` for all rows of the frame, or `n_rows`.

        All threads share the work; returns when it is done.
        """
        n_rows = self.height if n_rows is None else n_rows
        held = kernel.held(*shared)
        edges = np.linspace(0, n_rows, min(_BANDS, 1 + n_rows // _BAND_ROWS) + 1).astype(int)
        bands = [
            self.threads.submit(kernel, *target, int(top), int(bottom - top), *held)
            for top, bottom in pairwise(edges)
        ]
        for band in bands:
            band.result()
