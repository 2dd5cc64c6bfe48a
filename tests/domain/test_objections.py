from typing import Any

import pytest

from filmgate.domain.errors import Objection
from filmgate.domain.objections import objections
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    Element,
    ImageReference,
    ImageUse,
    Mode,
    Shot,
    ShotType,
    VideoReference,
    VideoUse,
)
from tests.domain.matrix import CATALOG, PAN, PICTURE, a_request

VIDEO = VideoReference(video=PICTURE, use=VideoUse.BASE, keep_original_sound=True)
CITED = ImageReference(image=PICTURE)
FIRST = ImageReference(image=PICTURE, use=ImageUse.FIRST_FRAME)
END = ImageReference(image=PICTURE, use=ImageUse.END_FRAME)
EXTEND: dict[str, Any] = {"action": Action.EXTEND, "video_id": "900798310464749610"}
FRAMES: dict[str, Any] = {"action": Action.IMAGE2VIDEO, "start_image": PICTURE, "end_image": PICTURE}


def refusals(model: str = "kling-v1", mode: str = "std", duration: int = 5, **given: Any) -> list[Objection]:
    spec = CATALOG.spec(model, Mode(mode))
    request = a_request(model, mode, duration, **given)
    return list(objections(request, spec, CATALOG.limits, rows=CATALOG.specs.values()))


def shots(*durations: int) -> dict[str, Any]:
    cut = tuple(Shot(index=n, prompt="boats", duration=each) for n, each in enumerate(durations, 1))
    return {"multi_shot": True, "shot_type": ShotType.CUSTOMIZE, "shots": cut}


@pytest.mark.parametrize(
    ("model", "mode", "duration", "given", "message"),
    [
        (
            "kling-v2-5-turbo",
            "std",
            10,
            FRAMES,
            "model/mode/duration(kling-v2-5-turbo/std/10) is not supported with image_tail: "
            "end_image_url is accepted by kling-v2-5-turbo/pro.",
        ),
        (
            "kling-v1",
            "pro",
            10,
            FRAMES,
            "model/mode/duration(kling-v1/pro/10) is not supported with image_tail: "
            "end_image_url is accepted by kling-v1/std/5 or kling-v1/pro/5.",
        ),
        (
            "kling-v2-6",
            "std",
            5,
            {"generate_audio": True},
            "model/mode/duration(kling-v2-6/std/5) is not supported with generate_audio: "
            "generate_audio is accepted by kling-v2-6/pro.",
        ),
        (
            "kling-v3-omni",
            "std",
            5,
            {"camera": PAN},
            "model/mode/duration(kling-v3-omni/std/5) is not supported with camera_control: "
            "camera_control is accepted by kling-v1/std/5, kling-v1/pro/5, kling-v3/std or kling-v3/pro.",
        ),
        ("kling-v3", "4k", 5, {"camera": PAN}, "camera_control cannot be combined with mode=4k."),
        (
            "kling-v3-omni",
            "std",
            2,
            {},
            "duration 2 is not supported by kling-v3-omni; it accepts 3 to 15.",
        ),
        ("kling-v2-6", "std", 7, {}, "duration 7 is not supported by kling-v2-6; it accepts 5 or 10."),
        (
            "kling-v1",
            "std",
            5,
            {"start_image": PICTURE},
            "start_image_url is not supported for text2video. Pictures need action image2video.",
        ),
        (
            "kling-v1",
            "std",
            5,
            {"end_image": PICTURE},
            "end_image_url is not supported for text2video. Pictures need action image2video.",
        ),
        (
            "kling-v1",
            "std",
            5,
            {"action": Action.IMAGE2VIDEO, "end_image": PICTURE},
            "only image_tail: end_image_url was sent without start_image_url, which image2video requires.",
        ),
        (
            "kling-v1",
            "std",
            5,
            {"action": Action.IMAGE2VIDEO},
            "start_image_url is required for image2video: an http(s) URL or a data:image/…;base64, URL.",
        ),
        ("kling-v1", "std", 5, {"prompt": " \n"}, "prompt is required for text2video."),
        (
            "kling-v3",
            "std",
            5,
            {"camera": PAN, **FRAMES},
            "camera_control cannot be combined with end_image_url; send one of the two.",
        ),
        ("kling-v1", "std", 5, {"cfg_scale": 1.01}, "cfg_scale must be from 0 to 1, not 1.01."),
        ("kling-v1", "std", 5, {"seed": 2**31}, "seed must be from 0 to 2147483647, not 2147483648."),
        ("kling-v1", "std", 5, {"seed": -1}, "seed must be from 0 to 2147483647, not -1."),
        (
            "kling-v1",
            "std",
            5,
            {"prompt": "x" * 2501},
            "prompt has 2,501 characters; at most 2,500 are accepted.",
        ),
        (
            "kling-v1",
            "std",
            5,
            {"negative_prompt": "x" * 201},
            "negative_prompt has 201 characters; at most 200 are accepted.",
        ),
        (
            "kling-v1",
            "std",
            5,
            {"video_id": "9"},
            "video_id is not supported for text2video; it names the source of an extend.",
        ),
    ],
)
def test_each_rule_refuses_in_its_own_words_and_alone(
    model: str, mode: str, duration: int, given: dict[str, Any], message: str
) -> None:
    found = refusals(model, mode, duration, **given)

    assert [refusal.message for refusal in found] == [message]


@pytest.mark.parametrize(
    "given",
    [
        {"prompt": "x" * 2500, "negative_prompt": "x" * 200},
        {"cfg_scale": 0.0, "seed": 0},
        {"cfg_scale": 1.0, "seed": 2**31 - 1},
        {"generate_audio": False, "aspect_ratio": AspectRatio.SQUARE},
        {"camera": CameraMove(zoom=-1.0)},
    ],
)
def test_values_at_their_limits_are_accepted(given: dict[str, Any]) -> None:
    assert refusals(**given) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"elements": (Element(image=PICTURE),) * 4}, "element_list has 4 items; at most 3 are accepted."),
        ({"videos": (VIDEO, VIDEO)}, "video_list has 2 items; at most 1 are accepted."),
        ({"images": (CITED,) * 8}, "makes 8; at most 7 are accepted."),
        ({"images": (CITED,) * 5, "videos": (VIDEO,)}, "makes 5; at most 4 are accepted with video_list."),
        ({"images": (CITED,) * 6, **FRAMES}, "makes 8; at most 7 are accepted."),
        ({"images": (FIRST, FIRST)}, "image_list makes 2 first frames"),
        ({"images": (FIRST, END, END)}, "image_list makes 2 end frames"),
        ({"images": (END,)}, "image_list has an end_frame without a first_frame"),
        ({"images": (FIRST,), **FRAMES}, "image_list makes 2 first frames, start_image_url included"),
        ({"videos": (VIDEO,), "generate_audio": True}, "generate_audio must be false with video_list"),
    ],
)
def test_reference_lists_that_do_not_go_together_are_refused(given: dict[str, Any], message: str) -> None:
    found = refusals("kling-v3-omni", **given)

    assert len(found) == 1
    assert message in found[0].message


@pytest.mark.parametrize(
    "given",
    [
        {"images": (FIRST, CITED, END), "elements": (Element(image=PICTURE),) * 3},
        {"images": (CITED,) * 5, **FRAMES},
        {"images": (END,), "action": Action.IMAGE2VIDEO, "start_image": PICTURE},
        {"images": (CITED,) * 4, "videos": (VIDEO,), "generate_audio": False},
        {"prompt": "<<<image_3>>> walks", "images": (CITED,), **FRAMES},
        {
            "prompt": "<<<video_1>>> with <<<element_1>>>",
            "videos": (VIDEO,),
            "elements": (Element(image=PICTURE),),
        },
    ],
)
def test_reference_lists_that_go_together_are_accepted(given: dict[str, Any]) -> None:
    assert refusals("kling-v3-omni", **given) == []


@pytest.mark.parametrize("model", ["kling-v1", "kling-v3", "kling-v3-turbo"])
def test_an_end_frame_among_references_is_refused_where_references_are(model: str) -> None:
    found = refusals(model, images=(FIRST, END))

    assert [refusal.field for refusal in found] == ["image_list"]


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("<<<image_2>>>", 'cites "<<<image_2>>>", but 1 image was given'),
        ("<<<image_0>>>", 'cites "<<<image_0>>>", but 1 image was given'),
        ("<<< video_1 >>>", 'cites "<<<video_1>>>", but 0 videos were given'),
        ("<<<element_1>>>", 'cites "<<<element_1>>>", but 0 elements were given'),
        ("<<<voice_1>>>", 'cites "<<<voice_1>>>", but 0 voices were given'),
        (f"<<<image_{'9' * 2000}>>>", 'cites "<<<image_999'),
    ],
)
def test_citing_what_was_not_given_is_refused(prompt: str, message: str) -> None:
    found = refusals("kling-v3-omni", prompt=prompt, images=(CITED,))

    assert [refusal.field for refusal in found] == ["prompt"]
    assert message in found[0].message
    assert len(found[0].message) < 200


def test_shots_may_cite_and_are_checked_too() -> None:
    shot = Shot(index=1, prompt="<<<image_1>>> and <<<image_2>>>", duration=5)

    found = refusals("kling-v3-omni", **(shots(5) | {"shots": (shot,), "images": (CITED,)}))

    assert [(refusal.field, refusal.value) for refusal in found] == [
        ("multi_prompt[0].prompt", '"<<<image_2>>>"')
    ]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (shots(2, 2), "multi_prompt", "lasts 4 s in all; its durations must add up to duration, which is 5."),
        (shots(), "multi_prompt", "has 0 shots; shot_type=customize needs 1 to 6."),
        (shots(1, 1, 1, 1, 1, 0, 0), "multi_prompt", "has 7 shots"),
        (shots(5, 0), "multi_prompt[1].duration", "must be at least 1 whole second, not 0."),
        (
            shots(5) | {"shots": (Shot(index=2, prompt="x", duration=5),)},
            "multi_prompt",
            "by index from 1 to 1",
        ),
        (
            shots(5) | {"shots": (Shot(index=1, prompt=" ", duration=5),)},
            "multi_prompt[0].prompt",
            "is required",
        ),
        (
            shots(5) | {"shots": (Shot(index=1, prompt="x" * 513, duration=5),)},
            "multi_prompt[0].prompt",
            "has 513 characters; at most 512 are accepted.",
        ),
        (shots(5) | {"shot_type": None}, "shot_type", "customize or intelligence"),
        (shots(5) | {"multi_shot": False, "shot_type": None}, "multi_prompt", "needs multi_shot to be true"),
        ({"shot_type": ShotType.CUSTOMIZE}, "shot_type", "needs multi_shot to be true"),
        (
            shots(5) | {"shot_type": ShotType.INTELLIGENCE},
            "multi_prompt",
            "not supported with shot_type=intelligence",
        ),
        (
            {"multi_shot": True, "shot_type": ShotType.INTELLIGENCE, "prompt": ""},
            "prompt",
            "required with shot_type=intelligence",
        ),
    ],
)
def test_shots_that_do_not_make_up_the_clip_are_refused(
    given: dict[str, Any], field: str, message: str
) -> None:
    found = refusals("kling-v3", **given)

    assert [refusal.field for refusal in found] == [field]
    assert message in found[0].message


def test_shots_stand_in_for_the_prompt() -> None:
    assert refusals("kling-v3", duration=9, prompt="", **shots(3, 1, 5)) == []


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("start_image_url", {"start_image": PICTURE}),
        ("end_image_url", {"end_image": PICTURE}),
        ("camera_control", {"camera": PAN}),
        ("generate_audio", {"generate_audio": True}),
        ("element_list", {"elements": (Element(image=PICTURE),)}),
        ("video_list", {"videos": (VIDEO,)}),
        ("image_list", {"images": (CITED,)}),
        ("multi_shot", {"multi_shot": True}),
        ("shot_type", {"shot_type": ShotType.CUSTOMIZE}),
        ("multi_prompt", {"shots": (Shot(index=1, prompt="x", duration=5),)}),
    ],
)
def test_extend_refuses_what_would_change_the_clip(field: str, given: dict[str, Any]) -> None:
    found = refusals("kling-v3", **EXTEND, **given)

    assert [refusal.field for refusal in found] == [field]
    assert found[0].message.startswith(f"{field} is not supported for extend.")


def test_extend_takes_what_clients_always_send() -> None:
    given: dict[str, Any] = {
        "prompt": "",
        "aspect_ratio": AspectRatio.TALL,
        "generate_audio": False,
        "seed": 4,
    }

    assert refusals("kling-v1", "pro", **EXTEND, **given) == []
    assert refusals("kling-v1-6", **EXTEND, negative_prompt="rain", cfg_scale=0.7) == []


def test_extend_of_the_first_model_goes_by_the_prompt_alone() -> None:
    found = refusals("kling-v1", **EXTEND, negative_prompt="rain", cfg_scale=0.7)

    assert [refusal.field for refusal in found] == ["negative_prompt", "cfg_scale"]


def test_extend_without_a_source_is_refused() -> None:
    found = refusals("kling-v1", action=Action.EXTEND)

    assert [refusal.message for refusal in found] == [
        "video_id is required for extend: the id of a finished video."
    ]


def test_a_model_that_only_extends_says_so_and_names_the_others() -> None:
    found = refusals("kling-v1-5")

    assert len(found) == 1
    assert (
        "kling-v1-5, which only extends: send action extend, or for text2video one of kling-v1,"
        in found[0].message
    )
