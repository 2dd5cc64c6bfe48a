"""What a killed worker leaves behind at an upstream: another worker deletes it, or the operator is told."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import Task, TaskId
from filmgate.ports import RenderedFile, RenderJob, RenderWatch
from filmgate.service.clear_up import PAUSES, ClearUp
from filmgate.store.endings import LEFT_FOR
from filmgate.store.leftovers import PostgresLeftovers
from tests.http.stage import Stage
from tests.service.rounds import by_name
from tests.service.studio import Studio
from tests.store.stock import take


class Ordering(Stage):
    """A stage that orders elsewhere, under a token; its upstream deletes at once, or says these things."""

    def __init__(self, *complaints: str, is_for_good: bool = False) -> None:
        super().__init__()
        self._complaints = list(complaints)
        self._is_for_good = is_for_good
        self.asked: list[str] = []
        self.cleared = asyncio.Event()

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See the port."""
        await watch.save_resume_token("order 1")
        return await super().render(job, watch)

    async def clear_up(self, token: str) -> None:
        """See the port."""
        self.asked.append(token)
        if self._complaints:
            raise EngineFailed(self._complaints.pop(0), is_for_good=self._is_for_good)
        self.cleared.set()


async def _cancelled_by_nobodys_worker(studio: Studio) -> TaskId:
    """A task that is deleted when the worker which ordered for it is gone without a word."""
    caller = await studio.stock.caller()
    submitted = await studio.stock.submit(caller)
    claim = await take(studio.stock.queue)
    await studio.stock.queue.save_resume_token(claim, "order 1")
    assert await studio.stock.tasks.cancel(
        submitted.task_id, account_id=caller.account_id, now=studio.clock.now()
    )
    return submitted.task_id


async def _cleared_up(studio: Studio, stage: Stage) -> None:
    leftovers = PostgresLeftovers(studio.stock.database)
    await ClearUp(leftovers=leftovers, clock=studio.clock)(by_name(stage))


async def _due(studio: Studio) -> datetime | None:
    due: datetime | None = await studio.stock.value("SELECT leftover_at FROM task")
    return due


async def _when_it_ended(studio: Studio) -> Task:
    return await studio.stock.known(await studio.stock.value("SELECT task_id FROM task"))


async def test_what_a_killed_worker_had_ordered_for_a_deleted_task_is_deleted_by_the_next(
    studio: Studio,
) -> None:
    await _cancelled_by_nobodys_worker(studio)
    studio.clock.advance(LEFT_FOR)
    stage = Ordering()

    async with studio.working(engines=by_name(stage)), asyncio.timeout(20):
        await stage.cleared.wait()

    assert stage.asked == ["order 1"]


async def test_whoever_ordered_has_a_while_for_it_first(studio: Studio) -> None:
    await _cancelled_by_nobodys_worker(studio)
    stage = Ordering()
    await _cleared_up(studio, stage)
    at_once = list(stage.asked)

    studio.clock.advance(LEFT_FOR)
    await _cleared_up(studio, stage)
    await _cleared_up(studio, stage)

    assert (at_once, stage.asked, await _due(studio)) == ([], ["order 1"], None)


@pytest.mark.parametrize("token", ["order 1, whose name came late", None])
async def test_what_is_said_to_be_left_is_what_is_deleted(studio: Studio, token: str | None) -> None:
    task_id = await _cancelled_by_nobodys_worker(studio)
    await PostgresLeftovers(studio.stock.database).keep(task_id, attempt=1, token=token)
    studio.clock.advance(LEFT_FOR)
    stage = Ordering()

    await _cleared_up(studio, stage)

    assert stage.asked == ([] if token is None else [token])


async def test_a_task_past_its_time_limit_leaves_its_order_behind_and_one_that_was_made_does_not(
    studio: Studio,
) -> None:
    stage = Ordering()
    stage.scene("slow")
    for prompt in ("slow", "quick"):
        await studio.stock.submit(await studio.stock.caller(), prompt=prompt)
        limit = timedelta(seconds=0.5 if prompt == "slow" else 60)
        await studio.render(engines=by_name(stage), time_limit=limit)(await take(studio.stock.queue))

    left = await studio.stock.database.fetch("SELECT failure_code FROM task WHERE leftover_at IS NOT NULL")

    assert [row["failure_code"] for row in left] == ["timeout"]


async def test_a_delete_that_fails_is_made_again_later_and_at_last_the_operator_is_told(
    studio: Studio,
) -> None:
    await _cancelled_by_nobodys_worker(studio)
    stage = Ordering(*["HTTP 500"] * 99)
    studio.clock.advance(LEFT_FOR)
    n_asked = []
    for pause in (*PAUSES, timedelta(days=1)):
        await _cleared_up(studio, stage)
        await _cleared_up(studio, stage)
        n_asked.append(len(stage.asked))
        studio.clock.advance(pause)

    await _cleared_up(studio, stage)

    [setback] = (await _when_it_ended(studio)).setbacks
    assert (n_asked, len(stage.asked)) == ([1, 2, 3, 4, 5], 5)
    assert setback.reason == (
        "The task ended, and what was ordered for it may be made all the same: HTTP 500"
    )


async def test_a_delete_that_is_of_no_use_is_made_once(studio: Studio) -> None:
    await _cancelled_by_nobodys_worker(studio)
    studio.clock.advance(LEFT_FOR)

    await _cleared_up(studio, Ordering("It has no way to cancel.", is_for_good=True))

    assert (await _due(studio), len((await _when_it_ended(studio)).setbacks)) == (None, 1)


async def test_a_worker_that_is_killed_in_the_middle_of_a_delete_leaves_it_to_another(studio: Studio) -> None:
    await _cancelled_by_nobodys_worker(studio)
    studio.clock.advance(LEFT_FOR)
    now, leftovers = studio.clock.now(), PostgresLeftovers(studio.stock.database)
    await leftovers.take(["stage"], now=now, again_at=now + timedelta(minutes=5), limit=1)
    studio.clock.advance(timedelta(minutes=5))
    stage = Ordering()

    await _cleared_up(studio, stage)

    assert stage.asked == ["order 1"]


async def test_an_engine_that_orders_nowhere_is_asked_nothing(studio: Studio) -> None:
    await _cancelled_by_nobodys_worker(studio)
    studio.clock.advance(LEFT_FOR)

    await _cleared_up(studio, Stage())

    assert await _due(studio) is not None
