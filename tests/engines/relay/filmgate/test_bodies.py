"""A request handed on in our own dialect means the same to the upstream, which reads it as we would."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from filmgate.domain.requests import (
    Action,
    CameraMove,
    Element,
    GenerationRequest,
    ImageReference,
    ImageUse,
    RemoteMedia,
    StoredMedia,
    VideoReference,
    VideoUse,
)
from filmgate.engines.relay.exchange import UnreadableAnswer
from filmgate.engines.relay.filmgate.answers import (
    Fault,
    UpstreamTask,
    read_accepted,
    read_fault,
    read_record,
)
from filmgate.engines.relay.filmgate.bodies import create_body, filmgate_objections
from filmgate.engines.relay.polling import State
from filmgate.http.kling.body import parse_create
from tests.domain.matrix import CATALOG, FEATURES, MATRIX, PICTURE, Row, a_request, a_request_for

_CLIP = RemoteMedia(url="https://example.com/harbour.mp4")
_FOLLOWED = VideoReference(video=_CLIP, use=VideoUse.FEATURE, keep_original_sound=True)


def _cells() -> Iterator[Any]:
    for row in MATRIX:
        for feature in FEATURES:
            for duration in getattr(row, feature)[:1]:
                yield pytest.param(row, feature, duration, id=f"{row.model}/{row.mode}/{feature}")


def _body(request: GenerationRequest, *, is_hosted: bool = False) -> dict[str, Any]:
    media = {name: each.url for name, each in request.media() if isinstance(each, RemoteMedia)}
    return create_body(request, seed=7, media=media, source_video=request.video_id, is_hosted=is_hosted)


@pytest.mark.parametrize(("row", "feature", "duration"), list(_cells()))
def test_every_cell_of_the_matrix_arrives_as_it_was_asked(row: Row, feature: str, duration: int) -> None:
    request = a_request_for(feature, row, duration)

    arrived = parse_create(_body(request), CATALOG)

    assert arrived.asynchronous
    assert arrived.warnings == ()
    assert arrived.request == replace(request, seed=7)


@pytest.mark.parametrize(
    "request_",
    [
        a_request("kling-v3", "pro", 7, negative_prompt="fog", cfg_scale=0.25, generate_audio=False),
        a_request("kling-v1", camera=CameraMove(pan=0.3, zoom=-1.0)),
        a_request("kling-v1", camera=CameraMove(tilt=0.05)),
        a_request(
            "kling-v3-omni",
            prompt="<<<image_1>>> and <<<element_1>>>",
            images=(ImageReference(image=PICTURE, use=ImageUse.FIRST_FRAME), ImageReference(image=PICTURE)),
            elements=(Element(image=PICTURE),),
            videos=(_FOLLOWED,),
        ),
        a_request("kling-v1-6", action=Action.EXTEND, video_id="9", prompt=""),
    ],
)
def test_whatever_else_was_asked_arrives_too(request_: GenerationRequest) -> None:
    arrived = parse_create(_body(request_), CATALOG).request

    assert arrived == replace(request_, seed=7)


def test_the_hosted_service_is_told_the_camera_on_its_own_scale_and_no_seed() -> None:
    body = _body(a_request("kling-v1", camera=CameraMove(pan=0.05)), is_hosted=True)

    assert body["camera_control"]["config"]["pan"] == 0.5
    assert "seed" not in body


def test_a_seed_is_refused_for_the_hosted_service_alone() -> None:
    request = a_request(seed=7)

    assert [each.field for each in filmgate_objections(request, is_hosted=True)] == ["seed"]
    assert list(filmgate_objections(request, is_hosted=False)) == []


def test_a_video_that_only_we_hold_cannot_be_handed_on() -> None:
    kept = StoredMedia(key="tasks/1/inputs/video_1", content_type="video/mp4", n_bytes=9, sha256="0")
    video = VideoReference(video=kept, use=VideoUse.FEATURE, keep_original_sound=False)
    request = a_request("kling-v3-omni", videos=(video,))

    objections = list(filmgate_objections(request, is_hosted=False))

    assert [each.field for each in objections] == ["video_list[0].video_url"]


def test_an_answer_that_is_final_already_is_taken_as_one() -> None:
    content = (
        b'{"success": true, "task_id": "t", "video_id": "9", "video_url": "http://x/a", "state": "succeed"}'
    )

    assert read_accepted(content) == UpstreamTask(
        task_id="t", state=State.SUCCEEDED, url="http://x/a", video_id="9"
    )


def test_a_record_without_an_id_is_of_no_task() -> None:
    assert read_record(b"{}") is None


def test_a_failed_record_says_why() -> None:
    content = (
        b'{"id": "t", "engine": "wan", "data": {"progress": 40}, "response": {"success": false, '
        b'"state": "failed", "error": {"code": "forbidden", "message": "No."}}}'
    )

    assert read_record(content) == UpstreamTask(
        task_id="t", state=State.FAILED, progress=0.4, engine="wan", code="forbidden", message="No."
    )


@pytest.mark.parametrize("content", [b"", b"[]", b'{"task_id": 7}', b'{"success": true}'])
def test_an_answer_that_names_no_task_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read_accepted(content)


def test_a_refusal_is_read_where_it_is_one() -> None:
    assert read_fault(b'{"error": {"code": "used_up", "message": "No."}}') == Fault(
        code="used_up", message="No."
    )
    assert read_fault(b"<html>") is None
