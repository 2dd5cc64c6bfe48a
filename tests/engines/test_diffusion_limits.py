"""What each profile refuses, field by field."""

from dataclasses import replace
from typing import Any

import pytest

from filmgate.domain.models import AudioSupport
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    Element,
    GenerationRequest,
    ImageReference,
    ImageUse,
    Mode,
    RemoteMedia,
    VideoReference,
    VideoUse,
)
from filmgate.engines.diffusion.adapters import Adapter
from filmgate.engines.diffusion.camera import Move
from filmgate.engines.diffusion.limits import limits
from filmgate.engines.diffusion.profile import known_profiles, load_profile
from filmgate.testing.jobs import SPEC, a_request

_MEDIA = RemoteMedia(url="https://example.com/a")
_SPEC = replace(SPEC, fps=24)


def refused(profile: str, request: GenerationRequest, **spec: Any) -> list[str]:
    return [each.field for each in limits(request, replace(_SPEC, **spec), profile=load_profile(profile))]


def asked(**changes: Any) -> GenerationRequest:
    return replace(a_request(), **changes)


def pictured(**changes: Any) -> GenerationRequest:
    return asked(action=Action.IMAGE2VIDEO, start_image=_MEDIA, **changes)


@pytest.mark.parametrize("name", known_profiles())
def test_every_profile_honours_the_plain_request_of_an_action_that_it_gives(name: str) -> None:
    profile = load_profile(name)
    ends = _MEDIA if profile.gives.end_image == "required" else None
    plain = {
        Action.TEXT2VIDEO: asked(),
        Action.IMAGE2VIDEO: pictured(end_image=ends),
        Action.EXTEND: asked(action=Action.EXTEND, video_id="v"),
    }

    assert [refused(name, plain[action]) for action in profile.gives.actions] == [
        [] for _ in profile.gives.actions
    ]


@pytest.mark.parametrize(
    ("profile", "request_", "field"),
    [
        ("wan2.1-t2v-1.3b", pictured(), "action"),
        ("wan2.2-i2v-a14b", asked(), "action"),
        ("wan2.2-i2v-a14b", pictured(end_image=_MEDIA), "end_image_url"),
        ("wan2.1-flf2v-14b", pictured(), "end_image_url"),
        ("wan2.1-t2v-1.3b", asked(elements=(Element(image=_MEDIA),)), "element_list"),
        ("wan2.1-vace-1.3b", asked(images=(ImageReference(image=_MEDIA),) * 4), "image_list"),
        (
            "wan2.1-t2v-1.3b",
            asked(images=(ImageReference(image=_MEDIA, use=ImageUse.FIRST_FRAME),)),
            "image_list",
        ),
        (
            "wan2.1-vace-1.3b",
            asked(videos=(VideoReference(video=_MEDIA, use=VideoUse.BASE, keep_original_sound=False),)),
            "video_list",
        ),
        ("ltx-2.3-distilled", asked(cfg_scale=0.5), "cfg_scale"),
        ("ltx-2.3-distilled", asked(negative_prompt="rain"), "negative_prompt"),
        ("wan2.1-flf2v-14b", pictured(end_image=_MEDIA, camera=CameraMove(pan=1)), "camera_control"),
        ("wan2.2-ti2v-5b", asked(multi_shot=True), "multi_shot"),
    ],
)
def test_what_a_profile_does_not_declare_is_refused_by_its_field(
    profile: str, request_: GenerationRequest, field: str
) -> None:
    assert refused(profile, request_) == [field]


@pytest.mark.parametrize(
    ("profile", "spec", "duration", "field"),
    [
        ("wan2.1-t2v-1.3b", {"short_side": 1080}, 5, "mode"),
        ("wan2.1-t2v-1.3b", {"fps": 48}, 5, "model"),
        ("wan2.1-t2v-1.3b", {}, 10, "duration"),
        ("wan2.2-ti2v-5b", {"short_side": 2160}, 5, "mode"),
        ("wan2.2-ti2v-5b", {}, 20, "duration"),
    ],
)
def test_a_link_of_the_chain_that_goes_too_far_is_refused(
    profile: str, spec: dict[str, int], duration: int, field: str
) -> None:
    assert refused(profile, asked(duration=duration), **spec) == [field]


def test_sound_is_refused_of_a_silent_model_also_where_the_kling_model_has_it_unasked() -> None:
    loud = {"audio": AudioSupport.DEFAULT_ON}

    assert refused("wan2.2-ti2v-5b", asked(), **loud) == ["generate_audio"]
    assert refused("wan2.2-ti2v-5b", asked(generate_audio=False), **loud) == []
    assert refused("ltx-2.3-distilled", asked(), **loud) == []


def test_references_subjects_and_frames_are_honoured_where_they_are_declared() -> None:
    first = ImageReference(image=_MEDIA, use=ImageUse.FIRST_FRAME)
    subjects = asked(elements=(Element(image=_MEDIA),) * 2, images=(first, ImageReference(image=_MEDIA)))

    assert refused("wan2.1-vace-1.3b", subjects) == []


def test_a_camera_that_adapters_move_is_honoured_as_far_as_they_can() -> None:
    silent = load_profile("wan2.1-flf2v-14b")
    left = Adapter(weights="camera", file="left.safetensors", move=Move.LEFT)
    profile = silent.model_copy(update={"adapters": (left,)})
    moves = CameraMove(horizontal=-1), CameraMove(horizontal=-1, tilt=0.5), CameraMove(horizontal=1)

    refusals = [
        [each.field for each in limits(pictured(end_image=_MEDIA, camera=move), _SPEC, profile=profile)]
        for move in moves
    ]

    assert refusals == [[], ["camera_control"], ["camera_control"]]


def test_a_refusal_says_what_is_accepted() -> None:
    request = asked(mode=Mode.PRO, aspect_ratio=AspectRatio.WIDE)

    (objection,) = limits(request, replace(_SPEC, short_side=1080), profile=load_profile("wan2.1-t2v-1.3b"))

    assert objection.value == "pro"
    assert "1920x1080" in objection.message
    assert "upscaling goes to 1.5" in objection.message
