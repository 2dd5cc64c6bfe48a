"""Deleting at upstreams what was ordered for tasks that have ended, when whoever ordered it did not."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import Setback
from filmgate.ports import ClearsUp, Clock, Engine, Leftover, LeftoverStore

_log = structlog.get_logger(__name__)

_AT_ONCE = 20
# A worker that is killed in the middle of a try leaves it to another one after so long.
_LONGEST_TRY = timedelta(minutes=5)
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60))


class ClearUp:
    """Makes the deletes that are due; one that fails is made again after each of the `pauses`.

    The last one's failure is kept with the task, for the operator.
    """

    def __init__(
        self, *, leftovers: LeftoverStore, clock: Clock, pauses: Sequence[timedelta] = PAUSES
    ) -> None:
        self._leftovers = leftovers
        self._clock = clock
        self._pauses = pauses

    async def __call__(self, engines: Mapping[str, Engine]) -> None:
        """Make all that are due in these engines.

        Raises:
            Unavailable: what is left is deleted the next time.
        """
        able = {name: engine for name, engine in engines.items() if isinstance(engine, ClearsUp)}
        while able:
            now = self._clock.now()
            due = await self._leftovers.take(list(able), now=now, again_at=now + _LONGEST_TRY, limit=_AT_ONCE)
            if not due:
                return
            await asyncio.gather(*(self._delete(each, able[each.engine]) for each in due))

    async def _delete(self, leftover: Leftover, engine: ClearsUp) -> None:
        log = _log.bind(task_id=str(leftover.task_id), engine=leftover.engine)
        try:
            async with asyncio.timeout(_LONGEST_TRY.total_seconds() / 2):
                await engine.clear_up(leftover.token)
        except (EngineFailed, TimeoutError) as error:
            reason = str(error) or "The upstream does not answer."
            is_last = leftover.tries > len(self._pauses) or getattr(error, "is_for_good", False)
            log.error("an ended task may be made upstream", reason=reason, is_given_up=is_last)
            await (self._give_up(leftover, reason) if is_last else self._put_off(leftover))
        else:
            log.info("an ended task was cleared up")
            await self._leftovers.gone(leftover)

    async def _put_off(self, leftover: Leftover) -> None:
        pause = self._pauses[leftover.tries - 1]
        await self._leftovers.put_off(leftover, until=self._clock.now() + pause)

    async def _give_up(self, leftover: Leftover, reason: str) -> None:
        told = f"The task ended, and what was ordered for it may be made all the same: {reason}"
        setback = Setback(attempt=leftover.attempt, engine=leftover.engine, at=self._clock.now(), reason=told)
        await self._leftovers.give_up(leftover, setback)
