"""Tasks that go back to the queue: to another engine, with all that is known of their attempts."""

from datetime import timedelta

from filmgate.domain.errors import Upstream
from filmgate.domain.tasks import Failure, Setback, Status
from filmgate.ports import Claim, SourceMaker
from filmgate.store.render_queue import PostgresRenderQueue
from tests.store.stock import ENGINE, NOW, Stock, a_clip, take

SOON = timedelta(0)


def a_setback(claim: Claim, *, message: str = "no room\x00 \ud800") -> Setback:
    return Setback(
        attempt=claim.task.attempt,
        engine=claim.task.engine,
        at=NOW,
        reason="It was not taken.",
        upstream=Upstream("1303", message),
    )


async def pass_on(queue: PostgresRenderQueue, claim: Claim, *, to: str = "other") -> None:
    await queue.pass_on(
        claim, to=to, refused_by=[claim.task.engine], after=SOON, setback=a_setback(claim), now=NOW
    )


async def test_a_task_that_is_passed_on_is_the_other_engines_alone(stock: Stock) -> None:
    submitted, queue = await stock.submit(await stock.caller()), stock.worker()
    claim = await take(queue)
    await queue.save_resume_token(claim, "order 1")

    await pass_on(queue, claim)

    waiting = await stock.known(submitted.task_id)
    assert (waiting.status, waiting.engine, waiting.resume_token) == (Status.WAITING, "other", None)
    assert (waiting.tries, waiting.refused_by, waiting.refused_since) == (0, (ENGINE,), NOW)
    assert await queue.claim([ENGINE], now=NOW) is None
    assert (await take(queue, "other")).task.attempt == 2


async def test_setbacks_are_kept_in_their_order_whatever_an_upstream_says(stock: Stock) -> None:
    submitted, queue = await stock.submit(await stock.caller()), stock.worker()
    first = await take(queue)
    await pass_on(queue, first)
    second = await take(queue, "other")
    await queue.hand_back(second, after=SOON, is_failure=True, setback=a_setback(second))
    third = await take(queue, "other")

    await queue.fail(third, Failure("api_error", "It broke."), setback=a_setback(third), now=NOW)

    task = await stock.known(submitted.task_id)
    assert task.setbacks == (a_setback(first), a_setback(second), a_setback(third))


async def test_a_task_that_is_passed_on_keeps_its_turn_in_the_queue(stock: Stock) -> None:
    caller, queue = await stock.caller(), stock.worker()
    first = await stock.submit(caller)
    await stock.submit(caller, engine="other")

    await pass_on(queue, await take(queue))

    assert (await take(queue, "other")).task.task_id == first.task_id


async def test_an_unknown_outcome_is_marked_for_the_operator(stock: Stock) -> None:
    submitted, queue = await stock.submit(await stock.caller()), stock.worker()
    failure = Failure("api_error", "outcome unknown", is_outcome_unknown=True)

    await queue.fail(await take(queue), failure, now=NOW)

    assert (await stock.known(submitted.task_id)).failure == failure
    assert await stock.value("SELECT count(*) FROM task WHERE outcome_unknown") == 1


async def test_a_continuation_knows_who_made_its_source(stock: Stock) -> None:
    caller, queue = await stock.caller(), stock.worker()
    source = await stock.submit(caller)
    making = await take(queue)
    await queue.save_resume_token(making, "order 1")
    await queue.succeed(making, [a_clip()], now=NOW)
    await stock.submit(caller, extends=source.task_id)

    claim = await take(queue)

    assert await queue.source_maker(claim) == SourceMaker(ENGINE, "order 1")
    assert await queue.source_maker(making) is None
