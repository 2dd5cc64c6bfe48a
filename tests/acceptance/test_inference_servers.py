"""A Filmgate in front of an inference server, killed and restarted beside it; every clip is ordered once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx
import pytest_asyncio

from filmgate.app.ground import open_database_url
from filmgate.settings import load_settings
from tests.acceptance.conftest import Filmgate, ended
from tests.engines.relay.openai.server import API_KEY
from tests.engines.relay.processes import Upstream, an_upstream

Start = Callable[..., Awaitable[Filmgate]]

_CONFIG = """
[engines.gpu]
kind = "openai"
flavour = "sglang"
base_url = "{url}/v1"
api_key_env = "TESTS_SERVER_KEY"
frame_step = 1
poll_seconds = 0.1

[[routes]]
models = ["*"]
engines = ["gpu"]
"""


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Upstream]:
    """The inference server in small."""
    async with an_upstream("tests.engines.relay.openai.server", "sglang") as upstream:
        yield upstream


async def test_a_server_that_is_killed_while_the_gpu_works_brings_its_clip_home(
    start_filmgate: Start, server: Upstream
) -> None:
    await server.script(n_polls=0)
    filmgate = await _in_front(start_filmgate, server)
    async with filmgate.client() as client:
        task_id = await _create(client)
        await _until_asked(server, "GET /v1/videos/video_1")

    await filmgate.end(signal.SIGKILL)
    await server.script(n_polls=1)
    await filmgate.start()

    async with filmgate.client() as client:
        record = await ended(client, task_id)
        clip = await client.get(record["response"]["video_url"])
    assert (record["data"]["state"], record["engine"], clip.status_code) == ("succeed", "gpu", 200)
    assert record["response"]["duration"] == "5.000"
    assert len((await server.seen())["orders"]) == 1
    assert API_KEY not in (filmgate.data / "stderr.log").read_text()


async def test_a_server_that_is_killed_while_it_orders_says_that_the_outcome_is_unknown(
    start_filmgate: Start, server: Upstream
) -> None:
    await server.script(faults={"create": [{"how": "silent", "after": True}]})
    filmgate = await _in_front(start_filmgate, server)
    async with filmgate.client() as client:
        task_id = await _create(client)
        await _until_asked(server, "POST /v1/videos")

    await filmgate.end(signal.SIGKILL)
    await filmgate.start()

    async with filmgate.client() as client:
        record = await ended(client, task_id)
    assert record["response"]["error"] == {"code": "api_error", "message": "outcome unknown"}
    assert len((await server.seen())["orders"]) == 1


async def test_what_is_deleted_while_it_is_ordered_is_cancelled_at_once_and_deleted_there_later(
    start_filmgate: Start, server: Upstream
) -> None:
    await server.script(n_polls=0, faults={"create": [{"how": "held"}]})
    filmgate = await _in_front(start_filmgate, server)
    async with filmgate.client() as client:
        task_id = await _create(client)
        await _until_asked(server, "POST /v1/videos")

        await client.post("/kling/tasks", json={"action": "delete", "id": task_id})

        record = await ended(client, task_id)
        await _until_told(filmgate, "outcome=cancelled")
        before = (await server.seen())["deleted"]
        await server.script(release=True)
        await _until_asked(server, "DELETE /v1/videos/video_1")
    assert (record["response"]["error"]["code"], before) == ("cancelled", [])


async def test_what_was_to_be_deleted_there_when_the_server_was_killed_is_deleted_after_it_starts_again(
    start_filmgate: Start, server: Upstream
) -> None:
    await server.script(n_polls=0, faults={"delete": [{"how": "silent"}]})
    filmgate = await _in_front(start_filmgate, server)
    async with filmgate.client() as client:
        task_id = await _create(client)
        await _until_asked(server, "GET /v1/videos/video_1")
        await client.post("/kling/tasks", json={"action": "delete", "id": task_id})
        await _until_asked(server, "DELETE /v1/videos/video_1")

    await filmgate.end(signal.SIGKILL)
    deleted = (await server.seen())["deleted"]
    await _let_time_pass(filmgate)
    await filmgate.start()

    await _until_told(filmgate, "an ended task was cleared up")
    assert (deleted, (await server.seen())["deleted"]) == ([], ["video_1"])


async def test_a_job_that_the_gpu_server_lost_by_a_restart_is_ordered_again(
    start_filmgate: Start, server: Upstream
) -> None:
    await server.script(n_polls=0)
    filmgate = await _in_front(start_filmgate, server)
    async with filmgate.client() as client:
        task_id = await _create(client)
        await _until_asked(server, "GET /v1/videos/video_1")

        await server.script(restart=True, n_polls=1)

        record = await ended(client, task_id)
    assert record["data"]["state"] == "succeed"
    assert [order["seed"] for order in (await server.seen())["orders"]] == [11, 11]


async def _in_front(start_filmgate: Start, server: Upstream) -> Filmgate:
    return await start_filmgate(
        scripted=True, config=_CONFIG.format(url=server.url), TESTS_SERVER_KEY=API_KEY
    )


async def _let_time_pass(filmgate: Filmgate) -> None:
    """Let what is to be deleted later be due now."""
    async with open_database_url(load_settings(data=filmgate.data)) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE task SET leftover_at = now() WHERE leftover_at IS NOT NULL")
        await connection.close()


async def _create(client: httpx.AsyncClient) -> str:
    body = {"prompt": "a harbour", "seed": 11, "async": True}
    return str((await client.post("/kling/videos", json=body)).json()["task_id"])


async def _until_told(filmgate: Filmgate, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in (filmgate.data / "stderr.log").read_text():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def _until_asked(server: Upstream, question: str) -> None:
    deadline = time.monotonic() + 60
    while question not in (await server.seen())["asked"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
