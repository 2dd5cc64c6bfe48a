"""Engines that cannot start: the others work, and they are tried again."""

import asyncio

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import Status
from tests.http.stage import Stage
from tests.service.studio import Studio


class Late(Stage):
    """A stage that fails to start as written before it starts."""

    def __init__(self, *faults: Exception, name: str = "late") -> None:
        super().__init__()
        self.name = name
        self.faults = list(faults)

    async def start(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


class Never(Late):
    """A stage that is still getting ready when the worker stops."""

    async def start(self) -> None:
        await asyncio.Event().wait()


async def test_one_engine_that_cannot_start_does_not_stop_the_others(studio: Studio) -> None:
    broken = Late(*[EngineFailed("no weights")] * 1000)
    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working(engines={"stage": Stage(), "late": broken}):
        task = await studio.ended(submitted.task_id)
        live = await studio.stock.queue.live_engines()

    assert task.status is Status.SUCCEEDED
    assert live.keys() == {"stage"}


async def test_an_engine_that_could_not_start_is_tried_again_and_takes_its_tasks(studio: Studio) -> None:
    late = Late(EngineFailed("no weights"), ImportError("no module named torch"))
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="late")

    async with studio.working(engines={"late": late}):
        task = await studio.ended(submitted.task_id)

    assert (task.status, task.attempt) == (Status.SUCCEEDED, 1)
    assert late.faults == []


async def test_a_worker_stops_while_an_engine_gets_ready(studio: Studio) -> None:
    async with studio.working(engines={"late": Never(), "stage": Stage()}) as working:
        await studio.stock.until("SELECT engines = '{stage}' FROM worker")

    assert working.cancelled()
