"""How a prompt's mood lights a picture: time of day, weather, tint, and light that is never quite still."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from filmgate.engines.animatic.falling import Falling
from filmgate.engines.animatic.pictures.projector import Lighting, nothing_falls
from filmgate.engines.animatic.prompts.mood import Mood, TimeOfDay, Weather
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.animatic.textures import Floats

_RGB = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Grade:
    """By what red, green and blue are multiplied, what is added to them, and how colourful they stay.

    `level` is the mean of a picture that needs no darkening more; `fog` hides what is far.
    """

    gain: _RGB = (1.0, 1.0, 1.0)
    veil: _RGB = (0.0, 0.0, 0.0)
    vividness: float = 1.0
    level: float = 255.0
    fog: float = 0.0
    fog_light: _RGB = (214.0, 220.0, 226.0)


_TIMES: Mapping[TimeOfDay, _Grade] = {
    TimeOfDay.DAWN: _Grade(gain=(0.98, 0.90, 0.92), veil=(12.0, 6.0, 9.0), vividness=0.94),
    TimeOfDay.GOLDEN: _Grade(gain=(1.06, 0.97, 0.80), veil=(6.0, 3.0, 0.0), vividness=1.05),
    TimeOfDay.SUNSET: _Grade(gain=(1.03, 0.90, 0.80), veil=(8.0, 2.0, 4.0), vividness=1.05),
    TimeOfDay.DUSK: _Grade(gain=(0.58, 0.60, 0.78), veil=(6.0, 5.0, 14.0), vividness=0.8, level=70.0),
    TimeOfDay.NIGHT: _Grade(gain=(0.27, 0.32, 0.43), veil=(2.0, 4.0, 8.0), vividness=0.5, level=40.0),
}
_WEATHERS: Mapping[Weather, _Grade] = {
    Weather.OVERCAST: _Grade(gain=(0.84, 0.86, 0.88), veil=(9.0, 10.0, 11.0), vividness=0.78),
    Weather.RAIN: _Grade(gain=(0.74, 0.77, 0.81), veil=(10.0, 12.0, 15.0), vividness=0.72, fog=0.28),
    Weather.STORM: _Grade(gain=(0.52, 0.56, 0.62), veil=(5.0, 7.0, 10.0), vividness=0.62, fog=0.22),
    Weather.SNOW: _Grade(gain=(0.74, 0.77, 0.82), veil=(16.0, 18.0, 22.0), vividness=0.74, fog=0.34),
    Weather.FOG: _Grade(gain=(0.95, 0.96, 0.98), veil=(6.0, 7.0, 8.0), vividness=0.8, fog=0.86),
    Weather.DUST: _Grade(
        gain=(0.98, 0.88, 0.72),
        veil=(10.0, 6.0, 0.0),
        vividness=0.8,
        fog=0.68,
        fog_light=(206.0, 160.0, 104.0),
    ),
}
_AS_IT_IS = _Grade()

# Light that breathes: by which share it goes up and down, and in how many seconds.
_BREATH, _BREATH_SECONDS = 0.03, 7.0
_FOG_SIDE = 256
_FLASH_SECONDS = 4.0
_DARKEST = 0.3


class Grading:
    """Lights pictures like `picture` (any size) in a mood, in frames of `height` pixels.

    `nodes` are the places of the mesh's nodes across and down in pixels.
    """

    def __init__(
        self, mood: Mood, picture: RGBFrame, *, nodes: tuple[Floats, Floats], height: int, seed: int
    ) -> None:
        random = np.random.default_rng([seed, 0x57111])
        self._mood = mood
        self._x, self._y = (np.asarray(places / height, np.float32) for places in nodes)
        self._time = _TIMES.get(mood.time_of_day, _AS_IT_IS)
        self._air = _WEATHERS.get(mood.weather, _AS_IT_IS)
        self._strength = mood.literal * (1 + 0.2 * mood.emphasis)
        brightness = float(picture.mean())
        self._gain = self._whole_gain(brightness)
        self._fog_light = self._seen_fog(picture)
        self._fog = _puffs(random) if self._air.fog else None
        self._flash_at = float(random.random())
        lit = float(self._gain.mean())
        self._falling = (
            Falling(
                mood,
                height=height,
                brightness=min(1.0, (0.25 + 0.75 * lit) * (0.35 + brightness / 170)),
                random=random,
            )
            if Falling.is_of(mood.weather)
            else None
        )

    def at(self, time: float, *, share: float, relief: Floats) -> Lighting:
        """Return the light at a moment, in seconds, of which `share` (0 to 1) has come about yet.

        `relief` is how near the picture is at each node, from -1 to 1.
        """
        mood = self._mood
        moment = time * mood.pace
        rows, columns = relief.shape
        strength = share * self._strength
        brighter = 1 + share * (_BREATH * _breath(self._x, self._y, moment) + 0.9 * self._flash(time))
        gain = (1 + share * (self._gain - 1))[None, :, None] * brighter[:, None, :]
        veil = np.zeros((rows, 3, columns), np.float32)
        for grade in (self._time, self._air):
            veil += strength * np.array(grade.veil, np.float32)[None, :, None]
        if self._fog is not None:
            hidden = strength * self._air.fog * self._thickness(moment, relief)
            hidden = np.clip(hidden, 0, 0.92)[:, None, :]
            gain, veil = gain * (1 - hidden), veil * (1 - hidden) + self._fog_light[None, :, None] * hidden
        vividness = 1 + strength * (self._time.vividness * self._air.vividness - 1)
        falls = (
            self._falling.at(time * min(mood.pace, 1.5), share=share) if self._falling else nothing_falls()
        )
        return Lighting(gain=gain, veil=veil, vividness=vividness, fall=falls)

    def _whole_gain(self, brightness: float) -> Floats:
        """Return what time, weather and tint multiply by; what is dark already is not darkened more."""
        gain = np.ones(3)
        for grade in (self._time, self._air):
            wanted = np.array(grade.gain)
            dark = float(wanted @ (0.2126, 0.7152, 0.0722))
            if dark * brightness < grade.level < 255:
                wanted = wanted * max(1.0, min(1.0, grade.level / max(brightness, 1.0)) / dark)
            gain *= 1 + self._strength * (wanted - 1)
        # Several dark things at once would leave nothing to see.
        gain *= max(1.0, _DARKEST / float(gain.mean()))
        gain *= 1 + self._mood.literal * (np.array(self._mood.tint) - 1)
        return np.asarray(gain, np.float32)

    def _seen_fog(self, picture: RGBFrame) -> Floats:
        """Return the light of fog: its own, by the light that the picture and the time of day leave it."""
        above = picture[: max(1, len(picture) // 2)].reshape(-1, 3).astype(np.float32)
        sky = np.percentile(above, 70, axis=0)
        own = np.array(self._air.fog_light, np.float32)
        mixed = 0.65 * own + 0.35 * sky
        bright = np.clip(float(sky.mean()) / 150, 0.25, 1.0)
        time = 1 + self._strength * (np.array(self._time.gain) - 1)
        return np.asarray(mixed * bright * time, np.float32)

    def _thickness(self, moment: float, relief: Floats) -> Floats:
        """Return how thick fog lies at each node: more where it is far, in puffs that drift."""
        assert self._fog is not None, "only asked for where there is fog"
        wind = 0.02 + 0.06 * self._mood.wind * (3.0 if self._mood.weather is Weather.DUST else 1.0)
        thick = np.zeros_like(relief)
        for scale, speed, weight in ((0.42, 1.0, 0.6), (0.9, 1.8, 0.4)):
            u = (self._x * scale - moment * wind * speed) * _FOG_SIDE % _FOG_SIDE
            v = (self._y * scale * 1.6 + moment * 0.006 * speed) * _FOG_SIDE % _FOG_SIDE
            puffs = cv2.remap(self._fog, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
            thick += np.float32(weight) * puffs
        return np.asarray((0.25 + 1.1 * thick) * (0.7 - 0.45 * relief), np.float32)

    def _flash(self, time: float) -> float:
        """Return the light of lightning: one flash in four seconds of storm, none in the first second."""
        if self._mood.weather is not Weather.STORM:
            return 0.0
        age = (time - 1.5 - 1.5 * self._flash_at) % _FLASH_SECONDS
        if time < 1.5 + 1.5 * self._flash_at:
            return 0.0
        return float(np.exp(-5 * age) * min(1.0, age * 30) * (0.7 + 0.3 * np.cos(30 * age)))


def _breath(x: Floats, y: Floats, moment: float) -> Floats:
    """Return broad light and shade that wander over the frame, from -1 to 1; `x` and `y` in frame heights."""
    turn = 2 * np.pi * moment / _BREATH_SECONDS
    wide, slanted = np.sin(1.9 * x + 0.8 * y - turn), np.sin(1.1 * y - 2.7 * x + 0.63 * turn + 1.7)
    return np.asarray(0.6 * wide + 0.4 * slanted, np.float32)


def _puffs(random: np.random.Generator) -> Floats:
    """Return soft noise from 0 to 1 that repeats at its edges; shape (256, 256)."""
    puffs = np.zeros((_FOG_SIDE, _FOG_SIDE), np.float32)
    for cells, weight in ((4, 1.0), (8, 0.55), (16, 0.3), (32, 0.14)):
        coarse = np.tile(random.random((cells, cells)).astype(np.float32), (3, 3))
        fine = cv2.resize(coarse, (3 * _FOG_SIDE, 3 * _FOG_SIDE), interpolation=cv2.INTER_CUBIC)
        puffs += weight * fine[_FOG_SIDE : 2 * _FOG_SIDE, _FOG_SIDE : 2 * _FOG_SIDE]
    low, high = np.percentile(puffs, (2, 98))
    return np.asarray(np.clip((puffs - low) / (high - low), 0, 1), np.float32)
