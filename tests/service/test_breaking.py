"""Which failures of jobs close an engine to everybody for a while: its own, and never a caller's."""

from datetime import timedelta

import pytest

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    FilmgateError,
    InvalidRequest,
    NotAccepted,
    Objection,
    OutcomeUnknown,
    PolicyRefusal,
)
from filmgate.domain.tasks import Status
from tests.service.rounds import Saying, attempt, by_name, serve
from tests.service.studio import Studio

_CALLERS = [
    NotAccepted("It takes no such picture.", is_for_good=True, is_of_request=True),
    EngineFailed("The picture is too dark.", is_of_request=True),
    PolicyRefusal("Not here."),
    InvalidRequest([Objection("start_image_url", None, "It is no picture.")]),
]
_ITS_OWN = [
    NotAccepted("Connection refused."),
    NotAccepted("It does not know the key.", is_for_good=True),
    EngineFailed("The upstream broke."),
    BrokeOnTask("The renderer ran out of memory."),
    OutcomeUnknown(),
]


async def _n_asked_of_four(studio: Studio, fault: FilmgateError) -> tuple[Status, int]:
    """Four tasks in a row, the first three with this fault; how the last one ended, and who was asked."""
    caller, stage = await studio.stock.caller(), Saying("strict", *[fault] * 3)
    for _ in range(4):
        await studio.stock.submit(caller, engine="strict")
    await serve(studio, "strict")
    health = studio.health(failures=3, first_pause=timedelta(minutes=1))
    render = studio.render(engines=by_name(stage), health=health, max_tries=1, accept_within=timedelta(0))
    tasks = [await attempt(studio, render, "strict") for _ in range(4)]
    return tasks[-1].status, len(stage.rendered)


@pytest.mark.parametrize("fault", _CALLERS, ids=str)
async def test_what_is_a_requests_own_fault_closes_the_engine_to_nobody(
    studio: Studio, fault: FilmgateError
) -> None:
    assert await _n_asked_of_four(studio, fault) == (Status.SUCCEEDED, 4)


@pytest.mark.parametrize("fault", _ITS_OWN, ids=str)
async def test_an_engine_that_fails_by_itself_is_left_alone(studio: Studio, fault: FilmgateError) -> None:
    assert await _n_asked_of_four(studio, fault) == (Status.FAILED, 3)


async def _n_broken(studio: Studio, *, n_accounts: int) -> tuple[Saying, Status]:
    """Six tasks of so many accounts crash an engine in a row; how a task of one more account ends then."""
    stage = Saying("gpu", *[BrokeOnTask("The renderer crashed.")] * 6)
    health = studio.health(failures=3, first_pause=timedelta(minutes=1))
    render = studio.render(engines=by_name(stage), health=health, max_tries=1, accept_within=timedelta(0))
    await serve(studio, "gpu")
    for caller in [await studio.stock.caller() for _ in range(n_accounts)]:
        for _ in range(6 // n_accounts):
            await studio.stock.submit(caller, engine="gpu")
            await attempt(studio, render, "gpu")
    stage._faults.clear()
    await studio.stock.submit(await studio.stock.caller(), engine="gpu")
    return stage, (await attempt(studio, render, "gpu")).status


async def test_tasks_of_one_account_that_crash_an_engine_close_it_to_that_account_alone(
    studio: Studio,
) -> None:
    stage, status = await _n_broken(studio, n_accounts=1)

    assert (status, len(stage.rendered)) == (Status.SUCCEEDED, 3 + 1)


async def test_an_engine_that_crashes_for_several_accounts_is_left_alone_by_all(studio: Studio) -> None:
    stage, status = await _n_broken(studio, n_accounts=3)

    # The third account's first task made it three.
    assert (status, len(stage.rendered)) == (Status.FAILED, 2 + 2 + 1)


async def test_an_account_whose_tasks_crash_an_engine_is_served_by_the_next_one(studio: Studio) -> None:
    caller, broken, next_one = await studio.stock.caller(), Saying("gpu"), Saying("next")
    broken._faults = [BrokeOnTask("The renderer crashed.")] * 9
    render = studio.render(
        engines=by_name(broken, next_one),
        health=studio.health(failures=1, first_pause=timedelta(minutes=1)),
        max_tries=5,
    )
    await serve(studio, "gpu", "next")
    await studio.stock.submit(caller, engine="gpu")
    crashed = await attempt(studio, render, "gpu")

    passed_on = await attempt(studio, render, "gpu")

    assert (crashed.engine, passed_on.engine, len(broken.rendered)) == ("gpu", "next", 1)
