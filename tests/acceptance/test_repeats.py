"""Clients that repeat a create, as published SDKs do: one wish is one task, and two callers are two."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.acceptance.conftest import Filmgate

Start = Callable[..., Awaitable[Filmgate]]
_SLOW = "script: steps=20 pause=0.2"
_REPEATED = frozenset({408, 409, 429})


class Repeating:
    """A client that sends a POST again on a time-out, a lost connection, 408, 409, 429 and 5xx, with pauses.

    It sends no key by which a server could tell a repeat from a new wish.
    """

    def __init__(self, filmgate: Filmgate, *, max_retries: int, patience: float) -> None:
        self._filmgate = filmgate
        self._max_retries = max_retries
        self._patience = patience
        self.outcomes: list[int | str] = []

    async def create(self, prompt: str) -> httpx.Response:
        """Return the first answer that is no reason to ask again."""
        for _ in range(1 + self._max_retries):
            answer = await self._once({"prompt": prompt})
            if answer is not None and answer.status_code not in _REPEATED and answer.status_code < 500:
                return answer
            await asyncio.sleep(0.5)
        raise AssertionError(f"no answer but {self.outcomes}")

    async def _once(self, body: dict[str, Any]) -> httpx.Response | None:
        async with httpx.AsyncClient(
            base_url=self._filmgate.url, headers=self._filmgate.headers, timeout=self._patience
        ) as client:
            try:
                answer = await client.post("/kling/videos", json=body)
            except httpx.TransportError as error:
                self.outcomes.append(type(error).__name__)
                return None
            self.outcomes.append(answer.status_code)
            return answer


async def test_fifty_equal_requests_with_one_key_are_one_task(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    headers = {"idempotency-key": "order-7"}
    async with filmgate.client() as client:
        body = {"prompt": "a quiet sea"}

        answers = await asyncio.gather(
            *(client.post("/kling/videos", json=body, headers=headers) for _ in range(50))
        )

        other = await client.post("/kling/videos", json=body | {"seed": 1}, headers=headers)
        listed = await _tasks(client)
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["task_id"] for answer in answers} == {task["id"] for task in listed}
    assert len(listed) == 1
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


async def test_a_client_that_loses_patience_again_and_again_gets_its_one_clip(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    client = Repeating(filmgate, max_retries=20, patience=1.5)

    answer = await client.create(_SLOW)

    assert answer.status_code == 200
    assert client.outcomes[:2] == ["ReadTimeout", "ReadTimeout"]
    async with filmgate.client() as looking:
        assert [task["id"] for task in await _tasks(looking)] == [answer.json()["task_id"]]


async def test_a_client_whose_server_is_restarted_gets_its_one_clip(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    client = Repeating(filmgate, max_retries=40, patience=60)
    creating = asyncio.create_task(client.create(_SLOW))
    async with filmgate.client() as looking:
        while not await _tasks(looking):  # noqa: ASYNC110 - the held request tells nothing yet.
            await asyncio.sleep(0.05)

    await filmgate.end(signal.SIGTERM)
    await filmgate.start()
    answer = await creating

    assert answer.status_code == 200
    assert client.outcomes[0] == 503
    async with filmgate.client() as looking:
        assert [task["id"] for task in await _tasks(looking)] == [answer.json()["task_id"]]


async def test_two_repeating_clients_who_wish_the_same_get_a_clip_each(start_filmgate: Start) -> None:
    filmgate = await start_filmgate(scripted=True)
    clients = [Repeating(filmgate, max_retries=2, patience=60) for _ in range(2)]

    answers = await asyncio.gather(*(client.create("a quiet sea") for client in clients))

    assert len({answer.json()["task_id"] for answer in answers}) == 2


async def _tasks(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    page = await client.post("/kling/tasks", json={"action": "retrieve_batch"})
    tasks: list[dict[str, Any]] = page.json()["items"]
    return tasks
