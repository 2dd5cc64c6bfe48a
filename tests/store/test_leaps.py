"""The database's clock is set while tasks run: nobody is taken for dead, and nothing waits for tomorrow."""

from datetime import timedelta

import pytest

from filmgate.domain.tasks import TaskId
from filmgate.store.leaps import LeapWatch
from tests.store.stock import ENGINE, NOW, Stock, take

_A_DAY = timedelta(days=1)
_LOST_AFTER = timedelta(seconds=15)


class _Here:
    """A monotonic clock in the hands of a test."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def _watch(here: _Here) -> LeapWatch:
    return LeapWatch(tolerance=_LOST_AFTER / 2, grace=_LOST_AFTER, monotonic=here)


@pytest.mark.parametrize("by", [_A_DAY, -_A_DAY, timedelta(seconds=8)])
def test_a_clock_that_was_set_is_noticed_and_silence_means_nothing_for_a_while(by: timedelta) -> None:
    here = _Here()
    watch = _watch(here)
    watch.leap(NOW)

    here.seconds += 3
    leap = watch.leap(NOW + timedelta(seconds=3) + by)
    during = watch.silence_means_death
    here.seconds += 15

    assert (leap, during, watch.silence_means_death) == (by, False, True)


@pytest.mark.parametrize("pause", [0.1, 3.0, 86400.0])
def test_time_that_passed_here_too_is_no_leap(pause: float) -> None:
    here = _Here()
    watch = _watch(here)
    watch.leap(NOW)

    here.seconds += pause
    leap = watch.leap(NOW + timedelta(seconds=pause + 1))

    assert (leap, watch.silence_means_death) == (timedelta(0), True)


async def test_what_was_queued_before_the_clock_was_set_back_is_taken_at_once(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    await stock.database.fetch("UPDATE pgqueuer SET execute_after = now() + interval '1 day'")

    claim = await take(stock.worker())

    assert claim.task.task_id == submitted.task_id


async def test_a_worker_lost_before_the_clock_was_set_back_is_found_out(stock: Stock) -> None:
    submitted = await stock.submit(await stock.caller())
    await take(stock.queue)
    await stock.database.fetch("UPDATE pgqueuer SET heartbeat = now() + interval '1 day'")
    heir = stock.worker(lost_after=timedelta(seconds=1))

    too_early = await heir.claim([ENGINE], now=NOW)
    await stock.database.fetch("UPDATE pgqueuer SET heartbeat = heartbeat - interval '1 hour'")
    taken = await take(heir)

    assert too_early is None
    assert (taken.task.task_id, taken.task.attempt) == (TaskId(submitted.task_id), 2)
