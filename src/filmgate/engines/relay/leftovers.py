"""What was ordered for tasks that have ended: deleted upstream, at once and while nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import structlog

from filmgate.domain.errors import EngineFailed, FilmgateError
from filmgate.engines.relay.exchange import Unanswered, Unreached
from filmgate.engines.relay.pauses import pause

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_GONE = (404, 410)


async def delete_once(ask: Callable[[], Awaitable[httpx.Response]], *, upstream_id: str) -> None:
    """Return when the upstream says that the job is deleted, or that it has none such.

    Raises:
        EngineFailed: it does not say so.
    """
    try:
        response = await ask()
    except (Unreached, Unanswered) as error:
        raise EngineFailed(f"The job {upstream_id} could not be deleted: {error}.") from error
    if not response.is_success and response.status_code not in _GONE:
        raise EngineFailed(f"The job {upstream_id} could not be deleted: HTTP {response.status_code}.")


class Leftovers:
    """Clears them up beside the renders, so that no cancel waits for an upstream.

    `pauses` are the seconds before a delete that was not answered well is made again, and `close_within`
    those that a worker which stops still has for it. What is not deleted by then is left to `clear_up`.
    """

    def __init__(self, *, pauses: tuple[float, ...] = (1, 5), close_within: float = 5) -> None:
        self._pauses = pauses
        self._close_within = close_within
        self._clearing: set[asyncio.Task[None]] = set()

    def clear(self, work: Coroutine[Any, Any, None], *, task_id: str) -> None:
        """Begin with the work; what goes wrong is told in the log, for nobody else is left to be told."""
        clearing = asyncio.create_task(self._told(work, task_id=task_id), name=f"clear up after {task_id}")
        self._clearing.add(clearing)
        clearing.add_done_callback(self._clearing.discard)

    async def delete(self, ask: Callable[[], Awaitable[httpx.Response]], *, upstream_id: str) -> None:
        """Ask until the upstream says that the job is deleted, or that it has none such.

        Raises:
            EngineFailed: it never said so.
        """
        for seconds in self._pauses:
            try:
                return await delete_once(ask, upstream_id=upstream_id)
            except EngineFailed:
                await pause(seconds)
        return await delete_once(ask, upstream_id=upstream_id)

    async def close(self) -> None:
        """Let what has begun end, for a while; safe to call twice."""
        if self._clearing:
            await asyncio.wait(self._clearing, timeout=self._close_within)
        clearing = list(self._clearing)
        for each in clearing:
            each.cancel()
        await asyncio.gather(*clearing, return_exceptions=True)

    async def _told(self, work: Coroutine[Any, Any, None], *, task_id: str) -> None:
        try:
            await work
        except (FilmgateError, asyncio.CancelledError) as error:
            reason = str(error) or "the worker stopped"
            _log.error("an ended task may be made upstream", task_id=task_id, reason=reason)
            if not isinstance(error, FilmgateError):
                raise
