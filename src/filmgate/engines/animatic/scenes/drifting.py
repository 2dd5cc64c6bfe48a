"""Small things in the air that are elsewhere at every moment: falling leaves, fireflies."""

import numpy as np

from filmgate.engines.animatic.kernels.plants_view import Plants
from filmgate.engines.animatic.prompts.mood import Mood, Season, TimeOfDay, Weather

_KEEPS_FIREFLIES_DOWN = (Weather.RAIN, Weather.STORM, Weather.SNOW, Weather.DUST)
_SPAN = (36.0, 30.0)
"""Metres across and in depth after which what drifts out comes in again."""


class Drifting:
    """Many of one kind, around the camera wherever it goes.

    They drift at `speed` metres a second, to the right and up, below `top` metres, and swerve by `tumble`
    metres. What `blinks` is seen only now and then.
    """

    def __init__(
        self,
        things: Plants,
        random: np.random.Generator,
        *,
        speed: tuple[float, float],
        top: float,
        tumble: float,
        blinks: bool,
    ) -> None:
        n = len(things)
        self._things = things
        self._speed, self._top, self._tumble, self._blinks = speed, top, tumble, blinks
        self._start = random.random((3, n)) * np.array([[_SPAN[0]], [top], [_SPAN[1]]])
        self._pace = random.uniform(0.7, 1.3, n)
        self._phase = random.random((3, n)) * 2 * np.pi

    def at(self, moment: float, *, eye: tuple[float, float]) -> Plants:
        """Return them as they are after `moment` seconds, around an eye so far to the right and forward."""
        things = self._things.copy()
        swerve = [
            self._tumble * np.sin(rate * self._pace * moment + phase)
            for rate, phase in zip((1.7, 2.3, 1.1), self._phase, strict=True)
        ]
        x = self._start[0] + self._speed[0] * self._pace * moment + swerve[0]
        y = (self._start[1] + self._speed[1] * self._pace * moment + 0.4 * swerve[1]) % self._top
        z = self._start[2] + 0.5 * swerve[2]
        things["left"] = eye[0] + (x - eye[0]) % _SPAN[0] - _SPAN[0] / 2
        things["foot"] = y
        things["z"] = eye[1] + 1.5 + (z - eye[1]) % _SPAN[1]
        if self._blinks:
            things["share"] = np.clip(np.sin(1.9 * self._pace * moment + self._phase[0]) * 2 - 0.7, 0, 1)
        return things


def fireflies_are_out(mood: Mood) -> bool:
    """Say whether fireflies shine where there are any: on dry nights, and not in winter."""
    is_dark = mood.time_of_day in (TimeOfDay.NIGHT, TimeOfDay.DUSK)
    return is_dark and mood.season is not Season.WINTER and mood.weather not in _KEEPS_FIREFLIES_DOWN
