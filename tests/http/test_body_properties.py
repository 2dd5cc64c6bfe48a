"""No request is silently changed: what a body says is what is rendered, or it is refused."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.models import AudioSupport, ModelSpec
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
    Media,
    RemoteMedia,
    Shot,
    ShotType,
    VideoReference,
    VideoUse,
)
from filmgate.http.kling.body import ParsedCreate, parse_create
from filmgate.http.kling.redaction import redacted
from tests.domain.matrix import CATALOG
from tests.http.wire import wire_body

text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20)
spoken = text.filter(lambda words: bool(words.strip()) and "<<<" not in words)
web = st.sampled_from(
    ["https://example.com/a.jpg?sig=x&y=%20", "http://127.0.0.1:9000/b", "HTTP://EXAMPLE.com"]
)
inline = st.builds(
    InlineMedia,
    content_type=st.sampled_from(["image/jpeg", "image/png", "image/webp"]),
    content=st.binary(min_size=1, max_size=20),
)
pictures: st.SearchStrategy[Media] = st.one_of(st.builds(RemoteMedia, url=web), inline)
fraction = st.floats(-1, 1, allow_nan=False)
cameras = st.one_of(
    st.builds(
        CameraMove,
        horizontal=fraction,
        vertical=fraction,
        pan=fraction,
        tilt=fraction,
        roll=fraction,
        zoom=st.floats(0.01, 1),
    ),
    st.sampled_from([CameraMove(type=each) for each in CameraType if each is not CameraType.SIMPLE]),
)


@st.composite
def extends(draw: st.DrawFn, spec: ModelSpec) -> GenerationRequest:
    """An extend that the row accepts."""
    oldest = spec.model == "kling-v1"
    return GenerationRequest(
        action=Action.EXTEND,
        model=spec.model,
        mode=spec.mode,
        duration=draw(st.sampled_from(spec.durations)),
        video_id=draw(spoken),
        prompt=draw(st.just("") | spoken),
        negative_prompt=None if oldest else draw(st.none() | spoken),
        cfg_scale=None if oldest else draw(st.none() | st.floats(0, 1)),
        aspect_ratio=draw(st.none() | st.sampled_from(AspectRatio)),
        seed=draw(st.none() | st.integers(0, CATALOG.limits.seed)),
    )


@st.composite
def references(draw: st.DrawFn) -> dict[str, Any]:
    """Reference lists that go together, and beside a start and an end image."""
    use = st.builds(VideoReference, video=st.builds(RemoteMedia, url=web), use=st.sampled_from(VideoUse),
                    keep_original_sound=st.booleans())  # fmt: skip
    return {
        "elements": tuple(draw(st.lists(st.builds(Element, image=pictures), max_size=3))),
        "videos": tuple(draw(st.lists(use, max_size=1))),
        "images": tuple(ImageReference(image=each) for each in draw(st.lists(pictures, max_size=2))),
    }


@st.composite
def creates(draw: st.DrawFn, spec: ModelSpec) -> GenerationRequest:
    """A create that the row accepts, with any of what it can do."""
    duration = draw(st.sampled_from(spec.durations))
    given: dict[str, Any] = {"action": Action.TEXT2VIDEO, "prompt": draw(spoken)}
    if spec.references:
        given |= draw(references())
    if draw(st.booleans()):
        given |= {"action": Action.IMAGE2VIDEO, "start_image": draw(pictures)}
        if duration in spec.end_image_durations and draw(st.booleans()):
            given["end_image"] = draw(pictures)
    elif spec.references and draw(st.booleans()):
        given["images"] += (ImageReference(image=draw(pictures), use=ImageUse.FIRST_FRAME),)
    if duration in spec.camera_durations and "end_image" not in given:
        given["camera"] = draw(st.none() | cameras)
    loud = spec.audio is not AudioSupport.NONE and not given.get("videos")
    given["generate_audio"] = draw(st.sampled_from([None, False, True] if loud else [None, False]))
    if spec.multi_shot and draw(st.booleans()):
        cut = Shot(index=1, prompt=draw(spoken), duration=1), Shot(index=2, prompt="b", duration=duration - 1)
        customized = {"shot_type": ShotType.CUSTOMIZE, "shots": cut}
        given |= {"multi_shot": True} | draw(
            st.sampled_from([customized, {"shot_type": ShotType.INTELLIGENCE}])
        )
    return GenerationRequest(
        model=spec.model,
        mode=spec.mode,
        duration=duration,
        negative_prompt=draw(st.none() | spoken),
        aspect_ratio=draw(st.none() | st.sampled_from(AspectRatio)),
        cfg_scale=draw(st.none() | st.floats(0, 1)),
        seed=draw(st.none() | st.integers(0, CATALOG.limits.seed)),
        **given,
    )


specs = st.sampled_from(list(CATALOG.specs.values()))
requests = specs.flatmap(
    lambda spec: st.one_of(creates(spec), extends(spec)) if spec.text2video else extends(spec)
)


@settings(max_examples=400, deadline=None)
@given(requests)
def test_a_request_survives_the_wire_unchanged(request: GenerationRequest) -> None:
    body = json.loads(json.dumps(wire_body(request)))

    create = parse_create(body, CATALOG)

    assert create.request == request
    assert create.warnings == ()


wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
urls = st.sampled_from(
    ["https://a.example/x", "data:image/png;base64,AAAA", "data:image/png;base64,A", "x", ""]
)
axes = st.sampled_from(["horizontal", "vertical", "pan", "tilt", "roll", "zoom"])
likely: dict[str, st.SearchStrategy[Any]] = {
    "action": st.sampled_from(Action).map(str),
    "model": st.sampled_from([*CATALOG.models, *CATALOG.aliases]),
    "mode": st.sampled_from(["std", "pro", "4k"]),
    "prompt": st.sampled_from(["a harbour", "<<<image_1>>>", ""]),
    "negative_prompt": st.text(max_size=5),
    "start_image_url": urls,
    "end_image_url": urls,
    "video_id": st.sampled_from(["9", ""]),
    "duration": st.sampled_from([5, 5.0, "5", "10", 10, 8, "8.0", 5.5]),
    "aspect_ratio": st.sampled_from(["16:9", "9:16", "1:1"]),
    "cfg_scale": st.floats(0, 1) | st.sampled_from([0, 1]),
    "camera_control": st.fixed_dictionaries(
        {"type": st.sampled_from(CameraType).map(str)},
        optional={"config": st.none() | st.dictionaries(axes, st.integers(-10, 10) | fraction)},
    ),
    "generate_audio": st.booleans(),
    "element_list": st.lists(st.fixed_dictionaries({"image_url": urls}), max_size=3),
    "video_list": st.lists(
        st.fixed_dictionaries(
            {"video_url": urls},
            optional={
                "refer_type": st.sampled_from(["base", "feature"]),
                "keep_original_sound": st.sampled_from(["yes", "no"]),
            },
        ),
        max_size=1,
    ),
    "image_list": st.lists(
        st.fixed_dictionaries(
            {"image_url": urls}, optional={"type": st.sampled_from(["first_frame", "end_frame"])}
        ),
        max_size=3,
    ),
    "multi_shot": st.booleans(),
    "shot_type": st.sampled_from(["customize", "intelligence"]),
    "multi_prompt": st.lists(
        st.fixed_dictionaries(
            {"index": st.just(1), "prompt": st.just("a"), "duration": st.sampled_from([5, "5"])}
        ),
        max_size=1,
    ),
    "seed": st.integers(-1, 2**31),
    "callback_url": st.sampled_from(["https://a.example/hook", ""]),
    "async": st.booleans(),
    "timeout": wild,
    "sound": st.sampled_from(["off", "on", False]),
    "watermark_info": st.sampled_from([{"enabled": False}, {"enabled": True}, None]),
}
bodies = st.fixed_dictionaries(
    {"prompt": likely["prompt"]}, optional={name: sent for name, sent in likely.items() if name != "prompt"}
)
# A few fields at a time on models that can do much, so that many of these are accepted.
grounds: list[dict[str, Any]] = [
    {"prompt": "a"},
    {"prompt": "a", "model": "kling-v3"},
    {"prompt": "a", "model": "kling-v3-omni"},
    {
        "prompt": "a",
        "model": "kling-v3-omni",
        "action": "image2video",
        "start_image_url": "https://a.example/",
    },
    {"model": "kling-v3", "multi_shot": True, "shot_type": "customize"},
    {"action": "extend", "video_id": "9"},
]
plain_bodies = st.lists(st.sampled_from(sorted(likely)), max_size=3, unique=True).flatmap(
    lambda names: st.builds(
        lambda ground, sent: ground | sent,
        st.sampled_from(grounds),
        st.fixed_dictionaries({name: likely[name] for name in names}),
    )
)
wild_bodies = st.dictionaries(st.sampled_from(sorted(likely)) | st.text(max_size=8), wild, max_size=5).map(
    lambda body: {"prompt": "a harbour"} | body
)


@settings(max_examples=1000, deadline=None)
@given(plain_bodies | bodies | wild_bodies)
@example({"prompt": "x", "camera_control": {"type": "simple", "config": {"pan": 10, "zoom": 1}}})
@example({"prompt": "x", "duration": "10.0", "generate_audio": False, "image_list": []})
def test_a_body_is_refused_or_means_what_it_says(body: dict[str, Any]) -> None:
    create = parsed_or_refused(body)

    if isinstance(create, InvalidRequest):
        assert create.objections
        assert all(each.message.endswith((".", "?")) for each in create.objections)
        return
    for name, sent in body.items():
        assert says(name, sent, create), (name, sent)
    assert redacted(body).keys() == body.keys()
    assert parse_create(wire_body(create.request), CATALOG).request == create.request


def parsed_or_refused(body: dict[str, Any]) -> ParsedCreate | InvalidRequest:
    try:
        return parse_create(body, CATALOG)
    except InvalidRequest as refusal:
        return refusal


def says(name: str, sent: Any, create: ParsedCreate) -> bool:
    """Tell whether a field that was sent can be read off what will be rendered."""
    if name not in likely:
        return name[:60] in [warned.field for warned in create.warnings]
    if name == "timeout" or asks_nothing(name, sent):
        return True
    if name == "async":
        return create.asynchronous
    if name == "callback_url":
        return create.asynchronous and create.callback_url == sent
    back = wire_body(create.request)
    if name == "model":
        return bool(back[name] == {"kling-o1": "kling-video-o1"}.get(sent, sent))
    if name in ("duration", "seed"):
        return bool(back[name] == float(sent))
    if name == "camera_control":
        return means_the_same_move(sent, back.get(name))
    if isinstance(sent, list):
        return all(covers(one, other) for one, other in zip(sent, back[name], strict=True))
    return bool(back.get(name, False) == sent)


def asks_nothing(name: str, sent: Any) -> bool:
    """Tell whether a field was sent without asking for anything."""
    if sent is None or sent is False:
        return True
    switched_off = {"sound": "off", "watermark_info": {"enabled": False}}
    if sent == {}:
        # Elsewhere it must have been refused.
        return name in (
            "camera_control",
            "voice_list",
            "watermark_info",
            "static_mask",
            "dynamic_masks",
            "image_tail",
            "external_task_id",
            "sound",
        )
    return isinstance(sent, str | list | dict) and (not sent or sent == switched_off.get(name))


def covers(sent: dict[str, Any], back: dict[str, Any]) -> bool:
    """Tell whether an item of a list came back with every field it had."""
    return all(
        str(back[name]) == str(value)
        for name, value in sent.items()
        if name in back or value not in (None, "")
    )


def means_the_same_move(sent: dict[str, Any], back: dict[str, Any] | None) -> bool:
    """Compare two camera moves by how far they travel on each axis."""
    if back is None:
        return not sent.get("type")
    axes = {axis: value for axis, value in (sent.get("config") or {}).items() if value}
    scale = 10 if any(abs(value) > 1 for value in axes.values()) else 1
    moved = {axis: value for axis, value in back.get("config", {}).items() if value}
    return bool(sent["type"] == back["type"]) and moved == pytest.approx(
        {axis: value / scale for axis, value in axes.items()}
    )
