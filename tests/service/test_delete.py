"""Deleting and sweeping: what is deleted is gone for its caller at once, and from the storage in the end."""

from datetime import timedelta

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Task
from filmgate.media.objects import LocalObjects
from filmgate.service.delete import Delete
from filmgate.service.sweep import Sweep
from tests.service.studio import Studio

RETENTION = timedelta(days=30)


class Stubborn(LocalObjects):
    """A store that cannot remove anything at the moment."""

    async def delete_all(self, prefix: str) -> None:
        """Refuse."""
        raise Unavailable("read-only")


def _sweep(studio: Studio) -> Sweep:
    return Sweep(past=studio.stock.past, objects=studio.objects, clock=studio.clock, retention=RETENTION)


async def _finished(studio: Studio) -> Task:
    submitted = await studio.stock.submit(await studio.stock.caller())
    async with studio.working():
        return await studio.ended(submitted.task_id)


async def test_deleting_a_finished_task_removes_its_files_once(studio: Studio) -> None:
    task = await _finished(studio)
    delete = Delete(tasks=studio.stock.tasks, objects=studio.objects, clock=studio.clock)

    deleted = [await delete(task.task_id, account_id=task.account_id) for _ in range(2)]

    assert deleted == [True, False]
    assert studio.objects_of(task.task_id) == set()


async def test_files_that_could_not_be_removed_are_swept_later(studio: Studio) -> None:
    task = await _finished(studio)
    stubborn = Stubborn(studio.root / "objects")
    delete = Delete(tasks=studio.stock.tasks, objects=stubborn, clock=studio.clock)

    deleted = await delete(task.task_id, account_id=task.account_id)
    kept = studio.objects_of(task.task_id)
    swept = await _sweep(studio)()

    assert (deleted, bool(kept), swept) == (True, True, 1)
    assert studio.objects_of(task.task_id) == set()


async def test_the_sweep_removes_what_is_past_its_retention(studio: Studio) -> None:
    task = await _finished(studio)
    sweep = _sweep(studio)

    early = await sweep()
    studio.clock.advance(RETENTION + timedelta(seconds=1))
    due, again = await sweep(), await sweep()

    assert (early, due, again) == (0, 1, 0)
    assert studio.objects_of(task.task_id) == set()
    assert not (await studio.stock.known(task.task_id)).has_files(now=studio.clock.now(), retention=RETENTION)
