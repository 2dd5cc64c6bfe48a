"""Having a video made: send the create, follow the task whatever happens to the connection, or cancel it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from filmgate.cli.client import Client
from filmgate.cli.ending import CommandFailed, Interrupted, Refused, ServerAway

Show = Callable[[str, int], None]
"""Takes a task's state, as the wire has it, and its progress in per cent."""

_FIRST_LINE_SECONDS = 5.0
_POLL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Film:
    """A video that was made; `duration` is in seconds, as the server writes it."""

    task_id: str
    video_id: str
    url: str
    duration: str
    warnings: tuple[str, ...]


async def film(client: Client, body: dict[str, Any], *, show: Show, patience_seconds: float = 60.0) -> Film:
    """Have a video made and return it once it is finished; cancelling this cancels the task.

    A connection that breaks loses nothing: the task is looked up until it has ended, or until the server
    has been away for `patience_seconds`.

    Raises:
        Refused: the request was refused, or the task failed.
        ServerAway: the server went away and did not come back.
        Interrupted: this was cancelled; says what became of the task.
    """
    following = _Following(client, show, patience_seconds)
    async with aclosing(client.create(body)) as lines:
        try:
            return await following.to_the_end(lines)
        except asyncio.CancelledError as error:
            raise Interrupted(await following.cancel()) from error


class _Following:
    """One task, as far as it is known."""

    def __init__(self, client: Client, show: Show, patience_seconds: float) -> None:
        self._client = client
        self._show = show
        self._patience_seconds = patience_seconds
        self._task_id = ""
        self._first: asyncio.Future[dict[str, Any]] | None = None

    async def to_the_end(self, lines: AsyncGenerator[dict[str, Any], None]) -> Film:
        self._first = asyncio.ensure_future(anext(lines))
        # Once the request is on its way there may be a task; cancelling must not lose its id.
        line = await asyncio.shield(self._first)
        try:
            while not self._is_last(line):
                line = await anext(lines)
        except (ServerAway, StopAsyncIteration):
            line = await self._looked_up()
        return _film(line)

    async def cancel(self) -> str:
        """Cancel the task, as far as there is one, and say what became of it."""
        try:
            async with asyncio.timeout(_FIRST_LINE_SECONDS):
                if not self._task_id and self._first is not None:
                    self._is_last(await self._first)
                if await self._client.delete(self._task_id):
                    return f"Interrupted; task {self._task_id} is cancelled."
            return f"Interrupted; task {self._task_id} had already ended."
        except (TimeoutError, CommandFailed) as error:
            told = f"it goes on there: filmgate cancel {self._task_id}" if self._task_id else str(error)
            return f"Interrupted; the server could not be told: {told}"

    def _is_last(self, line: dict[str, Any]) -> bool:
        """Note what a line says; an outcome is the last, but a server that stops has none."""
        self._task_id = str(line.get("task_id", self._task_id))
        is_open = line.get("state") in ("submitted", "processing")
        if is_open and "error" in line:
            raise ServerAway(str(line["error"]["message"]))
        if is_open:
            self._show(str(line["state"]), int(line.get("progress", 0)))
        return not is_open

    async def _looked_up(self) -> dict[str, Any]:
        away_since: float | None = None
        while True:
            try:
                record = await self._client.record(self._task_id)
            except ServerAway as error:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > self._patience_seconds:
                    raise ServerAway(f"{error} {self._goes_on()}") from error
                self._show("away", 0)
            except Refused as error:
                if error.code != "unavailable":
                    raise
            else:
                away_since = None
                line = record["response"] | {"progress": record["data"]["progress"]}
                if self._is_last(line):
                    return dict(line)
            await asyncio.sleep(_POLL_SECONDS)

    def _goes_on(self) -> str:
        return f"Task {self._task_id} goes on when it is back; ask with: filmgate task {self._task_id}"


def _film(line: dict[str, Any]) -> Film:
    if not line.get("success"):
        error = line.get("error", {})
        raise Refused(str(error.get("message", "The task failed.")), code=str(error.get("code", "api_error")))
    return Film(
        task_id=str(line["task_id"]),
        video_id=str(line["video_id"]),
        url=str(line["video_url"]),
        duration=str(line["duration"]),
        warnings=tuple(str(each["message"]) for each in line.get("warnings", ())),
    )
