"""Putting away what is past its time, by several servers at once, and nothing that somebody still needs."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from filmgate.domain.errors import IdempotencyConflict
from filmgate.domain.requests import StoredMedia
from filmgate.domain.tasks import Status, Task
from filmgate.service.sweep import Sweep
from filmgate.store.chores import forget_old_jobs
from tests.service.studio import Studio
from tests.store.stock import NOW, a_request

RETENTION = timedelta(days=30)
A_DAY = timedelta(days=1, hours=1)


def _sweep(studio: Studio) -> Sweep:
    return Sweep(past=studio.stock.past, objects=studio.objects, clock=studio.clock, retention=RETENTION)


async def _finished(studio: Studio, **changes: Any) -> Task:
    submitted = await studio.stock.submit(await studio.stock.caller(), now=studio.clock.now(), **changes)
    async with studio.working():
        return await studio.ended(submitted.task_id)


async def _put(studio: Studio, key: str) -> Path:
    await studio.objects.put(key, b"x", content_type="video/mp4")
    path = studio.objects.local_path(key)
    assert path is not None
    return path


async def test_files_that_no_task_knows_go_when_they_are_a_day_old(studio: Studio) -> None:
    task = await _finished(studio)
    kept = studio.objects_of(task.task_id)
    without_task = await _put(studio, f"tasks/{uuid4()}/inputs/start_image")
    of_a_killed_attempt = await _put(studio, f"tasks/{task.task_id}/7/clip.mp4")
    foreign = await _put(studio, "somebody/elses")

    early = await _sweep(studio).orphans()
    studio.clock.advance(A_DAY)
    due = await _sweep(studio).orphans()

    assert (early, due) == (0, 2)
    assert not without_task.parent.parent.exists()
    assert not of_a_killed_attempt.exists()
    assert foreign.exists()
    assert studio.objects_of(task.task_id) == kept


async def test_files_of_a_task_that_waits_or_runs_stay_however_old(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    picture = StoredMedia(key="", content_type="image/png", n_bytes=1, sha256="")
    submitted = await studio.stock.submit(
        await studio.stock.caller(), prompt="long", request=replace(a_request("long"), start_image=picture)
    )
    path = await _put(studio, f"tasks/{submitted.task_id}/inputs/start_image")
    studio.clock.advance(A_DAY)

    removed = await _sweep(studio).orphans()

    assert (removed, path.exists(), scene.begun.is_set()) == (0, True, False)


async def test_drafts_of_killed_processes_go_too(studio: Studio) -> None:
    task = await _finished(studio)
    folder = (await _put(studio, f"tasks/{task.task_id}/1/clip.mp4")).parent
    old, new = folder / ".clip.mp4.0123456789abcdef", folder / ".clip.mp4.fedcba9876543210"
    for draft in (old, new):
        draft.write_bytes(b"half")
    two_days_ago = (studio.clock.now() - 2 * A_DAY).timestamp()
    os.utime(old, (two_days_ago, two_days_ago))

    await _sweep(studio).orphans()

    assert (old.exists(), new.exists()) == (False, True)


async def test_what_a_late_worker_stored_of_a_removed_task_goes(studio: Studio) -> None:
    task = await _finished(studio)
    studio.clock.advance(RETENTION + A_DAY)
    await _sweep(studio)()
    late = await _put(studio, f"tasks/{task.task_id}/2/clip.mp4")
    studio.clock.advance(A_DAY)

    await _sweep(studio).orphans()

    assert not late.exists()


async def test_a_repeats_key_is_forgotten_after_a_day_and_not_before(studio: Studio) -> None:
    task = await _finished(studio, idempotency_key="order-1")
    keys = "SELECT count(idempotency_key) + count(holder) FROM task"

    await _sweep(studio)()
    early = await studio.stock.value(keys)
    studio.clock.advance(A_DAY)
    await _sweep(studio)()

    assert (early, await studio.stock.value(keys)) == (2, 0)
    assert (await studio.stock.known(task.task_id)).status is Status.SUCCEEDED


async def test_a_key_still_refuses_another_body_after_a_sweep_within_its_day(studio: Studio) -> None:
    caller, now = await studio.stock.caller(), studio.clock.now()
    await studio.stock.submit(caller, prompt="one", idempotency_key="order-1", now=now)

    await _sweep(studio)()

    with pytest.raises(IdempotencyConflict):
        await studio.stock.submit(caller, prompt="two", idempotency_key="order-1", now=now)


async def test_posts_older_than_the_retention_are_forgotten_once_their_delivery_is_closed(
    studio: Studio,
) -> None:
    for is_closed in (True, False):
        task = await _finished(studio, callback_url="http://receiver.example")
        await studio.stock.database.fetch(
            """WITH closed AS (
                UPDATE delivery SET given_up_at = CASE WHEN $2 THEN now() END WHERE task_id = $1
                RETURNING delivery_id
            )
            INSERT INTO post SELECT delivery_id, number, 500, '', '1 second', $3
            FROM closed, generate_series(1, 3) AS number""",
            task.task_id,
            is_closed,
            studio.clock.now(),
        )

    await _sweep(studio)()
    early = await studio.stock.value("SELECT count(*) FROM post")
    studio.clock.advance(RETENTION + A_DAY)
    await _sweep(studio)()

    assert (early, await studio.stock.value("SELECT count(*) FROM post")) == (6, 3)


async def test_several_servers_sweep_at_once_and_nothing_is_swept_twice(studio: Studio) -> None:
    caller = await studio.stock.caller()
    submitted = [await studio.stock.submit(caller, now=studio.clock.now()) for _ in range(12)]
    async with studio.working():
        for each in submitted:
            await studio.ended(each.task_id)
    studio.clock.advance(RETENTION + A_DAY)

    await asyncio.gather(*(_sweep(studio)() for _ in range(3)), *(_sweep(studio).orphans() for _ in range(3)))

    left = "SELECT count(*) FROM task WHERE files_removed_at IS NULL OR holder IS NOT NULL"
    assert await studio.stock.value(left) == 0
    assert list((studio.root / "objects").rglob("*.mp4")) == []


async def test_the_queues_own_log_keeps_a_day(studio: Studio) -> None:
    database = studio.stock.database
    await _finished(studio)
    await database.fetch(
        """INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)
        SELECT now() - day * interval '1 day', 1, 'successful', 0, 'deliver'
        FROM generate_series(0, 5) AS day, generate_series(1, 2500)"""
    )

    await asyncio.gather(*(forget_old_jobs(database) for _ in range(2)))

    old = "SELECT count(*) FROM pgqueuer_log WHERE created < now() - interval '1 day'"
    assert await studio.stock.value(old) == 0
    assert await studio.stock.value("SELECT count(*) FROM pgqueuer_log") >= 2500


async def test_a_clock_a_day_ahead_ends_nothing_and_removes_only_what_is_due_by_it(studio: Studio) -> None:
    scene, caller = studio.stage.scene("long"), await studio.stock.caller()
    finished = await _finished(studio)
    running = await studio.stock.submit(caller, prompt="long", now=studio.clock.now())
    async with studio.working(time_limit=timedelta(minutes=10)):
        await asyncio.wait_for(scene.begun.wait(), 10)
        studio.clock.advance(timedelta(days=1))
        swept = await _sweep(studio)()
        studio.clock.advance(timedelta(days=-2))
        swept += await _sweep(studio)()
        scene.finish()
        ended = await studio.ended(running.task_id)
        after = await studio.ended((await studio.stock.submit(caller, now=studio.clock.now())).task_id)

    assert swept == 0
    assert studio.objects_of(finished.task_id)
    assert (ended.status, ended.attempt, after.status) == (Status.SUCCEEDED, 1, Status.SUCCEEDED)


async def test_files_kept_by_a_clock_that_was_ahead_expire_a_retention_after_it(studio: Studio) -> None:
    studio.clock.advance(timedelta(days=1))
    task = await _finished(studio)
    studio.clock.advance(timedelta(days=-1))
    studio.clock.advance(RETENTION)

    early = await _sweep(studio)()
    studio.clock.advance(A_DAY)

    assert (early, await _sweep(studio)()) == (0, 1)
    assert studio.objects_of(task.task_id) == set()
    assert studio.clock.now() > NOW
