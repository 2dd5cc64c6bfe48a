import json
from typing import Any

import pytest

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.http.kling.body import parse_create
from tests.domain.matrix import CATALOG

URL = "https://example.com/harbour.jpg"


def objections(body: object) -> list[Objection]:
    with pytest.raises(InvalidRequest) as error:
        parse_create(body, CATALOG)
    return list(error.value.objections)


def fields(body: object) -> list[str]:
    return [objection.field for objection in objections(body)]


def test_everything_wrong_is_said_at_once_in_the_documented_order() -> None:
    body = {
        "sound": "on",
        "seed": -1,
        "generate_audio": "yes",
        "cfg_scale": 7,
        "duration": 5.5,
        "end_image_url": "ftp://example.com/x.png",
        "prompt": "x" * 3000,
        "mode": "8k",
        "model": "kling-v9",
    }

    found = fields(body)

    assert found == [
        *("model", "mode", "prompt", "end_image_url", "end_image_url"),
        *("duration", "cfg_scale", "generate_audio", "seed", "sound"),
    ]
    assert fields(dict(reversed(body.items()))) == found


def test_a_refused_picture_still_counts_where_pictures_are_counted() -> None:
    found = objections(
        {
            "action": "image2video",
            "model": "kling-v2-5-turbo",
            "prompt": "<<<image_2>>>",
            "start_image_url": "nonsense",
            "end_image_url": URL,
        }
    )

    assert [each.field for each in found] == ["start_image_url", "end_image_url"]
    assert "(kling-v2-5-turbo/std/5) is not supported with image_tail" in found[1].message


@pytest.mark.parametrize(
    ("body", "only"),
    [
        ({"prompt": "<<<image_1>>>", "model": "kling-v3-omni", "image_list": [5]}, ["image_list[0]"]),
        (
            {"action": "image2video", "prompt": "x", "start_image_url": 5, "end_image_url": URL},
            ["start_image_url"],
        ),
        ({"action": "movie", "start_image_url": URL}, ["action"]),
        ({"model": 5, "prompt": "x", "generate_audio": True, "duration": 7}, ["model"]),
        ({"mode": "PRO", "prompt": "x", "model": "kling-v2-6", "generate_audio": True}, ["mode"]),
        ({"multi_shot": "yes", "shot_type": "customize", "model": "kling-v3"}, ["multi_shot"]),
    ],
)
def test_nothing_false_is_said_of_fields_that_rest_on_an_unreadable_one(
    body: dict[str, Any], only: list[str]
) -> None:
    assert fields(body) == only


def test_a_mode_the_model_lacks_does_not_hide_what_is_wrong_besides() -> None:
    body = {"prompt": "", "mode": "4k", "camera_control": {"type": "down_back"}, "cfg_scale": 2}

    assert fields(body) == ["mode", "prompt", "cfg_scale", "camera_control"]


@pytest.mark.parametrize(
    ("field", "limit"), [("element_list", 3), ("video_list", 1), ("image_list", 7), ("multi_prompt", 6)]
)
def test_a_list_that_is_far_too_long_is_refused_by_its_length_alone(field: str, limit: int) -> None:
    found = objections({"prompt": "x", "model": "kling-v3-omni", field: [5] * 9_000})

    assert [each.message for each in found] == [f"{field} has 9,000 items; at most {limit} are accepted."]


def nested(depth: int) -> object:
    value: object = "deep"
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_a_body_nested_too_deep_is_refused_and_one_less_deep_is_not() -> None:
    found = objections({"prompt": "x", "extra": nested(5000)})

    assert [each.message for each in found] == [
        "The body is nested deeper than 32 levels; that many are accepted."
    ]
    assert parse_create({"prompt": "x", "extra": nested(30)}, CATALOG).warnings


def test_a_body_of_too_many_values_is_refused() -> None:
    found = objections({"prompt": "x", "extra": [[1, {"a": 2}]] * 100_000})

    assert [each.message for each in found] == [
        "The body holds too many values; at most 10,000 are accepted."
    ]


@pytest.mark.parametrize("bad", ["a\0b", "\ud83d"])
def test_text_that_no_database_keeps_is_refused_wherever_it_is(bad: str) -> None:
    for body in ({"prompt": bad}, {"prompt": "x", "extra": {"deep": [bad]}}, {"prompt": "x", bad: 1}):
        found = objections(body)

        assert len(found) == 1
        assert "half of a surrogate pair" in found[0].message
        assert found[0].message.encode()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1e999"])
@pytest.mark.parametrize("field", ["cfg_scale", "duration", "extra"])
def test_a_number_that_is_not_finite_is_refused(field: str, number: str) -> None:
    body = json.loads(f'{{"prompt": "x", "{field}": {number}}}')

    assert [each.message.split(" must ")[0] for each in objections(body)] == [field]


def test_huge_values_are_never_echoed_whole() -> None:
    long = "x" * 1_000_000
    huge = 10**4000
    body = dict.fromkeys(
        ("model", "mode", "prompt", "callback_url", "start_image_url", "video_id", long), long
    )
    numbers = dict.fromkeys(("duration", "seed", "cfg_scale"), huge)
    nested = {"camera_control": {"type": long}, "image_list": [{"image_url": long, long: 1}]}

    found = objections(body | numbers | nested)

    assert len(found) > 8
    assert all(len(each.message) < 500 and len(json.dumps(each.value)) < 200 for each in found)


def test_secrets_in_urls_are_not_echoed() -> None:
    found = objections({"prompt": "x", "callback_url": "https://ann:s3cret@example.com/?token=s3cret"})

    assert [each.field for each in found] == ["callback_url"]
    assert "s3cret" not in f"{found[0].message} {found[0].value}"
