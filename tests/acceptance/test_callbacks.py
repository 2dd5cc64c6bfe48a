"""Callbacks by a real server on a short schedule: tried again, given up, sent again, over a kill as well."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from tests.acceptance.conftest import Filmgate, Receiver

_SOURCES = Path(__file__).parents[2] / "src"
Start = Callable[..., Awaitable[Filmgate]]


async def test_a_failing_receiver_is_tried_by_the_schedule_and_never_fails_the_task(
    start_filmgate: Start, receiver: Receiver
) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_CALLBACK_RETRIES="0.1s,0.2s,0.3s")
    receiver.answers += [500, 302, 404, 503]
    async with filmgate.client() as client:
        task_id = await _create(client, receiver)

        given_up = await _until(client, task_id, "given_up")
        record = (await client.post("/kling/tasks", json={"id": task_id})).json()

    posts = [receiver.received.get_nowait() for _ in range(4)]
    assert receiver.received.empty()
    assert [post["status"] for post in given_up["posts"]] == [500, 302, 404, 503]
    assert {headers["webhook-id"] for headers, _ in posts} == {given_up["id"]}
    assert len({body for _, body in posts}) == 1
    assert record["data"]["state"] == "succeed"
    sent_at = [post["sent_at"] for post in given_up["posts"]]
    waits = [later - earlier for earlier, later in pairwise(sent_at)]
    assert all(wait >= least for wait, least in zip(waits, (0.1, 0.2, 0.3), strict=True))


async def test_a_callback_that_was_given_up_is_sent_again_on_request_and_verifies(
    start_filmgate: Start, receiver: Receiver
) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_CALLBACK_RETRIES="")
    secret = await _filmgate(filmgate, "webhooks", "secret")
    receiver.answers.append(500)
    async with filmgate.client() as client:
        task_id = await _create(client, receiver)
        given_up = await _until(client, task_id, "given_up")

        await client.post("/kling/deliveries", json={"action": "replay", "task_id": task_id})

        delivered = await _until(client, task_id, "delivered")
    await receiver.received.get()
    headers, body = await receiver.received.get()
    assert headers["webhook-id"] == given_up["id"] == delivered["id"]
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    assert [post["status"] for post in delivered["posts"]] == [500, 200]


async def test_the_schedule_outlives_the_server(start_filmgate: Start, receiver: Receiver) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_CALLBACK_RETRIES="2s")
    receiver.answers.append(500)
    async with filmgate.client() as client:
        task_id = await _create(client, receiver)
        await receiver.received.get()
        while not (await _delivery(client, task_id))["posts"]:  # noqa: ASYNC110 - it tells nobody.
            await asyncio.sleep(0.02)

    await filmgate.end(signal.SIGKILL)
    await filmgate.start()

    async with filmgate.client() as client:
        delivered = await _until(client, task_id, "delivered")
    headers, _ = await receiver.received.get()
    assert headers["webhook-id"] == delivered["id"]
    assert [post["status"] for post in delivered["posts"]] == [500, 200]


async def _create(client: httpx.AsyncClient, receiver: Receiver) -> str:
    body = {"prompt": "a quiet sea", "callback_url": receiver.url}
    return str((await client.post("/kling/videos", json=body)).json()["task_id"])


async def _delivery(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    record: dict[str, Any] = (await client.post("/kling/deliveries", json={"task_id": task_id})).json()
    return record


async def _until(client: httpx.AsyncClient, task_id: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (record := await _delivery(client, task_id)).get("state") != state:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return record


async def _filmgate(filmgate: Filmgate, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "filmgate", *words, "--data", str(filmgate.data)),
        env={**os.environ, "PYTHONPATH": str(_SOURCES)},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return printed.decode().strip()
