"""The API's messages in the words of the form."""

from itertools import product

import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.http.console.labels import LABELS, in_labels
from filmgate.http.kling.body import parse_create
from tests.domain.matrix import CATALOG


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("prompt is required for text2video.", "Prompt is required for a video from text."),
        ("duration 7 is not supported by kling-v1.", "Seconds 7 is not supported by kling-v1."),
        ("camera_control cannot be combined with mode=4k.", "Camera cannot be combined with Mode 4k."),
        (
            'video_id "x" is not a video of this account; send the video_id of a finished video that still '
            "exists.",
            'You have no video with the id "x".',
        ),
        (
            'video_id "x" was deleted or is past its retention; send the video_id of a finished video that '
            "still exists.",
            'The video "x" was deleted or is past its retention; choose another.',
        ),
        ("This model has no such mode.", "This model has no such mode."),
        ("element_list[0].seed is not known.", "element_list[0].seed is not known."),
        (
            "https://a.example/start_image_url.png cannot be read.",
            "https://a.example/start_image_url.png cannot be read.",
        ),
    ],
)
def test_a_message_names_fields_as_the_form_does(message: str, told: str) -> None:
    assert in_labels(message) == told


def test_nothing_that_the_form_can_send_is_refused_in_names_of_the_wire() -> None:
    odd: list[dict[str, object]] = [
        {"start_image_url": "x"},
        {"end_image_url": "https://a.example/b.png"},
        {"video_id": "x"},
        {"camera_control": {"type": "simple", "config": {}}},
        {"seed": "x"},
        {"seed": -1},
        {"callback_url": "x"},
        {"generate_audio": True},
        {"prompt": ""},
        {"prompt": "x" * 9000},
        {"negative_prompt": "x" * 9000},
        {"duration": 99},
    ]
    told = []

    for action, model, fields in product(("text2video", "image2video", "extend"), CATALOG.models, odd):
        body = {"action": action, "model": model, "prompt": "a sea", "duration": 5} | fields
        try:
            parse_create(body, CATALOG)
        except InvalidRequest as error:
            told += [in_labels(each.message) for each in error.objections]

    wire = [
        name for name in (*LABELS, "image_tail", "text2video", "image2video") if "_" in name or "2" in name
    ]
    assert len(told) > 50
    assert [message for message in told if any(name in message for name in wire)] == []
