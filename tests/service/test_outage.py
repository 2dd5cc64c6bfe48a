"""The whole database server dies, for real, in the middle of everything; nothing is lost or doubled."""

import asyncio
import os
import signal
from pathlib import Path

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Status, TaskId
from filmgate.store.database import Database
from tests.service.studio import Studio, open_studio
from tests.store.ground import open_ground
from tests.store.stock import A_MOMENT


async def _submit_until_stopped(studio: Studio, stop: asyncio.Event, faults: set[type]) -> list[TaskId]:
    caller, submitted = await studio.stock.caller(), []
    while not stop.is_set():
        try:
            submitted.append((await studio.stock.submit(caller)).task_id)
        except Unavailable as error:
            faults.add(type(error))
            await asyncio.sleep(A_MOMENT.total_seconds())
        await asyncio.sleep(0.01)
    return submitted


async def test_a_killed_database_server_costs_no_task(tmp_path: Path) -> None:
    with open_ground() as ground:
        async with ground.database() as server:
            database = Database(server.url)
            await database.open()
            async with open_studio(database, tmp_path) as studio, studio.working():
                scene, stop, faults = studio.stage.scene("long"), asyncio.Event(), set[type]()
                during = await studio.stock.submit(await studio.stock.caller(), prompt="long")
                await asyncio.wait_for(scene.begun.wait(), 10)
                submitting = asyncio.create_task(_submit_until_stopped(studio, stop, faults))
                await asyncio.sleep(0.1)

                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
                while not faults:  # noqa: ASYNC110 - it shows in what submits raise.
                    await asyncio.sleep(0.01)
                scene.finish()
                rendered = await studio.ended(during.task_id)
                stop.set()
                others = [await studio.ended(task_id) for task_id in await submitting]

            await database.close()
    assert (rendered.status, rendered.attempt) == (Status.SUCCEEDED, 1)
    assert {task.status for task in others} == {Status.SUCCEEDED}
    assert {task.attempt for task in others} == {1}
