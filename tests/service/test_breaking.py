"""Which failures of jobs close an engine to everybody for a while: its own, and never a caller's."""

from datetime import timedelta

import pytest

from filmgate.domain.errors import (
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
    EngineFailed("The renderer ran out of memory."),
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
