"""Tasks whose engine was taken out of filmgate.toml: they go elsewhere or end, and never wait for ever."""

import asyncio
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import Status, Task
from filmgate.ports import Figures
from filmgate.service.strays import Strays
from filmgate.store.census import PostgresCensus
from tests.http.stage import Stage
from tests.service.rounds import by_name, serve
from tests.service.studio import Studio
from tests.store.stock import A_MOMENT, take

GRACE = timedelta(minutes=10)


def strays(studio: Studio, *configured: str) -> Strays:
    """What a server with these engines knows of others."""
    census = PostgresCensus(studio.stock.database, lost_after=timedelta(minutes=1))
    return Strays(census=census, configured=configured, clock=studio.clock, grace=GRACE)


async def given_up(studio: Studio, *stages: Stage) -> Task:
    """What becomes of the only task of the engine `removed`, once the grace is over."""
    await serve(studio, *(stage.name for stage in stages))
    claim = await take(studio.stock.queue, "removed")
    await studio.render(engines=by_name(*stages))(claim)
    return await studio.stock.known(claim.task.task_id)


async def test_a_worker_takes_such_a_task_after_the_grace_and_another_engine_makes_it(
    studio: Studio,
) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="removed")

    with capture_logs() as log:
        async with studio.working(engines=by_name(Stage("left")), grace=timedelta(0)):
            task = await studio.ended(submitted.task_id)

    [setback] = task.setbacks
    told = [line for line in log if "filmgate.toml has not" in line["event"]]
    assert (task.status, task.engine, task.tries) == (Status.SUCCEEDED, "left", 1)
    assert (setback.engine, "no longer has the engine" in setback.reason) == ("removed", True)
    assert [(line["engine"], line["n_tasks"]) for line in told] == [("removed", 1)]


async def test_until_the_grace_is_over_the_tasks_wait(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="removed")
    known = strays(studio, "left")

    await known.look()
    at_once = known.due()
    studio.clock.advance(GRACE - timedelta(seconds=1))
    later = known.due()
    studio.clock.advance(timedelta(seconds=1))

    assert (at_once, later, known.due()) == ([], [], ["removed"])


async def test_what_another_worker_serves_is_not_missing(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="theirs")
    await serve(studio, "theirs")
    known = strays(studio, "ours")

    await known.look()
    studio.clock.advance(GRACE)

    assert known.due() == []


async def test_what_another_worker_still_starts_is_not_missing(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="loading")
    await studio.stock.worker().heartbeat([], engines=[], expected=["loading"])
    known = strays(studio, "ours")

    await known.look()
    studio.clock.advance(GRACE)

    assert known.due() == []


async def test_a_worker_tells_what_it_is_there_for_before_it_is_ready(studio: Studio) -> None:
    class Loading(Stage):
        async def start(self) -> None:
            await asyncio.Event().wait()

    await studio.work(engines=by_name(Loading("loading")))._beat()

    assert await studio.stock.queue.is_expected("loading")
    assert await studio.stock.queue.live_engines() == {}


async def test_a_worker_that_came_after_the_last_look_keeps_its_tasks(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="theirs")
    known = strays(studio, "ours")
    await known.look()
    studio.clock.advance(GRACE)
    assert known.due() == ["theirs"]
    await studio.stock.worker().heartbeat([], engines=[], expected=["theirs"])

    await studio.render(engines=by_name(Stage("ours")))(await take(studio.stock.queue, "theirs"))

    task = await studio.stock.known(submitted.task_id)
    assert (task.status, task.engine, task.tries) == (Status.WAITING, "theirs", 0)


async def test_while_nobody_knows_who_lives_no_grace_runs(studio: Studio) -> None:
    class Flickering(PostgresCensus):
        is_away = False

        async def figures(self, *, now: datetime) -> Figures:
            if self.is_away:
                raise Unavailable("The database is away.")
            return await super().figures(now=now)

    await studio.stock.submit(await studio.stock.caller(), engine="removed")
    census = Flickering(studio.stock.database, lost_after=GRACE)
    known = Strays(census=census, configured=["left"], clock=studio.clock, grace=GRACE)
    await known.look()
    studio.clock.advance(GRACE)
    census.is_away = True

    await known.look()
    census.is_away = False
    await known.look()

    assert known.due() == []


async def test_an_engine_that_comes_back_within_the_grace_has_all_of_it_again(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="removed")
    known = strays(studio, "left")
    await known.look()
    await serve(studio, "removed")
    studio.clock.advance(GRACE)
    await known.look()
    await studio.stock.database.fetch("DELETE FROM worker")

    await known.look()

    assert known.due() == []


async def test_a_configured_engine_that_nobody_serves_is_waited_for(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="resting")
    known = strays(studio, "ours", "resting")

    await known.look()
    studio.clock.advance(GRACE)

    assert known.due() == []


async def test_what_no_other_engine_can_make_fails_by_the_engines_name_and_costs_nothing(
    studio: Studio,
) -> None:
    caller = await studio.stock.caller(credits_left=1000)
    await studio.stock.submit(caller, engine="removed", prompt="impossible")

    task = await given_up(studio, Stage("left"))

    assert task.failure is not None
    assert task.failure.code == "api_error"
    assert task.failure.message == (
        'This server no longer has the engine "removed", which this task was given to, and no other one on '
        "the route of kling-v1 can make it."
    )
    assert await studio.stock.balance(caller.account_id) == 1000


async def test_what_was_ordered_there_is_ordered_nowhere_else_and_the_operator_sees_it(
    studio: Studio,
) -> None:
    caller, left = await studio.stock.caller(credits_left=1000), Stage("left")
    await studio.stock.submit(caller, engine="removed")
    await studio.stock.database.fetch("UPDATE task SET resume_token = 'order 1'")

    task = await given_up(studio, left)

    assert task.failure is not None
    assert (task.status, left.rendered) == (Status.FAILED, [])
    assert task.failure.message == (
        'This server no longer has the engine "removed", which this task was given to, and which had begun '
        "with it."
    )
    assert [each.task_id for each in await studio.stock.tasks.of_unknown_outcome(limit=9)] == [task.task_id]
    assert await studio.stock.balance(caller.account_id) == 1000


async def test_a_task_that_ran_when_its_worker_died_is_given_up_too(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="removed")
    await studio.stock.silence(await take(studio.stock.queue, "removed"))
    await serve(studio, "left")
    claim = await take(studio.stock.worker(lost_after=A_MOMENT), "removed")

    await studio.render(engines=by_name(Stage("left")))(claim)

    task = await studio.stock.known(submitted.task_id)
    assert (task.status, task.engine) == (Status.WAITING, "left")


@pytest.mark.parametrize("is_able", [True, False])
async def test_a_task_goes_to_an_engine_without_a_worker_rather_than_nowhere(
    studio: Studio, is_able: bool
) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="removed", prompt="impossible")
    left = Stage("left")
    if is_able:
        left.objections = lambda request, spec: ()  # type: ignore[method-assign]
    claim = await take(studio.stock.queue, "removed")

    await studio.render(engines=by_name(left))(claim)

    task = await studio.stock.known(claim.task.task_id)
    assert (task.status, task.engine) == ((Status.WAITING, "left") if is_able else (Status.FAILED, "removed"))
