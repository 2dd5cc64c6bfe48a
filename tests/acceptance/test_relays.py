"""A Filmgate in front of other servers: killed, refused and told to stop, it orders every clip but once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.acceptance.conftest import Filmgate, ended
from tests.engines.relay.kling.service import ACCESS_KEY, API_KEY, SECRET_KEY
from tests.engines.relay.processes import Upstream, an_upstream
from tests.engines.scripted import write_clip

Start = Callable[..., Awaitable[Filmgate]]

_KLING = """
[engines.kling]
kind = "kling"
base_url = "{url}"
access_key_env = "TESTS_ACCESS_KEY"
secret_key_env = "TESTS_SECRET_KEY"
poll_seconds = 0.1
answer_seconds = 2

[engines.spare]
kind = "renderer"
renderer = "tests.engines.scripted:ScriptedRenderer"

[[routes]]
models = ["kling-v1-6"]
engines = ["kling"]

[[routes]]
models = ["*"]
engines = ["kling", "spare"]
"""
_BEHIND = """
[engines.behind]
kind = "filmgate"
base_url = "{url}"
api_key_env = "TESTS_UPSTREAM_KEY"
poll_seconds = 0.1

[[routes]]
models = ["*"]
engines = ["behind"]
"""


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Upstream]:
    """The hosted service in small."""
    clip = write_clip(tmp_path, seconds=1).path
    async with an_upstream("tests.engines.relay.kling.service", str(clip)) as upstream:
        yield upstream


async def test_a_server_that_is_killed_while_it_orders_and_while_it_waits_orders_nothing_twice(
    start_filmgate: Start, service: Upstream
) -> None:
    await service.script(n_polls=10_000)
    filmgate = await _before_kling(start_filmgate, service)
    async with filmgate.client() as client:
        waiting = await _create(client, model="kling-v1-6")
        await _until_asked(service, "GET", times=1)
        await service.script(faults={"create": [{"how": "silent", "after": True}]})
        ordering = await _create(client, model="kling-v1-6")
        await _until_asked(service, "POST", times=2)

    await filmgate.end(signal.SIGKILL)
    await service.script(n_polls=1)
    await filmgate.start()

    async with filmgate.client() as client:
        records = [await ended(client, task_id) for task_id in (waiting, ordering)]
        clip = await client.get(records[0]["response"]["video_url"])
    seen = await service.seen()
    assert [(each["data"]["state"], each["engine"]) for each in records] == [("succeed", "kling")] * 2
    assert clip.status_code == 200
    assert [each["external_task_id"] for each in seen["bodies"]] == [waiting, ordering]
    _holds_no_secret(filmgate, seen)


async def test_what_the_account_cannot_pay_for_goes_to_the_next_engine(
    start_filmgate: Start, service: Upstream
) -> None:
    await service.script(faults={"create": [{"code": 1102, "status": 429}] * 99})
    filmgate = await _before_kling(start_filmgate, service)

    async with filmgate.client() as client:
        record = await ended(client, await _create(client, model="kling-v1"))

    assert (record["data"]["state"], record["engine"]) == ("succeed", "spare")
    assert (await service.seen())["bodies"] == []


async def test_a_task_that_is_deleted_here_is_deleted_in_the_filmgate_behind(
    start_filmgate: Start,
) -> None:
    behind = await start_filmgate(scripted=True)
    front = await start_filmgate(
        scripted=True, config=_BEHIND.format(url=behind.url), TESTS_UPSTREAM_KEY=behind.key
    )
    async with front.client() as here, behind.client() as there:
        task_id = await _create(here, prompt="script: then=hang")
        upstream_id = await _first_task(there)

        await here.post("/kling/tasks", json={"action": "delete", "id": task_id})

        record = await ended(there, upstream_id)
    assert record["response"]["error"]["code"] == "cancelled"


async def test_two_filmgates_that_are_killed_one_behind_the_other_make_every_clip_once(
    start_filmgate: Start,
) -> None:
    behind = await start_filmgate(scripted=True)
    async with an_upstream("tests.engines.relay.filmgate.proxy", behind.url) as between:
        front = await start_filmgate(
            scripted=True, config=_BEHIND.format(url=between.url), TESTS_UPSTREAM_KEY=behind.key
        )
        async with front.client() as here, behind.client() as there:
            waiting = await _create(here, prompt="script: steps=40 pause=0.1")
            await _first_task(there)
            await between.script(faults={"create": [{"how": "silent", "after": True}]})
            ordering = await _create(here, prompt="script: steps=2 pause=0.1")
            await _until_ordered(between, times=2)

        for each in (front, behind):
            await each.end(signal.SIGKILL)
        for each in (behind, front):
            await each.start()

        async with front.client() as here, behind.client() as there:
            records = [await ended(here, task_id) for task_id in (waiting, ordering)]
            page = (await there.post("/kling/tasks", json={"action": "retrieve_batch"})).json()
    assert [each["data"]["state"] for each in records] == ["succeed"] * 2
    assert len(page["items"]) == 2


async def _before_kling(start_filmgate: Start, service: Upstream) -> Filmgate:
    return await start_filmgate(
        scripted=True,
        config=_KLING.format(url=service.url),
        TESTS_ACCESS_KEY=ACCESS_KEY,
        TESTS_SECRET_KEY=SECRET_KEY,
    )


async def _create(client: httpx.AsyncClient, *, prompt: str = "a harbour", model: str = "kling-v1") -> str:
    answer = await client.post("/kling/videos", json={"prompt": prompt, "model": model, "async": True})
    return str(answer.json()["task_id"])


async def _until_asked(service: Upstream, method: str, *, times: int) -> None:
    deadline = time.monotonic() + 60
    while sum(each.startswith(method) for each in (await service.seen())["asked"]) < times:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def _until_ordered(between: Upstream, *, times: int) -> None:
    deadline = time.monotonic() + 60
    while sum(each["path"] == "/kling/videos" for each in (await between.seen())["asked"]) < times:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def _first_task(client: httpx.AsyncClient) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = (await client.post("/kling/tasks", json={"action": "retrieve_batch"})).json()
        if page["items"]:
            return str(page["items"][0]["id"])
        await asyncio.sleep(0.05)
    raise AssertionError("The upstream never got a task.")


def _holds_no_secret(filmgate: Filmgate, seen: dict[str, Any]) -> None:
    log = (filmgate.data / "stderr.log").read_text()
    assert "ordered" in log
    for secret in (SECRET_KEY, API_KEY, *(token.removeprefix("Bearer ") for token in seen["tokens"])):
        assert secret not in log
