"""Tasks on a machine whose disk runs full: they wait, or end with the reason, and are never lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import Status
from filmgate.media.objects import LocalObjects
from filmgate.media.scratch import LocalScratch
from tests.disks import fill, small_disk
from tests.service.studio import Studio

_MIB = 2**20


async def test_a_clip_waits_for_room_in_the_storage_and_is_whole_then(studio: Studio, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        studio = replace(studio, objects=LocalObjects(disk / "objects"))
        scene = studio.stage.scene("long")
        submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")
        async with studio.working():
            await asyncio.wait_for(scene.begun.wait(), 10)
            filler = fill(disk)
            scene.finish()
            await studio.stock.until("SELECT progress = 0 FROM task")
            during = await studio.stock.known(submitted.task_id)
            filler.unlink()
            task = await studio.ended(submitted.task_id)

        assert during.status is Status.RUNNING
        assert (task.status, task.attempt) == (Status.SUCCEEDED, 1)
        assert task.clip is not None
        path = studio.objects.local_path(task.clip.key)
        assert path is not None
        assert path.stat().st_size == task.clip.n_bytes


async def test_a_task_whose_clip_cannot_be_stored_in_time_says_so(studio: Studio, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        studio = replace(studio, objects=LocalObjects(disk / "objects"))
        fill(disk)
        submitted = await studio.stock.submit(await studio.stock.caller())
        async with studio.working(time_limit=timedelta(seconds=0.3)):
            task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert task.failure.code == "timeout"
    assert "The object store cannot be reached or written." in task.failure.message


async def test_a_worker_without_room_takes_no_task_until_there_is_some(
    studio: Studio, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        studio = replace(studio, room=LocalScratch(disk / "work", min_free_bytes=_MIB))
        filler = fill(disk)
        submitted = await studio.stock.submit(await studio.stock.caller())
        async with studio.working():
            await studio.stock.until("SELECT count(*) > 0 FROM worker WHERE engines = '{}'")
            during = await studio.stock.known(submitted.task_id)
            filler.unlink()
            task = await studio.ended(submitted.task_id)

    assert (during.status, during.attempt) == (Status.WAITING, 0)
    assert (task.status, task.attempt) == (Status.SUCCEEDED, 1)


async def test_a_render_that_broke_because_the_disk_filled_is_not_held_against_its_task(
    studio: Studio, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        studio = replace(studio, room=LocalScratch(disk / "work", min_free_bytes=_MIB))
        scene = studio.stage.scene("long")
        submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")
        async with studio.working(max_tries=1):
            await asyncio.wait_for(scene.begun.wait(), 10)
            filler = fill(disk)
            scene.fail(EngineFailed("No space left on device"))
            await studio.stock.until("SELECT status = 'waiting' FROM task")
            studio.stage.forget("long")
            filler.unlink()
            task = await studio.ended(submitted.task_id)

    assert (task.status, task.attempt, task.tries) == (Status.SUCCEEDED, 2, 1)


async def test_a_task_without_a_folder_to_render_in_waits_for_one(studio: Studio) -> None:
    in_the_way = studio.root / "work"
    in_the_way.write_bytes(b"")
    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working(max_tries=1):
        await studio.stock.until("SELECT handed_back > 0 FROM task")
        in_the_way.unlink()
        task = await studio.ended(submitted.task_id)

    assert (task.status, task.tries) == (Status.SUCCEEDED, 1)
