"""The rules of multi-shot clips: who cuts them, and whether the shots make up the clip."""

from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.models import Limits
from filmgate.domain.requests import GenerationRequest, ShotType
from filmgate.domain.sizes import too_long
from filmgate.domain.wording import either, shown


def shot_objections(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    """Name every rule that `multi_shot`, `shot_type` and `multi_prompt` break, whatever the model."""
    if not request.multi_shot:
        yield from _without_multi_shot(request)
    elif request.shot_type is None:
        message = f"shot_type is required with multi_shot: {either(ShotType)}."
        yield Objection("shot_type", None, message)
    elif request.shot_type is ShotType.INTELLIGENCE:
        if request.shots:
            message = "multi_prompt is not supported with shot_type=intelligence, which cuts by prompt."
            yield Objection("multi_prompt", len(request.shots), message)
        if not request.prompt.strip():
            message = "prompt is required with shot_type=intelligence."
            yield Objection("prompt", shown(request.prompt), message)
    else:
        yield from _customized(request, limits)


def _without_multi_shot(request: GenerationRequest) -> Iterator[Objection]:
    if request.shot_type is not None:
        message = "shot_type needs multi_shot to be true."
        yield Objection("shot_type", request.shot_type.value, message)
    if request.shots:
        message = "multi_prompt needs multi_shot to be true and shot_type=customize."
        yield Objection("multi_prompt", len(request.shots), message)


def _customized(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    shots = request.shots
    if not 1 <= len(shots) <= limits.shots:
        message = f"multi_prompt has {len(shots)} shots; shot_type=customize needs 1 to {limits.shots}."
        yield Objection("multi_prompt", len(shots), message)
        return
    if [shot.index for shot in shots] != list(range(1, len(shots) + 1)):
        message = f"multi_prompt must be numbered by index from 1 to {len(shots)}, in this order."
        yield Objection("multi_prompt", [shown(shot.index) for shot in shots], message)
    for position, shot in enumerate(shots):
        field = f"multi_prompt[{position}]"
        if not shot.prompt.strip():
            yield Objection(f"{field}.prompt", shown(shot.prompt), f"{field}.prompt is required.")
        if len(shot.prompt) > limits.shot_prompt_characters:
            yield too_long(f"{field}.prompt", len(shot.prompt), limit=limits.shot_prompt_characters)
        if shot.duration < 1:
            message = f"{field}.duration must be at least 1 whole second, not {shown(shot.duration)}."
            yield Objection(f"{field}.duration", shown(shot.duration), message)
    total = sum(shot.duration for shot in shots)
    if total != request.duration:
        message = (
            f"multi_prompt lasts {shown(total)} s in all; its durations must add up to duration, "
            f"which is {shown(request.duration)}."
        )
        yield Objection("multi_prompt", shown(total), message)
