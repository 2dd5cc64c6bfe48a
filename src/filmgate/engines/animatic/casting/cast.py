"""Puts given subjects into a scene: in its light, on its ground, before its camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sin, tau

import cv2
import numpy as np

from filmgate.engines.animatic.casting.cutout import Cutout
from filmgate.engines.animatic.casting.footing import Footing, Spot, Surface
from filmgate.engines.animatic.casting.presence import Presence, always
from filmgate.engines.animatic.casting.sprite import Layer, Sprite
from filmgate.engines.animatic.casting.surround_light import SurroundLight
from filmgate.engines.animatic.falling import Falling
from filmgate.engines.animatic.pictures.lens import Matrix
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import RGBAPicture

_SPOTS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0.0, 1.0),),
    ((-0.20, 1.06), (0.21, 1.0)),
    ((-0.29, 1.0), (0.01, 1.10), (0.30, 1.04)),
)
"""For one, two and three subjects: places across in widths from the middle, and how much farther off."""
# The most that one of so many subjects takes of the width, in wide and tall frames, and of the height.
_WIDTHS, _TALL_WIDTHS, _HEIGHT = (0.5, 0.36, 0.26), (0.72, 0.38, 0.26), 0.56
# The picture is kept finer than it is drawn at rest, for a camera that comes closer.
_FINENESS = 1.7
LONGEST_SIDE = 2400
"""What a subject needs to have of pixels at most, in frames of 3840x2160."""

_SHADOW, _SHADOW_TEXELS = 0.7, 128
_SHADOW_WIDTH, _SHADOW_DEPTH = 1.25, 0.42
_REFLECTION, _REFLECTION_TEXELS = 0.42, 360
# The share of its height over which what swims is lost in the water.
_SUNK = 0.045
# How far what floats goes up and down, as shares of its height, how far it leans, and how long that takes.
_BOB: dict[Surface, tuple[float, float]] = {Surface.NOTHING: (0.022, 0.022), Surface.WATER: (0.012, 0.016)}
_BOB_SECONDS = 5.3


class WithCast:
    """A scene with up to three subjects in it.

    `presence` says how much of them is there at a time, from 0 to 1.
    """

    def __init__(
        self,
        scene: Scene,
        cast: Sequence[Cutout],
        *,
        footing: Footing,
        mood: Mood,
        size: tuple[int, int],
        seed: int,
        lit_at: float,
        presence: Presence = always,
    ) -> None:
        """Light the subjects as the scene is lit at the moment `lit_at`, in frames of `size`."""
        self._scene, self._size, self._presence = scene, size, presence
        self._footing = footing
        frame = np.empty((size[1], size[0], 3), np.uint8)
        scene.draw(frame, time=lit_at, pose=Pose())
        light = SurroundLight.in_frame(frame, mood)
        self._weather = _Fall.of(mood, frame, height=size[1], seed=seed)
        is_wet = footing.surface is Surface.WATER or (footing.surface is Surface.GROUND and mood.is_wet)
        self._subjects = [
            _Subject(cutout, spot, light=light, footing=footing, size=size, n=len(cast), is_wet=is_wet)
            for cutout, spot in zip(cast, _spots(len(cast), width=size[0]), strict=True)
        ]
        # What is nearer is drawn later.
        self._subjects.sort(key=lambda subject: -subject.spot.farther)

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """See `Scene`."""
        self._scene.draw(frame, time=time, pose=pose)
        share = self._presence(time)
        if share <= 0:
            return
        for subject in self._subjects:
            for under in subject.on_ground(time, pose):
                under.over(frame, share=share)
        for number, subject in enumerate(self._subjects):
            layer = subject.standing(time, pose, phase=number)
            if layer is not None:
                if self._weather is not None:
                    self._weather.before(layer, time)
                layer.over(frame, share=share)


class _Subject:
    """One subject in its place."""

    def __init__(
        self,
        cutout: Cutout,
        spot: Spot,
        *,
        light: SurroundLight,
        footing: Footing,
        size: tuple[int, int],
        n: int,
        is_wet: bool,
    ) -> None:
        self.spot = spot
        self._footing, self._size = footing, size
        rows, columns = cutout.opacity.shape
        widths = _WIDTHS if size[0] >= size[1] else _TALL_WIDTHS
        scale = min(widths[n - 1] * size[0] / columns, _HEIGHT * size[1] / rows)
        metre = footing.pixels_per_metre(Spot(across=spot.across))
        self._width, self._height = columns * scale / metre, rows * scale / metre
        resized = _resized(cutout, scale * _FINENESS)
        if footing.surface is Surface.WATER:
            resized = _under_water(resized)
        lit = light.on(resized)
        self._sprite = Sprite(lit)
        has_ground = footing.surface is not Surface.NOTHING
        self._shadow = _shadow_of(cutout) if footing.surface is Surface.GROUND else None
        self._mirror = (
            _Mirror(lit, is_water=footing.surface is Surface.WATER) if is_wet and has_ground else None
        )

    def standing(self, time: float, pose: Pose, *, phase: int) -> Layer | None:
        """Return the subject as the camera sees it."""
        up, lean = self._bob(time, phase)
        turn = np.array([[np.cos(lean), -np.sin(lean), 0], [np.sin(lean), np.cos(lean), up], [0, 0, 1]])
        to_view = self._footing.upright(self.spot, pose) @ turn @ self._to_metres()
        return self._sprite.seen(to_view, size=self._size)

    def on_ground(self, time: float, pose: Pose) -> list[Layer]:
        """Return its shadow and its reflection as the camera sees them."""
        layers: list[Layer | None] = []
        if self._mirror is not None:
            flipped = np.diag([1.0, -1.0, 1.0])
            to_view = self._footing.upright(self.spot, pose) @ flipped @ self._to_metres()
            layers.append(self._mirror.at(time).seen(to_view, size=self._size))
        if self._shadow is not None:
            wide, deep = self._width * _SHADOW_WIDTH, self._width * _SHADOW_DEPTH
            to_ground = np.array([[wide, 0, -wide / 2], [0, -deep, 0.55 * deep], [0, 0, 1]])
            to_view = self._footing.lying(self.spot, pose) @ to_ground
            layers.append(self._shadow.seen(to_view, size=self._size))
        return [layer for layer in layers if layer is not None]

    def _bob(self, time: float, phase: int) -> tuple[float, float]:
        rise, lean = _BOB.get(self._footing.surface, (0.0, 0.0))
        turn = tau * time / _BOB_SECONDS + 1.9 * phase
        return rise * self._height * sin(turn), lean * sin(0.73 * turn + 0.8)

    def _to_metres(self) -> Matrix:
        """Map shares of the picture's width and height, downwards, to metres from the subject's feet."""
        lowest = -self._height / 2 if self._footing.surface is Surface.NOTHING else 0.0
        return np.array(
            [[self._width, 0, -self._width / 2], [0, -self._height, self._height + lowest], [0, 0, 1]]
        )


class _Mirror:
    """A subject's reflection: fainter the farther from its feet, and on water broken by ripples."""

    def __init__(self, lit: RGBAPicture, *, is_water: bool) -> None:
        scale = min(1.0, _REFLECTION_TEXELS / max(lit.shape[:2]))
        size = (max(8, round(lit.shape[1] * scale)), max(8, round(lit.shape[0] * scale)))
        small = cv2.resize(lit, size, interpolation=cv2.INTER_AREA)
        smear = max(0.6, 0.008 * size[1])
        small = cv2.GaussianBlur(small, (0, 0), smear, sigmaY=3 * smear)
        upwards = np.linspace(1, 0, size[1], dtype=np.float32)
        fading = _REFLECTION * (1 - upwards) ** 1.6
        self._picture = np.asarray(np.rint(small * fading[:, None, None]), np.uint8)
        self._upwards, self._ripple = upwards, (0.035 if is_water else 0.004) * size[0]
        self._still = Sprite(self._picture)

    def at(self, time: float) -> Sprite:
        """Return the reflection at a moment."""
        if self._ripple < 0.5:
            return self._still
        up = self._upwards
        waves = np.sin(38 * up**0.7 - 5.1 * time) + 0.6 * np.sin(61 * up**0.7 - 7.7 * time + 1.3)
        shift = (self._ripple * (0.25 + up) * waves).astype(np.float32)
        columns = np.arange(self._picture.shape[1], dtype=np.float32)
        x = columns[None, :] + shift[:, None]
        y = np.repeat(np.arange(len(up), dtype=np.float32)[:, None], len(columns), axis=1)
        return Sprite(np.asarray(cv2.remap(self._picture, x, y, cv2.INTER_LINEAR), np.uint8))


@dataclass(frozen=True, kw_only=True)
class _Fall:
    """Rain, snow or dust between the camera and the subjects."""

    falling: Falling

    @classmethod
    def of(cls, mood: Mood, frame: RGBFrame, *, height: int, seed: int) -> "_Fall | None":
        if not Falling.is_of(mood.weather):
            return None
        brightness = float(np.clip(frame.mean() / 110, 0.2, 1.0))
        random = np.random.default_rng([seed, 0xFA11])
        return cls(falling=Falling(mood, height=height, brightness=brightness, random=random))

    def before(self, layer: Layer, time: float) -> None:
        """Draw what falls over a layer."""
        fall = self.falling.at(time, share=0.75)
        rows, columns = layer.pixels.shape[:2]
        light = np.array([*fall["light"], 255], np.float32) / 255
        opacity = cv2.extractChannel(layer.pixels, 3)
        lit = cv2.merge([cv2.convertScaleAbs(opacity, alpha=float(part)) for part in light])
        for number in range(fall["n"]):
            side = fall["side"]
            down = (np.arange(rows) + layer.top + fall["y"][number]) % side
            across = (np.arange(columns) + layer.left + fall["x"][number]) % side
            tile = fall["tiles"][number][down[:, None], across[None, :]]
            hidden = cv2.convertScaleAbs(tile, alpha=fall["share"][number])
            hidden = np.repeat(hidden[:, :, None], 4, axis=2)
            kept = cv2.multiply(layer.pixels, cv2.bitwise_not(hidden), scale=1 / 255)
            layer.pixels = np.asarray(cv2.add(kept, cv2.multiply(lit, hidden, scale=1 / 255)), np.uint8)


def _spots(n: int, *, width: int) -> list[Spot]:
    return [Spot(across=across * width, farther=farther) for across, farther in _SPOTS[n - 1]]


def _resized(cutout: Cutout, scale: float) -> Cutout:
    """Return the subject no larger than by this scale."""
    if scale >= 1:
        return cutout
    rows, columns = cutout.opacity.shape
    size = (max(2, round(columns * scale)), max(2, round(rows * scale)))
    return Cutout(
        colour=np.asarray(cv2.resize(cutout.colour, size, interpolation=cv2.INTER_AREA), np.uint8),
        opacity=np.asarray(cv2.resize(cutout.opacity, size, interpolation=cv2.INTER_AREA), np.uint8),
        has_outline=cutout.has_outline,
    )


def _under_water(cutout: Cutout) -> Cutout:
    """Return the subject with its lowest part lost in the waves."""
    rows, columns = cutout.opacity.shape
    across = np.linspace(0, 1, columns, dtype=np.float32)
    waves = 0.006 * (np.sin(23 * across) + np.sin(41 * across + 2))
    above = np.linspace(1, 0, rows, dtype=np.float32)[:, None] - waves[None, :]
    seen = np.clip((above - 0.012) / _SUNK, 0, 1)
    opacity = np.rint(cutout.opacity * seen * seen * (3 - 2 * seen))
    return replace(cutout, opacity=np.asarray(opacity, np.uint8))


def _shadow_of(cutout: Cutout) -> Sprite:
    """Return a soft dark patch, as wide as what stands on the ground."""
    feet: Floats = (
        cutout.opacity[-max(1, len(cutout.opacity) // 8) :].max(axis=0).astype(np.float32)[None, :] / 255
    )
    texels = _SHADOW_TEXELS
    wide = cv2.resize(feet, (texels * 3 // 4, 1), interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(wide, 0, 0, texels // 8, texels // 8, cv2.BORDER_CONSTANT, value=0)
    across = cv2.GaussianBlur(wide, (0, 0), texels / 14)[0]
    down = np.exp(-((np.linspace(-1, 1, texels) / 0.42) ** 2)).astype(np.float32)
    edge = np.minimum(1, 6 * (1 - np.abs(np.linspace(-1, 1, texels, dtype=np.float32))))
    patch = np.zeros((texels, texels, 4), np.uint8)
    patch[:, :, 3] = np.rint(255 * _SHADOW * (down * edge)[:, None] * (across * edge)[None, :])
    return Sprite(patch)
