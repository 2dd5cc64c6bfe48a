"""Whatever a browser or a program sends to the pages, they answer, and tell nothing of the inside."""

import json
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.console.visit import Visit
from tests.http.stage import Caller

# What forms hold, and what pages are asked for in their address.
FORMS = ("email", "password", "old_password", "name", "days", "limit", "answer")
QUERIES = (
    "inbox",
    "before",
    "next",
    "done",
    "days",
    "older_than",
    "newer_than",
    "state",
    "from",
    "to",
    "model",
    "q",
)
ODD = (
    *(
        "",
        "\0",
        "a\0b@example.com",
        "é" * 300,
        "x" * 3000,
        "\u202e",
        "//[",
        "/\\[",
        "http://[",
        "-1",
        "1e999",
    ),
    *("a@b", "a@b.c", "9" * 4400, "{", "[" * 500, '{"prompt": "\\ud800"}', "{{7*7}}", "<script>", "'--"),
    *("٣", "NaN", "Infinity", "1_0", " 1 "),
)
odd = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8"), max_size=12)
forms = st.dictionaries(
    st.sampled_from(FORMS + QUERIES) | st.text(st.characters(codec="utf-8"), max_size=5), odd, max_size=4
)


PLACES = (
    *("/", "/acquire", "/register", "/log-in", "/enter/{}", "/keys", "/keys/{}/rotate", "/keys/{}/revoke"),
    *(
        "/account",
        "/account/password",
        "/account/sessions/{}/end",
        "/try",
        "/try/draft",
        "/try/run",
        "/try/tasks/{}",
    ),
    *("/static/0/{}", "/tasks", "/tasks/{}", "/tasks/{}/delete", "/tasks/{}/replay", "/usage", "/usage.csv"),
    *("/inbox", "/inbox/{}", "/inbox/entries/{}", "/inbox/{}/answer", "/inbox/{}/revoke"),
    "/inbox/secret/rotate",
)
KINDS = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data", "")


@pytest_asyncio.fixture
async def stranger(house: Caller) -> AsyncIterator[Visit]:
    """A browser that looks at the page on which one logs in."""
    visit = Visit(house.filmgate)
    await visit.look("/log-in")
    yield visit
    await visit.client.aclose()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    is_member=st.booleans(),
    method=st.sampled_from(["GET", "POST"]),
    place=st.sampled_from(PLACES),
    filling=odd,
    fields=forms,
    kind=st.sampled_from(KINDS[:1] * 5 + KINDS),
)
@example(is_member=True, method="GET", place="/usage", filling="9" * 4400, fields={}, kind="")
@example(is_member=True, method="GET", place="/tasks", filling="9" * 4400, fields={}, kind="")
@example(is_member=True, method="GET", place="/tasks", filling="\0", fields={}, kind="")
@example(is_member=True, method="GET", place="/log-in", filling="", fields={"next": "//["}, kind="")
@example(
    is_member=False, method="POST", place="/log-in", filling="a\0b@example.com", fields={}, kind=KINDS[0]
)
@example(
    is_member=False, method="POST", place="/register", filling="a\0b@example.com", fields={}, kind=KINDS[0]
)
async def test_a_page_takes_or_refuses_whatever_is_sent_to_it(
    ada: Visit,
    stranger: Visit,
    is_member: bool,
    method: str,
    place: str,
    filling: str,
    fields: dict[str, str],
    kind: str,
) -> None:
    visit = ada if is_member else stranger
    path = place.format(quote(filling, safe=""))
    headers = {"x-csrf-token": visit.token, "content-type": kind}

    if method == "GET":
        answer = await visit.client.get(path, params=dict.fromkeys(QUERIES, filling) | fields)
    else:
        fields = dict.fromkeys(FORMS, filling) | fields
        sent = json.dumps(fields) if "json" in kind else urlencode({"token": visit.token} | fields)
        answer = await visit.client.post(path, content=sent, headers=headers)

    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
