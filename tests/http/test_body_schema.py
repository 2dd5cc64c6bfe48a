import pytest

from filmgate.http.kling.body import parse_create
from filmgate.http.kling.create_schema import CreateBody, create_schema
from tests.domain.matrix import CATALOG

DOCUMENTED = [
    *("action", "model", "mode", "prompt", "negative_prompt", "start_image_url", "end_image_url"),
    *("video_id", "duration", "aspect_ratio", "cfg_scale", "camera_control", "generate_audio"),
    *("element_list", "video_list", "image_list", "multi_shot", "shot_type", "multi_prompt", "seed"),
    *("callback_url", "async", "timeout"),
]


def test_the_schema_has_the_documented_fields_in_their_order_and_says_what_each_is() -> None:
    properties = create_schema(CATALOG)["properties"]

    assert list(properties) == DOCUMENTED
    assert all(each["description"] for each in properties.values())


def test_the_schema_takes_models_defaults_and_limits_from_the_catalogue() -> None:
    schema = create_schema(CATALOG, ref_template="#/components/schemas/{model}")
    properties = schema["properties"]

    assert properties["model"]["anyOf"][0]["enum"] == [*CATALOG.models, "kling-o1"]
    assert properties["model"]["default"] == "kling-v1"
    assert properties["prompt"]["anyOf"][0]["maxLength"] == 2500
    assert properties["duration"]["anyOf"][0] == {"type": "integer", "minimum": 3, "maximum": 15}
    assert properties["image_list"]["anyOf"][0]["maxItems"] == 7
    assert properties["camera_control"]["anyOf"][0] == {"$ref": "#/components/schemas/CameraBody"}
    assert schema["$defs"]["ShotBody"]["properties"]["prompt"]["maxLength"] == 512
    assert "element_id" not in schema["$defs"]["ElementBody"]["properties"]


@pytest.mark.parametrize("number", range(4))
def test_every_example_of_the_schema_is_accepted(number: int) -> None:
    examples = CreateBody.model_json_schema()["examples"]

    assert len(examples) == 4
    assert parse_create(examples[number], CATALOG).warnings == ()
