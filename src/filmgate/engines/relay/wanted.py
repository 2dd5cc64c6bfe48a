"""What a clip has to be, and what may be done to one that an upstream made a little differently."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pydantic import TypeAdapter

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import ClipFacts
from filmgate.domain.wording import counted

# Models make sizes on grids of 16, 32 or 64 pixels; this much of a side may be cut away.
_LARGEST_CUT = Fraction(5, 100)


class Means(StrEnum):
    """One thing that may be done to a delivered clip."""

    TRIM = "trim"
    """Leave out frames at the end, and up to a twentieth of the picture at its edges."""
    SCALE = "scale"
    """Make the picture larger or smaller."""
    RETIME = "retime"
    """Repeat or leave out frames for another rate; movement is no longer even."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A clip as the matrix has it, and the means by which a delivered one may be made into it."""

    width: int
    height: int
    fps: int
    n_frames: int
    has_sound: bool
    means: tuple[Means, ...]
    max_upscale: float


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What an upstream sent: measured, and decoded from its first frame to the last.

    `is_plain` says that every browser plays it: H.264, 4:2:0, eight bits.
    """

    facts: ClipFacts
    n_frames: int
    is_plain: bool

    def in_words(self) -> str:
        """Return size, frames and rate as an operator reads them."""
        size = f"{self.facts.width}x{self.facts.height}"
        return f"{size}, {self.n_frames} frames, {float(self.facts.fps):g} a second"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What a clip is now, in words how it was delivered, and in words what was changed."""

    facts: ClipFacts
    delivered: str
    changes: tuple[str, ...] = ()


EXAMINED = TypeAdapter(Examined)
WANTED = TypeAdapter(Wanted)


def changes(delivered: Delivered, wanted: Wanted) -> list[str]:
    """Say in words what has to be done to the clip; empty where it is what was wanted.

    Raises:
        EngineFailed: it cannot be made into it, or only by means that are not allowed; says why, as a
            sentence about the clip.
    """
    needed: list[tuple[str, Means | None]] = [
        *_of_rate(delivered, wanted),
        *_of_length(delivered, wanted),
        *_of_size(delivered, wanted),
        *_of_sound(delivered, wanted),
    ]
    if not delivered.is_plain:
        needed.append(("encoded again as H.264", None))
    for words, means in needed:
        if means is not None and means not in wanted.means:
            raise EngineFailed(
                f"it would have to be {words}, which conform does not allow; it is {delivered.in_words()}."
            )
    return [words for words, _ in needed]


def covering(size: tuple[int, int], target: tuple[int, int]) -> tuple[Fraction, Fraction]:
    """Return by what a size is scaled to cover the target, and the larger part of a side that is then cut."""
    scale = max(Fraction(target[0], size[0]), Fraction(target[1], size[1]))
    return scale, max(1 - Fraction(target[side]) / (size[side] * scale) for side in (0, 1))


def serves(size: tuple[int, int], target: tuple[int, int], *, max_upscale: float) -> bool:
    """Say whether a picture of this size may be made into one of the target's, as far as size goes."""
    scale, cut = covering(size, target)
    return float(scale) <= max_upscale and cut <= _LARGEST_CUT


def _of_rate(delivered: Delivered, wanted: Wanted) -> list[tuple[str, Means | None]]:
    fps = delivered.facts.fps
    return [] if fps == wanted.fps else [(f"retimed from {float(fps):g} to {wanted.fps} fps", Means.RETIME)]


def _of_length(delivered: Delivered, wanted: Wanted) -> list[tuple[str, Means | None]]:
    n_frames = delivered.n_frames
    if delivered.facts.fps != wanted.fps:
        n_frames = int(delivered.facts.duration * wanted.fps)
    if n_frames < wanted.n_frames:
        raise EngineFailed(
            f"it is too short, with {n_frames} of {wanted.n_frames} frames; it is {delivered.in_words()}."
        )
    surplus = n_frames - wanted.n_frames
    return [(f"cut at its end by {counted(surplus, 'frame')}", Means.TRIM)] if surplus else []


def _of_size(delivered: Delivered, wanted: Wanted) -> list[tuple[str, Means | None]]:
    size, target = (delivered.facts.width, delivered.facts.height), (wanted.width, wanted.height)
    if size == target:
        return []
    scale, _ = covering(size, target)
    if not serves(size, target, max_upscale=max(wanted.max_upscale, 1.0)):
        raise EngineFailed(f"it is {size[0]}x{size[1]}, and {target[0]}x{target[1]} cannot be made of that.")
    words = f"from {size[0]}x{size[1]} to {target[0]}x{target[1]}"
    if scale == 1:
        return [(f"cut at its edges, {words}", Means.TRIM)]
    return [(f"scaled by {float(scale):.3g}, {words}", Means.SCALE)]


def _of_sound(delivered: Delivered, wanted: Wanted) -> list[tuple[str, Means | None]]:
    if wanted.has_sound and not delivered.facts.has_audio:
        raise EngineFailed("it has no sound, and sound was ordered.")
    return [("freed of its sound", None)] if delivered.facts.has_audio and not wanted.has_sound else []
