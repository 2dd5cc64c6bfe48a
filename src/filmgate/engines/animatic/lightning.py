"""When lightning strikes: one schedule, for the picture to flash and the sound to thunder by."""

import numpy as np

_PURPOSE = 0x11F
_SECONDS = 600
_CHANCE = 0.25


class Lightning:
    """The strikes of one storm: about one in four seconds, the same for the same seed.

    The schedule begins again after ten minutes.
    """

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng([seed, _PURPOSE])
        self._strikes = random.random(_SECONDS) < _CHANCE
        self._delays = 0.7 * random.random(_SECONDS)

    def strike_in(self, second: int) -> float | None:
        """Return when lightning strikes within this second of the scene; None where it does not."""
        place = second % _SECONDS
        return second + float(self._delays[place]) if self._strikes[place] else None

    def glow(self, time: float) -> float:
        """Return the light at a moment, from 0 to 1: a strike flickers and is gone within a second."""
        struck = self.strike_in(int(time))
        if struck is None or time < struck:
            return 0.0
        age = time - struck
        return float(np.exp(-9 * age) * (0.6 + 0.4 * np.cos(40 * age)))
