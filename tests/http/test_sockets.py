import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from tests.conftest import fresh_database
from tests.http.sockets import Server, listening


@pytest_asyncio.fixture(scope="module")
async def shared(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server for the tests that do not count its tasks."""
    data = tmp_path_factory.mktemp("sockets")
    async with fresh_database(postgres) as url, listening(url, data, max_body_mib=1) as server:
        yield server


@pytest_asyncio.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    """A server of the test's own."""
    async with listening(database_url, tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    "target", ["//kling/tasks", "/kling/tasks/", "//kling//tasks///", "/kling/tasks?x=1"]
)
async def test_a_careless_join_of_base_url_and_path_is_understood(shared: Server, target: str) -> None:
    reply = await shared.ask(shared.post(target, {"id": "?"}))

    assert (reply.status, reply.json()) == (200, {})


async def test_the_whole_url_as_a_target_is_understood(shared: Server) -> None:
    reply = await shared.ask(shared.post(f"http://{shared.host}/kling/tasks", {"id": "?"}))

    assert (reply.status, reply.json()) == (200, {})


async def test_http_1_0_without_a_host_is_served_and_prints_a_url_that_leads_back(shared: Server) -> None:
    reply = await shared.ask(shared.post("/kling/videos", {"prompt": "sea"}, version="1.0"))

    assert reply.status == 200
    assert reply.json()["video_url"].startswith(f"http://{shared.host}/files/")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"GET /\xff\xfe HTTP/1.1", 400), (b"GET /files/%00 HTTP/1.1", 404), (b"HEAD /nothing HTTP/1.1", 404)],
)
async def test_an_odd_path_breaks_nothing(shared: Server, request_line: bytes, status: int) -> None:
    async with shared.line() as line:
        await line.send(request_line + b"\r\nhost: x\r\nconnection: close\r\n\r\n")
        reply = await line.head()

    assert reply.status == status


async def test_a_chunked_body_over_the_limit_is_refused_while_it_arrives(shared: Server) -> None:
    head = shared.post("/kling/videos", {}).replace(b"content-length: 2", b"transfer-encoding: chunked")
    chunk = b"40000\r\n" + b" " * 2**18 + b"\r\n"

    async with shared.line() as line:
        await line.send(head[:-2] + chunk * 5)
        reply = await line.reply()

    assert reply.status == 413
    assert reply.json()["error"]["code"] == "too_large"
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("key", "status"), [("right", 413), ("wrong", 401)])
async def test_who_sends_on_and_on_still_reads_why_it_was_refused(
    shared: Server, key: str, status: int
) -> None:
    # urllib announces that it closes the connection, sends everything, and only then reads.
    secret = shared.filmgate.local_key if key == "right" else "wrong"
    request = urllib.request.Request(
        f"http://{shared.host}/kling/videos",
        data=b" " * (24 * 2**20),
        headers={"authorization": f"Bearer {secret}", "content-type": "application/json"},
    )

    with pytest.raises(urllib.error.HTTPError) as refusal:
        await asyncio.to_thread(urllib.request.urlopen, request, timeout=30)

    with refusal.value as answer:
        assert (answer.code, json.load(answer)["success"]) == (status, False)


async def test_who_waits_for_100_continue_is_refused_before_it_sends(shared: Server) -> None:
    raw = shared.post("/kling/videos", {}, "expect: 100-continue").replace(
        b"-length: 2", b"-length: 99000000"
    )

    async with shared.line() as line:
        await line.send(raw[:-2])
        reply = await line.reply()

    assert reply.status == 413


async def test_a_connection_serves_one_request_after_another(shared: Server) -> None:
    async with shared.line() as line:
        for _ in range(3):
            await line.send(shared.post("/kling/tasks", {"id": "?"}))
            reply = await line.reply()
            assert UUID(reply.headers["x-trace-id"])

    assert reply.json() == {}


async def test_a_stream_says_at_once_that_it_has_begun_and_then_only_what_changes(server: Server) -> None:
    scene = server.stage.scene("a slow tide")
    async with server.line() as line:
        await line.send(
            server.post("/kling/videos", {"prompt": "a slow tide"}, "accept: application/x-ndjson")
        )
        head = await line.head()
        first = json.loads(await line.chunk())
        began = asyncio.get_running_loop().time()
        await scene.begun.wait()
        await scene.progress(0.25)
        second = json.loads(await line.chunk())
        quiet = asyncio.get_running_loop().time() - began
        scene.finish()
        rest = [json.loads(chunk) async for chunk in line.chunks()]

    assert (head.status, head.headers["content-type"]) == (200, "application/x-ndjson")
    assert head.headers["x-accel-buffering"] == "no"
    assert (first["state"], first["progress"]) in {("submitted", 0), ("processing", 0)}
    assert second["state"] == "processing"
    assert quiet >= 0.9
    assert rest[-1]["state"] == "succeed"


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_who_hangs_up_and_asks_again_gets_the_same_task(server: Server, accept: str) -> None:
    scene = server.stage.scene("a slow tide")
    wish = server.post("/kling/videos", {"prompt": "a slow tide"}, f"accept: {accept}")
    async with server.line() as line:
        await line.send(wish)
        await scene.begun.wait()
        line.hang_up()
    await _held(server, by_nobody=True)

    again = asyncio.create_task(server.ask(server.post("/kling/videos", {"prompt": "a slow tide"})))
    await _held(server, by_nobody=False)
    scene.finish()

    reply = await again
    assert reply.status == 200
    assert reply.json()["task_id"] == str(server.stage.rendered[0].task_id)
    assert len(server.stage.rendered) == 1


async def test_a_held_call_is_answered_503_when_the_server_stops(database_url: str, tmp_path: Path) -> None:
    async with listening(database_url, tmp_path) as server:
        scene = server.stage.scene("a slow tide")
        plain = asyncio.create_task(server.ask(server.post("/kling/videos", {"prompt": "a slow tide"})))
        await scene.begun.wait()

    reply = await plain
    assert reply.status == 503
    assert reply.headers["retry-after"] == "2"
    assert reply.json()["error"]["code"] == "unavailable"
    assert reply.json()["task_id"] == str(server.stage.rendered[0].task_id)
    assert reply.json()["state"] == "processing"


async def test_a_stream_ends_with_503s_body_when_the_server_stops(database_url: str, tmp_path: Path) -> None:
    async with listening(database_url, tmp_path) as server:
        scene = server.stage.scene("a slow tide")
        wish = server.post("/kling/videos", {"prompt": "a slow tide"}, "accept: application/x-ndjson")
        async with server.line() as line:
            await line.send(wish)
            await line.head()
            await scene.begun.wait()
            server.filmgate.store.news.dismiss()
            lines = [json.loads(chunk) async for chunk in line.chunks()]

    assert lines[-1]["error"]["code"] == "unavailable"
    assert lines[-1]["state"] == "processing"


async def _held(server: Server, *, by_nobody: bool) -> None:
    """Ask the store until it knows whether somebody waits for the only task."""
    is_held_by_nobody = not by_nobody
    while is_held_by_nobody != by_nobody:
        found = await server.filmgate.store.database.fetch("SELECT FROM task WHERE holder = 0")
        is_held_by_nobody = bool(found)
