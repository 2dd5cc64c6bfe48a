"""Clients as published ones are: they ask again on every fault, lose patience, poll, and take back."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import httpx
import numpy as np

from tests.chaos.plan import Manner, Plan, Wish

_REPEATED = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE_SECONDS = 0.3
_LONGEST_PAUSE_SECONDS = 2.4
_POLL_SECONDS = 0.5
# A task whose caller was answered 5xx is joined by repeats for fifteen seconds, and not longer.
_JOINS_FAULT_FOR_SECONDS = 14
_MOST_FAILED_ANSWERS = 3
_PATIENT_SECONDS = 600


@dataclass
class Heard:
    """What a client was told of its wish, and of the extension of it.

    `is_late` where it asked again so long after a fault that another task is no mistake. `refused` are
    answers that no client of the plan should get.
    """

    task_ids: set[str] = field(default_factory=set)
    extension_ids: set[str] = field(default_factory=set)
    is_late: bool = False
    n_repeats: int = 0
    refused: list[str] = field(default_factory=list)


class Clients:
    """Grants the wishes of a plan on a server that comes and goes."""

    def __init__(self, url: str, *, keys: list[str], callbacks: str) -> None:
        """`keys` are those of the accounts, `callbacks` where their receiver listens."""
        self._url = url
        self._keys = keys
        self._callbacks = callbacks
        self._picture = _picture()
        self.heard: dict[int, Heard] = {}

    async def __call__(self, plan: Plan) -> None:
        """Return once every client has got an answer to everything it asked."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as granting:
            for wish in plan.wishes:
                await asyncio.sleep(began + wish.at - loop.time())
                self.heard[wish.number] = Heard()
                granting.create_task(self._grant(wish), name=f"wish {wish.number}")

    async def _grant(self, wish: Wish) -> None:
        heard = self.heard[wish.number]
        body = self._body(wish)
        headers = {"idempotency-key": f"wish-{wish.number}"} if wish.n_equal > 1 else {}
        asking = [
            self._ask(wish, "/kling/videos", body, headers=headers, patience=wish.patience)
            for _ in range(wish.n_equal)
        ]
        answers = await asyncio.gather(*asking)
        heard.task_ids |= {str(answer["task_id"]) for answer in answers if "task_id" in answer}
        if not heard.task_ids:
            return
        task_id = min(heard.task_ids)
        if wish.cancel_after is not None:
            await asyncio.sleep(wish.cancel_after)
            await self._delete(wish, task_id)
        elif wish.manner is Manner.POLLED or wish.is_extended or wish.is_deleted:
            await self._after_its_end(wish, await self._ended(wish, task_id))

    async def _after_its_end(self, wish: Wish, record: Mapping[str, Any]) -> None:
        video_id = record["response"].get("video_id")
        if video_id is None:
            return
        if wish.is_extended:
            body = self._extension(wish, video_id)
            answer = await self._ask(wish, "/kling/videos", body)
            if "task_id" in answer:
                self.heard[wish.number].extension_ids.add(str(answer["task_id"]))
                await self._ended(wish, str(answer["task_id"]))
        if wish.is_deleted:
            await self._delete(wish, record["id"])

    async def _ended(self, wish: Wish, task_id: str) -> Mapping[str, Any]:
        """Poll until the task has ended, and return its record."""
        while True:
            record = await self._ask(wish, "/kling/tasks", {"id": task_id})
            if not record:
                self.heard[wish.number].refused.append(f"task {task_id} is not known")
                return {"response": {}}
            if record["response"].get("state") in ("succeed", "failed"):
                return record
            await asyncio.sleep(_POLL_SECONDS)

    async def _delete(self, wish: Wish, task_id: str) -> None:
        await self._ask(wish, "/kling/tasks", {"action": "delete", "id": task_id})

    async def _ask(
        self,
        wish: Wish,
        path: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        """Post until there is an answer that is no reason to ask again; {} for a refusal."""
        heard, loop = self.heard[wish.number], asyncio.get_running_loop()
        fault_at = loop.time()
        n_failed, has_fault, pause = 0, False, _FIRST_PAUSE_SECONDS
        while True:
            heard.is_late |= has_fault and loop.time() > fault_at + _JOINS_FAULT_FOR_SECONDS
            answer = await self._post(wish, path, body, headers=headers, patience=patience)
            if answer is not None:
                told: dict[str, Any] = answer.json()
                n_failed += told.get("state") == "failed"
                if answer.status_code not in _REPEATED or n_failed == _MOST_FAILED_ANSWERS:
                    if answer.status_code >= 400 and told.get("state") != "failed":
                        heard.refused.append(f"{path}: {answer.status_code} {answer.text}")
                        return {}
                    return told
                fault_at, has_fault = loop.time(), True
            heard.n_repeats += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _post(
        self,
        wish: Wish,
        path: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None,
        patience: float | None,
    ) -> httpx.Response | None:
        """Post once, on a connection of its own; None where no answer came."""
        key = {"authorization": f"Bearer {self._keys[wish.account]}"}
        timeout = patience or _PATIENT_SECONDS
        # Reading the machine's certificates for each connection would cost more than all the rest.
        async with httpx.AsyncClient(base_url=self._url, timeout=timeout, verify=False) as client:
            try:
                return await client.post(path, json=body, headers={**key, **(headers or {})})
            except httpx.TransportError:
                return None

    def _body(self, wish: Wish) -> dict[str, Any]:
        picture = {"action": "image2video", "start_image_url": self._picture} if wish.has_picture else {}
        return {
            "model": "kling-v3",
            "prompt": f"wish {wish.number}: {wish.script}",
            "duration": wish.duration,
            "seed": wish.seed,
            **picture,
            **self._manner(wish, suffix=""),
        }

    def _extension(self, wish: Wish, video_id: str) -> dict[str, Any]:
        return {
            "action": "extend",
            "model": "kling-v3",
            "video_id": video_id,
            "prompt": f"wish {wish.number} goes on: {wish.script}",
            "duration": wish.duration,
            "seed": wish.seed_of_extension,
            **self._manner(wish, suffix="-extension"),
        }

    def _manner(self, wish: Wish, *, suffix: str) -> dict[str, Any]:
        if wish.manner is Manner.CALLED_BACK:
            return {"callback_url": f"{self._callbacks}{callback_path(wish)}{suffix}"}
        return {"async": True} if wish.manner is Manner.POLLED else {}


def callback_path(wish: Wish) -> str:
    """Return the path on which the callback of the wish arrives."""
    return f"/{wish.account}/{wish.number}"


def _picture() -> str:
    _, content = cv2.imencode(".png", np.full((300, 300, 3), 90, np.uint8))
    return f"data:image/png;base64,{base64.b64encode(content.tobytes()).decode()}"
