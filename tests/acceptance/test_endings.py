"""A task that is deleted or takes too long stops its renderer, and leaves nothing behind."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres
from tests.acceptance.conftest import Filmgate, Receiver
from tests.engines.scripted import BEGUN

Start = Callable[..., Awaitable[Filmgate]]
_BALANCE = 5000


async def test_a_deleted_task_stops_its_renderer_and_leaves_nothing_behind(
    start_filmgate: Start, receiver: Receiver
) -> None:
    filmgate = await start_filmgate(scripted=True)
    await _limit_operator(filmgate)
    async with filmgate.client() as client:
        task_id = await _create(client, "script: then=hang", callback_url=receiver.url)
        renderer = await _renderer_of(filmgate, task_id)
        deleted_at = time.monotonic()

        deletion = await client.post("/kling/tasks", json={"action": "delete", "id": task_id})

        await asyncio.to_thread(renderer.wait, 10)
        print(f"the renderer was gone after {time.monotonic() - deleted_at:.3f} s")
        _, callback = await asyncio.wait_for(receiver.received.get(), 20)
        after = await client.post("/kling/videos", json={"prompt": "the renderer is free again"})
        record = await client.post("/kling/tasks", json={"id": task_id})

    assert deletion.json() == {"id": task_id, "deleted": True}
    assert json.loads(callback)["error"]["code"] == "cancelled"
    assert after.status_code == 200
    assert record.json()["credits"] == {"reserved": "1.40", "settled": "0.00"}
    assert await _balance(filmgate) == _BALANCE - 1400
    assert _left_of(filmgate, task_id) == []


async def test_a_task_over_its_time_limit_is_a_504_and_leaves_nothing_behind(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_TASK_TIME_LIMIT_SECONDS="2")
    await _limit_operator(filmgate)
    async with filmgate.client() as client:
        waiting = asyncio.create_task(client.post("/kling/videos", json={"prompt": "script: then=burn"}))
        renderer = await _renderer_of(filmgate, "")

        answer = await waiting

        await asyncio.to_thread(renderer.wait, 10)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (504, "timeout")
    assert error["message"] == "The task exceeded its time limit of 2 s."
    assert await _balance(filmgate) == _BALANCE
    assert _left_of(filmgate, answer.json()["task_id"]) == []


async def test_a_task_that_crashes_every_renderer_ends_and_the_next_is_rendered(
    start_filmgate: Start,
) -> None:
    filmgate = await start_filmgate(scripted=True, FILMGATE_MAX_TRIES="2")

    async with filmgate.client() as client:
        poison = await client.post("/kling/videos", json={"prompt": "script: then=segfault"})
        after = await client.post("/kling/videos", json={"prompt": "a quiet sea"})

    assert (poison.status_code, poison.json()["error"]["code"]) == (500, "api_error")
    assert after.status_code == 200
    assert filmgate.process is not None
    assert filmgate.process.returncode is None


@pytest.mark.parametrize("engine", ["scripted", "spare"])
async def test_a_server_starts_with_an_engine_that_cannot(start_filmgate: Start, engine: str) -> None:
    broken = "nonsense:Renderer"
    names = {"scripted": broken, "spare": broken, engine: "tests.engines.scripted:ScriptedRenderer"}
    filmgate = await start_filmgate(scripted=True, config=_two_engines(names))

    async with filmgate.client() as client:
        while (ready := await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - it tells nobody.
            await asyncio.sleep(0.1)
        answer = await client.post("/kling/videos", json={"prompt": "a quiet sea"})
        record = await client.post("/kling/tasks", json={"id": answer.json()["task_id"]})

    assert ready.json()["worker"] == "ok"
    assert answer.status_code == 200
    assert record.json()["engine"] == engine
    assert "engine does not start" in (filmgate.data / "stderr.log").read_text()


def _two_engines(renderers: dict[str, str]) -> str:
    engines = (
        f'[engines.{name}]\nkind = "renderer"\nrenderer = "{each}"\n' for name, each in renderers.items()
    )
    return "\n".join([*engines, '[[routes]]\nmodels = ["*"]\nengines = ["scripted", "spare"]\n'])


async def _create(client: httpx.AsyncClient, prompt: str, **fields: object) -> str:
    answer = await client.post("/kling/videos", json={"prompt": prompt, "async": True, **fields})
    return str(answer.json()["task_id"])


async def _renderer_of(filmgate: Filmgate, task_id: str) -> psutil.Process:
    """The process that renders the task, once it does; it writes its number into the job's folder."""
    async with asyncio.timeout(60):
        while True:
            for note in _scratch(filmgate).glob(f"*/{task_id}*/output/{BEGUN}"):
                if words := note.read_text().split():
                    return psutil.Process(int(words[1]))
            await asyncio.sleep(0.02)


def _left_of(filmgate: Filmgate, task_id: str) -> list[Path]:
    kept = filmgate.data / "objects" / "tasks" / task_id
    return [*_scratch(filmgate).glob("*/*"), *(path for path in kept.rglob("*") if path.is_file())]


def _scratch(filmgate: Filmgate) -> Path:
    return filmgate.data / "work"


async def _limit_operator(filmgate: Filmgate) -> None:
    """Give the operator's account a balance, so that credits which do not come back are missed."""
    await _ask(filmgate, "UPDATE account SET is_unlimited = false, balance = $1", _BALANCE)


async def _balance(filmgate: Filmgate) -> object:
    return (await _ask(filmgate, "SELECT balance FROM account"))[0]["balance"]


async def _ask(filmgate: Filmgate, statement: str, *values: object) -> list[dict[str, object]]:
    # Attaches to the server that runs, as `filmgate keys` does.
    async with EmbeddedPostgres(filmgate.data / "database") as postgres:
        database = Database(postgres.url)
        await database.open()
        rows = await database.fetch(statement, *values)
        await database.close()
    return [dict(row) for row in rows]
