import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from filmgate.http.error_table import ERRORS, STATUS_OF_CODE
from filmgate.http.kling import answer_schema, delivery_schema, task_schema
from filmgate.http.kling.body import parse_create
from filmgate.http.openapi import api_document
from tests.domain.matrix import CATALOG
from tests.http.stage import Caller

DOCUMENT = api_document(CATALOG)

# The table of the wire's description, once more by hand.
CONTRACT = {
    "bad_request": 400,
    "token_mismatched": 400,
    "api_not_implemented": 400,
    "cancelled": 400,
    "invalid_token": 401,
    "used_up": 403,
    "forbidden": 403,
    "no_api": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "idempotency_conflict": 409,
    "expired": 410,
    "too_large": 413,
    "unsupported_media_type": 415,
    "too_many_requests": 429,
    "api_error": 500,
    "unavailable": 503,
    "timeout": 504,
}

MODELS: Mapping[str, type[BaseModel]] = {
    name: each
    for module in (answer_schema, task_schema, delivery_schema)
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, BaseModel)
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation, callbacks included."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
            for callback in operation.get("callbacks", {}).values():
                for target, called in callback.items():
                    yield target, "post", called["post"]


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a name for each JSON content, and the content."""
    for path, method, operation in operations():
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, part in parts.items():
            if content := part.get("content", {}).get("application/json"):
                yield f"{method} {path} {name}", content
    for name, part in DOCUMENT["components"]["responses"].items():
        yield name, part["content"]["application/json"]


EXAMPLES = [
    pytest.param(content["schema"], example["value"], id=f"{name} {each}")
    for name, content in contents()
    for each, example in content.get("examples", {}).items()
]


def fits(value: object, shape: dict[str, Any]) -> list[str]:
    """Return the names of the shape's schemas that the value fits."""
    names = [each["$ref"].rpartition("/")[2] for each in shape.get("oneOf", [shape])]
    return [name for name in names if _is(value, name)]


def _is(value: object, name: str) -> bool:
    if name == "CreateBody":
        return parse_create(value, CATALOG).warnings == ()
    try:
        MODELS[name].model_validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("shape", "value"), EXAMPLES)
def test_every_example_fits_exactly_one_of_its_schemas(shape: dict[str, Any], value: object) -> None:
    assert len(fits(value, shape)) == 1


def test_a_streams_example_has_lines_of_the_documented_kinds() -> None:
    created = DOCUMENT["paths"]["/kling/videos"]["post"]["responses"]["200"]["content"]
    lines = created["application/x-ndjson"]["examples"]["stream"]["value"].splitlines()

    for line in lines[:-1]:
        answer_schema.StreamLine.model_validate_json(line)
    answer_schema.VideoAnswer.model_validate_json(lines[-1])


def test_codes_statuses_and_contract_agree() -> None:
    codes = DOCUMENT["components"]["schemas"]["ErrorPart"]["properties"]["code"]["enum"]

    assert dict(STATUS_OF_CODE) == CONTRACT
    assert codes == list(CONTRACT)
    assert all(case.when and case.message.endswith(".") for case in ERRORS)


def test_every_error_of_the_contract_is_an_example_somewhere_under_its_status() -> None:
    shown = {
        (example, int(status))
        for _, _, operation in operations()
        for status, told in (*operation["responses"].items(), *DOCUMENT["components"]["responses"].items())
        if status.isdecimal()
        for example in told.get("content", {}).get("application/json", {}).get("examples", {})
        if int(status) >= 400
    }

    assert shown == set(CONTRACT.items())


def test_errors_are_all_of_one_schema() -> None:
    for _, _, operation in operations():
        for status, told in operation["responses"].items():
            if (
                status.isdecimal()
                and int(status) >= 400
                and status != "416"
                and "health" not in operation["tags"]
            ):
                assert told["content"]["application/json"]["schema"] == {
                    "$ref": "#/components/schemas/ErrorAnswer"
                }


def test_every_response_names_the_trace_id_and_those_to_try_again_say_when() -> None:
    for path, _, operation in operations():
        for status, told in operation["responses"].items():
            if path.startswith("/"):
                assert "x-trace-id" in told["headers"]
            if status in ("429", "503") and path.startswith("/kling"):
                assert "retry-after" in told["headers"]


def test_nothing_of_the_frameworks_own_errors_is_left() -> None:
    text = json.dumps(DOCUMENT)

    assert "422" not in [status for _, _, each in operations() for status in each["responses"]]
    assert "HTTPValidationError" not in text
    assert '"ValidationError"' not in text


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    refs = set(_values_of(DOCUMENT, "$ref"))
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    for ref in refs:
        found: Any = DOCUMENT
        for step in ref.removeprefix("#/").split("/"):
            found = found[step]
        assert found
    # Lines of a stream have no place for a schema of their own.
    assert schemas - refs == {"#/components/schemas/StreamLine"}


def test_defaults_are_among_the_values_that_are_accepted() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if "enum" in told and "default" in told:
                assert told["default"] in told["enum"], f"{name}.{field}"


def test_keys_are_asked_for_where_they_are_checked() -> None:
    guarded = {path for path, _, each in operations() if each.get("security") != []}

    assert DOCUMENT["security"] == [{"key": []}]
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert guarded == {"/kling/videos", "/kling/price", "/kling/tasks", "/kling/deliveries"}


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_paths_and_routes_are_the_same(onlooker: Caller) -> None:
    app: Any = onlooker.filmgate.http
    while not isinstance(app, FastAPI):
        app = app._app

    served = {(path, method) for path, methods in app.openapi()["paths"].items() for method in methods}
    documented = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert documented - served == set()
    assert {path for path, _ in served - documented} == {
        "/docs",
        "/docs.md",
        "/llms.txt",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
    }


async def test_the_document_is_served_as_it_is(onlooker: Caller) -> None:
    answer = await onlooker.client.get("/openapi.json", headers={"authorization": ""})

    assert answer.json() == json.loads(json.dumps(DOCUMENT))
    assert answer.headers["content-type"] == "application/json"


async def test_answers_on_the_wire_are_as_the_document_says(operator: Caller) -> None:
    sync = (await operator.create("a quiet sea", promt="?")).json()
    scene = operator.stage.scene("a slow tide")
    running = await operator.begin("a slow tide")
    await scene.begun.wait()
    listed = (await operator.post("/kling/tasks", {"action": "retrieve_batch"})).json()
    await operator.post("/kling/tasks", {"action": "delete", "id": running})
    cancelled = await operator.record(running)
    await operator.post("/kling/tasks", {"action": "delete", "id": sync["task_id"]})
    deleted = await operator.record(sync["task_id"])
    price = (await operator.post("/kling/price", {"prompt": "sea"})).json()

    answer_schema.VideoAnswer.model_validate(sync)
    answer_schema.PriceAnswer.model_validate(price)
    task_schema.TaskPage.model_validate(listed)
    TypeAdapter(list[task_schema.TaskRecord]).validate_python([cancelled, deleted])


def _values_of(part: object, name: str) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == name and isinstance(value, str):
                yield value
            else:
                yield from _values_of(value, name)
    elif isinstance(part, list):
        for each in part:
            yield from _values_of(each, name)
