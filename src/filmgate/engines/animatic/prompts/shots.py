"""How a clip is cut into shots: by the caller's list, or by the sentences of its prompt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from filmgate.domain.citations import without_citations
from filmgate.domain.requests import GenerationRequest
from filmgate.engines.animatic.prompts.languages import glossary, language_of
from filmgate.engines.animatic.prompts.reading import Reading, read
from filmgate.engines.animatic.scene import Pose

# What somebody writes between two shots; a sentence or a line is a shot as well.
_SEQUELS = ("and then", "then", "cut to", "next shot", "finally")
_SENTENCE_END = r"[.!?;\n。！？；]+"
_LEAST_SECONDS = 1
_MOST_SHOTS = 6

# Where the camera stands in turn when shots follow one another in the same place.
_ANGLES = (
    Pose(),
    Pose(right=2.2, forward=4.0, yaw=-0.16, focal=1.3),
    Pose(right=-1.5, up=1.6, yaw=0.12, pitch=-0.06, focal=0.85),
    Pose(right=-2.4, forward=6.0, yaw=0.2, focal=1.45),
    Pose(up=-0.8, forward=2.0, pitch=0.06, focal=1.1),
    Pose(right=1.4, up=2.2, forward=-4.0, pitch=-0.08, focal=0.8),
)


@dataclass(frozen=True, kw_only=True)
class PlannedShot:
    """A shot of so many whole `seconds`, seen from `angle` at its start."""

    reading: Reading
    seconds: int
    angle: Pose = _ANGLES[0]


def planned_shots(request: GenerationRequest) -> list[PlannedShot]:
    """Return the shots of a clip, in order; their seconds add up to its duration."""
    if not request.multi_shot:
        return [PlannedShot(reading=reading_of(request), seconds=request.duration)]
    if request.shots:
        whole = reading_of(request) if request.prompt else None
        cut = [(shot.prompt, shot.duration) for shot in request.shots]
        readings = [reading_of(request, prompt=prompt, before=whole) for prompt, _ in cut]
    else:
        cut = list(_cut_by_prompt(request.prompt, request.duration))
        readings = list(_one_after_another(request, [prompt for prompt, _ in cut]))
    return [
        PlannedShot(reading=reading, seconds=seconds, angle=_angle(readings, number))
        for number, (reading, (_, seconds)) in enumerate(zip(readings, cut, strict=True))
    ]


def reading_of(
    request: GenerationRequest,
    *,
    prompt: str | None = None,
    before: Reading | None = None,
    unanimous: bool = False,
) -> Reading:
    """Return the reading of a request's prompt, or of another one in its place."""
    return read(
        # The name of a citation is no word of the prompt, and must not stand between two that are.
        without_citations(request.prompt if prompt is None else prompt),
        negative_prompt=without_citations(request.negative_prompt or ""),
        cfg_scale=request.effective_cfg_scale,
        before=before,
        unanimous=unanimous,
    )


def _one_after_another(request: GenerationRequest, prompts: list[str]) -> Iterator[Reading]:
    """Yield the readings of a prompt's parts: what one leaves unsaid is as it was in the one before.

    Before the first it is as all of the prompt has it, up to its first "then", where that says but one thing.
    """
    outset = _sequel_in(request.prompt).split(request.prompt)[0]
    reading = reading_of(request, prompt=outset, unanimous=True)
    for prompt in prompts:
        reading = reading_of(request, prompt=prompt, before=reading)
        yield reading


def _cut_by_prompt(prompt: str, duration: int) -> Iterator[tuple[str, int]]:
    """Yield the parts of a prompt with their seconds: its sentences, or all of it from several angles."""
    room = min(_MOST_SHOTS, max(1, duration // _LEAST_SECONDS))
    cut = re.compile(rf"{_SENTENCE_END}|{_sequel_in(prompt).pattern}", re.IGNORECASE)
    parts = [part.strip() for part in cut.split(prompt) if without_citations(part).strip()]
    if len(parts) < 2:
        parts = [prompt] * min(room, 1 + duration // 4)
    elif len(parts) > room:
        parts = [*parts[: room - 1], ". ".join(parts[room - 1 :])]
    for number, part in enumerate(parts):
        yield part, duration * (number + 1) // len(parts) - duration * number // len(parts)


def _sequel_in(prompt: str) -> re.Pattern[str]:
    """Return the pattern of what stands between shots in English and in the prompt's own language."""
    code = language_of(prompt)
    own = glossary(code).sequels if code else ()
    # Words of other scripts than those with spaces may stand anywhere.
    phrases = (each if each > "\u3000" else rf"\b{each}\b" for each in (*_SEQUELS, *own))
    return re.compile("|".join(phrases), re.IGNORECASE)


def _angle(readings: list[Reading], number: int) -> Pose:
    """Return another angle for each shot in a row in the same place."""
    here = readings[number].family
    earlier = 0
    while earlier < number and readings[number - 1 - earlier].family == here:
        earlier += 1
    return _ANGLES[earlier % len(_ANGLES)]
