"""A worker's day: never more than it can do, never stopped by an outage, and nothing kept when it goes."""

import asyncio
from collections.abc import Sequence

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Status
from filmgate.ports import RenderedFile, RenderJob, RenderWatch
from tests.http.stage import Stage
from tests.service.studio import Studio


class Counting(Stage):
    """A stage with a few slots that knows how many renders there were at once; the first waits for them."""

    slots = 2

    def __init__(self) -> None:
        super().__init__()
        self._now = 0
        self._has_been_full = asyncio.Event()
        self.most = 0

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now == self.slots:
            self._has_been_full.set()
        await self._has_been_full.wait()
        try:
            return await super().render(job, watch)
        finally:
            self._now -= 1


async def test_a_worker_never_renders_more_at_once_than_its_engine_has_slots(studio: Studio) -> None:
    stage, caller = Counting(), await studio.stock.caller()
    submitted = [await studio.stock.submit(caller) for _ in range(12)]

    async with studio.working(engines={"stage": stage}):
        for each in submitted:
            await studio.ended(each.task_id)

    assert stage.most == 2


async def test_a_full_worker_leaves_the_rest_to_others(studio: Studio) -> None:
    stage, caller = Counting(), await studio.stock.caller()
    scenes = [stage.scene(f"long {number}") for number in range(2)]
    for number in range(3):
        await studio.stock.submit(caller, prompt=f"long {number}")

    async with studio.working(engines={"stage": stage}):
        for scene in scenes:
            await asyncio.wait_for(scene.begun.wait(), 10)
        waiting = await studio.stock.value("SELECT count(*) FROM task WHERE status = 'waiting'")

    assert waiting == 1


async def test_a_stopped_worker_hands_its_tasks_back_at_once(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")

    async with studio.working():
        await asyncio.wait_for(scene.begun.wait(), 10)

    task = await studio.stock.known(submitted.task_id)
    assert (task.status, task.attempt, task.tries) == (Status.WAITING, 1, 0)
    assert studio.scratch == []
    assert await studio.stock.queue.live_engines() == {}


async def test_renders_go_on_while_a_server_lets_its_waiting_callers_go(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")

    async with studio.working():
        await asyncio.wait_for(scene.begun.wait(), 10)
        studio.stock.news.dismiss()
        await studio.stock.until("SELECT count(*) > 0 FROM worker")
        scene.finish()
        await studio.stock.until("SELECT status = 'succeeded' FROM task")

    assert (await studio.stock.known(submitted.task_id)).attempt == 1


async def test_a_worker_goes_on_after_all_its_connections_were_lost(studio: Studio) -> None:
    caller, scene = await studio.stock.caller(), studio.stage.scene("long")
    during = await studio.stock.submit(caller, prompt="long")

    async with studio.working():
        await asyncio.wait_for(scene.begun.wait(), 10)
        killer = await studio.stock.database.connect()
        await killer.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        await killer.close()
        scene.finish()
        ended = await studio.ended(during.task_id)
        after = await studio.ended((await studio.stock.submit(caller)).task_id)

    assert (ended.status, ended.attempt) == (Status.SUCCEEDED, 1)
    assert after.status is Status.SUCCEEDED


async def test_a_task_is_kept_alive_again_after_all_connections_were_lost(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")

    async with studio.working():
        await asyncio.wait_for(scene.begun.wait(), 10)
        killer = await studio.stock.database.connect()
        await killer.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        lost_at = await killer.fetchval("SELECT now()")
        await killer.close()
        beaten = "SELECT heartbeat > $1 AND (SELECT seen_at > $1 FROM worker) FROM pgqueuer"
        async with asyncio.timeout(10):
            while not await _answered(studio, beaten, lost_at):  # noqa: ASYNC110 - it tells nobody.
                await asyncio.sleep(0.01)
        scene.finish()
        task = await studio.ended(submitted.task_id)

    assert (task.status, task.attempt) == (Status.SUCCEEDED, 1)


async def _answered(studio: Studio, question: str, *values: object) -> bool:
    try:
        return bool(await studio.stock.value(question, *values))
    except Unavailable:
        return False


async def test_a_worker_that_drains_ends_what_it_has_and_takes_nothing_more(studio: Studio) -> None:
    caller, scene = await studio.stock.caller(), studio.stage.scene("long")
    during = await studio.stock.submit(caller, prompt="long")
    work = studio.work()
    working = asyncio.create_task(work())
    await asyncio.wait_for(scene.begun.wait(), 10)

    draining = asyncio.create_task(work.drain())
    await studio.stock.until("SELECT engines = '{}' FROM worker")
    after = await studio.stock.submit(caller)
    scene.finish()
    await asyncio.wait_for(draining, 10)

    statuses = [(await studio.stock.known(each.task_id)).status for each in (during, after)]
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert statuses == [Status.SUCCEEDED, Status.WAITING]
