from fractions import Fraction

import pytest

from filmgate.domain.errors import Objection
from filmgate.domain.objections import SourceClip, extend_objections, extend_warnings
from filmgate.domain.requests import Action, AspectRatio, Mode
from filmgate.domain.tasks import Warned
from tests.domain.matrix import CATALOG, a_request


def refusals(
    model: str,
    mode: str = "std",
    duration: int = 5,
    *,
    source: str = "kling-v3",
    seconds: Fraction | int = 5,
    short_side: int = 720,
) -> list[Objection]:
    request = a_request(model, mode, duration, action=Action.EXTEND, video_id="9")
    clip = SourceClip(model=source, width=short_side * 16 // 9, height=short_side, seconds=Fraction(seconds))
    spec = CATALOG.spec(model, Mode(mode))
    rows = CATALOG.specs.values()
    return list(extend_objections(request, spec, source=clip, limits=CATALOG.limits, rows=rows))


@pytest.mark.parametrize("model", ["kling-v1", "kling-v1-5", "kling-v1-6", "kling-v3"])
def test_three_models_and_the_source_s_own_extend_a_clip(model: str) -> None:
    assert refusals(model, source="kling-v3") == []


@pytest.mark.parametrize("model", ["kling-v2-6", "kling-v3-omni", "kling-v3-turbo"])
def test_other_models_extend_only_their_own_clips(model: str) -> None:
    found = refusals(model, source="kling-v3")

    assert [refusal.message for refusal in found] == [
        f"model {model} cannot extend a clip of kling-v3; "
        "accepted: kling-v1, kling-v1-5, kling-v1-6 or kling-v3."
    ]


def test_mode_4k_extends_a_4k_clip_of_its_own_model() -> None:
    assert refusals("kling-v3", "4k", short_side=2160) == []


def test_mode_4k_is_refused_on_a_smaller_clip_of_its_own_model() -> None:
    found = refusals("kling-v3", "4k", short_side=1080)

    assert [refusal.field for refusal in found] == ["mode"]
    assert found[0].message.startswith('mode "4k" extends only 4k clips of its own model')


def test_mode_4k_is_refused_on_another_model_s_4k_clip() -> None:
    found = refusals("kling-v3", "4k", source="kling-v3-omni", short_side=2160)

    assert [refusal.field for refusal in found] == ["model"]


def test_the_label_of_mode_has_no_say() -> None:
    assert refusals("kling-v3", "std", short_side=2160) == []
    assert refusals("kling-v1", "pro", source="kling-v2-master", short_side=1080) == []


def test_a_clip_may_grow_to_exactly_its_limit() -> None:
    assert refusals("kling-v1", duration=10, seconds=170) == []


@pytest.mark.parametrize(
    ("model", "duration", "seconds", "left"),
    [
        ("kling-v1", 10, Fraction("174.5"), "it has 174.5 s, so 5 s are left; accepted: 5."),
        ("kling-v1", 5, 176, "it has 176 s, so 4 s are left; kling-v1 has no duration that fits."),
        ("kling-v3", 15, 170, "it has 170 s, so 10 s are left; accepted: 3 to 10."),
        ("kling-v1", 5, 181, "it has 181 s, so 0 s are left; kling-v1 has no duration that fits."),
    ],
)
def test_past_the_limit_the_refusal_names_what_is_left(
    model: str, duration: int, seconds: Fraction | int, left: str
) -> None:
    found = refusals(model, duration=duration, seconds=seconds)

    assert [refusal.field for refusal in found] == ["duration"]
    assert found[0].message == f"duration {duration} makes the clip longer than 180 s: {left}"


def warned_of(ratio: AspectRatio | None, *, width: int, height: int) -> list[Warned]:
    request = a_request("kling-v3", action=Action.EXTEND, video_id="9", aspect_ratio=ratio)
    clip = SourceClip(model="kling-v3", width=width, height=height, seconds=Fraction(5))
    return list(extend_warnings(request, clip))


@pytest.mark.parametrize(
    ("ratio", "width", "height"),
    [
        (None, 720, 1280),
        (AspectRatio.WIDE, 1280, 720),
        (AspectRatio.WIDE, 1284, 716),
        (AspectRatio.TALL, 720, 1280),
        (AspectRatio.SQUARE, 960, 960),
    ],
)
def test_a_ratio_that_its_source_has_as_well_is_not_warned_of(
    ratio: AspectRatio | None, width: int, height: int
) -> None:
    assert warned_of(ratio, width=width, height=height) == []


@pytest.mark.parametrize("size", [(720, 1280), (960, 960), (1080, 720)])
def test_a_ratio_that_its_source_has_not_is_warned_of(size: tuple[int, int]) -> None:
    width, height = size

    found = warned_of(AspectRatio.WIDE, width=width, height=height)

    reason = (
        f"aspect_ratio 16:9 has no effect on extend; the clip keeps {width}x{height}, the size of its source."
    )
    assert found == [Warned(field="aspect_ratio", reason=reason)]
