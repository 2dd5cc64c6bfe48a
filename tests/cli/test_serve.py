"""`filmgate serve` and `filmgate worker` as processes: how they start, refuse to, and end."""

import asyncio
import json
import re
import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from filmgate.announcement import running_url
from filmgate.domain.errors import InvalidSettings
from filmgate.serve import Address, serving
from filmgate.settings import Settings
from tests.cli.terminal import Running, Terminal

_URL = re.compile(r"http://127\.0\.0\.1:\d+")


async def _serving(terminal: Terminal, *words: str) -> tuple[Running, str]:
    running = await terminal.start("serve", "--dev", "--port", "0", *words)
    found = _URL.search(await running.says("serves"))
    assert found is not None
    await running.says("Ctrl-C stops it")
    return running, found[0]


def _family(running: Running) -> list[psutil.Process]:
    itself = psutil.Process(running.process.pid)
    return [itself, *itself.children(recursive=True)]


def _alive(family: list[psutil.Process]) -> list[psutil.Process]:
    # A container's first process may never collect what was left to it; such a zombie has ended all the same.
    return [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


async def _held(terminal: Terminal, url: str) -> httpx.Response:
    key = (terminal.folder / "own" / "local.key").read_text().strip()
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        return await client.post(f"{url}/kling/videos", json={"prompt": "script: steps=1 then=hang"})


async def _until_rendering(terminal: Terminal) -> str:
    while True:
        records = json.loads((await terminal.run("tasks", "--json")).out or "[]")
        if records and records[0]["data"]["state"] == "processing":
            return str(records[0]["id"])


async def test_a_signal_ends_everything_cleanly(lonely: Terminal) -> None:
    lonely.environment["FILMGATE_DRAIN_SECONDS"] = "1"
    running, url = await _serving(lonely)
    held = asyncio.create_task(_held(lonely, url))
    task_id = await _until_rendering(lonely)
    family = _family(running)
    assert len(family) > 3

    outcome = await running.end(signal.SIGTERM)

    assert outcome.code == 0, outcome.err
    assert "Traceback" not in outcome.err
    answer = await held
    assert (answer.status_code, answer.json()["task_id"]) == (503, task_id)
    assert _alive(family) == []
    again = await lonely.run("task", task_id)
    assert json.loads(again.out)["response"]["state"] == "submitted"


async def test_a_second_ctrl_c_ends_it_at_once_and_leaves_no_process(lonely: Terminal) -> None:
    running, _ = await _serving(lonely)
    family = _family(running)

    running.process.send_signal(signal.SIGINT)
    await running.says("Stopping")
    outcome = await running.end(signal.SIGINT)

    assert outcome.code in (0, 130)
    await asyncio.to_thread(psutil.wait_procs, family, timeout=3)
    assert _alive(family) == []


async def test_a_start_says_what_one_needs_to_know(resting: Terminal) -> None:
    running = await resting.start("serve", "--dev", "--port", "0", "--no-worker")

    await running.says("Filmgate 0.1.0 serves http://127.0.0.1:")

    await running.says(str(resting.folder / "own"))
    await running.says("filmgate worker --data")
    assert "authorization: Bearer $(cat /" in await running.says("curl http://127.0.0.1:")
    outcome = await running.end(signal.SIGTERM)
    assert outcome.code == 0
    assert "fg_" not in outcome.out + outcome.err


async def test_a_second_server_on_a_data_folder_and_a_misspelt_setting_are_told(resting: Terminal) -> None:
    first, url = await _serving(resting, "--no-worker")
    resting.environment["FILMGATE_MAX_TRYS"] = "5"

    second = await resting.start("serve", "--dev", "--port", "0", "--no-worker")

    assert "did you mean FILMGATE_MAX_TRIES?" in await second.says("filmgate: warning")
    assert f"another server runs on this data folder, at {url}" in await second.says("filmgate: note")
    assert (await second.end(signal.SIGTERM)).code == 0
    assert (await first.end(signal.SIGTERM)).code == 0


async def test_others_are_warned_about_without_a_public_url(resting: Terminal) -> None:
    running = await resting.start("serve", "--host", "0.0.0.0", "--port", "0")

    assert "FILMGATE_PUBLIC_URL is not set" in await running.says("filmgate: warning")
    assert (await running.end(signal.SIGTERM)).code == 0


async def test_a_worker_renders_what_a_server_accepted(resting: Terminal) -> None:
    server, _ = await _serving(resting, "--no-worker")
    filming = await resting.start("generate", "script: steps=1", "-o", "elsewhere.mp4")
    await filming.says("waiting for a free engine")

    worker = await resting.start("worker", "--engines", "scripted", "--concurrency", "1", "--dev")
    await worker.says("renders with scripted (1 at once)")

    assert (await filming.end()).code == 0
    family = _family(worker)
    assert (await worker.end(signal.SIGTERM)).code == 0
    assert _alive(family) == []
    assert (await server.end(signal.SIGTERM)).code == 0


async def test_a_worker_tells_how_it_fares_where_it_is_told_to(resting: Terminal) -> None:
    port = _free_port()
    worker = await resting.start("worker", "--metrics-port", str(port), "--dev")
    await worker.says("renders with")

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        metrics, alive, videos = [
            await client.get(path) for path in ("/metrics", "/healthz", "/kling/videos")
        ]

    assert (metrics.status_code, alive.status_code, videos.status_code) == (200, 200, 404)
    assert "filmgate_database_up 1.0" in metrics.text
    assert (await worker.end(signal.SIGTERM)).code == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_port_in_use_is_one_line(resting: Terminal) -> None:
    running, url = await _serving(resting)

    outcome = await resting.run("serve", "--port", url.rpartition(":")[2])

    assert outcome.code == 1
    assert outcome.err == (
        f"filmgate: Cannot listen on {url.removeprefix('http://')}: Address already in use. "
        f"A Filmgate already serves this data folder at {url}. Choose another --port.\n"
    )
    assert (await running.end(signal.SIGINT)).code == 0


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("FILMGATE_RETENTION_DAYS", "soon", "FILMGATE_RETENTION_DAYS: Input should be a valid integer"),
        ("FILMGATE_DATABASE_URL", "postgresql://127.0.0.1:9/x", "database"),
    ],
)
async def test_a_start_that_cannot_be_is_one_line(
    setting: str, value: str, told: str, lonely: Terminal
) -> None:
    lonely.environment[setting] = value

    outcome = await lonely.run("serve", "--port", "0")

    assert (outcome.code, outcome.out) == (1, "")
    assert told in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("host", "is_dev", "changes", "told"),
    [
        ("127.0.0.1", False, {"data": "pyproject.toml/x"}, "pyproject.toml is not a folder"),
        ("127.0.0.1", False, {"config": "gone.toml"}, "gone.toml"),
        ("not a host", False, {}, "Cannot listen on not a host:0"),
        ("0.0.0.0", True, {}, "listens on loopback only, not on 0.0.0.0"),
    ],
)
async def test_what_cannot_be_served_is_refused(
    host: str, is_dev: bool, changes: dict[str, str], told: str, tmp_path: Path
) -> None:
    settings = Settings.model_validate({"data": tmp_path / "own"} | changes)

    with pytest.raises(InvalidSettings, match=re.escape(told)):
        async with serving(settings, Address(host, 0), is_dev=is_dev, with_worker=False):
            pass

    assert running_url(tmp_path / "own") is None
