"""Limits as callers meet them: 429 or 413, the limit by name and value, and when to come back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from structlog.testing import capture_logs

from tests.http.conftest import working
from tests.http.stage import Caller
from tests.http.test_refusals import refusal


@pytest_asyncio.fixture
async def customer(database_url: str, tmp_path: Path) -> AsyncIterator[Caller]:
    """Somebody whose account is held to the settings, where these are narrow."""
    async with working(
        database_url, tmp_path, account_open_tasks=2, account_creates_per_minute=4, max_open_tasks=3
    ) as caller:
        await caller.filmgate.store.database.fetch(
            "UPDATE account SET is_unlimited = false, balance = 1000000 WHERE is_operator"
        )
        yield caller


async def test_too_many_open_tasks_are_a_429(customer: Caller) -> None:
    scenes = [customer.stage.scene(f"tide {number}") for number in range(2)]
    for number in range(2):
        await customer.begin(f"tide {number}")

    answer = await customer.create("one more")

    status, code, message = refusal(answer)
    assert (status, code) == (429, "too_many_requests")
    assert message.startswith("This account may have 2 tasks waiting or running at once, and has")
    assert answer.headers["retry-after"] == "5"
    for scene in scenes:
        scene.finish()


async def test_creating_too_fast_is_a_429_and_other_calls_go_on(customer: Caller) -> None:
    for number in range(4):
        await customer.create(f"tide {number}")

    answer = await customer.create("one more")
    price = await customer.post("/kling/price", {"prompt": "one more"})

    assert refusal(answer)[:2] == (429, "too_many_requests")
    assert "may create 4 tasks a minute" in answer.json()["error"]["message"]
    assert 1 <= int(answer.headers["retry-after"]) <= 15
    assert price.status_code == 200


async def test_a_body_too_large_to_be_kept_is_a_413(customer: Caller) -> None:
    answer = await customer.create(remark="x" * 300_000)

    assert refusal(answer)[:2] == (413, "too_large")
    assert "at most 262,144 are accepted" in answer.json()["error"]["message"]


async def test_the_line_of_a_request_tells_code_and_task(customer: Caller) -> None:
    with capture_logs() as lines:
        created = await customer.create("a quiet sea")
        await customer.create(remark="x" * 300_000)

    of_created, of_refused = [line for line in lines if line.get("path") == "/kling/videos"]
    assert (of_created["task_id"], "code" in of_created) == (created.json()["task_id"], False)
    assert (of_refused["code"], "task_id" in of_refused) == ("too_large", False)
