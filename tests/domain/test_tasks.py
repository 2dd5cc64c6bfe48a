"""The life of a task is one table of legal moves."""

import pytest

from filmgate.domain.tasks import MOVES, Status, before


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
def test_nothing_follows_an_end(status: Status) -> None:
    assert status.is_final
    assert MOVES[status] == frozenset()


@pytest.mark.parametrize("status", [Status.WAITING, Status.RUNNING])
def test_every_open_task_can_end(status: Status) -> None:
    assert not status.is_final
    assert Status.FAILED in MOVES[status]


def test_only_a_running_task_succeeds() -> None:
    assert before(Status.SUCCEEDED) == (Status.RUNNING,)


def test_a_lost_worker_s_task_runs_again() -> None:
    assert before(Status.RUNNING) == (Status.WAITING, Status.RUNNING)
