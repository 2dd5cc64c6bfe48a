"""How large and how fast a clip is."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from filmgate.domain.tasks import ClipFacts
from filmgate.engines.reasons import refusal


@dataclass(frozen=True, kw_only=True)
class ClipShape:
    """Size in pixels, both even, and frames per second of a clip."""

    width: int
    height: int
    fps: Fraction

    @classmethod
    def of(cls, facts: ClipFacts, *, field: str) -> Self:
        """Return the shape of a measured clip.

        Raises:
            InvalidRequest: a side is odd, which yuv420p cannot store; names `field`.
        """
        if facts.width % 2 or facts.height % 2:
            raise refusal(field, f"its size {facts.width}x{facts.height} is odd")
        return cls(width=facts.width, height=facts.height, fps=facts.fps)
