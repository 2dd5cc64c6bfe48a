import json
from typing import Any

import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    CameraType,
    Element,
    ImageReference,
    ImageUse,
    Mode,
    RemoteMedia,
    Shot,
    ShotType,
    VideoReference,
    VideoUse,
)
from filmgate.domain.tasks import Warned
from filmgate.http.kling.body import ParsedCreate, parse_create
from tests.domain.matrix import CATALOG, MATRIX, Row

URL = "https://example.com/harbour.jpg"


def parsed(body: object = None, **fields: Any) -> ParsedCreate:
    return parse_create({"prompt": "a harbour at dawn"} | fields if body is None else body, CATALOG)


def refused(body: object = None, **fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as error:
        parsed(body, **fields)
    assert json.dumps([each.value for each in error.value.objections])
    return {objection.field: objection.message for objection in error.value.objections}


def test_a_prompt_alone_asks_for_the_defaults() -> None:
    create = parsed()

    assert create.request.action is Action.TEXT2VIDEO
    assert (create.request.model, create.request.mode, create.request.duration) == ("kling-v1", Mode.STD, 5)
    assert create.request.aspect_ratio is None
    assert (create.asynchronous, create.callback_url, create.warnings) == (False, None, ())


def test_every_field_arrives() -> None:
    create = parsed(
        action="image2video",
        model="kling-v3-omni",
        mode="pro",
        negative_prompt="rain",
        start_image_url=URL,
        end_image_url=URL,
        duration=9,
        aspect_ratio="9:16",
        cfg_scale=1,
        generate_audio=False,
        element_list=[{"image_url": URL}],
        video_list=[{"video_url": URL, "refer_type": "feature", "keep_original_sound": "no"}],
        image_list=[{"image_url": URL}],
        seed=7,
    )

    request = create.request
    picture = RemoteMedia(url=URL)
    assert (request.start_image, request.end_image) == (picture, picture)
    assert (request.negative_prompt, request.aspect_ratio) == ("rain", AspectRatio.TALL)
    assert (request.cfg_scale, request.generate_audio, request.seed) == (1.0, False, 7)
    assert request.elements == (Element(image=picture),)
    assert request.videos == (VideoReference(video=picture, use=VideoUse.FEATURE, keep_original_sound=False),)
    assert request.images == (ImageReference(image=picture),)


def test_shots_and_frames_among_references_arrive() -> None:
    create = parsed(
        {
            "model": "kling-v3-omni",
            "multi_shot": True,
            "shot_type": "customize",
            "multi_prompt": [
                {"index": 1, "prompt": "a", "duration": "2"},
                {"index": 2.0, "prompt": "b", "duration": 3},
            ],
            "image_list": [{"image_url": URL, "type": "first_frame"}],
        }
    )

    assert create.request.shot_type is ShotType.CUSTOMIZE
    assert create.request.shots == (
        Shot(index=1, prompt="a", duration=2),
        Shot(index=2, prompt="b", duration=3),
    )
    assert create.request.images[0].use is ImageUse.FIRST_FRAME


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.model}/{row.mode}")
def test_every_row_is_reached_from_the_wire(row: Row) -> None:
    create = parsed(action="extend", video_id="9", model=row.model, mode=row.mode)

    assert (create.request.model, create.request.mode) == (row.model, row.mode)


def test_an_alias_is_its_model() -> None:
    assert parsed(model="kling-o1").request.model == "kling-video-o1"


@pytest.mark.parametrize("sent", [10, 10.0, "10", "10.0"])
def test_a_whole_duration_is_accepted_as_clients_send_it(sent: object) -> None:
    assert parsed(duration=sent).request.duration == 10


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (5.5, "5.5"),
        (True, "true"),
        (False, "false"),
        ("abc", '"abc"'),
        ("5.5", '"5.5"'),
        ("", '""'),
        (" 5", '" 5"'),
        ("٥", '"٥"'),
        ("-5", '"-5"'),
        ("1e1", '"1e1"'),
        ([5], "a list of 1 item"),
        ({}, "an object of 0 fields"),
    ],
)
def test_a_duration_that_is_no_whole_number_is_refused(sent: object, shown: str) -> None:
    assert refused(duration=sent) == {"duration": f"duration must be a whole number, not {shown}."}


@pytest.mark.parametrize("sent", [0, -5, 10**30, "999999999", 1e300])
def test_a_duration_that_no_model_has_is_refused(sent: object) -> None:
    messages = refused(duration=sent)

    assert list(messages) == ["duration"]
    assert messages["duration"].endswith("is not supported by kling-v1; it accepts 5 or 10.")


@pytest.mark.parametrize(
    ("field", "sent", "expected"),
    [
        ("action", "text2image", "must be 'text2video', 'image2video' or 'extend', not \"text2image\"."),
        ("mode", "PRO", "must be 'std', 'pro' or '4k', not \"PRO\"."),
        ("aspect_ratio", "4:3", "must be '16:9', '9:16' or '1:1', not \"4:3\"."),
        ("prompt", 5, "must be a string, not 5."),
        ("negative_prompt", ["rain"], "must be a string, not a list of 1 item."),
        ("video_id", 900798310464749610, "must be a string, not 900798310464749610."),
        ("cfg_scale", "0.5", 'must be a number, not "0.5".'),
        ("cfg_scale", True, "must be a number, not true."),
        ("cfg_scale", "", 'must be a number, not "".'),
        ("generate_audio", "false", 'must be true or false, not "false".'),
        ("generate_audio", 0, "must be true or false, not 0."),
        ("async", "true", 'must be true or false, not "true".'),
        ("multi_shot", 1, "must be true or false, not 1."),
        ("seed", "7", 'must be a whole number, not "7".'),
        ("seed", 7.5, "must be a whole number, not 7.5."),
        ("camera_control", "simple", 'must be an object, not "simple".'),
        ("element_list", {"image_url": URL}, "must be a list, not an object of 1 field."),
        ("image_list", "x", 'must be a list, not "x".'),
        ("start_image_url", 5, "must be a string, not 5."),
        ("callback_url", True, "must be a string, not true."),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_what_would_do(
    field: str, sent: object, expected: str
) -> None:
    assert refused(**{field: sent}) == {field: f"{field} {expected}"}


@pytest.mark.parametrize("sent", [5, True, ["kling-v1"]])
def test_a_model_that_is_no_name_is_invalid(sent: object) -> None:
    assert refused(model=sent)["model"].startswith("model is invalid. model must be a string, not ")


@pytest.mark.parametrize("body", [None, [], "text", 5, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(InvalidRequest, match="The body must be a JSON object, not"):
        parse_create(body, CATALOG)


@pytest.mark.parametrize(
    "field",
    [
        *("action", "model", "mode", "negative_prompt", "start_image_url", "end_image_url", "video_id"),
        *("aspect_ratio", "camera_control", "element_list", "video_list", "image_list", "shot_type"),
        *("multi_prompt", "callback_url", "voice_list", "watermark_info", "static_mask", "dynamic_masks"),
        *("image_tail", "external_task_id", "sound"),
    ],
)
@pytest.mark.parametrize("empty", [None, "", [], False], ids=repr)
def test_what_asks_for_nothing_is_fine_everywhere(field: str, empty: object) -> None:
    assert parsed(**{field: empty}) == parsed()


@pytest.mark.parametrize("field", ["duration", "cfg_scale", "seed", "generate_audio", "multi_shot", "async"])
def test_null_is_as_good_as_absent(field: str) -> None:
    assert parsed(**{field: None}) == parsed()


def test_nested_fields_may_ask_for_nothing_too() -> None:
    create = parsed(
        model="kling-v3-omni",
        camera_control={"type": None, "config": {}},
        image_list=[{"image_url": URL, "type": ""}],
        element_list=[{"image_url": URL, "element_id": None}],
    )

    assert create.request.camera is None
    assert create.request.images == (ImageReference(image=RemoteMedia(url=URL)),)


@pytest.mark.parametrize("off", [{"sound": "off"}, {"watermark_info": {"enabled": False}}])
def test_the_family_s_own_ways_to_switch_off_are_fine(off: dict[str, Any]) -> None:
    assert parsed(**off) == parsed()


@pytest.mark.parametrize(
    ("field", "sent", "hint"),
    [
        ("voice_list", [{"voice_id": "1"}], "generate_audio"),
        ("watermark_info", {"enabled": True}, "no watermark"),
        ("static_mask", URL, "camera_control"),
        ("dynamic_masks", [{}], "camera_control"),
        ("image_tail", URL, "end_image_url"),
        ("external_task_id", "mine", "Idempotency-Key"),
        ("sound", "on", "generate_audio"),
    ],
)
def test_what_the_family_knows_and_we_do_not_is_refused_by_name(field: str, sent: object, hint: str) -> None:
    messages = refused(**{field: sent})

    assert messages[field].startswith(f"{field} is not supported here")
    assert hint in messages[field]


def test_timeout_has_no_effect_whatever_it_is() -> None:
    assert parsed(timeout=[{"a": "b"}]) == parsed(timeout="30") == parsed()


@pytest.mark.parametrize(
    "field", ["prompt", "video_list", "image_list", "element_list", "multi_prompt", "mode", "callback_url"]
)
def test_an_empty_object_where_none_belongs_is_refused_by_name(field: str) -> None:
    assert "not an object of 0 fields" in refused(**{field: {}})[field]


def test_an_empty_object_where_one_belongs_asks_for_nothing() -> None:
    assert parsed(camera_control={}, watermark_info={}) == parsed()


@pytest.mark.parametrize("sent", [False, True, "true", "", 1, ["no"]])
def test_whether_the_original_sound_is_kept_is_yes_or_no(sent: object) -> None:
    video = {"video_url": URL, "keep_original_sound": sent}
    messages = refused(model="kling-video-o1", video_list=[video])

    assert 'must be "yes" or "no", not ' in messages["video_list[0].keep_original_sound"]


def test_unknown_fields_are_accepted_and_told_with_the_nearest_name() -> None:
    create = parsed(
        negativ_prompt="x", zzz=None, camera_control={"type": "down_back", "tpye": 1}, model="kling-v3"
    )

    assert create.warnings == (
        Warned(field="negativ_prompt", nearest="negative_prompt"),
        Warned(field="zzz", nearest=None),
        Warned(field="camera_control.tpye", nearest="camera_control.type"),
    )


@pytest.mark.parametrize("name", ["image", "image_url", "first_frame", "Image_URL"])
def test_a_missing_picture_under_another_name_is_told_by_that_name(name: str) -> None:
    url = "https://example.com/harbour.jpg"

    messages = refused(action="image2video", **{name: url, "imag_list": [], "colour": "red"})

    assert list(messages) == ["start_image_url", name, "imag_list", "colour"]
    assert messages[name] == (f'"{name}" is not known here and has no effect; did you mean start_image_url?')
    assert messages["imag_list"].endswith("; did you mean image_list?")
    assert messages["colour"] == '"colour" is not known here and has no effect.'


def test_both_names_of_a_picture_are_told_where_neither_is_the_right_one() -> None:
    messages = refused(action="image2video", image="https://a.example/", image_url="https://a.example/")

    assert list(messages) == ["start_image_url", "image", "image_url"]


def test_of_many_unknown_fields_a_refusal_tells_six() -> None:
    messages = refused(mode="best", **{f"field_{n}": n for n in range(9)})

    assert list(messages) == ["mode", *(f"field_{n}" for n in range(6))]


def test_what_was_sent_instead_of_a_nested_field_is_told() -> None:
    messages = refused(
        model="kling-v3-omni", image_list=[{"image": "https://a.example/", "type": "end_frame"}]
    )

    assert messages["image_list[0].image_url"] == (
        'image_list[0].image_url is required; "image" is not known there.'
    )


def test_a_flood_of_unknown_fields_is_refused() -> None:
    assert refused(**{f"field_{n}": n for n in range(101)}) == {
        "body": "The body has 101 unknown fields; at most 100 are accepted."
    }


@pytest.mark.parametrize(
    ("config", "move"),
    [
        ({"horizontal": 5}, CameraMove(horizontal=0.5)),
        ({"horizontal": 0.5}, CameraMove(horizontal=0.5)),
        ({"horizontal": 1}, CameraMove(horizontal=1.0)),
        ({"pan": -10, "zoom": 1}, CameraMove(pan=-1.0, zoom=0.1)),
        ({"vertical": 1.5, "tilt": 0.5}, CameraMove(vertical=0.15, tilt=0.05)),
        ({"roll": -1, "pan": 0}, CameraMove(roll=-1.0)),
    ],
)
def test_both_scales_of_the_camera_mean_the_same(config: dict[str, float], move: CameraMove) -> None:
    assert parsed(camera_control={"type": "simple", "config": config}).request.camera == move


@pytest.mark.parametrize("name", ["down_back", "forward_up", "right_turn_forward", "left_turn_forward"])
@pytest.mark.parametrize("config", [None, {}, {"pan": 0}])
def test_a_camera_preset_stands_alone(name: str, config: object) -> None:
    create = parsed(camera_control={"type": name, "config": config})

    assert create.request.camera == CameraMove(type=CameraType(name))


@pytest.mark.parametrize(
    ("camera", "field", "message"),
    [
        ({"type": "simple"}, "camera_control.config", "required for type=simple"),
        ({"type": "simple", "config": {"pan": 0}}, "camera_control.config", "other than zero."),
        ({"type": "simple", "config": {"zooom": 5}}, "camera_control.config", '"zooom" is no axis, zoom is.'),
        ({"type": "simple", "config": {"dolly": 5}}, "camera_control.config", '"dolly" is no axis, zoom is.'),
        ({"type": "simple", "config": {"spin": 5}}, "camera_control.config", '"spin" is no axis.'),
        ({"type": "simple", "config": {"\x1b": 5}}, "camera_control.config", '"\\u001b" is no axis.'),
        ({"type": "down_back", "config": {"pan": 1}}, "camera_control.config", "belongs to type=simple"),
        ({"config": {"pan": 1}}, "camera_control.type", "is required"),
        ({"type": "orbit"}, "camera_control.type", "must be 'simple', 'down_back'"),
        (
            {"type": "simple", "config": {"pan": 10.1}},
            "camera_control.config.pan",
            "must be at most 10, not 10.1.",
        ),
        (
            {"type": "simple", "config": {"pan": -11}},
            "camera_control.config.pan",
            "must be at least -10, not -11.",
        ),
        (
            {"type": "simple", "config": {"pan": "5"}},
            "camera_control.config.pan",
            'must be a number, not "5".',
        ),
        ({"type": "simple", "config": {"pan": ""}}, "camera_control.config.pan", 'must be a number, not "".'),
        (
            {"type": "simple", "config": [5]},
            "camera_control.config",
            "must be an object, not a list of 1 item.",
        ),
    ],
)
def test_a_camera_that_cannot_be_followed_is_refused(
    camera: dict[str, Any], field: str, message: str
) -> None:
    messages = refused(camera_control=camera)

    assert list(messages) == [field]
    assert message in messages[field]


def test_a_callback_or_async_makes_the_call_asynchronous() -> None:
    with_callback = parsed(callback_url="http://127.0.0.1:9000/hook?task=1")

    assert (with_callback.asynchronous, with_callback.callback_url) == (
        True,
        "http://127.0.0.1:9000/hook?task=1",
    )
    assert parsed(**{"async": True}).asynchronous
    assert not parsed(**{"async": False, "callback_url": ""}).asynchronous


@pytest.mark.parametrize(
    ("item", "field", "message"),
    [
        ({"image_url": URL, "element_id": 5}, "element_list[0].element_id", "elements cannot be stored yet"),
        ({"image_url": URL, "element_id": 0}, "element_list[0].element_id", "elements cannot be stored yet"),
        ({}, "element_list[0].image_url", "is required."),
        ({"image_url": ""}, "element_list[0].image_url", "is required."),
        (None, "element_list[0]", "must be an object, not null."),
        ("x", "element_list[0]", 'must be an object, not "x".'),
    ],
)
def test_an_element_without_a_picture_is_refused(item: object, field: str, message: str) -> None:
    messages = refused(model="kling-v3-omni", element_list=[item])

    assert list(messages) == [field]
    assert message in messages[field]
