"""Whatever schemathesis makes of our own OpenAPI document, valid or not, is answered as the document says.

`make fuzz` asks fifty times as many questions.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from filmgate.http.kling.field_names import FIELDS
from tests.conftest import fresh_database
from tests.http.conftest import working
from tests.http.stage import CLIP, ORIGIN, Caller
from tests.http.test_openapi import DOCUMENT
from tests.http.test_refusals import refusal

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Any path and method may meet these two, and the document says so for all of them at once.
ANYWHERE = DOCUMENT["components"]["responses"]


def _schema() -> schemathesis.BaseSchema:
    paths = {
        path: {
            method: {**operation, "responses": {**ANYWHERE, **operation["responses"]}}
            for method, operation in methods.items()
        }
        for path, methods in DOCUMENT["paths"].items()
    }
    return schemathesis.openapi.from_dict(json.loads(json.dumps({**DOCUMENT, "paths": paths})))


def _operations() -> Iterator[schemathesis.APIOperation[Any, Any, Any, Any]]:
    for result in _schema().get_all_operations():
        assert isinstance(result, Ok)
        yield result.ok()


CASES = {
    mode: st.one_of([each.as_strategy(mode) for each in _operations()])
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
}


Case = schemathesis.Case[Any]
mostly = st.sampled_from([True] * 9 + [False])

PATHS = ("/kling/videos", "/kling/price", "/kling/tasks", "/kling/deliveries")
NAMES = (
    *FIELDS,
    *("id", "task_id", "ids", "limit", "offset", "type", "created_at_min", "created_at_max", "config"),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1e308, -1e-308, 5e-324, 10**18, 10**400, -(2**63), 2**31, 253402300800),
    *(float("nan"), float("inf"), float("-inf")),
    *(
        "",
        "\0",
        "\ud800",
        "\udfff\ud800",
        "\u202e",
        "\x1b[31m",
        "é" * 3000,
        "1e5",
        "0x10",
        "٣",
        "{{7*7}}",
        "'--",
    ),
    *(
        "simple",
        "videos",
        "retrieve",
        "retrieve_batch",
        "delete",
        "replay",
        "extend",
        "http://[",
        "data:image/png;base64,",
    ),
    *([], {}, [[]], [{}], [None], {"": ""}, {"type": "simple", "config": []}),
)
flat = st.sampled_from(ODD)
below = flat | st.lists(flat, max_size=3) | st.dictionaries(st.sampled_from(NAMES), flat, max_size=3)
odd = below | st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=3)
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Asked:
    """A Filmgate that is asked thousands of questions, a task of it, and another's clip."""

    caller: Caller
    task_id: str
    video_url: str


@pytest_asyncio.fixture(scope="module")
async def asked(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    """Everything that is asked here is asked of this one."""
    async with fresh_database(postgres) as url, working(url, tmp_path_factory.mktemp("fuzz")) as caller:
        # Some questions delete the one they know; its clip is another's.
        known, made = (await caller.create()).json(), (await caller.create("dunes")).json()
        yield Asked(caller, known["task_id"], made["video_url"])


@SETTINGS
@given(case=CASES[GenerationMode.POSITIVE], has_key=mostly)
async def test_what_is_asked_well_is_answered_as_documented(asked: Asked, case: Case, has_key: bool) -> None:
    await _ask(asked, case, has_key=has_key)


@SETTINGS
@given(case=CASES[GenerationMode.NEGATIVE], has_key=mostly)
async def test_what_is_asked_wrongly_is_answered_as_documented(
    asked: Asked, case: Case, has_key: bool
) -> None:
    await _ask(asked, case, has_key=has_key)


@SETTINGS
@given(
    path=st.sampled_from(PATHS),
    body=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), odd, max_size=6),
    has_task=st.booleans(),
)
async def test_odd_values_are_taken_or_refused(
    asked: Asked, path: str, body: dict[str, Any], has_task: bool
) -> None:
    known = {"id": asked.task_id, "task_id": asked.task_id} if has_task else {}

    answer = await asked.caller.send(path, json.dumps({**body, **known}).encode())

    assert answer.status_code < 500, answer.text
    if answer.is_client_error:
        refusal(answer)


@SETTINGS
@given(
    ranges=st.lists(
        st.from_regex(r"[0-9]{0,6}-?[0-9]{0,6}", fullmatch=True)
        | st.sampled_from(["-", "--1", "9" * 5000, "0-" + "9" * 5000, "x-y"]),
        max_size=5,
    ),
    unit=st.sampled_from(["bytes=", "bytes = ", "Bytes=", "items=", "bytes", ""]),
    method=st.sampled_from(["GET", "HEAD"]),
)
async def test_any_range_of_a_clip_is_sent_or_refused(
    asked: Asked, ranges: list[str], unit: str, method: str
) -> None:
    answer = await asked.caller.client.request(
        method, asked.video_url, headers={"range": unit + ",".join(ranges)}
    )

    assert answer.status_code in (200, 206, 416)
    assert len(answer.content) <= 10 * len(CLIP)


async def _ask(asked: Asked, case: Case, *, has_key: bool) -> None:
    sent = case.as_transport_kwargs(base_url=ORIGIN)
    # The names that httpx has for these, which it takes in no other place.
    del sent["cookies"]
    sent["content"] = sent.pop("data", None)
    if has_key:
        sent["headers"]["Authorization"] = f"Bearer {asked.caller.key}"

    answer = await asked.caller.client.request(**sent)

    case.validate_response(answer, checks=CHECKS)
    if answer.is_client_error and case.method != "HEAD":
        refusal(answer)
