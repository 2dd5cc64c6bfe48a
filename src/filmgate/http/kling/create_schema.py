"""The JSON body of a create, field by field: what is read from the wire and what OpenAPI says of it.

These models check types alone. Sizes, counts and the capability matrix are the catalogue's, so
`create_schema` writes them into the schema and the rules of the domain check them.
"""

import re
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    StrictBool,
    StrictStr,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from filmgate.domain.models import Catalog
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraType,
    ImageUse,
    Mode,
    ShotType,
    VideoUse,
)

_DIGITS = re.compile(r"[0-9]{1,9}(\.0{1,9})?")


def _whole(value: object) -> int:
    """Accept 5 and 5.0, as JSON has one kind of number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise PydanticCustomError("expected", "{expected}", {"expected": "a whole number"})


def _whole_or_text(value: object) -> int:
    """Accept "5" as well: several published clients send durations as strings."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value.partition(".")[0])
    return _whole(value)


def _yes_or_no(value: object) -> bool:
    if value not in ("yes", "no"):
        raise PydanticCustomError("expected", "{expected}", {"expected": '"yes" or "no"'})
    return value == "yes"


def _no_stored_elements(value: object) -> None:
    if value is not None:
        raise PydanticCustomError(
            "refused", "is not supported: elements cannot be stored yet; send the picture as image_url."
        )


Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer"})]
Seconds = Annotated[
    int,
    BeforeValidator(_whole_or_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}]}),
]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
YesOrNo = Annotated[
    bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "string", "enum": ["yes", "no"]})
]


class WireObject(BaseModel):
    """An object of the wire: fields it does not know are kept aside, for warnings."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=False)


class CameraConfigBody(WireObject):
    """The six axes of a `simple` camera move.

    When every value lies within -1 and 1 they are fractions of full travel; otherwise they are on the
    scale from -10 to 10. All are movements of the camera, so the picture moves the other way.
    """

    horizontal: Number = Field(0.0, description="- left, + right.", ge=-10, le=10)
    vertical: Number = Field(0.0, description="- down, + up.", ge=-10, le=10)
    pan: Number = Field(0.0, description="Yaw: - left, + right.", ge=-10, le=10)
    tilt: Number = Field(0.0, description="Pitch: - down, + up.", ge=-10, le=10)
    roll: Number = Field(0.0, description="- counter-clockwise, + clockwise.", ge=-10, le=10)
    zoom: Number = Field(0.0, description="- narrower (closer), + wider.", ge=-10, le=10)


class CameraBody(WireObject):
    """A movement of the camera: six free axes, or a preset."""

    type: CameraType = Field(
        description="`simple` moves by `config`; the others are presets and take no `config`."
    )
    config: CameraConfigBody | None = Field(
        None, description="Required for `simple`, with at least one value other than zero."
    )


class ElementBody(WireObject):
    """A picture of a subject, cited in the prompt as `<<<element_N>>>`."""

    image_url: StrictStr = Field(description="An http(s) URL, or `data:image/...;base64,`.")
    element_id: SkipJsonSchema[Annotated[Any, BeforeValidator(_no_stored_elements)]] = None


class VideoBody(WireObject):
    """A given video, cited in the prompt as `<<<video_1>>>`."""

    video_url: StrictStr = Field(description="An http(s) URL.")
    refer_type: VideoUse = Field(
        VideoUse.BASE,
        description="`base`: edit this video. `feature`: take over its camera movement and style.",
    )
    keep_original_sound: YesOrNo = Field(
        True, description="Whether the clip keeps the video's sound.", json_schema_extra={"default": "yes"}
    )


class ImageBody(WireObject):
    """A reference picture, cited in the prompt as `<<<image_N>>>`."""

    image_url: StrictStr = Field(description="An http(s) URL, or `data:image/...;base64,`.")
    type: ImageUse | None = Field(
        None, description="Makes the picture the first or the last frame; left out, it is only cited."
    )


class ShotBody(WireObject):
    """One shot of a multi-shot clip."""

    index: Whole = Field(description="Counts the shots from 1, in their order.")
    prompt: StrictStr = Field(description="What happens in this shot.")
    duration: Seconds = Field(description="Whole seconds.")


_EXAMPLES: list[JsonValue] = [
    {"action": "text2video", "model": "kling-v1", "prompt": "a cinematic sunset over the ocean"},
    {
        "action": "image2video",
        "model": "kling-v3",
        "mode": "pro",
        "prompt": "the boat drifts out of the harbour",
        "start_image_url": "https://example.com/harbour.jpg",
        "end_image_url": "https://example.com/open-sea.jpg",
        "duration": 8,
        "generate_audio": True,
        "async": True,
    },
    {
        "action": "text2video",
        "model": "kling-v3",
        "prompt": "dunes at dawn",
        "camera_control": {"type": "simple", "config": {"horizontal": 5, "zoom": -2}},
        "callback_url": "https://example.com/hooks/clips",
    },
    {"action": "extend", "model": "kling-v1-6", "video_id": "900798310464749610", "prompt": "night falls"},
]


class CreateBody(WireObject):
    """The body of `POST /kling/videos`.

    A field that the model cannot honour is refused, never dropped; one that asks for nothing (`false`,
    `null`, `""`, an empty list) is fine everywhere. Unknown fields are accepted and listed in `warnings`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    action: Action | None = Field(
        None,
        description="`text2video`: from a prompt; `image2video`: from a picture; `extend`: continue one.",
    )
    model: StrictStr | None = Field(None, description="Which model; see the capability matrix.")
    mode: Mode | None = Field(
        None, description="The quality class. Models with a single mode accept `std` only."
    )
    prompt: StrictStr | None = Field(
        None,
        description="What to show. Required for text2video and image2video unless `multi_shot`. "
        "Cites references as `<<<image_1>>>`, `<<<video_1>>>`, `<<<element_1>>>`.",
    )
    negative_prompt: StrictStr | None = Field(None, description="What to avoid. Not with extend on kling-v1.")
    start_image_url: StrictStr | None = Field(
        None,
        description="The first frame: an http(s) URL, or `data:image/...;base64,`. JPEG, PNG or WebP. "
        "Required for image2video, refused with the other actions.",
    )
    end_image_url: StrictStr | None = Field(
        None, description="The last frame, in the same forms; only with `start_image_url`."
    )
    video_id: StrictStr | None = Field(None, description="The finished clip to continue, for extend.")
    duration: Seconds | None = Field(
        None,
        description='Whole seconds; for extend, the length that is added. `5`, `5.0` and `"5"` are equal.',
    )
    aspect_ratio: AspectRatio | None = Field(
        None,
        description="Width to height. image2video follows the picture unless this is given; extend keeps the "
        "shape of its source, and `warnings` tell where this asks for another.",
    )
    cfg_scale: Number | None = Field(
        None,
        description="How closely to follow the prompt, from 0 to 1 (0.5). Not with extend on kling-v1.",
    )
    camera_control: CameraBody | None = Field(
        None, description="How the camera moves. Never with mode `4k` nor with `end_image_url`."
    )
    generate_audio: StrictBool | None = Field(None, description="Whether the clip has sound.")
    element_list: list[ElementBody] | None = Field(None, description="Pictures of subjects.")
    video_list: list[VideoBody] | None = Field(
        None, description="A video to edit or to follow; `generate_audio` must then be false."
    )
    image_list: list[ImageBody] | None = Field(
        None, description="Reference pictures; start and end images count first."
    )
    multi_shot: StrictBool | None = Field(None, description="Whether the clip is cut from several shots.")
    shot_type: ShotType | None = Field(
        None,
        description="`customize`: by `multi_prompt`. `intelligence`: by what the prompt tells.",
    )
    multi_prompt: list[ShotBody] | None = Field(
        None, description="The shots; their durations add up to `duration`."
    )
    seed: Whole | None = Field(
        None, description="The same request with the same seed makes the same clip. Drawn when left out."
    )
    callback_url: StrictStr | None = Field(
        None, description="Where to post the result; makes the call asynchronous. http(s) only."
    )
    asynchronous: StrictBool | None = Field(
        None, alias="async", description="Answer at once with the task's id, without a callback."
    )
    timeout: Any = Field(None, description="Accepted for older clients; has no effect.")


def create_schema(catalog: Catalog, *, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
    """Return the JSON schema of a create, with the catalogue's models, defaults and limits written in."""
    schema = CreateBody.model_json_schema(by_alias=True, ref_template=ref_template)
    limits = catalog.limits
    properties = schema["properties"]
    durations = sorted({each for spec in catalog.specs.values() for each in spec.durations})
    properties["model"]["anyOf"] = [
        {"type": "string", "enum": [*catalog.models, *catalog.aliases]},
        {"type": "null"},
    ]
    properties["duration"]["anyOf"][0] |= {"minimum": durations[0], "maximum": durations[-1]}
    properties["seed"]["anyOf"][0] |= {"minimum": 0, "maximum": limits.seed}
    properties["cfg_scale"]["anyOf"][0] |= {"minimum": 0, "maximum": 1}
    for field, longest in (
        ("prompt", limits.prompt_characters),
        ("negative_prompt", limits.negative_prompt_characters),
        ("callback_url", limits.url_characters),
    ):
        properties[field]["anyOf"][0]["maxLength"] = longest
    for field, most in list_limits(catalog).items():
        properties[field]["anyOf"][0]["maxItems"] = most
    schema["$defs"]["ShotBody"]["properties"]["prompt"]["maxLength"] = limits.shot_prompt_characters
    for field, default in (
        ("action", Action.TEXT2VIDEO.value),
        ("model", catalog.default_model),
        ("mode", catalog.default_mode.value),
        ("duration", catalog.default_duration),
        ("aspect_ratio", catalog.default_aspect_ratio.value),
    ):
        properties[field]["default"] = default
    return schema


def list_limits(catalog: Catalog) -> dict[str, int]:
    """Return how many items each list of a create may have."""
    limits = catalog.limits
    return {
        "element_list": limits.elements,
        "video_list": limits.videos,
        "image_list": limits.images,
        "multi_prompt": limits.shots,
    }
