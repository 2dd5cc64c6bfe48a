"""What each flavour is not asked for, and what it is asked for instead where the clip can be cut from it."""

from typing import Any

import pytest
from pydantic import ValidationError

from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    Element,
    GenerationRequest,
    ImageReference,
    Mode,
    Shot,
    VideoReference,
    VideoUse,
)
from filmgate.engines.relay.openai.flavours import Server
from filmgate.engines.relay.openai.kind import OPENAI, OpenAISettings
from filmgate.engines.relay.openai.objections import openai_objections
from filmgate.engines.relay.openai.orders import asked_frames, asked_seconds, asked_size
from tests.domain.matrix import CATALOG, PAN, PICTURE

_URL = "http://127.0.0.1:30000/v1"


def a_server(**table: Any) -> Server:
    """A server as a table describes it; SGLang where it does not say."""
    return OpenAISettings.model_validate({"base_url": _URL, "flavour": "sglang", **table}).server()


def against(server: Server, *, mode: Mode = Mode.STD, **given: Any) -> dict[str, str]:
    """The objections to a request, the message of each by its field."""
    fields: dict[str, Any] = {"action": Action.TEXT2VIDEO, "model": "kling-v3", "duration": 5} | given
    request = GenerationRequest(mode=mode, prompt="a harbour", **fields)
    spec: ModelSpec = CATALOG.spec(request.model, mode)
    return {each.field: each.message for each in openai_objections(request, spec, server=server)}


_SHOTS = (Shot(index=1, prompt="a", duration=5),)
_VIDEO = VideoReference(video=PICTURE, use=VideoUse.BASE, keep_original_sound=False)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"action": Action.EXTEND, "video_id": "9"}, "action"),
        ({"action": Action.IMAGE2VIDEO, "start_image": PICTURE, "end_image": PICTURE}, "end_image_url"),
        ({"camera": PAN}, "camera_control"),
        ({"model": "kling-v3-omni", "elements": (Element(image=PICTURE),)}, "element_list"),
        ({"model": "kling-v3-omni", "videos": (_VIDEO,)}, "video_list"),
        ({"model": "kling-v3-omni", "images": (ImageReference(image=PICTURE),)}, "image_list"),
        ({"multi_shot": True, "shots": _SHOTS}, "multi_shot"),
        ({"generate_audio": True}, "generate_audio"),
        ({"model": "kling-v3-turbo"}, "generate_audio"),
    ],
)
def test_what_the_dialect_has_no_place_for_is_named(given: dict[str, Any], field: str) -> None:
    assert list(against(a_server(), **given)) == [field]


@pytest.mark.parametrize("flavour", ["sglang", "vllm-omni"])
def test_inference_servers_take_what_tunes_a_model(flavour: str) -> None:
    tuned: dict[str, Any] = {"seed": 7, "cfg_scale": 0.3, "negative_prompt": "people", "generate_audio": True}

    assert against(a_server(flavour=flavour, sound=True), **tuned) == {}


@pytest.mark.parametrize("flavour", ["openai", "litellm"])
def test_hosted_services_take_nothing_that_tunes_a_model(flavour: str) -> None:
    server = a_server(flavour=flavour, model="sora-2")

    found = against(server, seed=7, cfg_scale=0.3, negative_prompt="people")

    assert list(found) == ["negative_prompt", "cfg_scale", "seed"]
    assert against(server) == {}


def test_a_size_that_cannot_be_made_of_the_servers_is_refused_with_those_it_makes() -> None:
    server = a_server(flavour="openai", model="sora-2")

    assert against(server, mode=Mode.PRO) == {}
    assert against(server, mode=Mode.UHD) == {
        "mode": "mode: The OpenAI API makes 1280x720 or 720x1280 here, "
        "and 3840x2160 is not to be had of that."
    }
    assert list(against(server, aspect_ratio=AspectRatio.SQUARE)) == ["mode"]
    assert list(against(a_server(sizes=("832x480",)))) == ["mode"]
    assert against(a_server(sizes=("832x480",), max_upscale=1.6)) == {}


def test_a_length_that_the_server_does_not_make_is_cut_from_a_longer_one_or_refused() -> None:
    server = a_server(flavour="openai", model="sora-2")

    assert [asked_seconds(each, server=server) for each in (3, 4, 5, 12, 15)] == [4, 4, 8, 12, None]
    assert against(server, duration=15) == {"duration": "duration: The OpenAI API makes 4, 8 or 12 s here."}
    uncut = a_server(flavour="openai", model="sora-2", conform=())
    assert [asked_seconds(each, server=uncut) for each in (3, 4)] == [None, 4]


def test_a_model_that_is_not_on_the_servers_list_is_refused() -> None:
    server = a_server(models={"kling-v3": "Wan-AI/Wan2.2-T2V-A14B-Diffusers"})

    assert against(server) == {}
    assert list(against(server, model="kling-v2-6")) == ["model"]


def test_a_server_of_texts_alone_takes_no_pictures() -> None:
    server = a_server(actions=["text2video"])

    assert list(against(server, action=Action.IMAGE2VIDEO, start_image=PICTURE)) == ["action"]


def test_frames_are_asked_for_on_the_grid_of_the_model_and_never_fewer() -> None:
    four, eight, uncut = a_server(), a_server(frame_step=8), a_server(conform=())

    assert [asked_frames(each, server=four) for each in (120, 121, 150, 240)] == [121, 121, 153, 241]
    assert asked_frames(150, server=eight) == 153
    assert asked_frames(150, server=uncut) == 150


def test_sides_are_asked_for_on_the_grid_of_the_model() -> None:
    assert asked_size((1280, 720), server=a_server()) == (1280, 720)
    assert asked_size((1920, 1080), server=a_server()) == (1920, 1088)
    assert asked_size((1920, 1080), server=a_server(conform=["scale"])) is None
    assert asked_size((1280, 720), server=a_server(sizes=["1280x704", "1920x1080"])) == (1920, 1080)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"flavour": "openai"}, "needs a model"),
        ({"extra": {"seed": 3}}, "extra.seed is filled in"),
        ({"sizes": ["720p"]}, "sizes"),
        ({"base_url": "gpu-box:30000"}, "must be absolute"),
        ({"base_url": "http://user:secret@gpu-box/v1"}, "holds more than an address"),
        ({"flavour": "sora"}, "flavour"),
        ({"conform": ["stretch"]}, "conform"),
        ({"actions": ["extend"]}, "actions"),
    ],
)
def test_a_table_that_cannot_be_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        a_server(**table)


@pytest.mark.parametrize("label", list(OPENAI.examples))
def test_the_examples_of_the_reference_are_tables_that_can_be(label: str) -> None:
    assert OpenAISettings.model_validate(OPENAI.examples[label]).server().dialect.title
