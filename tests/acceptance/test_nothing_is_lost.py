"""Processes are killed at the worst moments; what was accepted ends once, and is answered."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import psutil

from tests.acceptance.conftest import Filmgate

Start = Callable[..., Awaitable[Filmgate]]
_SLOW = "script: steps=20 pause=0.2"


async def test_a_killed_server_ends_its_task_after_it_is_started_again(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    async with filmgate.client() as client:
        task_id = await _create(client, _SLOW)
        await _until(client, task_id, "processing")

    await filmgate.end(signal.SIGKILL)
    await filmgate.start()

    async with filmgate.client() as client:
        record = await _until(client, task_id, "succeed")
        clip = await client.get(str(record["response"]["video_url"]))

    assert clip.status_code == 200


async def test_a_killed_servers_caller_joins_its_task_by_calling_again(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    held = await _hang_on(filmgate, _SLOW)
    task_id = await _only_task(filmgate)

    await filmgate.end(signal.SIGKILL)
    held.close()
    await filmgate.start()

    async with filmgate.client() as client:
        answer = await client.post("/kling/videos", json={"prompt": _SLOW})
        assert answer.json()["task_id"] == task_id
        assert answer.json()["state"] == "succeed"


async def test_a_caller_that_hangs_up_and_calls_again_joins_its_task(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    held = await _hang_on(filmgate, _SLOW)
    task_id = await _only_task(filmgate)

    held.close()

    async with filmgate.client() as client:
        answer = await client.post("/kling/videos", json={"prompt": _SLOW})
        assert answer.json()["task_id"] == task_id


async def test_two_callers_who_both_wait_get_a_clip_each(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)

    async with filmgate.client() as client:
        body = {"prompt": "script: steps=5 pause=0.1"}
        first, second = await asyncio.gather(*(client.post("/kling/videos", json=body) for _ in range(2)))

    assert first.json()["task_id"] != second.json()["task_id"]


async def test_a_repeated_create_that_failed_joins_the_failure(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_MAX_TRIES="1")

    async with filmgate.client() as client:
        answers = [
            await client.post("/kling/videos", json={"prompt": "script: then=crash"}) for _ in range(3)
        ]

    assert {answer.status_code for answer in answers} == {500}
    assert len({answer.json()["task_id"] for answer in answers}) == 1


async def test_a_killed_renderer_costs_one_try(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)

    async with filmgate.client() as client:
        task_id = await _create(client, _SLOW)
        await _until(client, task_id, "processing")
        _busiest_renderer(filmgate).kill()
        record = await _until(client, task_id, "succeed")

    assert record["response"]["success"] is True


async def test_a_killed_database_comes_back_and_the_task_goes_on(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)

    async with filmgate.client() as client:
        task_id = await _create(client, _SLOW)
        await _until(client, task_id, "processing")
        postmaster = next(each for each in filmgate.children() if "postgres" in each.name())
        postmaster.kill()
        record = await _until(client, task_id, "succeed")

    assert record["credits"] == {"reserved": "1.40", "settled": "1.40"}


async def test_a_stopped_server_answers_who_waits_and_leaves_no_process(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    children = filmgate.children()
    async with filmgate.client() as client:
        waiting = asyncio.create_task(client.post("/kling/videos", json={"prompt": _SLOW}))
        task_id = await _only_task(filmgate)

        code = await filmgate.end(signal.SIGTERM)

        answer = await waiting
    assert code == 0
    assert answer.status_code == 503
    assert answer.json()["task_id"] == task_id
    assert answer.json()["state"] == "processing"
    assert psutil.wait_procs(children, timeout=10)[1] == []


async def test_a_server_that_is_told_to_stop_ends_its_renders_within_the_limit(
    start_filmgate: Start,
) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_DRAIN_SECONDS="60")
    async with filmgate.client() as client:
        body = {"prompt": "script: steps=5 pause=0.2"}
        waiting = asyncio.create_task(client.post("/kling/videos", json=body))
        task_id = await _only_task(filmgate)
        await _until(client, task_id, "processing")

        code = await filmgate.end(signal.SIGTERM)

        answer = await waiting
    assert code == 0
    assert (answer.status_code, answer.json()["state"]) == (200, "succeed")


async def test_what_is_not_done_within_the_limit_goes_back_and_who_waits_is_told(
    start_filmgate: Start,
) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_DRAIN_SECONDS="0.5")
    async with filmgate.client() as client:
        waiting = asyncio.create_task(client.post("/kling/videos", json={"prompt": "script: then=hang"}))
        task_id = await _only_task(filmgate)
        await _until(client, task_id, "processing")

        code = await filmgate.end(signal.SIGTERM)

        answer = await waiting
    log = (filmgate.data / "stderr.log").read_text()
    assert (code, answer.status_code, answer.json()["task_id"]) == (0, 503, task_id)
    assert int(answer.headers["retry-after"]) >= 1
    assert "handed back" in log


async def test_a_second_signal_ends_a_drain_at_once(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_DRAIN_SECONDS="600")
    children = filmgate.children()
    async with filmgate.client() as client:
        task_id = await _create(client, "script: then=hang")
        await _until(client, task_id, "processing")
    assert filmgate.process is not None
    filmgate.process.send_signal(signal.SIGTERM)
    while b"Stopping" not in (filmgate.data / "stderr.log").read_bytes():  # noqa: ASYNC110 - it tells nobody.
        await asyncio.sleep(0.05)

    code = await filmgate.end(signal.SIGTERM)

    assert code == 128 + signal.SIGTERM
    assert (await asyncio.to_thread(psutil.wait_procs, children, timeout=10))[1] == []


async def _create(client: httpx.AsyncClient, prompt: str) -> str:
    answer = await client.post("/kling/videos", json={"prompt": prompt, "async": True})
    return str(answer.json()["task_id"])


async def _until(client: httpx.AsyncClient, task_id: str, state: str) -> dict[str, dict[str, object]]:
    """Poll as clients do, through outages, until the task is in the state."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = await client.post("/kling/tasks", json={"id": task_id})
        record: dict[str, dict[str, object]] = answer.json()
        if answer.status_code == 200 and record["data"]["state"] == state:
            return record
        await asyncio.sleep(0.1)
    raise AssertionError(f"The task never was {state}: {record}")


async def _hang_on(filmgate: Filmgate, prompt: str) -> asyncio.StreamWriter:
    """Send a create over a bare socket, and wait for nothing."""
    parts = urlsplit(filmgate.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = json.dumps({"prompt": prompt})
    writer.write(
        f"POST /kling/videos HTTP/1.1\r\nHost: {parts.netloc}\r\nAUTHORIZATION: bearer {filmgate.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    await writer.drain()
    return writer


async def _only_task(filmgate: Filmgate) -> str:
    async with filmgate.client() as client:
        while True:
            page = await client.post("/kling/tasks", json={"action": "retrieve_batch"})
            if page.json()["count"] == 1:
                return str(page.json()["items"][0]["id"])
            await asyncio.sleep(0.05)


def _busiest_renderer(filmgate: Filmgate) -> psutil.Process:
    """The renderer with a job: the one whose temporary folder is a job's."""
    renderers = [each for each in filmgate.children() if "scripted" in " ".join(each.cmdline())]
    return max(renderers, key=lambda each: sum(each.cpu_times()[:2]))
