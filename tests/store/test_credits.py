"""Whatever order things happen in: no credit and no task is lost or made, and every task ends once."""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from random import Random

import pytest

from filmgate.domain.accounts import Caller
from filmgate.domain.errors import CreditsUsedUp, StaleAttempt
from filmgate.domain.tasks import Failure, Status, TaskId
from filmgate.ports import Claim
from tests.store.stock import A_MOMENT, ENGINE, NOW, Stock, a_clip

_STARTING_CREDITS = 12_000
_STEPS = 150


@dataclass
class _Life:
    """A server and its workers doing one thing after the other, as chance has it."""

    stock: Stock
    caller: Caller
    chance: Random
    tasks: list[TaskId] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    ended_by_us: Counter[TaskId] = field(default_factory=Counter)

    async def step(self) -> None:
        await self.chance.choice([self.submit, self.claim, self.crash, self.finish, self.fail, self.cancel])()

    async def submit(self) -> None:
        try:
            submitted = await self.stock.submit(self.caller, callback_url="http://receiver.example")
        except CreditsUsedUp:
            return
        self.tasks.append(submitted.task_id)

    async def claim(self) -> None:
        claim = await self.stock.worker(lost_after=A_MOMENT).claim([ENGINE], now=NOW)
        if claim is not None:
            await self.stock.database.fetch(
                "UPDATE pgqueuer SET heartbeat = now() + interval '1 hour' WHERE id = $1", claim.job_id
            )
            self.claims.append(claim)

    async def crash(self) -> None:
        if self.claims:
            await self.stock.database.fetch(
                "UPDATE pgqueuer SET heartbeat = now() - interval '1 hour' WHERE id = $1",
                self.chance.choice(self.claims).job_id,
            )

    async def finish(self) -> None:
        # Any claim, also one that was taken over or whose task was cancelled: a late finish.
        if self.claims:
            claim = self.claims.pop(self.chance.randrange(len(self.claims)))
            await self._ending(claim.task.task_id, self.stock.queue.succeed(claim, [a_clip()], now=NOW))

    async def fail(self) -> None:
        if self.claims:
            claim = self.claims.pop(self.chance.randrange(len(self.claims)))
            failure = Failure("api_error", "It broke.")
            await self._ending(claim.task.task_id, self.stock.queue.fail(claim, failure, now=NOW))

    async def cancel(self) -> None:
        if self.tasks and self.chance.random() < 0.5:
            task_id = self.chance.choice(self.tasks)
            if await self.stock.tasks.cancel(task_id, account_id=self.caller.account_id, now=NOW):
                self.ended_by_us[task_id] += 1

    async def _ending(self, task_id: TaskId, ending: Awaitable[None]) -> None:
        try:
            await ending
        except StaleAttempt:
            return
        self.ended_by_us[task_id] += 1


@pytest.mark.parametrize("seed", range(4))
async def test_credits_and_tasks_are_conserved(stock: Stock, seed: int) -> None:
    life = _Life(stock, await stock.caller(credits_left=_STARTING_CREDITS), Random(seed))

    for _ in range(_STEPS):
        await life.step()

    tasks = await stock.tasks.tasks(life.tasks)
    by_status = Counter(task.status for task in tasks)
    spent = sum(task.reserved for task in tasks if task.status is not Status.FAILED)
    assert len(tasks) == len(life.tasks)
    assert await stock.balance(life.caller.account_id) == _STARTING_CREDITS - spent
    assert {task.task_id for task in tasks if task.status.is_final} == set(life.ended_by_us)
    assert set(life.ended_by_us.values()) == {1}
    queued = "SELECT count(*) FROM pgqueuer WHERE entrypoint = $1"
    n_open = by_status[Status.WAITING] + by_status[Status.RUNNING]
    assert await stock.value(queued, f"render:{ENGINE}") == n_open
    assert await stock.value(queued, "deliver") == len(tasks) - n_open
