"""Every model and action of the matrix, as the hosted service is asked for it, or the reason why not."""

from collections.abc import Iterator
from typing import Any

import pytest

from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    CameraType,
    Element,
    GenerationRequest,
    ImageReference,
    ImageUse,
    InlineMedia,
    RemoteMedia,
    Shot,
    ShotType,
    StoredMedia,
    VideoReference,
    VideoUse,
)
from filmgate.engines.relay.kling.objections import Account, kling_objections
from filmgate.engines.relay.kling.orders import Order, order_for
from tests.domain.matrix import CATALOG, FEATURES, MATRIX, PICTURE, Row, a_request, a_request_for

_ACCOUNT = Account(has_api_key=True)
_CLIP = RemoteMedia(url="https://example.com/harbour.mp4")
_OMNI = ("kling-v3-omni", "kling-video-o1")

# What the service has no place for although the matrix has it, by model and mode ("*" for any).
_REFUSED = {
    ("kling-v1", "pro", "camera_control"): "text2video with mode std alone",
    **{(row.model, "*", "extend"): "extends with kling-v1" for row in MATRIX if row.model[6:8] != "v1"},
}


def _path(model: str, feature: str) -> str:
    """Where the service takes what a feature's plainest request asks for."""
    if feature == "extend":
        return "/v1/videos/video-extend"
    is_image = feature in ("image2video", "end_image_url")
    if model == "kling-v3-turbo":
        return f"/{'image' if is_image else 'text'}-to-video/kling-3.0-turbo"
    if model in _OMNI:
        return "/v1/videos/omni-video"
    return f"/v1/videos/{'image2video' if is_image else 'text2video'}"


def _cells() -> Iterator[Any]:
    for row in MATRIX:
        for feature in FEATURES:
            for duration in getattr(row, feature):
                yield pytest.param(row, feature, duration, id=f"{row.model}/{row.mode}/{feature}/{duration}")


def _objections(request: GenerationRequest, account: Account = _ACCOUNT) -> list[str]:
    spec = CATALOG.spec(request.model, request.mode)
    return [each.message for each in kling_objections(request, spec, account=account)]


def _fields(request: GenerationRequest) -> list[str]:
    spec = CATALOG.spec(request.model, request.mode)
    return [each.field for each in kling_objections(request, spec, account=_ACCOUNT)]


def _order(request: GenerationRequest, source_video: str | None = None) -> Order:
    media = {name: f"<{name}>" for name, _ in request.media()}
    spec = CATALOG.spec(request.model, request.mode)
    return order_for(request, spec, media=media, external_id="task-7", source_video=source_video)


@pytest.mark.parametrize(("row", "feature", "duration"), list(_cells()))
def test_every_cell_of_the_matrix_is_ordered_where_it_belongs_or_refused_with_the_reason(
    row: Row, feature: str, duration: int
) -> None:
    request = a_request_for(feature, row, duration)
    reason = _REFUSED.get((row.model, row.mode, feature)) or _REFUSED.get((row.model, "*", feature))
    if feature == "extend" and duration != 5:
        reason = reason or "send duration 5"

    objections = _objections(request)

    if reason is not None:
        assert any(reason in each for each in objections)
    else:
        assert objections == []
        assert _order(request, source_video="v-1").path == _path(row.model, feature)


def test_a_text2video_is_told_with_everything_that_was_asked() -> None:
    request = a_request(
        "kling-v1",
        negative_prompt="fog",
        cfg_scale=0.7,
        aspect_ratio=AspectRatio.TALL,
        camera=CameraMove(zoom=-0.3),
    )

    assert _order(request).body == {
        "model_name": "kling-v1",
        "prompt": "a harbour at dawn",
        "negative_prompt": "fog",
        "cfg_scale": 0.7,
        "mode": "std",
        "duration": "5",
        "aspect_ratio": "9:16",
        "camera_control": {
            "type": "simple",
            "config": {"horizontal": 0, "vertical": 0, "pan": 0, "tilt": 0, "roll": 0, "zoom": -3.0},
        },
        "external_task_id": "task-7",
    }


def test_an_image2video_has_its_pictures_and_no_shape_of_its_own() -> None:
    request = a_request(
        "kling-v2-6", "pro", 10, action=Action.IMAGE2VIDEO, start_image=PICTURE, end_image=PICTURE
    )

    assert _order(request).body == {
        "model_name": "kling-v2-6",
        "prompt": "a harbour at dawn",
        "mode": "pro",
        "duration": "10",
        "sound": "off",
        "image": "<start_image>",
        "image_tail": "<end_image>",
        "external_task_id": "task-7",
    }


@pytest.mark.parametrize(("asked", "sound"), [(True, "on"), (False, "off"), (None, "off")])
def test_sound_is_said_to_models_that_have_it(asked: bool | None, sound: str) -> None:
    request = a_request("kling-v3", "pro", generate_audio=asked)

    assert _order(request).body["sound"] == sound


def test_a_model_without_sound_hears_nothing_of_it() -> None:
    assert "sound" not in _order(a_request("kling-v1-6", generate_audio=False)).body


def test_a_model_with_one_mode_is_told_none() -> None:
    assert "mode" not in _order(a_request("kling-v2-master")).body


def test_a_preset_of_the_camera_has_no_axes() -> None:
    request = a_request(camera=CameraMove(type=CameraType.FORWARD_UP))

    assert _order(request).body["camera_control"] == {"type": "forward_up"}


def test_shots_are_told_one_by_one() -> None:
    shots = (Shot(index=1, prompt="boats", duration=2), Shot(index=2, prompt="gulls", duration=3))
    request = a_request("kling-v3", multi_shot=True, shot_type=ShotType.CUSTOMIZE, shots=shots, prompt="")

    body = _order(request).body

    assert body["multi_shot"] is True
    assert body["shot_type"] == "customize"
    assert body["multi_prompt"] == [
        {"index": 1, "prompt": "boats", "duration": "2"},
        {"index": 2, "prompt": "gulls", "duration": "3"},
    ]
    assert "prompt" not in body


def test_an_omni_model_gets_frames_references_and_elements_in_one_list() -> None:
    request = a_request(
        "kling-v3-omni",
        "std",
        7,
        action=Action.IMAGE2VIDEO,
        prompt="<<<element_1>>> walks from <<<image_1>>> to <<<image_3>>> with <<<element_2>>>",
        start_image=PICTURE,
        end_image=PICTURE,
        images=(ImageReference(image=PICTURE),),
        elements=(Element(image=PICTURE), Element(image=PICTURE)),
    )

    body = _order(request).body

    assert body["image_list"] == [
        {"image_url": "<start_image>", "type": "first_frame"},
        {"image_url": "<end_image>", "type": "end_frame"},
        {"image_url": "<image_1>"},
        {"image_url": "<element_1>"},
        {"image_url": "<element_2>"},
    ]
    assert body["prompt"] == "<<<image_4>>> walks from <<<image_1>>> to <<<image_3>>> with <<<image_5>>>"
    assert body["model_name"] == "kling-v3-omni"
    assert "element_list" not in body
    assert "aspect_ratio" not in body


def test_an_omni_model_gets_the_video_it_follows_and_a_shape() -> None:
    video = VideoReference(video=_CLIP, use=VideoUse.FEATURE, keep_original_sound=True)
    request = a_request("kling-video-o1", "pro", 5, videos=(video,))

    body = _order(request).body

    assert body["video_list"] == [
        {"video_url": "<video_1>", "refer_type": "feature", "keep_original_sound": "yes"}
    ]
    assert body["aspect_ratio"] == "16:9"
    assert body["mode"] == "pro"


def test_an_extension_names_the_service_s_own_video_and_no_model() -> None:
    request = a_request("kling-v1-6", action=Action.EXTEND, video_id="9007", negative_prompt="fog")

    order = _order(request, source_video="upstream-video-3")

    assert order.body == {
        "video_id": "upstream-video-3",
        "prompt": "a harbour at dawn",
        "negative_prompt": "fog",
        "external_task_id": "task-7",
    }


def test_the_newer_design_tells_text_and_pictures_apart() -> None:
    text = _order(a_request("kling-v3-turbo", "pro", 9, aspect_ratio=AspectRatio.SQUARE))
    image = _order(a_request("kling-v3-turbo", "std", 3, action=Action.IMAGE2VIDEO, start_image=PICTURE))

    assert text.body == {
        "prompt": "a harbour at dawn",
        "settings": {"resolution": "1080p", "duration": 9, "aspect_ratio": "1:1"},
        "options": {"external_task_id": "task-7"},
    }
    assert image.body == {
        "contents": [
            {"type": "prompt", "text": "a harbour at dawn"},
            {"type": "first_frame", "url": "<start_image>"},
        ],
        "settings": {"resolution": "720p", "duration": 3},
        "options": {"external_task_id": "task-7"},
    }


_BASE = VideoReference(video=_CLIP, use=VideoUse.BASE, keep_original_sound=False)
_WEBP = InlineMedia(content_type="image/webp", content=b"RIFF")
_KEPT = StoredMedia(key="tasks/1/inputs/video_1", content_type="video/mp4", n_bytes=9, sha256="0")
_KEPT_CLIP = VideoReference(video=_KEPT, use=VideoUse.FEATURE, keep_original_sound=False)
_IMAGE: dict[str, Any] = {"action": Action.IMAGE2VIDEO, "start_image": PICTURE}
_ANY = ImageReference(image=PICTURE)
_WHO = Element(image=PICTURE)
_FIRST = ImageReference(image=PICTURE, use=ImageUse.FIRST_FRAME)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("seed", a_request(seed=7)),
        ("aspect_ratio", a_request(**_IMAGE, aspect_ratio=AspectRatio.WIDE)),
        ("aspect_ratio", a_request("kling-v3-omni", images=(_FIRST,), aspect_ratio=AspectRatio.WIDE)),
        ("aspect_ratio", a_request("kling-v3-omni", videos=(_BASE,), aspect_ratio=AspectRatio.WIDE)),
        ("camera_control", a_request(camera=CameraMove(pan=0.5, zoom=0.1))),
        ("camera_control", a_request(**_IMAGE, camera=CameraMove(pan=1))),
        ("cfg_scale", a_request("kling-v2-6", cfg_scale=0.3)),
        ("cfg_scale", a_request("kling-v3-omni", cfg_scale=0.3)),
        ("cfg_scale", a_request("kling-v3-turbo", cfg_scale=0.3)),
        ("negative_prompt", a_request("kling-video-o1", negative_prompt="fog")),
        ("negative_prompt", a_request("kling-v3-turbo", negative_prompt="fog")),
        ("generate_audio", a_request("kling-v3-turbo", generate_audio=False)),
        ("start_image_url", a_request(action=Action.IMAGE2VIDEO, start_image=_WEBP)),
        ("video_list[0].video_url", a_request("kling-v3-omni", videos=(_KEPT_CLIP,))),
        ("video_list", a_request("kling-v3-omni", videos=(_BASE,), images=(_FIRST,))),
        ("element_list", a_request("kling-v3-omni", images=(_ANY,) * 6, elements=(_WHO,) * 2)),
        ("duration", a_request(duration=10, action=Action.EXTEND, video_id="9")),
        ("model", a_request("kling-v3", action=Action.EXTEND, video_id="9")),
    ],
)
def test_what_the_service_would_drop_or_bend_is_refused_by_name(
    field: str, request_: GenerationRequest
) -> None:
    assert _fields(request_) == [field]


def test_the_turbo_model_needs_an_api_key() -> None:
    account = Account(has_api_key=False)

    assert "API keys alone" in _objections(a_request("kling-v3-turbo"), account)[0]
    assert _objections(a_request("kling-v3"), account) == []
