"""What the animatic engine makes of a prompt: the place, how it feels and sounds, how the camera travels."""

from dataclasses import dataclass, field

from filmgate.engines.animatic import camera
from filmgate.engines.animatic.camera import added, part
from filmgate.engines.animatic.prompts.family import Family, family_of
from filmgate.engines.animatic.prompts.hearing import Hearing, hearing_of
from filmgate.engines.animatic.prompts.languages import in_english
from filmgate.engines.animatic.prompts.mood import Mood, mood_of
from filmgate.engines.animatic.prompts.words import Wording, lexicon
from filmgate.engines.animatic.scene import Pose

# An axis at 1 in the lexicon is this much.
_FULL = Pose(
    right=camera.RIGHT_METRES,
    up=camera.UP_METRES,
    forward=camera.FORWARD_METRES,
    yaw=camera.YAW_RADIANS,
    pitch=camera.PITCH_RADIANS,
    roll=camera.ROLL_RADIANS,
    focal=camera.FOCAL_FACTOR,
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A prompt as it is filmed. `way` is the camera's by the prompt's words, or None where it has none."""

    family: Family
    mood: Mood
    hearing: Hearing = field(default_factory=Hearing)
    way: Pose | None = None


def read(
    prompt: str,
    *,
    negative_prompt: str = "",
    cfg_scale: float = 0.5,
    before: Reading | None = None,
    unanimous: bool = False,
) -> Reading:
    """Read a prompt; every text has a reading.

    What it does not speak of is as it was `before`, else as a plain day in no particular place. In a
    `unanimous` reading it does not speak of what it says several things of.
    """
    wording = Wording(in_english(prompt), in_english(negative_prompt), unanimous=unanimous)
    family = family_of(wording, before=before.family if before else None)
    return Reading(
        family=family,
        mood=mood_of(
            wording,
            cfg_scale=cfg_scale,
            before=before.mood if before else None,
            is_elsewhere=before is None or family is not before.family,
        ),
        hearing=hearing_of(wording, before=before.hearing if before else None),
        way=_way(wording),
    )


def _way(wording: Wording) -> Pose | None:
    """Return all the moves that the prompt asks for, together and within full travel."""
    moves = wording.all_chosen("camera")
    if not moves:
        return None
    whole = Pose()
    for move in moves:
        shares = lexicon()["camera"][move].get("way", {})
        for axis, share in shares.items():
            step = Pose(**{axis: getattr(_FULL, axis)})
            whole = added(whole, part(step, share))
    return _within_full_travel(whole)


def _within_full_travel(way: Pose) -> Pose:
    held = {
        axis: min(max(getattr(way, axis), -getattr(_FULL, axis)), getattr(_FULL, axis))
        for axis in ("right", "up", "forward", "yaw", "pitch", "roll")
    }
    return Pose(**held, focal=min(max(way.focal, 1 / _FULL.focal), _FULL.focal))
