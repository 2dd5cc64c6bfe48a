"""Dresses scenes in what a job was given: the colours of its styles, and its subjects."""

from dataclasses import dataclass

from filmgate.engines.animatic.casting.cast import WithCast
from filmgate.engines.animatic.casting.footing import Footing
from filmgate.engines.animatic.casting.presence import Presence, always
from filmgate.engines.animatic.casting.style import Styled
from filmgate.engines.animatic.given import Given
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Wardrobe:
    """What the scenes of one clip wear, in frames of `size` (width, height)."""

    given: Given
    size: tuple[int, int]
    seed: int

    def dressed(
        self,
        scene: Scene,
        *,
        footing: Footing,
        mood: Mood,
        seen_at: float,
        presence: Presence = always,
    ) -> Scene:
        """Return the scene with all it wears, in the light of the moment `seen_at`.

        `presence` says how much of it is there at a time, from 0 to 1.
        """
        if self.given.styles:
            scene = Styled(scene, self.given.styles, size=self.size, seen_at=seen_at, presence=presence)
        if self.given.cast:
            scene = WithCast(
                scene,
                self.given.cast,
                footing=footing,
                mood=mood,
                size=self.size,
                seed=self.seed,
                lit_at=seen_at,
                presence=presence,
            )
        return scene
