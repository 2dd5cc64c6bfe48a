"""A task is followed whatever happens to the connection, and cancelled when its caller goes."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from filmgate.cli import filming
from filmgate.cli.client import Client
from filmgate.cli.ending import Interrupted, Refused, ServerAway

_OPEN = {"task_id": "t1", "state": "processing", "progress": 40}
_DONE = {
    "success": True,
    "task_id": "t1",
    "video_id": "9",
    "video_url": "http://a/b.mp4",
    "duration": "5.041",
}
_BROKEN = ServerAway("The server does not answer.")


class _ScriptedClient(Client):
    """A server that says these lines, then answers look-ups with these responses; errors are raised.

    `None` among the lines is a server that says nothing more.
    """

    def __init__(self, *lines: dict[str, Any] | ServerAway | None, records: list[Any] | None = None) -> None:
        self._lines = lines
        self._records = records or []
        self.deleted: list[str] = []

    async def create(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        for line in self._lines:
            if line is None:
                await asyncio.Event().wait()
            elif isinstance(line, ServerAway):
                raise line
            else:
                yield line

    async def record(self, task_id: str) -> dict[str, Any]:
        response = self._records.pop(0)
        if isinstance(response, Exception):
            raise response
        return {"id": task_id, "response": response, "data": {"progress": 50}}

    async def delete(self, task_id: str) -> bool:
        self.deleted.append(task_id)
        return True


@pytest.fixture(autouse=True)
def _polls_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filming, "_POLL_SECONDS", 0)


async def _film(client: Client, *, patience_seconds: float = 5) -> tuple[filming.Film, list[tuple[str, int]]]:
    shown: list[tuple[str, int]] = []
    made = await filming.film(
        client, {}, show=lambda *state: shown.append(state), patience_seconds=patience_seconds
    )
    return made, shown


async def test_states_are_shown_and_the_film_returned() -> None:
    warned = {"warnings": [{"field": "fps", "message": "fps has no effect."}]}

    made, shown = await _film(
        _ScriptedClient({**_OPEN, "state": "submitted", "progress": 0}, _OPEN, _DONE | warned)
    )

    assert shown == [("submitted", 0), ("processing", 40)]
    assert (made.url, made.video_id, made.warnings) == ("http://a/b.mp4", "9", ("fps has no effect.",))


async def test_a_server_that_does_not_stream_is_understood() -> None:
    made, shown = await _film(_ScriptedClient(_DONE))

    assert (made.duration, shown) == ("5.041", [])


async def test_a_failed_task_tells_why() -> None:
    failed = {"success": False, "task_id": "t1", "state": "failed"}
    client = _ScriptedClient(_OPEN, failed | {"error": {"code": "timeout", "message": "Too slow."}})

    with pytest.raises(Refused, match=r"Too slow\. \(timeout\)"):
        await _film(client)


@pytest.mark.parametrize(
    "end",
    [
        [_BROKEN],
        [],
        [{"success": False, "task_id": "t1", "state": "processing", "error": {"message": "It stops."}}],
    ],
)
async def test_a_lost_connection_is_made_up_for_by_looking_up(end: list[Any]) -> None:
    client = _ScriptedClient(_OPEN, *end, records=[_BROKEN, {"task_id": "t1", "state": "processing"}, _DONE])

    made, shown = await _film(client)

    assert made.video_id == "9"
    assert shown == [("processing", 40), ("away", 0), ("processing", 50)]


async def test_patience_with_a_server_that_stays_away_ends() -> None:
    client = _ScriptedClient(_OPEN, _BROKEN, records=[_BROKEN] * 3)

    with pytest.raises(ServerAway, match="filmgate task t1"):
        await _film(client, patience_seconds=0)


async def test_a_server_that_was_never_there_is_not_waited_for() -> None:
    with pytest.raises(ServerAway, match="does not answer"):
        await _film(_ScriptedClient(_BROKEN))


async def test_leaving_cancels_the_task() -> None:
    client = _ScriptedClient(_OPEN, None)
    going = asyncio.Event()
    filmed = asyncio.create_task(filming.film(client, {}, show=lambda *_: going.set()))
    await going.wait()

    filmed.cancel()

    with pytest.raises(Interrupted, match="task t1 is cancelled"):
        await filmed
    assert client.deleted == ["t1"]


async def test_leaving_before_the_server_answered_still_cancels_the_task() -> None:
    answering = asyncio.Event()

    class Slow(_ScriptedClient):
        async def create(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
            sent.set()
            await answering.wait()
            yield _OPEN

    sent, client = asyncio.Event(), Slow()
    filmed = asyncio.create_task(filming.film(client, {}, show=lambda *_: None))
    await sent.wait()

    filmed.cancel()
    asyncio.get_running_loop().call_soon(answering.set)

    with pytest.raises(Interrupted, match="task t1 is cancelled"):
        await filmed
    assert client.deleted == ["t1"]
