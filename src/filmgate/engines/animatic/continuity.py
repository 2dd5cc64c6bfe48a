"""What a clip of ours remembers of its scene, so that an extension can go on in the same place."""

from dataclasses import astuple, dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from filmgate.engines.animatic.camera import Standpoint
from filmgate.engines.animatic.prompts.reading import Reading

# Seconds, metres and radians alike; no clip is longer, and no camera travels as far.
_FARTHEST = 300.0


@dataclass(frozen=True, kw_only=True)
class Continuity:
    """The scene of a clip's last frame: `moment` is its time in the scene, in seconds.

    It says how a prompt was read and never what it said, for clips are handed on.
    """

    reading: Reading
    seed: int
    moment: float
    standpoint: Standpoint


def to_comment(continuity: Continuity) -> str:
    """Return the text that goes into a clip's `comment`."""
    return _adapter().dump_json(continuity).decode()


def from_comment(comment: str) -> Continuity | None:
    """Return what the text says, or None where it is somebody else's or no clip can have come to it."""
    try:
        said = _adapter().validate_json(comment)
    except ValidationError:
        return None
    pose = said.standpoint.pose
    numbers = (said.moment, said.standpoint.drifted, *astuple(said.reading.mood)[3:5], *astuple(pose))
    is_within = all(abs(number) <= _FARTHEST for number in numbers)
    is_plausible = is_within and pose.focal > 0 and said.moment >= 0 and said.seed >= 0
    return said if is_plausible and said.reading.hearing.is_known else None


@cache
def _adapter() -> TypeAdapter[Continuity]:
    return TypeAdapter(Continuity)
